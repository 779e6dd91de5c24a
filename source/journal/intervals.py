"""The load profile: what a point adds to the quarter hours it covers (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TypeAlias

from source.model import QUARTER_US, FieldValue, Point

LoadRow: TypeAlias = tuple[float | None, ...]
"""A row of the table: device id, quarter, then the fields of Load."""
MEASURED = f"ifnull(measured_us, min({QUARTER_US}, (good_polls - unmetered_polls) * interval_us))"
"""The measured time of a row in SQL; of one that is older than the column, from its polls."""
ESTIMATED = (
    f"ifnull(estimated_us, (estimated_wh > 0) * ({QUARTER_US}"
    f" - min({QUARTER_US}, (good_polls - unmetered_polls) * interval_us)))"
)
"""The estimated time; of an older row with energy that was spread, what is left beside the polls'.
"""


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
    measured_us: int = 0
    estimated_us: int = 0
    set_aside_wh: float = 0.0
    switch_ons: int = 0
    gap_us: int = 0
    """The longest of those that ended here."""
    gap_end_us: int = 0

    def add_power(self, power_w: float) -> None:
        if self.power_min_w is None or power_w < self.power_min_w:
            self.power_min_w = power_w
        if self.power_max_w is None or power_w > self.power_max_w:
            self.power_max_w = power_w
        self.power_sum_w += power_w
        self.power_count += 1

    def add_energy(
        self, taken_wh: float, returned_wh: float, covered_us: int, estimated: bool
    ) -> None:
        self.energy_wh += taken_wh
        self.returned_wh += returned_wh
        if estimated:
            self.estimated_wh += taken_wh + returned_wh
            self.estimated_us += covered_us
        else:
            self.measured_us += covered_us


def both_ways(energy_wh: float, energy_returned_wh: float | None) -> tuple[float, float]:
    """Energy taken and energy returned, of the net energy and, where both came within one reading,
    the part that was returned."""
    if energy_returned_wh is None:
        return (energy_wh, 0.0) if energy_wh >= 0.0 else (0.0, -energy_wh)
    returned_wh = max(0.0, -energy_wh, energy_returned_wh)
    return energy_wh + returned_wh, returned_wh


LOAD_COLUMNS = ("device_id", "quarter", *(field.name for field in fields(Load)))
"""Of the table, in the order of LoadRow."""
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
        quarter = (time_us - 1) // QUARTER_US
        own = self._load(device_id, quarter, point.interval_us)
        if fields.get("fetch_success") is not True:
            own.failed_polls += 1
            return
        own.good_polls += 1
        if point.gap_us > own.gap_us:
            own.gap_us, own.gap_end_us = point.gap_us, time_us
        if point.switched_on:
            own.switch_ons += 1
        power = fields.get("power")
        if isinstance(power, float):
            own.add_power(power)
        set_aside = fields.get("energy_set_aside_wh")
        if isinstance(set_aside, float):
            own.set_aside_wh += set_aside
        energy = fields.get("energy_wh")
        if not isinstance(energy, float):
            own.unmetered_polls += 1
            return
        span_us = point.span_us
        returned = fields.get("energy_returned_wh")
        if (time_us - span_us) // QUARTER_US < quarter or returned is not None or point.estimated:
            self._spread(device_id, point, energy, returned)
            return
        # As nearly all are.
        own.measured_us += span_us
        if energy >= 0.0:
            own.energy_wh += energy
        else:
            own.returned_wh -= energy

    def _spread(
        self, device_id: int, point: Point, energy_wh: float, returned: FieldValue | None
    ) -> None:
        """Add the energy to each quarter hour that the point's span touches."""
        both = returned if isinstance(returned, float) else None
        taken_wh, returned_wh = both_ways(energy_wh, both)
        start_us, end_us = point.time_us - point.span_us, point.time_us
        for quarter, share in shares(start_us, end_us):
            begin_us = quarter * QUARTER_US
            covered_us = min(end_us, begin_us + QUARTER_US) - max(start_us, begin_us)
            load = self._load(device_id, quarter, point.interval_us)
            load.add_energy(taken_wh * share, returned_wh * share, covered_us, point.estimated)

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
