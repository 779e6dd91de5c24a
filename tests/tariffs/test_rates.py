"""Prices made ready for many bills: each way to a bill gives the same, to the last digit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source.model import QUARTER_US, Bill, LoadProfile, Period, Prices
from source.tariffs.bill import Rates, price_over

FIRST = 1_960_000
NANO, FEED_IN_NANO = 300_000_000, 80_000_000


def row(nano: Sequence[int], assumed: bytes = b"") -> Prices:
    return Prices(FIRST, nano, [FEED_IN_NANO] * len(nano), assumed or bytes(len(nano)))


def billed(nano: Sequence[int], energies_wh: Sequence[float]) -> Bill:
    profile = LoadProfile(FIRST, energies_wh, [0.0] * len(energies_wh))
    return Rates(row(nano)).bill(profile, lambda: Decimal(0))


def whole_micro_wh(energies_wh: Sequence[float]) -> int:
    return round(fsum(energies_wh) * 1_000_000)


few, many = st.integers(-2, 2), st.integers(-(10**9), 10**9)
energies = st.floats(0.0, 5000.0)


@given(st.lists(st.tuples(few | many, energies), max_size=60))
def test_energies_at_one_price_are_added_before_they_are_rounded(
    held: list[tuple[int, float]],
) -> None:
    nano, energies_wh = [price for price, _ in held], [wh for _, wh in held]
    at = {price: [wh for other, wh in held if other == price] for price in nano}
    expected = sum(Fraction(price * whole_micro_wh(wh), 10**18) for price, wh in at.items())
    assert Fraction(billed(nano, energies_wh).energy_cost) == expected


def test_energies_below_the_rounding_add_up_where_the_price_is_the_same() -> None:
    assert billed([NANO, 1, NANO], [4e-7, 0.0, 4e-7]).energy_cost == Decimal("3e-10")
    assert billed([NANO, 1, NANO + 1], [4e-7, 0.0, 4e-7]).energy_cost == 0


@given(st.lists(energies, min_size=1, max_size=60))
def test_a_flat_bill_needs_the_sums_alone(energies_wh: list[float]) -> None:
    returned_wh = [wh / 7 for wh in energies_wh]
    rates = Rates(row([NANO] * len(energies_wh)))
    assert rates.is_flat
    assert rates.flat_bill(
        fsum(energies_wh), fsum(returned_wh), lambda: Decimal("0.3")
    ) == rates.bill(LoadProfile(FIRST, energies_wh, returned_wh), lambda: Decimal("0.3"))


def test_what_is_assumed_or_changes_is_not_flat() -> None:
    assert not Rates(row([NANO, NANO], b"\x00\x01")).is_flat
    assert not Rates(row([NANO, NANO + 1])).is_flat
    assert not Rates(Prices(FIRST, [NANO, NANO], [0, FEED_IN_NANO], bytes(2))).is_flat


def test_a_profile_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="1 energies for 2 prices"):
        billed([NANO, 1], [1.0])


@given(st.lists(many, min_size=1, max_size=9), st.integers(0, 899), st.integers(0, 899))
def test_the_mean_over_the_time_is_that_of_each_second(
    nano: list[int], begin_s: int, end_s: int
) -> None:
    if len(nano) == 1 and begin_s + end_s >= 900:
        end_s = 899 - begin_s
    start_us = FIRST * QUARTER_US + begin_s * 1_000_000
    stop_us = (FIRST + len(nano)) * QUARTER_US - end_s * 1_000_000
    seconds = [price for price in nano for _ in range(900)][begin_s : len(nano) * 900 - end_s]
    expected = Fraction(sum(seconds), len(seconds) * 10**9)
    found = Fraction(price_over(row(nano), Period(start_us, stop_us)))
    assert abs(found - expected) <= Fraction(1, 10**27)
