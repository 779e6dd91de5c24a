"""devices.json: the sockets, each under its name."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from source.config.findings import Findings, Place, shown
from source.config.general import SCHEMA_KEY
from source.config.jsonfile import read_object
from source.config.models import DeviceConfig, General, kinds_of
from source.config.names import comparable, file_stem
from source.config.reading import validated, warn_of_unknown
from source.config.shapes import DEVICE_NAMES, ORDER, acted_on, device_shape, spelled
from source.config.spelling import did_you_mean

DEVICES_FILE = "devices.json"
LONGEST_NAME = 500
UNFIT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, half characters, line and paragraph separators."""
EXAMPLE = '"Fridge": {"type": "shelly:plug-s", "ip": "192.168.178.20", "update_time": 10}'


@dataclass(frozen=True, slots=True)
class Types:
    """The types of sockets there are."""

    known: Collection[str]
    complete: bool = True
    """False where the user's plugin file did not load: it may know further ones."""

    def check(self, type_name: object, place: Place) -> None:
        """Note a type that there is not; one that is no text is left to the model."""
        name = type_name.strip() if isinstance(type_name, str) else ""
        if not name or name in self.known:
            return
        listed = ", ".join(sorted(self.known))
        hint = did_you_mean(name, self.known)
        if self.complete:
            allowed = f"must be one of {listed}, or one that device_plugin.py registers{hint}"
            place.problem(allowed, shown(name))
        else:
            unknown = f"{shown(name)} is none of the types that are loaded ({listed})"
            place.warn(f"{unknown}; this socket fails until device_plugin.py loads{hint}")


def read_devices(
    path: Path, general: General, types: Types, findings: Findings
) -> dict[str, DeviceConfig]:
    """The devices in the order of the file; without those that are wrong, with problems noted."""
    place = findings.at(path.name)
    try:
        content = read_object(path, place)
    except FileNotFoundError:
        example = f"create it with an entry for each socket, such as {{{EXAMPLE}}}"
        place.warn(f"there is no such file in {path.parent}, so no socket is polled; {example}")
        return {}
    entries = content or {}
    entries.pop(SCHEMA_KEY, None)
    _refuse_shared_files(entries, place)
    found = (_device(name, entry, general, types, place) for name, entry in entries.items())
    return {device.name: device for device in found if device is not None}


def _device(
    name: str, raw: object, general: General, types: Types, place: Place
) -> DeviceConfig | None:
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
    warn_of_unknown(own, {*kinds_of(DeviceConfig), *DEVICE_NAMES, ORDER}, place, kept=True)
    entry = device_shape(own, general, place)
    types.check(entry["type"], place.at("type"))
    device = validated(DeviceConfig, entry, place, spelled(own, DEVICE_NAMES), name=name)
    if device is None:
        return None
    _check_timeout(device, place)
    return device.model_copy(update={"settings": _settings(raw, device)})


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
    """A problem for every name whose report files are those of a name before it."""
    first: dict[str, str] = {}
    for name in names:
        stem = file_stem(name)
        other = first.setdefault(comparable(stem), name)
        if other != name:
            place.at(name).problem(
                f"its reports would go to the files of {shown(other)}"
                f" ({stem}_day.txt); rename one of the two"
            )
