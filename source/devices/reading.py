"""Checks what a handler returned, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from source.devices.older import reading_of_points
from source.devices.values import LIMIT, as_float, mac_of, optional_flag, shown
from source.errors import BadPayload, HandlerFailed
from source.model import FieldValue, Phase, Reading

_NUMBERS = (
    "power_w",
    "counter_wh",
    "counter_returned_wh",
    "uptime_s",
    "counter_modulus_wh",
    "energy_wh",
)
_PHASE_NUMBERS = (
    "power_w",
    "power_factor",
    "current_a",
    "voltage_v",
    "counter_wh",
    "counter_returned_wh",
)
_NEVER_NEGATIVE = frozenset({"counter_wh", "counter_returned_wh", "uptime_s"})
OWN_FIELDS = frozenset(
    {
        "fetch_success",
        "energy_wh",
        "energy_returned_wh",
        "energy_set_aside_wh",
        "counter_wh",
        "counter_returned_wh",
    }
)
"""Fields of a point that the program itself computes: no handler may put them into ``extra``."""
FLAG_FIELDS = frozenset({"is_valid", *(f"is_valid_{phase}" for phase in "abc")})
NUMBER_FIELDS = frozenset(
    {
        "power",
        "device_temperature",
        *(
            f"{name}_{phase}"
            for name in ("power", "power_factor", "current", "voltage", "energy_wh")
            for phase in "abc"
        ),
    }
)
"""The known fields keep their kind: a database refuses a field that is a text for one device and a
number for the others, and keeps refusing the others."""

FIELD_LIMIT, PHASE_LIMIT = 200, 12
"""So many further fields, and phases, a handler may return."""
NAME_LIMIT, TEXT_LIMIT = 100, 1000
"""Characters of a field's name, and of a text in it: one socket must not fill disk and memory."""


def reading_of(answer: object, device: str, reason: str) -> Reading:
    """The Reading that a handler returned, every number a finite float.

    ``device`` and ``reason`` (of a failure, if its handler told one) matter for handlers of the
    older form. Raises BadPayload, HandlerFailed or DeviceUnreachable.
    """
    if isinstance(answer, Reading):
        return _checked(answer)
    if isinstance(answer, list):
        return _checked(reading_of_points(answer, device, reason))
    raise HandlerFailed(f"its handler returned {shown(answer)} and not a Reading")


def _checked(reading: Reading) -> Reading:
    changed = _numbers(reading, _NUMBERS)
    if type(reading.is_valid) is not bool and reading.is_valid is not None:
        raise HandlerFailed(f"its handler returned is_valid = {shown(reading.is_valid)}")
    mac = mac_of(reading.mac)
    if mac is not reading.mac:
        changed["mac"] = mac
    if reading.phases:
        _check_phases(reading.phases)
        phases = {name: _phase(name, one) for name, one in reading.phases.items()}
        if any(phases[name] is not one for name, one in reading.phases.items()):
            changed["phases"] = phases
    if reading.extra:
        extra = _further(reading.extra)
        if extra is not reading.extra:
            changed["extra"] = extra
        if "power" in extra and reading.power_w is not None:
            raise HandlerFailed("its handler returned 'power' twice, in power_w and in extra")
    _refuse_empty(reading)
    return replace(reading, **changed) if changed else reading


def _numbers(holder: Reading | Phase, names: tuple[str, ...], of: str = "") -> dict[str, Any]:
    """Those numbers that are not yet the float they are to be."""
    changed = {}
    for name in names:
        value = getattr(holder, name)
        if value is None:
            continue
        if type(value) is not float or not -LIMIT < value < LIMIT:
            value = changed[name] = as_float(value, name + of)
        if value < 0.0 and name in _NEVER_NEGATIVE:
            raise BadPayload(f"{name + of!r} is {value:g}, a counter is never negative")
    return changed


def _check_phases(phases: object) -> None:
    if not isinstance(phases, Mapping):
        raise HandlerFailed(f"its handler returned phases = {shown(phases)}, no mapping")
    if len(phases) > PHASE_LIMIT:
        raise HandlerFailed(f"its handler returned {len(phases)} phases, {PHASE_LIMIT} at most")
    for name, phase in phases.items():
        if not isinstance(name, str) or not isinstance(phase, Phase):
            raise HandlerFailed(f"its handler returned phase {shown(name)} = {shown(phase)}")


def _phase(name: str, phase: Phase) -> Phase:
    changed = _numbers(phase, _PHASE_NUMBERS, f" of phase {name}")
    return replace(phase, **changed) if changed else phase


def _further(extra: object) -> Mapping[str, FieldValue]:
    """The further fields, each of the kind it is to be; the same object where they are already."""
    if not isinstance(extra, Mapping):
        raise HandlerFailed(f"its handler returned extra = {shown(extra)}, no mapping")
    if len(extra) > FIELD_LIMIT:
        raise HandlerFailed(f"its handler returned {len(extra)} fields, {FIELD_LIMIT} at most")
    # Any other mapping is the handler's own code, which may answer otherwise the next time.
    fields = extra if type(extra) is dict else dict(extra)
    changed = _corrections(fields)
    return {**fields, **changed} if changed else fields


def _corrections(fields: Mapping[Any, Any]) -> dict[str, FieldValue]:
    """Those further fields that are not yet of the kind they are to be."""
    changed: dict[str, FieldValue] = {}
    for name, value in fields.items():
        if not _is_field_name(name):
            raise HandlerFailed(f"its handler returned {shown(name)} in extra, no name for a field")
        if type(value) is float and -LIMIT < value < LIMIT and name not in FLAG_FIELDS:
            continue
        right = _right_kind(name, value)
        if right is not value:
            changed[name] = right
    return changed


def _is_field_name(name: object) -> bool:
    if type(name) is not str or name in OWN_FIELDS:
        return False
    return 1 <= len(name) <= NAME_LIMIT and name.isprintable()


def _right_kind(name: str, value: object) -> FieldValue:
    if name in FLAG_FIELDS:
        flag = optional_flag({name: value}, name)
        if flag is None:
            raise BadPayload(f"{name!r} is null, not true or false")
        return flag
    if name not in NUMBER_FIELDS and isinstance(value, bool):
        return value
    if name not in NUMBER_FIELDS and isinstance(value, str):
        return _plain_text(name, value)
    return as_float(value, name)


def _plain_text(name: str, value: str) -> str:
    """A text that every sink can store, of this very class and no other one's methods."""
    if len(value) > TEXT_LIMIT:
        raise BadPayload(f"{name!r} is a text of {len(value)} characters, {TEXT_LIMIT} at most")
    if type(value) is str and value.isascii():
        return value
    return str.encode(value, "utf-8", "replace").decode()  # no half characters


def _refuse_empty(reading: Reading) -> None:
    values = (reading.power_w, reading.counter_wh, reading.energy_wh)
    if all(value is None for value in values) and not reading.phases and not reading.extra:
        raise HandlerFailed("its handler returned a Reading without any value")
