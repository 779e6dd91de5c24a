"""Bills computed a second time, by another way: quarter hour by quarter hour, in fractions.

It shares no function with the program: it asks ``zoneinfo`` what the clock on the wall shows as
each quarter hour begins, and looks the price up as a person does with the contract in hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

from source.config.tariffs import PriceSection, Tariff, Window

QUARTER = timedelta(minutes=15)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ZONES_WITH_CHANGES = [
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
]
"""And one without: hours, half hours and three quarters of one from UTC."""
BAVARIA = frozenset(
    date(year, month, day)
    for year, days in {
        2025: [(4, 18), (4, 21), (5, 29), (6, 9), (6, 19)],
        2026: [(4, 3), (4, 6), (5, 14), (5, 25), (6, 4)],
    }.items()
    for month, day in [(1, 1), (1, 6), (5, 1), (10, 3), (11, 1), (12, 25), (12, 26), *days]
)
"""As a paper calendar has them; Assumption Day, a matter of each commune, is not among them."""


@dataclass(frozen=True)
class Contract:
    """A tariff, and what the witness needs to know besides."""

    tariff: Tariff
    formula: Callable[[Fraction], Fraction] = lambda spot: spot
    """Of the market's section, in hundredths."""
    holidays: frozenset[date] = frozenset()
    spots: Mapping[int, int] = field(default_factory=dict)
    prices: dict[object, int] = field(default_factory=dict)
    """Computed so far, of the market and of the contract, in units."""


UNITS = 10**15
"""Of the currency. Prices are fractions; all those of the tests are whole numbers of units."""


@dataclass(frozen=True)
class Line:
    """What a quarter hour's energy costs and earns, in units per kWh."""

    price: int
    feed_in: int
    is_assumed: bool


@dataclass(frozen=True)
class Money:
    """A bill in the currency, unrounded."""

    cost: Fraction
    revenue: Fraction
    assumed_kwh: Fraction


@cache
def walls(zone: str, first_quarter: int, count: int) -> Sequence[datetime]:
    """What the clock shows as each of the quarter hours begins."""
    first = EPOCH + first_quarter * QUARTER
    return [
        (first + number * QUARTER).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for number in range(count)
    ]


def quarter_at(zone: str, wall: str) -> int:
    """The quarter hour that begins when the clock shows that, the first time if it does twice."""
    moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
    number = (moment.astimezone(timezone.utc) - EPOCH) / QUARTER
    assert number == int(number)
    return int(number)


def section_at(tariff: Tariff, day: date) -> PriceSection:
    return [s for s in tariff.sections if s.start is None or s.start <= day][-1]


def is_covered(window: Window, wall: datetime, holidays: frozenset[date]) -> bool:
    begins = datetime.combine(wall.date(), window.start)
    for start in (begins - timedelta(days=1), begins):
        end = datetime.combine(start.date(), window.end)
        if window.end <= window.start:
            end += timedelta(days=1)
        weekday = 6 if start.date() in holidays else start.weekday()
        if start <= wall < end and weekday in window.weekdays:
            return True
    return False


def line_at(contract: Contract, wall: datetime, quarter: int) -> Line:
    section = section_at(contract.tariff, wall.date())
    feed_in = agreed(contract, section.feed_in_kwh)
    for window in section.windows:
        if is_covered(window, wall, contract.holidays):
            return Line(agreed(contract, window.price_kwh), feed_in, False)
    spot = contract.spots.get(quarter)
    if section.market is None or spot is None:
        price = agreed(contract, section.price_kwh)
        return Line(price, feed_in, section.market is not None)
    if spot not in contract.prices:
        price = contract.formula(Fraction(spot, 10**7)) / 100
        contract.prices[spot] = units(price)
    return Line(contract.prices[spot], feed_in, False)


def agreed(contract: Contract, price_kwh: Decimal) -> int:
    key = str(price_kwh)
    if key not in contract.prices:
        contract.prices[key] = units(Fraction(price_kwh))
    return contract.prices[key]


def units(price: Fraction) -> int:
    number = price * UNITS
    assert number.denominator == 1
    return number.numerator


def lines_of(contract: Contract, zone: str, first_quarter: int, count: int) -> list[Line]:
    """The prices of so many quarter hours."""
    hours = walls(zone, first_quarter, count)
    return [line_at(contract, wall, first_quarter + n) for n, wall in enumerate(hours)]


def money_of(lines: Sequence[Line], taken_mwh: Sequence[int], returned_mwh: Sequence[int]) -> Money:
    """The money of quarter hours; energies in thousandths of a watt hour."""
    cost = sum(line.price * milli for line, milli in zip(lines, taken_mwh, strict=True))
    revenue = sum(line.feed_in * milli for line, milli in zip(lines, returned_mwh, strict=True))
    assumed = sum(milli for line, milli in zip(lines, taken_mwh, strict=True) if line.is_assumed)
    per_kwh = 10**6
    return Money(
        Fraction(cost, UNITS * per_kwh),
        Fraction(revenue, UNITS * per_kwh),
        Fraction(assumed, per_kwh),
    )


def cents(amount: Fraction) -> int:
    """Rounded as on a bill: a half goes away from zero."""
    size = int(abs(amount) * 100 + Fraction(1, 2))
    return size if amount >= 0 else -size
