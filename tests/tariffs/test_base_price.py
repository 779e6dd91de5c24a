"""The base price: exactly its amount a month, spread over the time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.config.models import Configuration, DeviceConfig, General
from source.config.tariffs import PriceSection, Tariff
from source.model import Period
from source.tariffs.book import PriceBook
from tests.tariffs.witness import ZONES_WITH_CHANGES

D = Decimal
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
BERLIN = ZoneInfo("Europe/Berlin")
ONE = (PriceSection(price_kwh=D("0.3"), base_price_month=D("12.90")),)


def us(wall: str, zone: ZoneInfo = BERLIN) -> int:
    moment = datetime.fromisoformat(wall).replace(tzinfo=zone)
    return (moment.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)


def period(start: str, end: str) -> Period:
    return Period(us(start), us(end))


def book_of(
    *sections: PriceSection,
    day: int = 1,
    at: time = time(0),
    own: Tariff | None = None,
    share: bool = False,
) -> PriceBook:
    general = General(
        timezone="Europe/Berlin", calc_request_day_monthly=day, cost_calc_request_time=at
    )
    devices = {"Own": DeviceConfig(name="Own", ip="x", tariff=own)}
    tariff = Tariff(sections=sections, share_base_price=share) if sections else None
    configuration = Configuration(files=Path(), general=general, devices=devices, tariff=tariff)
    return PriceBook(configuration, lambda *_: {})


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-02-01", "2026-03-01", Fraction("12.90")),
        ("2026-03-01", "2026-04-01", Fraction("12.90")),
        ("2026-01-01", "2027-01-01", 12 * Fraction("12.90")),
        ("2026-02-03", "2026-02-04", Fraction("12.90") / 28),
        ("2028-02-03", "2028-02-04", Fraction("12.90") / 29),
        # Days of 24, 23 and 25 hours in months of 743 and 745.
        ("2026-03-28", "2026-03-29", Fraction("12.90") * 24 / 743),
        ("2026-03-29", "2026-03-30", Fraction("12.90") * 23 / 743),
        ("2026-10-25", "2026-10-26", Fraction("12.90") * 25 / 745),
        ("2026-01-31", "2026-02-02", Fraction("12.90") / 31 + Fraction("12.90") / 28),
        ("2026-02-03", "2026-02-03", Fraction(0)),
        ("2026-02-04", "2026-02-03", Fraction(0)),
    ],
)
def test_each_month_costs_the_base_price_and_a_part_of_it_its_share(
    start: str, end: str, expected: Fraction
) -> None:
    found = book_of(*ONE).base_cost(period(start, end))
    assert abs(Fraction(found) - expected) < Fraction(1, 10**25)


def test_months_of_the_base_price_are_those_of_the_house_total() -> None:
    book = book_of(*ONE, day=15, at=time(3, 15))
    assert book.base_cost(period("2026-01-15 03:15", "2026-02-15 03:15")) == D("12.9")
    february = Fraction(book.base_cost(period("2026-02-01", "2026-03-01")))
    expected = Fraction("12.90") * (
        Fraction(14 * 24 * 60 + 195, 31 * 24 * 60) + Fraction(14 * 24 * 60 - 195, 28 * 24 * 60)
    )
    assert abs(february - expected) < Fraction(1, 10**25)


def test_a_new_base_price_counts_from_its_day_on() -> None:
    later = PriceSection(start=date(2026, 2, 8), price_kwh=D("0.3"), base_price_month=D("28"))
    book = book_of(*ONE, later)
    assert book.base_cost(period("2026-02-01", "2026-03-01")) == D("12.90") / 4 + 21
    assert book.base_cost(period("2026-01-01", "2026-02-01")) == D("12.90")
    assert book.base_cost(period("2026-03-01", "2026-04-01")) == 28
    assert (
        book.base_cost(period("2026-02-07 12:00", "2026-02-08 12:00")) == D("0.5") + D("12.90") / 56
    )


def test_a_devices_own_tariff_has_a_base_price_of_its_own() -> None:
    own = Tariff(sections=(PriceSection(price_kwh=D("0.2"), base_price_month=D("5")),))
    book = book_of(*ONE, own=own)
    month = period("2026-05-01", "2026-06-01")
    assert book.own_base_cost("Own", month) == 5
    assert book.own_base_cost("Another", month) == 0
    assert book.base_cost(month) == D("12.90")


def test_without_a_tariff_there_is_no_base_price() -> None:
    book = book_of()
    assert book.base_cost(period("2026-05-01", "2026-06-01")) == 0
    assert not book.shares_base_price
    assert book_of(*ONE, share=True).shares_base_price


DAYS = st.integers(0, 1500).map(lambda n: date(2025, 1, 1) + timedelta(days=n))
AMOUNTS = st.decimals(0, 100, places=2)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES_WITH_CHANGES).map(ZoneInfo),
    day=st.integers(1, 31),
    at=st.tuples(st.integers(4, 23), st.integers(0, 59)).map(lambda clock: time(*clock)),
    prices=st.dictionaries(DAYS, AMOUNTS, max_size=4),
    first=st.tuples(DAYS, st.integers(0, 86_399)),
    length_s=st.integers(1, 200 * 86_400),
)
def test_any_part_of_any_months_costs_its_share_of_the_time(
    zone: ZoneInfo,
    day: int,
    at: time,
    prices: dict[date, Decimal],
    first: tuple[date, int],
    length_s: int,
) -> None:
    sections = [
        PriceSection(start=start, price_kwh=D(0), base_price_month=price)
        for start, price in sorted(prices.items())
    ]
    general = General(timezone=zone.key, calc_request_day_monthly=day, cost_calc_request_time=at)
    tariff = Tariff(sections=(*ONE, *sections))
    book = PriceBook(Configuration(files=Path(), general=general, tariff=tariff), lambda *_: {})
    start_us = us(f"{first[0]}", zone) + first[1] * 10**6
    whole = Period(start_us, start_us + length_s * 10**6)
    expected = Fraction(0)
    for month_start, month_end in months_around(whole, zone, day, at):
        edges = sorted(
            {whole.start_us, whole.end_us, month_start, month_end}
            | {us(f"{start}", zone) for start in prices}
        )
        for begin, end in pairwise(edges):
            if max(whole.start_us, month_start) <= begin < min(whole.end_us, month_end):
                held = [
                    price
                    for start, price in sorted(prices.items())
                    if us(f"{start}", zone) <= begin
                ]
                price = Fraction([D("12.90"), *held][-1])
                expected += price * (end - begin) / (month_end - month_start)
    assert abs(Fraction(book.base_cost(whole)) - expected) < Fraction(1, 10**20)


def months_around(whole: Period, zone: ZoneInfo, day: int, at: time) -> list[tuple[int, int]]:
    """The months of a contract from 2024 on until after a period."""
    ends = []
    for number in range(2024 * 12, 2032 * 12):
        following = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
        last = (following - timedelta(days=1)).day
        end = date(number // 12, number % 12 + 1, min(day, last))
        ends.append(us(f"{end} {at}", zone))
    return [(a, b) for a, b in pairwise(ends) if b > whole.start_us and a < whole.end_us]
