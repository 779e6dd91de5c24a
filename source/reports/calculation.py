"""Reports of any period: what the journal knows of it, at the prices in force."""

from __future__ import annotations

from collections.abc import Sequence
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
from source.reports.house import (
    TOTAL,
    base_share,
    members,
    overlap,
    shares_base_price,
    summed_bill,
    summed_totals,
)
from source.tariffs.book import PriceBook

SHARES_KEPT = 1000


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
        self._taken_wh: dict[Period, float] = {}

    def of_device(self, device: DeviceConfig, kind: PeriodKind, period: Period) -> Report:
        """Energy, polls and cost of a device, with its part of the base price if it has one."""
        bill = self.bill(device, period)
        return Report(device.name, kind, period, self.totals(device, period), bill)

    def of_house(self, kind: PeriodKind, period: Period) -> Report:
        """The sum of all devices of the house, and the base price."""
        parts = self.parts(period)
        totals = summed_totals([self.totals(device, part) for device, part in parts])
        bills = [self.energy_bill(device, part) for device, part in parts]
        return Report(TOTAL, kind, period, totals, self.house_bill(period, bills, totals.energy_wh))

    def totals(self, device: DeviceConfig, period: Period) -> Totals:
        return self._reader.totals(device.name, period, round(device.update_time_s * US_PER_S))

    def bill(self, device: DeviceConfig, period: Period) -> Bill:
        """What a device's energy costs, and its part of the base price."""
        bill = self.energy_bill(device, period)
        base_cost = self.base_cost(device, period)
        return replace(bill, base_cost=base_cost) if base_cost else bill

    def energy_bill(self, device: DeviceConfig, period: Period) -> Bill:
        """What a device's energy costs, without any base price."""
        profile = self._profiles.load_profile(device.name, period)
        return self.book.bill(device.name, period, profile)

    def house_bill(self, period: Period, bills: Sequence[Bill], energy_wh: float) -> Bill:
        """The house's bill from those of its devices; each base price once."""
        base_cost = self.book.base_cost(period) + sum(
            (
                self.book.own_base_cost(device.name, period)
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

    def _span(self, device: DeviceConfig) -> Period | None:
        first_us = self._reader.first_us(device.name, FIRST_YEAR_US)
        if first_us is None:
            return None
        last_us = 2**63 - 1 if device.enabled else last_point_us(self._reader, device.name)
        return Period(first_us - 1, max(first_us, last_us))

    def base_cost(self, device: DeviceConfig, period: Period) -> Decimal:
        """A device's part of the base price; 0 where it bears none."""
        if device.tariff is not None:
            own = device.tariff.share_base_price
            return self.book.own_base_cost(device.name, period) if own else Decimal(0)
        if not self.book.shares_base_price or not shares_base_price(device):
            return Decimal(0)
        own_wh = self.energy_wh(device, period)
        return base_share(self.book.base_cost(period), own_wh, self.shared_wh(period))

    def energy_wh(self, device: DeviceConfig, period: Period) -> float:
        """What a device took."""
        return sum(self._profiles.load_profile(device.name, period).energy_wh)

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

    def know_shared(self, taken_wh: dict[Period, float]) -> None:
        """What ``shared_wh`` gives, as somebody has summed it up already."""
        self._taken_wh = taken_wh

    def _usual_price(self, period: Period) -> Decimal:
        nothing = self._reader.load_profile(TOTAL, period)
        return self.book.bill(TOTAL, period, nothing).price_per_kwh


def last_point_us(reader: JournalReader, device: str) -> int:
    """The time of a device's newest point, good or bad."""
    # The meter's state is kept for ever, the newest point as long as raw points are.
    newest = [point.time_us for point in reader.latest(device)]
    return max([*newest, reader.metered_until_us(device) or 0])
