"""Standby: what a socket rarely falls below."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from source.model import Period, Prices
from source.reports.standby import (
    HOUR_US,
    dark_hours,
    feeds_in,
    night_price,
    standby_of,
    standby_w,
)
from tests.reports.house import us

BERLIN = ZoneInfo("Europe/Berlin")
QUARTER_US = 900_000_000


def test_it_is_the_fifth_percentile_of_the_lowest_powers() -> None:
    assert standby_w([float(n) for n in range(100, 0, -1)]) == 5.0


def test_a_few_outliers_to_below_do_not_count() -> None:
    assert standby_w([0.0] * 4 + [2.5] * 96) == 2.5
    assert standby_w([0.0] * 6 + [2.5] * 94) == 0.0


def test_less_than_a_day_tells_nothing() -> None:
    assert standby_w([1.0] * 95) is None
    assert standby_w([1.0] * 96) == 1.0
    assert standby_of("Fridge", [1.0] * 95, Decimal("0.30"), Decimal("0.20")) is None


def test_what_feeds_in_does_not_rest() -> None:
    assert standby_w([-500.0] * 96) is None
    assert feeds_in([-500.0] * 6 + [20.0] * 90)
    assert not feeds_in([-500.0] * 4 + [20.0] * 92), "rarely"
    assert not feeds_in([-500.0] * 95), "too little is known"


def test_what_a_meter_shows_below_zero_without_a_load_is_nothing() -> None:
    assert standby_w([-0.4] * 96) == 0.0
    assert not feeds_in([-0.4] * 96)


@pytest.mark.parametrize("midnight", ["2026-03-28 23:00", "2026-10-24 22:00", "2026-07-01 22:00"])
def test_the_dark_hours_lie_around_midnight_on_the_clocks(midnight: str) -> None:
    begin_us = us(midnight)  # in Berlin
    dark = Period(begin_us - HOUR_US, begin_us + 3 * HOUR_US)
    around = Period(begin_us - 12 * HOUR_US, begin_us + 12 * HOUR_US)
    assert list(dark_hours(around, BERLIN)) == [dark]
    within = Period(begin_us, begin_us + HOUR_US)
    assert list(dark_hours(within, BERLIN)) == [within]
    assert list(dark_hours(Period(dark.end_us, dark.end_us + 9 * HOUR_US), BERLIN)) == []


def test_energy_cost_and_saving_of_a_year() -> None:
    found = standby_of("Television", [10.0] * 96, Decimal("0.30"), Decimal("0.20"))
    assert found is not None
    assert (found.power_w, found.energy_wh_year, found.night_wh_year) == (10.0, 87_600.0, 25_550.0)
    assert found.cost_year == Decimal("26.28")
    assert found.night_cost_year == Decimal("5.11")


@pytest.mark.parametrize("day", ["2026-03-28 23:00", "2026-10-24 22:00", "2026-07-01 22:00"])
def test_the_night_s_price_is_that_of_its_hours_on_the_clocks(day: str) -> None:
    first = us(day) // QUARTER_US  # midnight in Berlin
    quarters = range(first, first + 92)
    hours = [datetime.fromtimestamp(q * 900, BERLIN).hour for q in quarters]
    cheap = [200_000_000 if h >= 23 or h < 6 else 300_000_000 for h in hours]
    prices = Prices(first, cheap, [0] * 92, [0] * 92)
    assert night_price(prices, BERLIN) == Decimal("0.2")


def test_without_a_night_there_is_no_price_of_it() -> None:
    noon = us("2026-07-01 10:00") // QUARTER_US
    assert night_price(Prices(noon, [1], [0], [0]), BERLIN) is None
