"""Gathers the figures of many devices without having all of their profiles in memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import add

from source.config.models import DeviceConfig
from source.journal.reader import JournalReader
from source.model import QUARTER_US, Bill, LoadProfile, Period, PeriodKind, Report, Totals
from source.period import quarters_of
from source.reports.calculation import Calculation
from source.reports.house import TOTAL, overlap, summed_totals

KIND: PeriodKind = "day"
"""Reports have one; nothing that is computed depends on it."""


class Slices:
    """Reads a device's profile of a period once, and gives the parts of it; one device at a time,
    since those of a hundred devices are 60 MB."""

    def __init__(self, reader: JournalReader, period: Period) -> None:
        self._reader = reader
        self._period = period
        self._device: str | None = None
        self._profile = LoadProfile(0, (), ())

    def load_profile(self, device: str, period: Period) -> LoadProfile:
        """As the reader's."""
        whole = self._period
        if not whole.start_us <= period.start_us < period.end_us <= whole.end_us:
            return self._reader.load_profile(device, period)
        if device != self._device:
            self._profile = self._reader.load_profile(device, whole)
            self._device = device
        quarters = quarters_of(period)
        first = quarters.start - self._profile.first_quarter
        end = first + len(quarters)
        taken_wh = array("d", self._profile.energy_wh[first:end])
        returned_wh = array("d", self._profile.returned_wh[first:end])
        for quarter in self._cut(period, quarters):
            edge = self._reader.load_profile(device, _within(period, quarter))
            taken_wh[quarter - quarters.start] = edge.energy_wh[0]
            returned_wh[quarter - quarters.start] = edge.returned_wh[0]
        return LoadProfile(quarters.start, taken_wh, returned_wh)

    def _cut(self, period: Period, quarters: range) -> set[int]:
        """The quarter hours of which only a part is in the period, but more in the whole one."""
        cut = set()
        if period.start_us != self._period.start_us and period.start_us % QUARTER_US:
            cut.add(quarters[0])
        if period.end_us != self._period.end_us and period.end_us % QUARTER_US:
            cut.add(quarters[-1])
        return cut


def _within(period: Period, quarter: int) -> Period:
    start_us = quarter * QUARTER_US
    return Period(max(start_us, period.start_us), min(start_us + QUARTER_US, period.end_us))


@dataclass(frozen=True, slots=True)
class Member:
    """A device of the house in the whole period."""

    device: DeviceConfig
    report: Report
    """Without a base price."""
    taken_wh: float
    """In the period, by which a base price is shared out."""


class House:
    """Sums up the house, device by device, in the whole period and in each part of it."""

    def __init__(self, periods: Sequence[Period]) -> None:
        """``periods`` are the whole one and its parts."""
        self._periods = periods
        self._totals: list[list[Totals]] = [[] for _ in periods]
        self._bills: list[list[Bill]] = [[] for _ in periods]
        self.devices: list[Member] = []
        self._energy_wh: Sequence[float] = ()
        self._returned_wh: Sequence[float] = ()

    def add(
        self,
        calculation: Calculation,
        device: DeviceConfig,
        there: Period,
        profile: LoadProfile,
    ) -> None:
        """A device, with its profile of the whole period; the time before it was ``there`` is not
        missing."""
        self._add_profile(profile)
        for place, period in enumerate(self._periods):
            part = overlap(there, period)
            if part is not None:
                self._totals[place].append(calculation.totals(device, part))
                self._bills[place].append(calculation.energy_bill(device, part))
        totals, bill = self._totals[0][-1], self._bills[0][-1]
        report = Report(device.name, KIND, there, totals, bill)
        self.devices.append(Member(device, report, sum(profile.energy_wh)))

    def _add_profile(self, profile: LoadProfile) -> None:
        if not self._energy_wh:
            self._energy_wh, self._returned_wh = profile.energy_wh, profile.returned_wh
            return
        self._energy_wh = array("d", map(add, self._energy_wh, profile.energy_wh))
        self._returned_wh = array("d", map(add, self._returned_wh, profile.returned_wh))

    def profile(self, period: Period) -> LoadProfile:
        """Of all of them."""
        quarters = quarters_of(period)
        nothing = array("d", bytes(8 * len(quarters)))
        energy_wh, returned_wh = self._energy_wh or nothing, self._returned_wh or nothing
        return LoadProfile(quarters.start, energy_wh, returned_wh)

    def reports(self, calculation: Calculation) -> Iterator[Report]:
        """Of the whole period and of each part, with the base price once."""
        for period, totals, bills in zip(self._periods, self._totals, self._bills, strict=True):
            total = summed_totals(totals)
            bill = calculation.house_bill(period, bills, total.energy_wh)
            yield Report(TOTAL, KIND, period, total, bill)
