"""Gathers the figures of many devices without having all of their profiles in memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import add

from source.config.models import DeviceConfig
from source.model import Bill, LoadProfile, Period, PeriodKind, Report, Totals
from source.period import quarters_of
from source.reports.calculation import Calculation
from source.reports.house import TOTAL, overlap, since, summed_totals

KIND: PeriodKind = "day"
"""Reports have one; nothing that is computed depends on it."""


@dataclass(frozen=True, slots=True)
class PartShare:
    """What one device took in one part."""

    energy_wh: float
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Member:
    """A device of the house in the whole period."""

    device: DeviceConfig
    report: Report
    """Without a base price."""
    parts: Sequence[PartShare | None] = ()
    """Of each part, without a base price; None where it has no records."""

    @property
    def taken_wh(self) -> float:
        """By which a base price is shared out."""
        return self.report.totals.energy_wh


class House:
    """Sums up the house, device by device, in the whole period and in each part of it."""

    def __init__(self, periods: Sequence[Period], there: Period | None) -> None:
        """``periods`` are the whole one and its parts; ``there`` is the time of the house's
        records."""
        self._periods = periods
        self._there = there
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
        shares: list[PartShare | None] = [None] * len(self._periods)
        for place, period in enumerate(self._periods):
            part = overlap(there, period)
            if part is not None:
                totals = calculation.totals(device, part)
                bill = calculation.energy_bill(device, part, totals)
                self._totals[place].append(totals)
                self._bills[place].append(bill)
                shares[place] = PartShare(totals.energy_wh, bill.energy_cost)
        totals, bill = self._totals[0][-1], self._bills[0][-1]
        report = Report(device.name, KIND, there, totals, bill)
        self.devices.append(Member(device, report, shares[1:]))

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
            there = since(self._there, period) or Period(period.start_us, period.start_us)
            bill = calculation.house_bill(there, bills, total.energy_wh)
            yield Report(TOTAL, KIND, period, total, bill)
