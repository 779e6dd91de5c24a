"""The sums of the overview: today, yesterday, the month, and how it may end.

They are those of the reports. What lies before midnight is computed once and kept; where
energy is found later that flowed before it, ``forget`` has it computed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from source.config.models import Configuration, DeviceConfig
from source.journal.reader import JournalReader
from source.model import US_PER_S, Bill, Period, Totals
from source.reports.calculation import Calculation
from source.reports.house import overlap, removed, since, summed_totals
from source.reports.writing import missing_percent
from source.tariffs.book import PriceBook
from source.web.forecast import DAY_US, Days, History, forecast, look_back
from source.web.overviewmodels import Amount, Forecast, money
from source.web.yielding import in_slices


@dataclass(frozen=True, slots=True)
class Sums:
    """The amounts of the house and of each device."""

    today: Amount
    yesterday: Amount
    month: Amount
    forecast: Forecast | None
    devices: Mapping[str, tuple[Amount, Amount]]
    """Today and the month, by name."""


@dataclass(frozen=True, slots=True)
class Share:
    """Of one device in one span, without any base price."""

    totals: Totals
    bill: Bill


class Amounts:
    """Computes the sums; belongs to who holds the lock of the live hub."""

    def __init__(self) -> None:
        self._configuration: Configuration | None = None
        self._midnight_us = 0
        self._past: dict[str, tuple[Share, Share]] = {}
        """Of each device: yesterday, and the month up to midnight."""
        self._history: History | None = None

    def forget(self, device: str | None = None) -> None:
        """What is known of the time before midnight is not so any more, of one device or all."""
        if device is None:
            self._past.clear()
        else:
            self._past.pop(device, None)

    def compute(self, reader: JournalReader, configuration: Configuration, now_us: int) -> Sums:
        """All sums up to now. Raises JournalError."""
        days = Days.at(now_us, configuration)
        if (self._configuration, self._midnight_us) != (configuration, days.midnight_us):
            self._configuration, self._midnight_us = configuration, days.midnight_us
            self._past, self._history = {}, None
        book = PriceBook(configuration, reader.prices)
        return self._sums(reader, Calculation(reader, book, configuration), days, now_us)

    def _sums(
        self, reader: JournalReader, calculation: Calculation, days: Days, now_us: int
    ) -> Sums:
        assert self._configuration is not None  # noqa: S101 (set by who calls)
        today = Period(days.midnight_us, now_us)
        month = Period(days.month_us, now_us)
        shares_today, shares_month, shares_yesterday = {}, {}, {}
        others = [one for one in self._configuration.devices.values() if not one.in_total]
        for device in in_slices((*calculation.members, *others)):
            name = device.name
            yesterday, before = self._before(reader, calculation, device, days)
            now = _share(reader, calculation, device, today)
            shares_today[name], shares_yesterday[name] = now, yesterday
            shares_month[name] = _added(before, now)
        members = [device.name for device in calculation.members]
        yesterday_period = Period(days.yesterday_us, days.midnight_us)
        _know(calculation, today, shares_today)
        _know(calculation, month, shares_month)
        house_month, month_bill = _house(calculation, month, members, shares_month)
        return Sums(
            today=_house(calculation, today, members, shares_today)[0],
            yesterday=_house(calculation, yesterday_period, members, shares_yesterday)[0],
            month=house_month,
            forecast=self._forecast(reader, calculation, days, now_us, house_month, month_bill),
            devices={
                name: (
                    _amount_of(calculation, self._entry(name), today, shares_today[name]),
                    _amount_of(calculation, self._entry(name), month, shares_month[name]),
                )
                for name in in_slices(self._configuration.devices)
            },
        )

    def _entry(self, name: str) -> DeviceConfig:
        assert self._configuration is not None  # noqa: S101 (set by who calls)
        return self._configuration.devices.get(name) or removed(name)

    def _before(
        self,
        reader: JournalReader,
        calculation: Calculation,
        device: DeviceConfig,
        days: Days,
    ) -> tuple[Share, Share]:
        """Yesterday, and the month up to midnight."""
        found = self._past.get(device.name)
        if found is None:
            yesterday = Period(days.yesterday_us, days.midnight_us)
            before = Period(days.month_us, days.midnight_us)
            found = self._past[device.name] = (
                _share(reader, calculation, device, yesterday),
                _share(reader, calculation, device, before),
            )
        return found

    def _forecast(
        self,
        reader: JournalReader,
        calculation: Calculation,
        days: Days,
        now_us: int,
        month: Amount,
        bill: Bill,
    ) -> Forecast | None:
        """None below a day of records."""
        there = calculation.house_span()
        if there is None or now_us - there.start_us < DAY_US:
            return None
        if self._history is None:
            self._history = look_back(reader, calculation, days, there)
        return forecast(calculation, self._history, days, now_us, there, month, bill)


def _share(
    reader: JournalReader, calculation: Calculation, device: DeviceConfig, period: Period
) -> Share:
    """Of the time of its records; nothing where there are none."""
    span = calculation.span(device)
    part = None if span is None else overlap(span, period)
    if part is None:
        return Share(Totals(), Bill(Decimal(0), Decimal(0)))
    totals = reader.sums(device.name, part, round(device.update_time_s * US_PER_S))
    return Share(totals, calculation.energy_bill(device, part, totals))


def _added(first: Share, second: Share) -> Share:
    """Two spans, one after the other."""
    bill = Bill(
        energy_cost=first.bill.energy_cost + second.bill.energy_cost,
        price_per_kwh=(second if second.totals.span_us else first).bill.price_per_kwh,
        revenue=first.bill.revenue + second.bill.revenue,
        assumed_wh=first.bill.assumed_wh + second.bill.assumed_wh,
    )
    return Share(summed_totals([first.totals, second.totals]), bill)


def _know(calculation: Calculation, period: Period, shares: Mapping[str, Share]) -> None:
    """By what a base price is shared out, so that no profile is read for it."""
    there = since(calculation.house_span(), period)
    if there is not None:
        calculation.know_taken(
            {(name, there): share.totals.energy_wh for name, share in shares.items()}
        )


def _house(
    calculation: Calculation, period: Period, members: Sequence[str], shares: Mapping[str, Share]
) -> tuple[Amount, Bill]:
    present = [shares[name] for name in members if shares[name].totals.span_us]
    totals = summed_totals([share.totals for share in present])
    there = since(calculation.house_span(), period) or Period(period.start_us, period.start_us)
    bill = calculation.house_bill(there, [share.bill for share in present], totals.energy_wh)
    return amount(totals, bill), bill


def _amount_of(
    calculation: Calculation, device: DeviceConfig, period: Period, share: Share
) -> Amount:
    base_cost = calculation.base_cost(device, period)
    return amount(share.totals, replace(share.bill, base_cost=base_cost))


def amount(totals: Totals, bill: Bill) -> Amount:
    """As it is told by the API; money is not rounded to the cent yet."""
    taken_wh = totals.energy_wh
    assumed = 100.0 * bill.assumed_wh / taken_wh if taken_wh > 0.0 else 0.0
    return Amount(
        energy_wh=round(taken_wh, 6),
        returned_wh=round(totals.returned_wh, 6),
        cost=money(bill.cost),
        revenue=money(bill.revenue),
        base_cost=money(bill.base_cost),
        measured_percent=round(totals.measured_percent, 3),
        estimated_percent=round(totals.estimated_percent, 3),
        missing_percent=round(missing_percent(totals), 3) if totals.span_us else 0.0,
        assumed_percent=round(min(100.0, assumed), 3),
    )
