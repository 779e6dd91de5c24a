"""The values of a meter's phases under their known field names: ``power_a``, ``energy_wh_a``, …"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from source.model import FieldValue, Phase, Reading
from source.polling.counter import Bounds, Turn, turn_of


@dataclass(frozen=True, slots=True)
class _PhaseFields:
    """The known field names of one phase."""

    power: str
    power_factor: str
    current: str
    voltage: str
    is_valid: str
    energy_wh: str


@lru_cache(maxsize=64)
def _fields_of(phase: str) -> _PhaseFields:
    return _PhaseFields(*(f"{name}_{phase}" for name in _PhaseFields.__slots__))


def add_phases(
    fields: dict[str, FieldValue],
    reading: Reading,
    last: Mapping[str, tuple[float, float]],
    limit_wh: float,
) -> None:
    """Add the values of each phase; energy where its counters go on from ``last``.

    More than ``limit_wh`` can't have flowed through one of them.
    """
    for name, phase in reading.phases.items():
        names = _fields_of(name)
        if phase.power_w is not None:
            fields[names.power] = phase.power_w
        if phase.power_factor is not None:
            fields[names.power_factor] = phase.power_factor
        if phase.current_a is not None:
            fields[names.current] = phase.current_a
        if phase.voltage_v is not None:
            fields[names.voltage] = phase.voltage_v
        if phase.is_valid is not None:
            fields[names.is_valid] = phase.is_valid
        before = last.get(name)
        if before is None or phase.counter_wh is None:
            continue
        # The usual case at once: the demo's fill does this 100,000 times a second.
        taken_wh = phase.counter_wh - before[0]
        returned_wh = (phase.counter_returned_wh or 0.0) - before[1]
        if 0.0 <= taken_wh <= limit_wh and 0.0 <= returned_wh <= limit_wh:
            fields[names.energy_wh] = taken_wh - returned_wh
            continue
        energy_wh = _phase_wh(before, phase, reading, limit_wh)
        if energy_wh is not None:
            fields[names.energy_wh] = energy_wh


def counters_of(phases: Mapping[str, Phase]) -> Mapping[str, tuple[float, float]]:
    """As a checkpoint has them."""
    return {
        name: (phase.counter_wh, phase.counter_returned_wh or 0.0)
        for name, phase in phases.items()
        if phase.counter_wh is not None
    }


def _phase_wh(
    before: tuple[float, float], phase: Phase, reading: Reading, limit_wh: float
) -> float | None:
    """After a roll-over or a reset; None where a counter can't be right."""
    bounds = Bounds(limit_wh, None)
    taken = turn_of(before[0], phase.counter_wh or 0.0, reading, bounds)
    returned = turn_of(before[1], phase.counter_returned_wh or 0.0, reading, bounds)
    if {taken[0], returned[0]} & {Turn.JUMPED, Turn.WENT_BACK}:
        return None
    return taken[1] - returned[1]
