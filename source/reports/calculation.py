"""Reports of any period: what the journal knows of it, at the prices in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from source.config.models import Configuration, DeviceConfig
from source.journal.reader import JournalReader
from source.model import (
    FIRST_YEAR_US,
    US_PER_S,
    Bill,
    LoadProfile,
    Period,
    PeriodKind,
    Report,
    Totals,
)
from source.period import period_of
from source.reports.house import (
    TOTAL,
    base_share,
    members,
    overlap,
    shares_base_price,
    since,
    summed_bill,
    summed_totals,
)
from source.reports.period import rules_of
from source.tariffs.book import PriceBook

SHARES_KEPT = 1000
ENERGIES_KEPT = 4000
"""A look in the night has three periods of each device; those of a device that is new to the
reports, and has years of them, are not worth their memory."""


class Profiles(Protocol):
    """Gives load profiles: the journal's reader, or what was read of it before."""

    def load_profile(self, device: str, period: Period) -> LoadProfile: ...


class Calculation:
    """Computes reports from one state of the journal and one book of prices."""

    def __init__(
        self,
        reader: JournalReader,
        book: PriceBook,
        configuration: Configuration,
        profiles: Profiles | None = None,
    ) -> None:
        self._reader = reader
        self._profiles = profiles or reader
        self.book = book
        self._configuration = configuration
        self.members: Sequence[DeviceConfig] = members(configuration, reader.devices())
        """The devices of the house total."""
        self._spans: dict[str, Period | None] = {}
        self._house_spans: list[Period | None] = []
        """One, when it is known."""
        self._taken_wh: dict[Period, float] = {}
        self._own_wh: dict[tuple[str, Period], float] = {}
        self._known: dict[tuple[str, Period], tuple[Totals, Bill]] = {}

    def of_device(self, device: DeviceConfig, kind: PeriodKind, period: Period) -> Report:
        """Energy, polls and cost of a device, with its part of the base price if it has one."""
        totals, bill = self._energy(device, period)
        base_cost = self.base_cost(device, self.sharing(device, kind, period))
        bill = replace(bill, base_cost=base_cost) if base_cost else bill
        return Report(device.name, kind, period, totals, bill)

    def of_house(self, kind: PeriodKind, period: Period) -> Report:
        """The sum of all devices of the house, and the base price."""
        every = [self._energy(device, part) for device, part in self.parts(period)]
        totals = summed_totals([totals for totals, _ in every])
        bill = self.house_bill(period, [bill for _, bill in every], totals.energy_wh)
        return Report(TOTAL, kind, period, totals, bill)

    def _energy(self, device: DeviceConfig, period: Period) -> tuple[Totals, Bill]:
        """A device's energy, and the bill for it without any base price. Kept for the house total,
        which is the sum of the very figures that are written of its devices."""
        key = (device.name, period)
        found = self._known.get(key)
        if found is None:
            totals = self.totals(device, period)
            found = totals, self.energy_bill(device, period, totals)
            if len(self._known) < ENERGIES_KEPT:
                self._known[key] = found
        return found

    def totals(self, device: DeviceConfig, period: Period) -> Totals:
        return self._reader.totals(device.name, period, round(device.update_time_s * US_PER_S))

    def energy_bill(
        self, device: DeviceConfig, period: Period, totals: Totals | None = None
    ) -> Bill:
        """What a device's energy costs, without any base price. Where the ``totals`` are known and
        there is one price, its profile is not read."""
        bill = None if totals is None else self.book.flat_bill(device.name, period, totals)
        if bill is not None:
            return bill
        profile = self._profiles.load_profile(device.name, period)
        return self.book.bill(device.name, period, profile)

    def house_bill(self, period: Period, bills: Sequence[Bill], energy_wh: float) -> Bill:
        """The house's bill from those of its devices; each base price once."""
        base_cost = self.book.base_cost(period) + sum(
            (
                self.base_cost(device, period)
                for device in self.members
                if device.tariff is not None
            ),
            Decimal(0),
        )
        price = Decimal(0) if energy_wh > 0.0 else self._usual_price(period)
        return summed_bill(bills, energy_wh, base_cost, price)

    def parts(self, period: Period) -> list[tuple[DeviceConfig, Period]]:
        """The devices of the house that were there in a period, each with the part of it."""
        found = []
        for device in self.members:
            span = self.span(device)
            part = None if span is None else overlap(span, period)
            if part is not None:
                found.append((device, part))
        return found

    def span(self, device: DeviceConfig) -> Period | None:
        """From a device's first point on; up to the last one where it is polled no more. None
        where it has none."""
        if device.name not in self._spans:
            self._spans[device.name] = self._span(device)
        return self._spans[device.name]

    def house_span(self) -> Period | None:
        """From the first point of any device of the house on; None where there is none."""
        if not self._house_spans:  # each share of the base price asks for it
            self._house_spans.append(_around(map(self.span, self.members)))
        return self._house_spans[0]

    def _span(self, device: DeviceConfig) -> Period | None:
        first_us = self._reader.first_us(device.name, FIRST_YEAR_US)
        if first_us is None:
            return None
        last_us = 2**63 - 1 if device.enabled else last_point_us(self._reader, device.name)
        return Period(first_us - 1, max(first_us, last_us))

    def base_cost(self, device: DeviceConfig, period: Period) -> Decimal:
        """The base price of a device's own tariff since its records begin, or its part of the
        house's since those of the house do, where that is shared out; 0 where it bears none."""
        if device.tariff is not None:
            own = since(self.span(device), period)
            return Decimal(0) if own is None else self.book.own_base_cost(device.name, own)
        if not self.book.shares_base_price or not shares_base_price(device):
            return Decimal(0)
        there = since(self.house_span(), period)
        if there is None:
            return Decimal(0)
        own_wh = self.energy_wh(device, there)
        return base_share(self.book.base_cost(there), own_wh, self.shared_wh(there))

    def sharing(self, device: DeviceConfig, kind: PeriodKind, period: Period) -> Period:
        """The time whose base price is shared out in a line.

        That is its period; of a device that came within the house's period the whole of that one,
        or what all of them bear would not be the base price.
        """
        span = self.span(device)
        if device.tariff is not None or span is None or not _begins_with(period, span):
            return period
        rules = rules_of(device, self._configuration.general)
        whole = (period_of(rule, period.end_us) for rule in rules if rule.kind == kind)
        return since(self.house_span(), next(whole, period)) or period

    def energy_wh(self, device: DeviceConfig, period: Period) -> float:
        """What a device took."""
        key = (device.name, period)
        found = self._own_wh.get(key)
        if found is None:
            found = sum(self._profiles.load_profile(device.name, period).energy_wh)
            if len(self._own_wh) < ENERGIES_KEPT:
                self._own_wh[key] = found
        return found

    def shared_wh(self, period: Period) -> float:
        """What all devices took that share the base price."""
        found = self._taken_wh.get(period)
        if found is None:
            if len(self._taken_wh) >= SHARES_KEPT:
                self._taken_wh.clear()
            sharing = [device for device in self.members if shares_base_price(device)]
            found = sum(self.energy_wh(device, period) for device in sharing)
            self._taken_wh[period] = found
        return found

    def know_taken(self, energy_wh: Mapping[tuple[str, Period], float]) -> None:
        """What ``energy_wh`` gives, by device and period."""
        self._own_wh.update(energy_wh)

    def know_shared(self, taken_wh: dict[Period, float]) -> None:
        """What ``shared_wh`` gives, as somebody has summed it up already."""
        self._taken_wh = taken_wh

    def _usual_price(self, period: Period) -> Decimal:
        nothing = self._reader.load_profile(TOTAL, period)
        return self.book.bill(TOTAL, period, nothing).price_per_kwh


def _around(spans: Iterable[Period | None]) -> Period | None:
    """From where the first of them begins to where the last one ends."""
    known = [span for span in spans if span is not None]
    if not known:
        return None
    return Period(min(span.start_us for span in known), max(span.end_us for span in known))


def _begins_with(period: Period, span: Period) -> bool:
    """Whether a line is the first one of a device; a point at the end of a period begins the next
    one, see ``beginning_us``."""
    return span.start_us <= period.start_us <= span.start_us + 1


def last_point_us(reader: JournalReader, device: str) -> int:
    """The time of a device's newest point, good or bad."""
    # The meter's state is kept for ever, the newest point as long as raw points are.
    newest = [point.time_us for point in reader.latest(device)]
    return max([*newest, reader.metered_until_us(device) or 0])
