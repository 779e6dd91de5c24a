"""What the overview shows: its shape, and the sums of today and of the month.

The sums are those of the reports. What lies before midnight is computed once and kept; where
energy is found later that flowed before it, ``forget`` has it computed again.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import add

from pydantic import BaseModel

from source.config.models import Configuration, DeviceConfig
from source.journal.reader import JournalReader
from source.model import QUARTER_US, US_PER_S, Bill, Period, Totals
from source.period import day_of, midnight_us
from source.reports.calculation import Calculation
from source.reports.cost import kwh_of
from source.reports.house import overlap, removed, since, summed_totals
from source.reports.writing import missing_percent
from source.tariffs.book import PriceBook

DAY = timedelta(days=1)
DAY_US = 86_400 * US_PER_S
HISTORY_DAYS = 28
MONEY_DIGITS = 9


class Amount(BaseModel):
    """Energy and money of one span, in Wh and in the currency; shares of the time in percent."""

    energy_wh: float = 0.0
    returned_wh: float = 0.0
    cost: float = 0.0
    """With the base price, where it is borne."""
    revenue: float = 0.0
    base_cost: float = 0.0
    measured_percent: float = 0.0
    estimated_percent: float = 0.0
    missing_percent: float = 0.0
    assumed_percent: float = 0.0
    """Of the energy: the market's price is not known."""


class Forecast(BaseModel):
    """The whole month, if it goes on like the four weeks before."""

    energy_wh: float
    cost: float


class HouseNow(BaseModel):
    """The sum of all sockets that count for the house."""

    power_w: float | None
    today: Amount
    yesterday: Amount
    month: Amount
    forecast: Forecast | None


class LastHour(BaseModel):
    """Mean power of the last sixty minutes; null where nothing was measured."""

    start_s: int
    step_s: int = 60
    power_w: list[float | None]


class DeviceNow(BaseModel):
    """A socket."""

    device: str
    type: str
    enabled: bool
    state: str
    """ok, failing, off-line, waiting, stuck or disabled."""
    reason: str | None
    """Why it is not ok, in a sentence of the catalogue."""
    detail: str | None
    """What its last poll said exactly, in English."""
    power_w: float | None
    """Null while it is not ok."""
    last_reading_s: float | None
    last_hour: LastHour
    today: Amount
    month: Amount
    in_total: bool


class Overview(BaseModel):
    """Everything that the overview shows."""

    time_s: float
    currency: str
    timezone: str
    revision: str
    house: HouseNow
    devices: list[DeviceNow]
    problems: int


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


@dataclass(frozen=True, slots=True)
class Days:
    """Where a moment lies in the calendar."""

    midnight_us: int
    yesterday_us: int
    """When yesterday began."""
    month_us: int
    """When the month began."""
    month_end_us: int
    date: date

    @classmethod
    def at(cls, now_us: int, configuration: Configuration) -> Days:
        zone = configuration.general.zone
        midnight = day_of(now_us, zone).start_us
        today = datetime.fromtimestamp(now_us / US_PER_S, zone).date()
        first = today.replace(day=1)
        following = (first + 31 * DAY).replace(day=1)
        return cls(
            midnight,
            day_of(midnight, zone).start_us,
            midnight_us(first, zone),
            midnight_us(following, zone),
            today,
        )


@dataclass(slots=True)
class _History:
    """The four weeks before midnight."""

    mean_wh: Mapping[int, float]
    """Of a day, by weekday; of those that were recorded whole."""
    price_per_kwh: Decimal | None


class Amounts:
    """Computes the sums; belongs to who holds the lock of the live hub."""

    def __init__(self) -> None:
        self._configuration: Configuration | None = None
        self._midnight_us = 0
        self._past: dict[str, tuple[Share, Share]] = {}
        """Of each device: yesterday, and the month up to midnight."""
        self._history: _History | None = None

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
        for device in (*calculation.members, *others):
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
                for name in self._configuration.devices
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

    # --- the forecast ---

    def _forecast(
        self,
        reader: JournalReader,
        calculation: Calculation,
        days: Days,
        now_us: int,
        month: Amount,
        bill: Bill,
    ) -> Forecast | None:
        there = calculation.house_span()
        if there is None or now_us - there.start_us < DAY_US:
            return None
        if self._history is None:
            self._history = self._look_back(reader, calculation, days, there)
        begun_us = max(days.month_us, there.start_us)
        elapsed_us = max(1, now_us - begun_us)
        mean_wh = month.energy_wh * DAY_US / elapsed_us
        rest_wh = self._rest_wh(days, now_us, mean_wh)
        price = self._history.price_per_kwh
        if price is None:
            price = bill.price_per_kwh
        whole = since(there, Period(days.month_us, days.month_end_us))
        base_cost = Decimal(0)
        if whole is not None:
            base_cost = calculation.house_bill(whole, [], 0.0).base_cost
        cost = bill.energy_cost + base_cost + kwh_of(rest_wh) * price
        return Forecast(energy_wh=month.energy_wh + rest_wh, cost=_money(cost))

    def _rest_wh(self, days: Days, now_us: int, mean_wh: float) -> float:
        """What the rest of the month takes at the mean of like weekdays."""
        assert self._history is not None  # noqa: S101 (set by who calls)
        assert self._configuration is not None  # noqa: S101
        zone = self._configuration.general.zone
        rest_wh, day, start_us = 0.0, days.date, days.midnight_us
        while start_us < days.month_end_us:
            end_us = midnight_us(day + DAY, zone)
            left_us = end_us - max(start_us, now_us)
            usual_wh = self._history.mean_wh.get(day.weekday(), mean_wh)
            rest_wh += usual_wh * left_us / max(1, end_us - start_us)
            day, start_us = day + DAY, end_us
        return rest_wh

    def _look_back(
        self, reader: JournalReader, calculation: Calculation, days: Days, there: Period
    ) -> _History:
        assert self._configuration is not None  # noqa: S101 (set by who calls)
        zone = self._configuration.general.zone
        first = days.date - HISTORY_DAYS * DAY
        period = Period(midnight_us(first, zone), days.midnight_us)
        energy_wh, cost = array("d"), Decimal(0)
        for device, _ in calculation.parts(period):
            profile = reader.load_profile(device.name, period)
            cost += calculation.book.bill(device.name, period, profile).energy_cost
            taken = profile.energy_wh
            energy_wh = array("d", map(add, energy_wh, taken) if energy_wh else taken)
        by_weekday: defaultdict[int, list[float]] = defaultdict(list)
        first_quarter = period.start_us // QUARTER_US
        for number in range(HISTORY_DAYS):
            day = first + number * DAY
            start_us, end_us = midnight_us(day, zone), midnight_us(day + DAY, zone)
            if start_us >= there.start_us and energy_wh:
                quarters = slice(
                    start_us // QUARTER_US - first_quarter, end_us // QUARTER_US - first_quarter
                )
                by_weekday[day.weekday()].append(sum(energy_wh[quarters]))
        all_wh = sum(energy_wh)
        return _History(
            {weekday: sum(each) / len(each) for weekday, each in by_weekday.items()},
            cost / kwh_of(all_wh) if all_wh > 0.0 else None,
        )


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
        cost=_money(bill.cost),
        revenue=_money(bill.revenue),
        base_cost=_money(bill.base_cost),
        measured_percent=round(totals.measured_percent, 3),
        estimated_percent=round(totals.estimated_percent, 3),
        missing_percent=round(missing_percent(totals), 3) if totals.span_us else 0.0,
        assumed_percent=round(min(100.0, assumed), 3),
    )


def _money(value: Decimal) -> float:
    return round(float(value), MONEY_DIGITS)
