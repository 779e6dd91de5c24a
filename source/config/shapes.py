"""The other names and shapes that keys have had, brought into the ones of the models.

Reports are ordered either per device, with days of its own (``cost_calc_month``), or by a choice
per device and days for all (``cost_calculation`` and ``general``). Both give the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from source.config.dates import DailySwitch, is_time_of_day
from source.config.findings import Place, shown
from source.config.models import OLDEST_TYPE, CostCalculation, General, kinds_of
from source.config.reading import validated, warn_of_unknown
from source.config.spelling import instead

Entry = Mapping[str, object]

GENERAL_NAMES: Mapping[str, str] = {"calc_request_time_daily": "cost_calc_request_time"}
DEVICE_NAMES: Mapping[str, str] = {"cost_day": "cost_calc_day"}
"""Other name → name in the model."""
ORDER = "cost_calculation"
IDLE_DEVICE_KEYS = ("energy_alarm", "switch")
IDLE_SECTIONS = ("telegrambot", "switch")
IDLE_KEYS = tuple(dict.fromkeys((*IDLE_DEVICE_KEYS, *IDLE_SECTIONS)))
"""Known from other versions, wherever they stand; kept, but this one does not act on them."""


def renamed(raw: Entry, names: Mapping[str, str], place: Place) -> dict[str, object]:
    """``raw`` with every other name replaced; a problem where both say something different."""
    result = dict(raw)
    for other, name in names.items():
        if other not in result:
            continue
        value = result.pop(other)
        if name not in result:
            result[name] = value
        elif result[name] != value:
            place.at(other).problem(
                f"means the same as {name}, which is {shown(result[name])}; remove one of the two",
                shown(value),
            )
    return result


def spelled(raw: Entry, names: Mapping[str, str]) -> dict[str, str]:
    """The keys of the model that stand in ``raw`` under another name, with that name."""
    return {name: other for other, name in names.items() if other in raw and name not in raw}


def acted_on(raw: Entry, place: Place) -> dict[str, object]:
    """``raw`` without the keys that this version knows and does not act on; those are noted."""
    for key in IDLE_KEYS:
        if key in raw:
            place.without_effect(key)
    return {key: value for key, value in raw.items() if key not in IDLE_KEYS}


def device_shape(raw: Entry, general: General, place: Place) -> dict[str, object]:
    """An entry of devices.json in the shape of the model."""
    for key in ("cost_day", "cost_calc_day"):
        if is_time_of_day(raw.get(key)):
            place.at(key).warn(
                f"{shown(raw[key])} is taken for true; the time is set for all devices, by"
                " cost_calc_request_time in config.json"
            )
    entry = renamed(raw, DEVICE_NAMES, place)
    _add_type(entry, place)
    if ORDER in entry:
        _apply_order(entry, general, place)
    return entry


def _add_type(entry: dict[str, object], place: Place) -> None:
    if "type" in entry:
        return
    meant = instead("type", entry)
    if meant:
        place.at("type").problem(f"is missing{meant}")
    else:
        place.at("type").warn(f'is missing and taken to be "{OLDEST_TYPE}"; write it down')
    entry["type"] = OLDEST_TYPE


def _apply_order(entry: dict[str, object], general: General, place: Place) -> None:
    """Replace ``cost_calculation`` by the keys that mean the same."""
    place = place.at(ORDER)
    raw = entry.pop(ORDER)
    if not isinstance(raw, dict):
        place.problem('must be an object such as {"daily": true, "monthly": true}', shown(raw))
        return
    warn_of_unknown(raw, kinds_of(CostCalculation), place, kept=False)
    order = validated(CostCalculation, raw, place)
    if order is None:
        return
    days = {
        "daily": ("cost_calc_day", True),
        "monthly": ("cost_calc_month", general.calc_request_day_monthly),
        "yearly": ("cost_calc_year", general.calc_request_date_yearly),
    }
    for choice, (key, value) in days.items():
        if choice not in raw:
            continue
        wanted = getattr(order, choice)
        own = entry.get(key)
        if _contradicts(key, own, wanted):
            place.at(choice).problem(
                f"contradicts {key}; remove one of the two", shown(raw[choice])
            )
        elif wanted and own is None:
            entry[key] = value


def _contradicts(key: str, own: object, wanted: bool) -> bool:
    """Whether the device's own key says something else."""
    if own is None:
        return False
    if key != "cost_calc_day":
        return not wanted  # a day of its own with `true` is no contradiction: it goes first
    try:
        return DailySwitch().read(own) is not wanted
    except ValueError:
        return False  # told with the value itself
