"""The load profile: what a point adds to the quarter hours it covers (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TypeAlias

from source.model import QUARTER_US, Point

LoadRow: TypeAlias = tuple[float | None, ...]
"""A row of the table: device id, quarter, then the fields of Load."""


def quarter_of(time_us: int) -> int:
    """The quarter hour ``(start, end]`` in which an instant lies, counted from 1970."""
    return (time_us - 1) // QUARTER_US


def shares(start_us: int, end_us: int) -> Iterator[tuple[int, float]]:
    """The quarter hours that ``(start_us, end_us]`` touches, and the share of it in each.

    The shares sum up to 1: the last one is what the others leave.
    """
    first, last = start_us // QUARTER_US, quarter_of(end_us)
    if first >= last:
        yield last, 1.0
        return
    length = end_us - start_us
    left = 1.0
    for quarter in range(first, last):
        share = ((quarter + 1) * QUARTER_US - max(start_us, quarter * QUARTER_US)) / length
        left -= share
        yield quarter, share
    yield last, left


@dataclass(slots=True)
class Load:
    """What is added to one quarter hour of one device; fields in the order of the table."""

    energy_wh: float = 0.0
    returned_wh: float = 0.0
    estimated_wh: float = 0.0
    power_min_w: float | None = None
    power_max_w: float | None = None
    power_sum_w: float = 0.0
    power_count: int = 0
    good_polls: int = 0
    failed_polls: int = 0
    interval_us: int = 0
    unmetered_polls: int = 0

    def add_power(self, power_w: float) -> None:
        if self.power_min_w is None or power_w < self.power_min_w:
            self.power_min_w = power_w
        if self.power_max_w is None or power_w > self.power_max_w:
            self.power_max_w = power_w
        self.power_sum_w += power_w
        self.power_count += 1

    def add_energy(self, energy_wh: float, estimated: bool) -> None:
        if energy_wh >= 0.0:
            self.energy_wh += energy_wh
        else:
            self.returned_wh -= energy_wh
        if estimated:
            self.estimated_wh += abs(energy_wh)


# dataclasses.astuple copies each value: twenty times as slow.
_values = attrgetter(*(field.name for field in fields(Load)))


class Profile:
    """Sums of many points per device and quarter hour, to be added to the journal's table."""

    def __init__(self) -> None:
        self._loads: dict[tuple[int, int], Load] = {}

    def add(self, device_id: int, point: Point) -> None:
        """Add one point: its poll and power to its own quarter hour, its energy to all it spans."""
        fields = point.fields
        time_us = point.time_us
        own = self._load(device_id, (time_us - 1) // QUARTER_US, point.interval_us)
        if fields.get("fetch_success") is not True:
            own.failed_polls += 1
            return
        own.good_polls += 1
        power = fields.get("power")
        if isinstance(power, float):
            own.add_power(power)
        energy = fields.get("energy_wh")
        if not isinstance(energy, float):
            own.unmetered_polls += 1
        elif energy != 0.0:
            self._add_energy(device_id, point, own, energy)

    def _add_energy(self, device_id: int, point: Point, own: Load, energy_wh: float) -> None:
        end_us = point.time_us
        start_us = end_us - point.span_us
        if start_us // QUARTER_US >= (end_us - 1) // QUARTER_US:
            own.add_energy(energy_wh, point.estimated)
            return
        for quarter, share in shares(start_us, end_us):
            load = self._load(device_id, quarter, point.interval_us)
            load.add_energy(energy_wh * share, point.estimated)

    def _load(self, device_id: int, quarter: int, interval_us: int) -> Load:
        key = (device_id, quarter)
        found = self._loads.get(key)
        if found is None:
            found = self._loads[key] = Load(interval_us=interval_us)
        return found

    def rows(self) -> Iterator[LoadRow]:
        """Rows for the table, in the order of its key."""
        for key in sorted(self._loads):
            yield (*key, *_values(self._loads[key]))
