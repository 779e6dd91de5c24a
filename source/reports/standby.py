"""Standby: the power that a socket rarely falls below, and what it takes and costs (pure)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from source.model import US_PER_S, Period, Prices
from source.period import QUARTERS_PER_HOUR, clock_spans, midnight_us
from source.reports.cost import kwh_of

PERCENTILE = 0.05
NOISE_W = 1.0
"""What a socket without a load may show below zero feeds nothing in."""
HOUR_US = 3600 * US_PER_S
DARK_BEFORE_US, DARK_AFTER_US = HOUR_US, 3 * HOUR_US
"""Before and after midnight, when no sun shines."""
NEEDED = 96
"""Quarter hours, a day of them, to say anything."""
DAYS = 30
"""It is looked for in so many days up to the end of the report, however long that is."""
HOURS_A_YEAR = 8760
NIGHT_BEGIN_H, NIGHT_END_H = 23, 6
"""On the clocks; what could be switched off at night is switched off so long."""
NIGHT_HOURS_A_YEAR = (24 - NIGHT_BEGIN_H + NIGHT_END_H) * 365
NANO_PER_UNIT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Standby:
    """What a socket takes when its appliance rests, as if it rested the whole year."""

    device: str
    power_w: float
    energy_wh_year: float
    cost_year: Decimal
    night_wh_year: float
    """The part of it between 23 and 6 o'clock."""
    night_cost_year: Decimal
    """What switching it off in those hours would save, at their prices."""
    is_of_the_dark: bool = False
    """It feeds in by day; only the dark hours were looked at."""


def standby_w(minima_w: Sequence[float]) -> float | None:
    """The 5th percentile of the lowest powers of many quarter hours.

    None where they are less than a day, and of what feeds in: it does not rest.
    """
    lowest_w = _rarely_below(minima_w)
    return None if lowest_w is None or lowest_w < -NOISE_W else max(0.0, lowest_w)


def feeds_in(minima_w: Sequence[float]) -> bool:
    """Whether it feeds in so often that nothing is seen of what it takes at rest."""
    lowest_w = _rarely_below(minima_w)
    return lowest_w is not None and lowest_w < -NOISE_W


def _rarely_below(minima_w: Sequence[float]) -> float | None:
    if len(minima_w) < NEEDED:
        return None
    return sorted(minima_w)[math.ceil(PERCENTILE * len(minima_w)) - 1]


def dark_hours(period: Period, zone: ZoneInfo) -> Iterator[Period]:
    """The hours around each midnight in which no sun shines, as far as they lie in the period."""
    day = datetime.fromtimestamp(period.start_us / US_PER_S, zone).date()
    while (midnight := midnight_us(day, zone)) - DARK_BEFORE_US < period.end_us:
        start_us = max(midnight - DARK_BEFORE_US, period.start_us)
        end_us = min(midnight + DARK_AFTER_US, period.end_us)
        if start_us < end_us:
            yield Period(start_us, end_us)
        day += timedelta(days=1)


def standby_of(
    device: str,
    minima_w: Sequence[float],
    price_per_kwh: Decimal,
    night_price: Decimal,
    *,
    is_of_the_dark: bool = False,
) -> Standby | None:
    """None where too little is known of the device."""
    power_w = standby_w(minima_w)
    if power_w is None:
        return None
    year_wh, night_wh = power_w * HOURS_A_YEAR, power_w * NIGHT_HOURS_A_YEAR
    return Standby(
        device=device,
        power_w=power_w,
        energy_wh_year=year_wh,
        cost_year=_cost(year_wh, price_per_kwh),
        night_wh_year=night_wh,
        night_cost_year=_cost(night_wh, night_price),
        is_of_the_dark=is_of_the_dark,
    )


def night_price(prices: Prices, zone: ZoneInfo) -> Decimal | None:
    """The mean price per kWh of the quarter hours between 23 and 6 o'clock; None without any."""
    first = prices.first_quarter
    at_night = [
        prices.import_nano[quarter - first]
        for span in clock_spans(zone, first, first + len(prices.import_nano))
        for quarter in range(span.first_quarter, span.end_quarter)
        if _is_night(span.wall_quarter(quarter) // QUARTERS_PER_HOUR % 24)
    ]
    return Decimal(sum(at_night)) / (len(at_night) * NANO_PER_UNIT) if at_night else None


def _is_night(hour: int) -> bool:
    return hour >= NIGHT_BEGIN_H or hour < NIGHT_END_H


def _cost(energy_wh: float, price_per_kwh: Decimal) -> Decimal:
    return kwh_of(energy_wh) * price_per_kwh
