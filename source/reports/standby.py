"""Standby: the power that a socket rarely falls below, and what it takes and costs (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from source.model import QUARTER_S, Prices
from source.period import clock_spans

PERCENTILE = 0.05
NEEDED = 96
"""Quarter hours, a day of them, to say anything."""
DAYS = 30
"""It is looked for in so many days up to the end of the report, however long that is."""
HOURS_A_YEAR = 8760
NIGHT_BEGIN_H, NIGHT_END_H = 23, 6
"""On the clocks; what could be switched off at night is switched off so long."""
NIGHT_HOURS_A_YEAR = (24 - NIGHT_BEGIN_H + NIGHT_END_H) * 365
QUARTERS_PER_HOUR = 3600 // QUARTER_S
NANO_PER_UNIT = 1_000_000_000
WH_PER_KWH = 1000


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


def standby_w(minima_w: Sequence[float]) -> float | None:
    """The 5th percentile of the lowest powers of many quarter hours; nothing that feeds in rests.

    None where they are less than a day.
    """
    if len(minima_w) < NEEDED:
        return None
    place = math.ceil(PERCENTILE * len(minima_w)) - 1
    return max(0.0, sorted(minima_w)[place])


def standby_of(
    device: str, minima_w: Sequence[float], price_per_kwh: Decimal, night_price: Decimal
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
    return Decimal(repr(energy_wh)) / WH_PER_KWH * price_per_kwh
