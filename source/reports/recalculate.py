"""What the figures of finished periods would be today: from the journal, at the prices in force.

Where something printed differs there is a correction, a new revision of the figures. What was
reported before stays beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import fsum, isclose
from typing import TypeAlias, TypeVar

from source.config.models import Configuration, DeviceConfig
from source.journal.reader import JournalReader
from source.model import Bill, Period, PeriodKind, Report, Result, Totals, Written
from source.reports.calculation import Calculation
from source.reports.cost import half_up, kwh_of
from source.reports.figures import Figures, figures_in, from_text, result_of
from source.reports.house import TOTAL, overlap, removed, shares_base_price
from source.reports.reported import as_reported
from source.reports.slices import Slices
from source.reports.table import CENT, KWH_STEP, cost_text, price_text
from source.tariffs.book import PriceBook

SAME_WH = 1e-6
"""Sums of floats in another order differ by less."""
SAME_SHARE = 1e-12
Reported: TypeAlias = tuple[list[Result], list[Written]]
R = TypeVar("R", Result, Written)


@dataclass(frozen=True, slots=True)
class Correction:
    """Figures that are printed otherwise than they were."""

    before: Result
    old: Figures
    new: Figures
    is_kept: bool = True
    """The journal has the figures of before; else they are read from the line in the text file."""

    @property
    def result(self) -> Result:
        """What is to be entered in the journal."""
        was = self.before
        report = Report(was.device, was.kind, was.period, self.new.totals, self.new.bill)
        return result_of(report, self.new, was.revision + 1)

    @property
    def results(self) -> list[Result]:
        """The same, and before it what was reported first, where the journal does not have it."""
        return [self.result] if self.is_kept else [self.before, self.result]


@dataclass(slots=True)
class _HouseSum:
    """What the devices of the house add up to in one period."""

    bills: list[Bill] = field(default_factory=list)
    energy_wh: list[float] = field(default_factory=list)
    returned_wh: list[float] = field(default_factory=list)


class Recalculation:
    """Computes the figures of a span of time again, device by device."""

    def __init__(self, reader: JournalReader, configuration: Configuration, span: Period) -> None:
        """All periods that have a part in ``span``."""
        self._reader = reader
        self._span = span
        self._configuration = configuration
        self._currency = configuration.general.currency
        self._slices = Slices(reader)
        book = PriceBook(configuration, reader.prices)
        self._calculation = Calculation(reader, book, configuration, self._slices)
        members = {device.name: device for device in self._calculation.members}
        every = {**configuration.devices, **members}
        gone = [name for name in reader.devices() if name not in every]
        every |= {name: removed(name) for name in gone}
        self._devices: dict[str, DeviceConfig] = every
        self._sums: dict[Period, _HouseSum] = {}

    @property
    def device_count(self) -> int:
        """How many steps ``corrections`` takes before the last one."""
        return len(self._devices)

    def corrections(
        self, device: str | None = None, done: Callable[[int], None] = lambda _: None
    ) -> Iterator[list[Correction]]:
        """Of each device, and at last of the house total, what differs; or of one device alone.

        ``done`` is told each device. Raises JournalError, and ReportError where figures can't be
        read.
        """
        house, _ = self._reported(TOTAL) if device in (None, TOTAL) else ([], [])
        self._sums = {result.period: _HouseSum() for result in house}
        self._share_base_price(device)
        for name, entry in self._devices.items():
            own, lines = self._reported(name) if device in (None, name) else ([], [])
            if own or lines or house:
                yield self._of_device(entry, own, lines)
            done(1)
        yield [each for result in house if (each := self._of_house(result)) is not None]

    def _reported(self, device: str) -> Reported:
        """Of the periods of a device that have a part in the span the newest figures, and the lines
        that were written before figures were kept."""
        newest = {
            _key(result): result
            for result in self._reader.results(device, after_us=self._span.start_us)
        }
        lines = [line for line in self._reader.reports(device) if _key(line) not in newest]
        return self._of_span(newest.values()), self._of_span(lines)

    def _of_span(self, every: Iterable[R]) -> list[R]:
        meant = (one for one in every if overlap(one.period, self._span) is not None)
        return sorted(meant, key=_key)

    # --- a device ---

    def _of_device(
        self, device: DeviceConfig, own: Sequence[Result], lines: Sequence[Written]
    ) -> list[Correction]:
        parts = self._house_parts(device)
        periods = {one.period for one in own} | {one.period for one in lines}
        periods |= {part for _, part in parts}
        if not periods:
            return []
        self._slices.read(device.name, periods)
        bills = {period: self._calculation.energy_bill(device, period) for period in periods}
        self._add_to_house(device, parts, bills)
        found = [self._compared(device, result, bills[result.period]) for result in own]
        found += [self._compared_line(device, line, bills[line.period]) for line in lines]
        return [each for each in found if each is not None]

    def _compared(self, device: DeviceConfig, result: Result, bill: Bill) -> Correction | None:
        old = from_text(result.figures)
        base_cost = self._base_cost(device, result)
        energy_wh, returned_wh = self._energy(device.name, result.period)
        totals = old.totals
        if not _is_same(old.totals, energy_wh, returned_wh):
            totals = self._calculation.totals(device, result.period)
        return _correction(result, old, totals, replace(bill, base_cost=base_cost), self._currency)

    def _compared_line(self, device: DeviceConfig, line: Written, bill: Bill) -> Correction | None:
        totals = self._calculation.totals(device, line.period)
        base_cost = self._base_cost(device, line)
        bill = replace(bill, base_cost=base_cost)
        today = Report(device.name, line.kind, line.period, totals, bill)
        new = figures_in(self._configuration, today)
        old = as_reported(line, new)
        if printed(old) == printed(new):
            return None
        return Correction(result_of(today, old), old, new, is_kept=False)

    def _base_cost(self, device: DeviceConfig, of: Result | Written) -> Decimal:
        sharing = self._calculation.sharing(device, of.kind, of.period)
        return self._calculation.base_cost(device, sharing)

    def _energy(self, device: str, period: Period) -> tuple[float, float]:
        profile = self._slices.load_profile(device, period)
        return fsum(profile.energy_wh), fsum(profile.returned_wh)

    def _share_base_price(self, device: str | None) -> None:
        """Where the base price is shared out: what all have taken in each period, summed up device
        by device, so that each is read once for it."""
        if not self._calculation.book.shares_base_price or device == TOTAL:
            return
        sharing = [each for each in self._calculation.members if shares_base_price(each)]
        bearing = [each for each in sharing if device in (None, each.name)]
        taken = {
            self._calculation.sharing(each, one.kind, one.period): 0.0
            for each in bearing
            for reported in self._reported(each.name)
            for one in reported
        }
        if not taken:
            return
        for each in sharing:
            self._slices.read(each.name, taken)
            for period in taken:
                taken[period] += self._calculation.energy_wh(each, period)
        self._calculation.know_shared(taken)

    # --- the house ---

    def _house_parts(self, device: DeviceConfig) -> list[tuple[Period, Period]]:
        """The periods of the house, each with the part of it in which a device was there."""
        if not any(member.name == device.name for member in self._calculation.members):
            return []
        span = self._calculation.span(device) if self._sums else None
        if span is None:
            return []
        found = ((period, overlap(span, period)) for period in self._sums)
        return [(period, part) for period, part in found if part is not None]

    def _add_to_house(
        self,
        device: DeviceConfig,
        parts: Iterable[tuple[Period, Period]],
        bills: dict[Period, Bill],
    ) -> None:
        for period, part in parts:
            energy_wh, returned_wh = self._energy(device.name, part)
            house = self._sums[period]
            house.bills.append(bills[part])
            house.energy_wh.append(energy_wh)
            house.returned_wh.append(returned_wh)

    def _of_house(self, result: Result) -> Correction | None:
        old, house = from_text(result.figures), self._sums[result.period]
        energy_wh, returned_wh = fsum(house.energy_wh), fsum(house.returned_wh)
        bill = self._calculation.house_bill(result.period, house.bills, energy_wh)
        totals = old.totals
        if not _is_same(old.totals, energy_wh, returned_wh):
            totals = self._calculation.of_house(result.kind, result.period).totals
        return _correction(result, old, totals, bill, self._currency)


def _key(one: Result | Written) -> tuple[PeriodKind, int]:
    return one.kind, one.period.end_us


def _correction(
    result: Result, old: Figures, totals: Totals, bill: Bill, currency: str
) -> Correction | None:
    new = Figures(totals, bill, currency, old.counts_switch_ons)
    return None if printed(old) == printed(new) else Correction(result, old, new)


def _is_same(totals: Totals, energy_wh: float, returned_wh: float) -> bool:
    return isclose(totals.energy_wh, energy_wh, rel_tol=SAME_SHARE, abs_tol=SAME_WH) and isclose(
        totals.returned_wh, returned_wh, rel_tol=SAME_SHARE, abs_tol=SAME_WH
    )


def printed(figures: Figures) -> tuple[str, ...]:
    """What people read of figures, and what is corrected when it changes."""
    totals, bill = figures.totals, figures.bill
    kwh = (half_up(kwh_of(wh), KWH_STEP) for wh in (totals.energy_wh, totals.returned_wh))
    amounts = (half_up(amount, CENT) for amount in (bill.cost, bill.base_cost, bill.revenue))
    return (
        *map(str, kwh),
        cost_text(bill.cost),
        *map(str, amounts),
        price_text(bill.price_per_kwh),
    )
