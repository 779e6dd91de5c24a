"""The base price: what a contract costs by its months, whether energy is taken or not (pure).

Each month of the house total costs exactly the base price, spread evenly over its time; where the
price changes in it, each one counts for its share of the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from source.config.models import General
from source.config.tariffs import PriceSection, Tariff
from source.model import Period
from source.period import Rule, midnight_us, period_of

EVER_US = -(2**62)


class BasePrice:
    """The base price of one tariff."""

    def __init__(self, tariff: Tariff, general: General) -> None:
        zone, day = general.zone, general.calc_request_day_monthly
        self._months = Rule("month", general.cost_calc_request_time, zone, day)
        self._sections = list(_in_force(tariff.sections, zone))
        self._is_free = not any(price for _, price in self._sections)
        self._known: dict[Period, Decimal] = {}

    def cost(self, period: Period) -> Decimal:
        """What it comes to in a period, not rounded to the cent."""
        if self._is_free or period.end_us <= period.start_us:
            return Decimal(0)
        found = self._known.get(period)
        if found is None:  # a hundred devices share that of the same day
            parts = (self._part(month, period) for month in self._months_of(period))
            found = self._known[period] = _decimal(sum(parts, start=Fraction(0)))
        return found

    def _months_of(self, period: Period) -> Iterator[Period]:
        end_us = period.start_us
        while end_us < period.end_us:
            month = period_of(self._months, end_us + 1)
            yield month
            end_us = month.end_us

    def _part(self, month: Period, period: Period) -> Fraction:
        part = Period(max(month.start_us, period.start_us), min(month.end_us, period.end_us))
        cost = sum(
            (price * _common_us(held, part) for held, price in self._sections), start=Fraction(0)
        )
        return cost / (month.end_us - month.start_us)


def _in_force(
    sections: Sequence[PriceSection], zone: ZoneInfo
) -> Iterator[tuple[Period, Fraction]]:
    """When each base price of a month holds."""
    starts = [EVER_US, *(midnight_us(s.start, zone) for s in sections[1:] if s.start is not None)]
    for section, start_us, end_us in zip(sections, starts, [*starts[1:], -EVER_US], strict=True):
        yield Period(start_us, end_us), Fraction(section.base_price_month)


def _common_us(one: Period, other: Period) -> int:
    return max(0, min(one.end_us, other.end_us) - max(one.start_us, other.start_us))


def _decimal(value: Fraction) -> Decimal:
    """Exact, or to 28 digits."""
    return Decimal(value.numerator) / Decimal(value.denominator)
