"""Every kind of tariff against an independent computation: every day, month and the year, to the
cent."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from operator import add
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.config.models import Configuration, DeviceConfig, General
from source.config.tariffs import Market, PriceSection, Tariff, Window
from source.model import QUARTER_US, Bill, LoadProfile, Period
from source.tariffs.book import PriceBook
from tests.tariffs.witness import (
    BAVARIA,
    ZONES_WITH_CHANGES,
    Contract,
    Money,
    cents,
    lines_of,
    money_of,
    quarter_at,
)

D = Decimal
WORKDAYS, WEEKEND = frozenset(range(5)), frozenset({5, 6})
SUNDAY = frozenset({6})
FIRST, LAST = quarter_at("Pacific/Kiritimati", "2025-12-20"), quarter_at("UTC", "2027-01-10")


def _spots(*, hourly: bool, gaps: bool) -> Mapping[int, int]:
    """A market's year: some prices below zero, with gaps or without."""
    dice = random.Random(f"{hourly} {gaps}")
    found = {}
    for quarter in range(FIRST, LAST):
        if quarter % 4 == 0 or not hourly:
            price = dice.randrange(-15_000, 45_000) * 10_000  # to a thousandth of a cent
            known = not gaps or dice.random() > 0.03
        if known:
            found[quarter] = price
    return found


QUARTERLY, HOURLY = _spots(hourly=False, gaps=False), _spots(hourly=True, gaps=True)
DATED = (
    PriceSection(price_kwh=D("0.3127"), feed_in_kwh=D("0.082")),
    PriceSection(start=date(2026, 2, 15), price_kwh=D("0.29999"), feed_in_kwh=D("0.0811")),
    PriceSection(start=date(2026, 3, 29), price_kwh=D("0.4100"), feed_in_kwh=D("0.08")),
    PriceSection(start=date(2026, 10, 25), price_kwh=D("0.123456789"), feed_in_kwh=D("0")),
)
NIGHT = Window(start=time(22), end=time(6), weekdays=WORKDAYS, price_kwh=D("0.2115"))
ALL_SUNDAY = Window(start=time(0), end=time(0), weekdays=SUNDAY, price_kwh=D("0.1999"))
SMALL_HOURS = Window(start=time(1, 45), end=time(3, 15), price_kwh=D("0.1"))
EVENING = Window(start=time(18, 30), end=time(0), weekdays=WEEKEND, price_kwh=D("0.38"))
AWATTAR = Market(provider="awattar", area="DE", formula="(spot + 15.3) * 1.19")


def _one(**keys: object) -> Tariff:
    section = PriceSection.model_validate(
        {"price_kwh": D("0.30"), "feed_in_kwh": D("0.0778"), **keys}
    )
    return Tariff(sections=(section,))


CONTRACTS = {
    "flat": Contract(_one()),
    "dated": Contract(Tariff(sections=DATED)),
    "windows": Contract(_one(windows=(SMALL_HOURS, NIGHT, EVENING))),
    "windows with holidays": Contract(
        Tariff(
            holidays="DE-BY",
            sections=(PriceSection(price_kwh=D("0.33"), windows=(ALL_SUNDAY, NIGHT)), *DATED[2:]),
        ),
        holidays=BAVARIA,
    ),
    "market by quarter hours": Contract(
        _one(market=AWATTAR),
        formula=lambda spot: (spot + Fraction("15.3")) * Fraction("1.19"),
        spots=QUARTERLY,
    ),
    "market by hours, with gaps": Contract(
        _one(market=Market(provider="csv", file="p.csv", formula="max(spot, 0) * 1.2 + 11.03")),
        formula=lambda spot: max(spot, Fraction(0)) * Fraction("1.2") + Fraction("11.03"),
        spots=HOURLY,
    ),
    "market from summer on, with windows before": Contract(
        Tariff(
            sections=(
                PriceSection(price_kwh=D("0.31"), windows=(NIGHT,)),
                PriceSection(
                    start=date(2026, 3, 29),
                    price_kwh=D("0.36"),
                    feed_in_kwh=D("0.0999"),
                    windows=(SMALL_HOURS,),
                    market=AWATTAR.model_copy(update={"formula": "spot + 12.345"}),
                ),
            )
        ),
        formula=lambda spot: spot + Fraction("12.345"),
        spots=HOURLY,
    ),
}


def book_of(contract: Contract, zone: str, **keys: object) -> PriceBook:
    """The program's book, with one device named Meter."""

    def spot(source: str, first_quarter: int, end_quarter: int) -> Mapping[int, int]:
        quarters = range(first_quarter, end_quarter)
        return {q: contract.spots[q] for q in quarters if q in contract.spots}

    device = DeviceConfig.model_validate({"name": "Meter", "ip": "x", **keys})
    configuration = Configuration(
        files=Path(),
        general=General(timezone=zone),
        devices={"Meter": device},
        tariff=contract.tariff,
    )
    return PriceBook(configuration, spot)


class Year:
    """The energies of a year by the zone's clock, whole thousandths of a watt hour."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        days = [date(2026, 1, 1) + timedelta(days=n) for n in range(366)]
        self.days = [quarter_at(zone, f"{day}") for day in days]
        self.months = [quarter_at(zone, f"2026-{month:02}-01") for month in range(1, 13)]
        self.months.append(self.days[-1])
        self.first, self.end = self.days[0], self.days[-1]
        dice = random.Random(zone)
        count = self.end - self.first
        self.taken = [dice.choice((0, 1, 25_333, 250_001, 612_345)) for _ in range(count)]
        self.returned = [dice.choice((0, 0, 0, 99_999)) for _ in range(count)]

    def bill(self, book: PriceBook, first: int, end: int) -> Bill:
        part = slice(first - self.first, end - self.first)
        taken = [milli / 1000 for milli in self.taken[part]]
        returned = [milli / 1000 for milli in self.returned[part]]
        period = Period(first * QUARTER_US, end * QUARTER_US)
        return book.bill("Meter", period, LoadProfile(first, taken, returned))


def assert_agrees(found: Bill, expected: Money) -> None:
    """To the cent on the bill; before rounding even to the last digit."""
    assert cents(Fraction(found.energy_cost)) == cents(expected.cost)
    assert cents(Fraction(found.revenue)) == cents(expected.revenue)
    assert Fraction(found.energy_cost) == expected.cost
    assert Fraction(found.revenue) == expected.revenue
    assert Fraction(round(found.assumed_wh * 1000), 10**6) == expected.assumed_kwh


@pytest.fixture(scope="module", params=ZONES_WITH_CHANGES)
def year(request: pytest.FixtureRequest) -> Year:
    return Year(request.param)


@pytest.mark.parametrize("name", CONTRACTS)
def test_days_months_and_the_year_cost_what_an_independent_computation_says(
    year: Year, name: str
) -> None:
    contract, book = CONTRACTS[name], book_of(CONTRACTS[name], year.zone)
    lines = lines_of(contract, year.zone, year.first, year.end - year.first)
    for edges in (year.days, year.months, [year.first, year.end]):
        for first, end in pairwise(edges):
            part = slice(first - year.first, end - year.first)
            expected = money_of(lines[part], year.taken[part], year.returned[part])
            assert_agrees(year.bill(book, first, end), expected)


def test_a_devices_own_price_or_tariff_agrees_over_the_year_too(year: Year) -> None:
    house = CONTRACTS["windows with holidays"]
    price = D("0.1777")
    sections = [
        section.model_copy(update={"price_kwh": price, "windows": ()})
        for section in house.tariff.sections
    ]
    market = CONTRACTS["market by hours, with gaps"]
    own_price = Contract(house.tariff.model_copy(update={"sections": tuple(sections)}))
    own_tariff = Contract(house.tariff, spots=market.spots)
    for expected, book in (
        (own_price, book_of(house, year.zone, price_kwh=price)),
        (market, book_of(own_tariff, year.zone, tariff=market.tariff)),
    ):
        lines = lines_of(expected, year.zone, year.first, year.end - year.first)
        for first, end in pairwise(year.days):
            part = slice(first - year.first, end - year.first)
            money = money_of(lines[part], year.taken[part], year.returned[part])
            assert_agrees(year.bill(book, first, end), money)


def test_the_years_of_these_tests_have_both_changes_of_the_clocks() -> None:
    lengths = {zone: {b - a for a, b in pairwise(Year(zone).days)} for zone in ZONES_WITH_CHANGES}
    assert lengths == {
        "Europe/Berlin": {92, 96, 100},
        "Australia/Lord_Howe": {94, 96, 98},
        "Asia/Kathmandu": {96},
        "America/St_Johns": {92, 96, 100},
    }


# --- any tariff, any energies, near any change of the clocks ---

CHANGES = [
    ("Europe/Berlin", "2026-03-28"),
    ("Europe/Berlin", "2026-10-24"),
    ("Australia/Lord_Howe", "2026-04-04"),
    ("Australia/Lord_Howe", "2026-10-03"),
    ("Asia/Kathmandu", "2026-06-30"),
    ("America/St_Johns", "2026-03-07"),
    ("America/St_Johns", "2026-10-31"),
    # At midnight: one hour of Sunday is left out, one of Saturday comes twice.
    ("America/Sao_Paulo", "2018-11-03"),
    ("America/Sao_Paulo", "2018-02-17"),
    # A day that there never was, and with it a whole day of the week.
    ("Pacific/Apia", "2011-12-29"),
]
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
KWH_PRICES = st.decimals(0, 2, places=5)
WINDOWS = st.tuples(TIMES, TIMES, st.frozensets(st.integers(0, 6)), KWH_PRICES).map(
    lambda w: Window(start=w[0], end=w[1], weekdays=w[2], price_kwh=w[3])
)
FORMULAS = {
    "spot": lambda spot: spot,
    "(spot + 15.3) * 1.19": lambda spot: (spot + Fraction("15.3")) * Fraction("1.19"),
    "spot / 8 - min(spot, 2)": lambda spot: spot / 8 - min(spot, Fraction(2)),
}
MARKETS = st.none() | st.sampled_from(sorted(FORMULAS)).map(
    lambda text: Market(provider="x", formula=text)
)


@st.composite
def _contracts(draw: st.DrawFn, first_day: date) -> Contract:
    market = draw(MARKETS)
    starts = draw(st.sets(st.integers(0, 3), max_size=2))
    sections = tuple(
        PriceSection(
            start=start,
            price_kwh=draw(KWH_PRICES),
            feed_in_kwh=draw(KWH_PRICES),
            windows=tuple(draw(st.lists(WINDOWS, max_size=3))),
            market=draw(st.sampled_from([None, market])),
        )
        for start in [None, *(first_day + timedelta(days=n) for n in sorted(starts))]
    )
    formula = FORMULAS["spot" if market is None else market.formula]
    return Contract(Tariff(sections=sections), formula)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), change=st.sampled_from(CHANGES))
def test_any_bill_near_a_change_of_the_clocks_agrees(
    data: st.DataObject, change: tuple[str, str]
) -> None:
    zone, day = change
    first = quarter_at(zone, day) + data.draw(st.integers(-20, 100))
    contract = data.draw(_contracts(date.fromisoformat(day)))
    dice = data.draw(st.randoms(use_true_random=False))
    count = data.draw(st.integers(1, 200))
    spots = {
        first + n: dice.randrange(-(10**5), 10**5) * 8000
        for n in range(count)
        if dice.random() < 0.9
    }
    contract = Contract(contract.tariff, contract.formula, spots=spots)
    taken = [dice.choice((0, dice.randrange(10**6))) for _ in range(count)]
    returned = [dice.choice((0, dice.randrange(10**6))) for _ in range(count)]
    profile = LoadProfile(first, [m / 1000 for m in taken], [m / 1000 for m in returned])
    period = Period(first * QUARTER_US, (first + count) * QUARTER_US)
    found = book_of(contract, zone).bill("Meter", period, profile)
    assert_agrees(found, money_of(lines_of(contract, zone, first, count), taken, returned))


# --- what bills say besides ---


def one_day(book: PriceBook, energies_wh: list[float], returned_wh: list[float]) -> Bill:
    """The bill of quarter hours from midnight on, 1 June 2026 in Berlin."""
    first = quarter_at("Europe/Berlin", "2026-06-01")
    period = Period(first * QUARTER_US, (first + len(energies_wh)) * QUARTER_US)
    return book.bill("Meter", period, LoadProfile(first, energies_wh, returned_wh))


def test_a_devices_own_price_is_that_of_the_energy_taken_only() -> None:
    book = book_of(CONTRACTS["dated"], "Europe/Berlin", price_kwh=D("0.5"))
    found = one_day(book, [1000.0, 500.0], [0.0, 2000.0])
    assert (found.energy_cost, found.price_per_kwh, found.revenue) == (
        D("0.75"),
        D("0.5"),
        D("0.16"),
    )


def test_a_devices_own_price_needs_no_market() -> None:
    market = Contract(_one(market=AWATTAR))  # nothing is known of its prices
    assert not_assumed(book_of(market, "Europe/Berlin", price_kwh=D("0.5")))
    assert not not_assumed(book_of(market, "Europe/Berlin"))


def not_assumed(book: PriceBook) -> bool:
    period = Period(QUARTER_US * 2_000_000, QUARTER_US * 2_000_004)
    is_complete = book.is_complete("Meter", period)
    bill = book.bill("Meter", period, LoadProfile(2_000_000, [250.0] * 4, [0.0] * 4))
    assert bill.assumed_wh == (0.0 if is_complete else 1000.0)
    return is_complete


def test_a_devices_own_tariff_stands_in_the_place_of_the_houses() -> None:
    own = _one(price_kwh=D("0.25"), feed_in_kwh=D("0.05"))
    book = book_of(CONTRACTS["dated"], "Europe/Berlin", tariff=own, price_kwh=D("9"))
    found = one_day(book, [1000.0, 500.0], [0.0, 2000.0])
    assert (found.energy_cost, found.revenue) == (D("0.375"), D("0.1"))
    house = book.bill("Another", Period(0, QUARTER_US), LoadProfile(0, [1000.0], [0.0]))
    assert house.energy_cost == D("0.3127")


def test_without_a_tariff_the_general_price_holds_at_all_times() -> None:
    general = General(price_kwh=D("0.296"), timezone="Europe/Berlin")
    book = PriceBook(Configuration(files=Path(), general=general), lambda *_: {})
    found = one_day(book, [0.1, 0.2], [5.0, 5.0])
    assert str(found.energy_cost) == "0.0000888"  # 0.1 + 0.2 is not 0.30000000000000004
    assert (found.price_per_kwh, found.revenue) == (D("0.296"), 0)


def test_a_half_cent_is_a_half_cent() -> None:
    general = General(price_kwh=D("0.35"), timezone="Europe/Berlin")
    book = PriceBook(Configuration(files=Path(), general=general), lambda *_: {})
    found = one_day(book, [1.1] * 90 + [1.0], [0.0] * 91)  # in binary less than 100 Wh
    assert reduce(add, [1.1] * 90 + [1.0]) < 100.0  # sum() itself mends that from 3.12 on
    assert found.energy_cost == D("0.035")


def test_the_price_that_is_named_is_the_only_one_or_the_mean_by_energy() -> None:
    windows = (Window(start=time(0, 30), end=time(1), price_kwh=D("0.10")),)
    book = book_of(Contract(_one(windows=windows)), "Europe/Berlin")
    prices = {
        (100.0, 100.0, 0.0, 0.0): "0.3",
        (0.0, 0.0, 100.0, 0.0): "0.1",
        (0.0, 300.0, 100.0, 0.0): "0.25",
        (100.0, 0.0, 200.0, 0.0): "0.1666666666666666666666666667",
        # Where nothing was taken it is the mean over the time.
        (0.0, 0.0, 0.0, 0.0): "0.2",
        (0.0, 0.0): "0.3",
        (0.0, 0.0, 0.0): "0.2333333333333333333333333333",
    }
    for energies, price in prices.items():
        assert str(one_day(book, list(energies), [0.0] * len(energies)).price_per_kwh) == price


def test_the_mean_over_the_time_counts_parts_of_quarter_hours() -> None:
    windows = (Window(start=time(0, 15), end=time(1), price_kwh=D("0.10")),)
    book = book_of(Contract(_one(windows=windows)), "Europe/Berlin")
    start_us = quarter_at("Europe/Berlin", "2026-06-01") * QUARTER_US
    period = Period(start_us + QUARTER_US * 4 // 5, start_us + QUARTER_US * 8 // 5)
    profile = LoadProfile(start_us // QUARTER_US, [0.0, 0.0], [0.0, 0.0])
    assert book.bill("Meter", period, profile).price_per_kwh == D("0.15")


def test_a_period_of_no_length_costs_nothing_and_has_a_price() -> None:
    book = book_of(CONTRACTS["flat"], "Europe/Berlin")
    for moment in (QUARTER_US, QUARTER_US + 1):
        for profile in (LoadProfile(1, [], []), LoadProfile(1, [0.0], [0.0])):
            found = book.bill("Meter", Period(moment, moment), profile)
            assert (found.energy_cost, found.price_per_kwh) == (0, D("0.3"))


def test_negative_prices_pay_who_takes_energy() -> None:
    spots = {quarter_at("Europe/Berlin", "2026-06-01"): -500_000_000}
    book = book_of(Contract(_one(market=Market(provider="x")), spots=spots), "Europe/Berlin")
    found = one_day(book, [2000.0], [0.0])
    assert (found.energy_cost, found.price_per_kwh) == (D("-1"), D("-0.5"))
