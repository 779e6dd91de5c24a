"""devices.json: the sockets, each under its name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from source.config.findings import Findings, Place, shown
from source.config.general import SCHEMA_KEY
from source.config.jsonfile import read_object
from source.config.models import DeviceConfig, General, kinds_of
from source.config.names import comparable, file_stem
from source.config.prices import TARIFF, Markets, read_tariff
from source.config.reading import validated, warn_of_unknown
from source.config.registered import Registered
from source.config.rules import POWER_ON, RUN, read_power_on, read_run
from source.config.shapes import DEVICE_NAMES, ORDER, acted_on, device_shape, spelled

DEVICES_FILE = "devices.json"
LONGEST_NAME = 500
TOTAL = "_total"
"""The house total's name."""
UNFIT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, half characters, line and paragraph separators."""
DEVICE_KEYS = (*kinds_of(DeviceConfig), *DEVICE_NAMES, ORDER, TARIFF, POWER_ON, RUN)
EXAMPLE = '"Fridge": {"type": "shelly:plug-s", "ip": "192.168.178.20", "update_time": 10}'


def read_devices(
    path: Path,
    general: General,
    types: Registered,
    markets: Markets,
    findings: Findings,
    text: bytes | None = None,
) -> dict[str, DeviceConfig]:
    """The devices in the order of the file; without those that are wrong, with problems noted.

    ``text`` is read in the place of the file, where it is given.
    """
    place = findings.at(path.name)
    try:
        content = read_object(path, place, content=text)
    except FileNotFoundError:
        example = f"create it with an entry for each socket, such as {{{EXAMPLE}}}"
        place.warn(f"there is no such file in {path.parent}, so no socket is polled; {example}")
        return {}
    entries = content or {}
    entries.pop(SCHEMA_KEY, None)
    _refuse_shared_files(entries, place)
    found = (
        device_of(name, entry, general, types, markets, place) for name, entry in entries.items()
    )
    return {device.name: device for device in found if device is not None}


def device_of(
    name: str,
    raw: object,
    general: General,
    types: Registered,
    markets: Markets,
    place: Place,
) -> DeviceConfig | None:
    """The device of one entry; None, with problems noted below ``place``, where it is wrong."""
    place = place.at(name)
    if not _is_name(name):
        place.problem(
            f"the name of a device must be 1 to {LONGEST_NAME} characters that are not all blank,"
            " without line breaks and other control characters"
        )
        return None
    if not isinstance(raw, dict):
        place.problem(f"must be an object, such as {EXAMPLE}", shown(raw))
        return None
    own = acted_on(raw, place)
    warn_of_unknown(own, DEVICE_KEYS, place, kept=True)
    nested = _nested(own, general, markets, place)
    entry = device_shape(own, general, place)
    types.check(entry["type"], place.at("type"))
    named = spelled(own, DEVICE_NAMES)
    device = validated(DeviceConfig, entry, place, named, name=name, **nested)
    if device is None:
        return None
    _check_timeout(device, place)
    return device.model_copy(update={"settings": _settings(raw, device)})


def _nested(
    raw: Mapping[str, object], general: General, markets: Markets, place: Place
) -> dict[str, object]:
    """The fields of a device whose keys are objects."""
    if raw.get(TARIFF) is not None and raw.get("price_kwh") is not None:
        place.at("price_kwh").problem(
            f"stands beside {TARIFF}, which has the prices of this device; remove one of the two",
            shown(raw["price_kwh"]),
        )
    at_tariff = place.at(TARIFF)
    return {
        "tariff": read_tariff(
            raw.get(TARIFF), general.price_kwh, markets, at_tariff, of_house=False
        ),
        "power_on": read_power_on(raw.get(POWER_ON), place.at(POWER_ON)),
        "run": read_run(raw.get(RUN), place.at(RUN)),
    }


def _is_name(name: str) -> bool:
    """Whether it can be stored, printed in a line and written to a database."""
    if not 1 <= len(name) <= LONGEST_NAME or name.isspace():
        return False
    return UNFIT.isdisjoint(unicodedata.category(char) for char in name)


def _settings(raw: Mapping[str, object], device: DeviceConfig) -> dict[str, object]:
    """The entry as it stands, with what older handlers count on: they calculate with its number."""
    settings = {**raw, "type": device.type_name, "ip": device.ip}
    if not isinstance(raw.get("update_time"), int | float):
        settings["update_time"] = device.update_time_s
    return settings


def _check_timeout(device: DeviceConfig, place: Place) -> None:
    if device.timeout_s > device.update_time_s:
        place.at("timeout_s").warn(
            f"{device.timeout_s:g} is more than update_time, {device.update_time_s:g}: while an"
            " answer is waited for, polls are left out"
        )


def _refuse_shared_files(names: Iterable[str], place: Place) -> None:
    """A problem for every name whose report files are those of a name before it, or the house's."""
    first: dict[str, str] = {}
    for name in names:
        stem = file_stem(name)
        if comparable(stem) == TOTAL:
            place.at(name).problem(
                f"its reports would go to the files of the house total ({TOTAL}.csv); rename it"
            )
            continue
        other = first.setdefault(comparable(stem), name)
        if other != name:
            place.at(name).problem(
                f"its reports would go to the files of {shown(other)}"
                f" ({stem}_day.txt); rename one of the two"
            )
