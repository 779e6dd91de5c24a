"""Computes what is shown of a span of time, with the same calculation as the reports' files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from source.config.models import Configuration, DeviceConfig
from source.journal.reader import JournalReader
from source.model import (
    FIRST_YEAR_US,
    QUARTER_US,
    US_PER_S,
    LoadProfile,
    Period,
    Prices,
    Report,
    Run,
)
from source.period import quarters_of
from source.reports.calculation import Calculation
from source.reports.figures import Figures
from source.reports.gather import KIND, House, Member, PartShare
from source.reports.house import TOTAL, removed, since, summed_totals, within
from source.reports.priced import PricedRun, priced
from source.reports.rhythm import Patchy, Week, week_of
from source.reports.runs_job import known_runs
from source.reports.slices import Slices
from source.reports.span import Part, Span
from source.reports.standby import (
    DAYS,
    Standby,
    dark_hours,
    feeds_in,
    night_price,
    standby_of,
)
from source.reports.view import DeviceFigures, PartFigures, PriceRange, View
from source.reports.writing import missing_percent
from source.tariffs.book import PriceBook

DAY_US = 86_400 * US_PER_S
WEEKS_US = 28 * DAY_US
NANO_PER_UNIT = 1_000_000_000
SEEN_MISSING_PERCENT = 0.5
"""Less missing time than that shifts no mean that anybody sees, and is not looked for."""


@dataclass(frozen=True, slots=True)
class Account:
    """Energy and money of a device, or of the house, in the whole period and in each part of it."""

    whole: Figures
    parts: Sequence[Figures]
    profile: LoadProfile
    devices: Sequence[DeviceFigures] = ()


class Survey:
    """Looks at any device, or the whole house, in any span."""

    def __init__(
        self, reader: JournalReader, book: PriceBook, configuration: Configuration
    ) -> None:
        self._reader = reader
        self._book = book
        self._configuration = configuration
        self._mean_prices: dict[object, tuple[Decimal, Decimal]] = {}

    def begins_us(self, subject: str) -> int | None:
        """When the records of a device, or of any in the house total, begin; None without any."""
        members = Calculation(self._reader, self._book, self._configuration).members
        names = [device.name for device in members] if subject == TOTAL else [subject]
        begins = [self._reader.first_us(name, FIRST_YEAR_US) for name in names]
        return min((begin for begin in begins if begin is not None), default=None)

    def view(self, subject: str, span: Span, now_us: int) -> View:
        """The figures of a device, or of the house (``TOTAL``), up to now at the latest.

        The span has begun, and its subject is known. Raises JournalError.
        """
        whole = span.whole
        period = Period(whole.start_us, min(whole.end_us, now_us))
        parts = span.parts(now_us)
        slices = Slices(self._reader)
        calculation = Calculation(self._reader, self._book, self._configuration, slices)
        account = (
            self._house(calculation, slices, period, parts)
            if subject == TOTAL
            else self._device(calculation, slices, subject, period, parts)
        )
        names = [one.device for one in account.devices] if subject == TOTAL else [subject]
        prices = self._prices(subject, period)
        begins_us = self.begins_us(subject)
        return View(
            subject=subject,
            span=span,
            period=period,
            is_over=whole.end_us <= now_us,
            made_us=now_us,
            begins_us=begins_us,
            figures=account.whole,
            parts=tuple(
                PartFigures(part.begin, part.period, figures)
                for part, figures in zip(parts, account.parts, strict=True)
            ),
            devices=tuple(account.devices),
            profile=account.profile,
            week=self._week(subject, account, period, begins_us),
            prices=prices,
            price_ranges=() if prices is None else tuple(_ranges(prices, parts)),
            standby=tuple(self._standby(names, period)),
            runs=tuple(self._runs(names, period, now_us)),
            left_out=self._left_out() if subject == TOTAL else (),
        )

    def figures(self, subject: str, period: Period) -> Figures:
        """The figures alone, of a period that is over; the same as those of a view.

        Raises JournalError.
        """
        calculation = Calculation(self._reader, self._book, self._configuration)
        if subject != TOTAL:
            device = self._configuration.devices.get(subject) or removed(subject)
            report = self._report(calculation, device, period)
            return self._figures(report, device.power_on is not None)
        return self._figures_of_house(calculation, period)

    def _figures_of_house(self, calculation: Calculation, period: Period) -> Figures:
        """Without any load profile where there is one price."""
        present = calculation.parts(period)
        totals = [calculation.totals(device, there) for device, there in present]
        bills = [
            calculation.energy_bill(device, there, one)
            for (device, there), one in zip(present, totals, strict=True)
        ]
        total = summed_totals(totals)
        there = since(calculation.house_span(), period) or Period(period.start_us, period.start_us)
        bill = calculation.house_bill(there, bills, total.energy_wh)
        report = Report(TOTAL, KIND, period, total, bill)
        return self._figures(report, any(device.power_on for device, _ in present))

    # --- accounts ---

    def _device(
        self,
        calculation: Calculation,
        slices: Slices,
        name: str,
        period: Period,
        parts: Sequence[Part],
    ) -> Account:
        device = self._configuration.devices.get(name) or removed(name)
        counts = device.power_on is not None
        slices.read(name, [period])
        whole, *each = (
            self._figures(self._report(calculation, device, one), counts)
            for one in (period, *(part.period for part in parts))
        )
        return Account(whole, each, slices.load_profile(name, period))

    def _report(self, calculation: Calculation, device: DeviceConfig, period: Period) -> Report:
        """Of the time of its records; a base price that is shared out is that of the house's."""
        there = within(calculation.span(device), period)
        totals = calculation.totals(device, there)
        bill = calculation.energy_bill(device, there, totals)
        base_cost = calculation.base_cost(device, period)
        return Report(device.name, KIND, there, totals, replace(bill, base_cost=base_cost))

    def _house(
        self, calculation: Calculation, slices: Slices, period: Period, parts: Sequence[Part]
    ) -> Account:
        """Device by device: what was read of one is not needed for the next."""
        present = calculation.parts(period)
        house = House([period, *(part.period for part in parts)], calculation.house_span())
        for device, there in present:
            slices.read(device.name, [period])
            profile = slices.load_profile(device.name, period)
            house.add(calculation, device, there, profile)
        counts = any(device.power_on for device, _ in present)
        whole, *each = (self._figures(report, counts) for report in house.reports(calculation))
        reports = self._with_base_costs(calculation, house.devices, period)
        shares = {one.device.name: one.parts for one in house.devices}
        return Account(whole, each, house.profile(period), list(self._ranked(reports, shares)))

    def _with_base_costs(
        self, calculation: Calculation, members: Sequence[Member], period: Period
    ) -> list[tuple[DeviceConfig, Report]]:
        """The devices' reports with their parts of the base price, where they have one."""
        if there := since(calculation.house_span(), period):
            calculation.know_taken({(one.device.name, there): one.taken_wh for one in members})
        return [
            (
                one.device,
                replace(
                    one.report,
                    bill=replace(
                        one.report.bill, base_cost=calculation.base_cost(one.device, period)
                    ),
                ),
            )
            for one in members
        ]

    def _figures(self, report: Report, counts_switch_ons: bool) -> Figures:
        currency = self._configuration.general.currency
        return Figures(report.totals, report.bill, currency, counts_switch_ons)

    def _ranked(
        self,
        reports: Sequence[tuple[DeviceConfig, Report]],
        shares: Mapping[str, Sequence[PartShare | None]],
    ) -> Iterator[DeviceFigures]:
        taken_wh = sum(report.totals.energy_wh for _, report in reports)
        for device, report in sorted(reports, key=lambda one: -one[1].totals.energy_wh):
            share = 100.0 * report.totals.energy_wh / taken_wh if taken_wh > 0.0 else 0.0
            figures = self._figures(report, device.power_on is not None)
            yield DeviceFigures(device.name, figures, share, shares[device.name])

    def _left_out(self) -> tuple[str, ...]:
        devices = self._configuration.devices.values()
        return tuple(entry.name for entry in devices if not entry.in_total)

    # --- week, prices, standby, runs ---

    def _week(self, subject: str, account: Account, period: Period, begins_us: int | None) -> Week:
        figures = (
            {one.device: one.figures for one in account.devices}
            if subject == TOTAL
            else {subject: account.whole}
        )
        first, end = _recorded(begins_us, period)
        patchy = [
            self._patchy(name, account.profile if subject != TOTAL else None, period, first, end)
            for name, one in figures.items()
            if missing_percent(one.totals) >= SEEN_MISSING_PERCENT
        ]
        zone = self._configuration.general.zone
        return week_of(account.profile, zone, first, end, patchy, len(figures))

    def _patchy(
        self, name: str, profile: LoadProfile | None, period: Period, first: int, end: int
    ) -> Patchy:
        return Patchy(
            profile or self._reader.load_profile(name, period),
            self._reader.known_us(name, first, end),
            _recorded(self._reader.first_us(name, FIRST_YEAR_US), period)[0],
        )

    def _prices(self, subject: str, period: Period) -> Prices | None:
        quarters = quarters_of(period)
        prices = self._book.prices(subject, quarters.start, len(quarters))
        return None if len(set(prices.import_nano)) == 1 else prices

    def _standby(self, names: Sequence[str], period: Period) -> Iterator[Standby]:
        looked_at = Period(period.end_us - DAYS * DAY_US, period.end_us)
        for name in names:
            mean, at_night = self._mean_prices_of(name, period.end_us)
            minima_w = self._reader.power_minima(name, looked_at)
            if is_of_the_dark := feeds_in(minima_w):
                minima_w = self._dark_minima_w(name, looked_at)
            found = standby_of(name, minima_w, mean, at_night, is_of_the_dark=is_of_the_dark)
            if found is not None:
                yield found

    def _dark_minima_w(self, name: str, looked_at: Period) -> list[float]:
        return [
            power_w
            for dark in dark_hours(looked_at, self._configuration.general.zone)
            for power_w in self._reader.power_minima(name, dark)
        ]

    def _mean_prices_of(self, name: str, end_us: int) -> tuple[Decimal, Decimal]:
        """Over the four weeks before, so that every hour and weekday counts alike, and over their
        nights; the same for all of one tariff."""
        entry = self._configuration.devices.get(name)
        key = (entry.tariff, entry.price_kwh) if entry else (None, None)
        found = self._mean_prices.get((key, end_us))
        if found is None:
            period = Period(end_us - WEEKS_US, end_us)
            quarters = quarters_of(period)
            prices = self._book.prices(name, quarters.start, len(quarters))
            mean = _mean(prices.import_nano)
            at_night = night_price(prices, self._configuration.general.zone)
            found = self._mean_prices[(key, end_us)] = (mean, at_night or mean)
        return found

    def _runs(self, names: Sequence[str], period: Period, now_us: int) -> Iterator[PricedRun]:
        found = [
            (run, is_over)
            for name in names
            for run, is_over in self._known_runs(name, now_us)
            if period.start_us <= run.start_us < period.end_us
        ]
        for run, is_over in sorted(found, key=lambda one: (one[0].start_us, one[0].device)):
            yield priced(self._book, run, is_over=is_over)

    def _known_runs(self, name: str, now_us: int) -> list[tuple[Run, bool]]:
        """Each with whether it is over."""
        known = known_runs(self._reader, name, self._configuration.devices.get(name), now_us)
        return [(run, True) for run in known.over] + [(run, False) for run in known.under_way]


def _recorded(begins_us: int | None, period: Period) -> tuple[int, int]:
    """The whole quarter hours of the period since the records begin, first and end."""
    start_us = max(begins_us or period.start_us, period.start_us)
    return -(-start_us // QUARTER_US), period.end_us // QUARTER_US


def _ranges(prices: Prices, parts: Sequence[Part]) -> Iterator[PriceRange]:
    for part in parts:
        quarters = quarters_of(part.period)
        first = quarters.start - prices.first_quarter
        nano = prices.import_nano[first : first + len(quarters)]
        yield PriceRange(
            *(float(n) / NANO_PER_UNIT for n in (min(nano), sum(nano) / len(nano), max(nano)))
        )


def _mean(nano: Sequence[int]) -> Decimal:
    return Decimal(sum(nano)) / (len(nano) * NANO_PER_UNIT)
