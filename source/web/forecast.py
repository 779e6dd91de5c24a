"""How the month may end: what it has taken so far, and the rest as the four weeks before were."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import add
from zoneinfo import ZoneInfo

from source.config.models import Configuration
from source.journal.reader import JournalReader
from source.model import QUARTER_US, US_PER_S, Bill, Period
from source.period import day_of, midnight_us
from source.reports.calculation import Calculation
from source.reports.cost import kwh_of
from source.reports.house import since
from source.web.overviewmodels import Amount, Forecast, money
from source.web.yielding import in_slices

DAY = timedelta(days=1)
DAY_US = 86_400 * US_PER_S
HISTORY_DAYS = 28


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
    zone: ZoneInfo

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
            zone,
        )


@dataclass(frozen=True, slots=True)
class History:
    """The four weeks before midnight."""

    mean_wh: Mapping[int, float]
    """Of a day, by weekday; of those that were recorded whole."""
    price_per_kwh: Decimal | None


def look_back(
    reader: JournalReader, calculation: Calculation, days: Days, there: Period
) -> History:
    """The history of a house whose records are ``there``. Raises JournalError."""
    first = days.date - HISTORY_DAYS * DAY
    period = Period(midnight_us(first, days.zone), days.midnight_us)
    energy_wh, cost = array("d"), Decimal(0)
    for device, _ in in_slices(calculation.parts(period)):
        profile = reader.load_profile(device.name, period)
        cost += calculation.book.bill(device.name, period, profile).energy_cost
        taken = profile.energy_wh
        energy_wh = array("d", map(add, energy_wh, taken) if energy_wh else taken)
    by_weekday = _by_weekday(energy_wh, first, days, there)
    all_wh = sum(energy_wh)
    return History(
        {weekday: sum(each) / len(each) for weekday, each in by_weekday.items()},
        cost / kwh_of(all_wh) if all_wh > 0.0 else None,
    )


def _by_weekday(
    energy_wh: array[float], first: date, days: Days, there: Period
) -> Mapping[int, list[float]]:
    """The energy of each whole day, of quarter hours that begin with the first day."""
    found: defaultdict[int, list[float]] = defaultdict(list)
    first_quarter = midnight_us(first, days.zone) // QUARTER_US
    for number in range(HISTORY_DAYS if energy_wh else 0):
        day = first + number * DAY
        start_us, end_us = midnight_us(day, days.zone), midnight_us(day + DAY, days.zone)
        if start_us >= there.start_us:
            begin = start_us // QUARTER_US - first_quarter
            end = end_us // QUARTER_US - first_quarter
            found[day.weekday()].append(sum(energy_wh[begin:end]))
    return found


def forecast(
    calculation: Calculation,
    history: History,
    days: Days,
    now_us: int,
    there: Period,
    month: Amount,
    bill: Bill,
) -> Forecast:
    """Of the whole month, from its amount and bill up to now."""
    begun_us = max(days.month_us, there.start_us)
    mean_wh = month.energy_wh * DAY_US / max(1, now_us - begun_us)
    rest_wh = _rest_wh(history, days, now_us, mean_wh)
    price = bill.price_per_kwh if history.price_per_kwh is None else history.price_per_kwh
    whole = since(there, Period(days.month_us, days.month_end_us))
    base_cost = Decimal(0)
    if whole is not None:
        base_cost = calculation.house_bill(whole, [], 0.0).base_cost
    cost = bill.energy_cost + base_cost + kwh_of(rest_wh) * price
    return Forecast(energy_wh=month.energy_wh + rest_wh, cost=money(cost))


def _rest_wh(history: History, days: Days, now_us: int, mean_wh: float) -> float:
    """What the rest of the month takes at the mean of like weekdays."""
    rest_wh, day, start_us = 0.0, days.date, days.midnight_us
    while start_us < days.month_end_us:
        end_us = midnight_us(day + DAY, days.zone)
        left_us = end_us - max(start_us, now_us)
        usual_wh = history.mean_wh.get(day.weekday(), mean_wh)
        rest_wh += usual_wh * left_us / max(1, end_us - start_us)
        day, start_us = day + DAY, end_us
    return rest_wh
