"""The integral of a load curve against sums made in another way."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.simulator.load_curve import DAY_S, LoadCurve, Step, constant, square

YEAR_2020_S = 1_577_836_800
YEAR_2100_S = 4_102_444_800

times = st.integers(YEAR_2020_S, YEAR_2100_S)
fine_times = st.floats(YEAR_2020_S, YEAR_2100_S)


def days_of(powers: st.SearchStrategy[float]) -> st.SearchStrategy[list[Step]]:
    later = st.dictionaries(st.integers(1, int(DAY_S) - 1), powers, max_size=12)
    return st.builds(
        lambda first, rest: [(0.0, first), *sorted(rest.items())],
        powers,
        later,
    )


def curves(least_w: int = -5000) -> st.SearchStrategy[LoadCurve]:
    powers = st.integers(least_w * 100, 500_000).map(lambda hundredths: hundredths / 100)
    days = st.lists(days_of(powers), min_size=1, max_size=4)
    return days.flatmap(
        lambda some: st.builds(
            LoadCurve,
            st.just(some),
            st.lists(st.integers(0, len(some) - 1), min_size=1, max_size=9),
            shift_s=st.integers(-50_000, 50_000).map(float),
        )
    )


def exact_wh(days: list[list[Step]], order: list[int], start_s: int, end_s: int) -> Fraction:
    """The integral between whole seconds, in rational numbers, step by step."""
    total = Fraction(0)
    for number in range(start_s // int(DAY_S), end_s // int(DAY_S) + 1):
        steps = days[order[number % len(order)]]
        edges = [*(start for start, _ in steps), DAY_S]
        for (begin, power_w), end in zip(steps, edges[1:], strict=True):
            inside_s = min(end_s, number * DAY_S + end) - max(start_s, number * DAY_S + begin)
            total += Fraction(round(power_w * 100), 100) * Fraction(max(0.0, inside_s)) / 3600
    return total


@settings(deadline=None)
@given(
    days=st.lists(days_of(st.integers(-9999, 9999).map(float)), min_size=1, max_size=3),
    order=st.lists(st.integers(0, 2), min_size=1, max_size=5),
    start_s=times,
    length_s=st.integers(0, 4 * 86_400),
)
def test_the_energy_between_two_times_is_the_exact_integral(
    days: list[list[Step]], order: list[int], start_s: int, length_s: int
) -> None:
    order = [place % len(days) for place in order]
    curve = LoadCurve(days, order)
    end_s = start_s + length_s

    energy_wh = curve.energy_wh(end_s) - curve.energy_wh(start_s)

    assert energy_wh == pytest.approx(
        float(exact_wh(days, order, start_s, end_s)), rel=1e-12, abs=1e-6
    )


@settings(deadline=None)
@given(curve=curves(), a=fine_times, b=fine_times, c=fine_times)
def test_energy_is_additive(curve: LoadCurve, a: float, b: float, c: float) -> None:
    whole_wh = curve.energy_wh(c) - curve.energy_wh(a)
    parts_wh = (curve.energy_wh(b) - curve.energy_wh(a)) + (curve.energy_wh(c) - curve.energy_wh(b))

    assert parts_wh == pytest.approx(whole_wh, rel=1e-12, abs=1e-6)


@settings(deadline=None)
@given(curve=curves(least_w=0), start_s=fine_times, step_s=st.floats(1e-6, 3e6))
def test_energy_never_falls_where_the_power_is_never_negative(
    curve: LoadCurve, start_s: float, step_s: float
) -> None:
    energies_wh = [curve.energy_wh(start_s + n * step_s) for n in range(40)]

    assert energies_wh == sorted(energies_wh)


@settings(deadline=None)
@given(curve=curves(), start_s=fine_times, step_s=st.floats(1e-6, 3e6))
def test_both_counters_never_fall_and_their_difference_is_the_energy(
    curve: LoadCurve, start_s: float, step_s: float
) -> None:
    some_times = [start_s + n * step_s for n in range(40)]
    taken_wh, returned_wh = zip(*map(curve.counters_wh, some_times), strict=True)

    assert list(taken_wh) == sorted(taken_wh)
    assert list(returned_wh) == sorted(returned_wh)
    for t_s, taken, returned in zip(some_times, taken_wh, returned_wh, strict=True):
        assert curve.energy_wh(t_s) == taken - returned


@settings(deadline=None)
@given(curve=curves(), start_s=fine_times, step_s=st.floats(0.01, 90_000))
def test_samples_are_what_single_calls_give(
    curve: LoadCurve, start_s: float, step_s: float
) -> None:
    samples = list(curve.samples(start_s, step_s, 30))

    assert samples == [
        (curve.power_w(t_s), *curve.counters_wh(t_s))
        for t_s in (start_s + n * step_s for n in range(30))
    ]


@settings(deadline=None)
@given(curve=curves(), t_s=times)
def test_power_is_the_slope_of_the_energy(curve: LoadCurve, t_s: int) -> None:
    slope_w = (curve.energy_wh(t_s + 0.5) - curve.energy_wh(t_s)) * 7200

    assert slope_w == pytest.approx(curve.power_w(t_s), rel=1e-6, abs=0.01)


@settings(deadline=None)
@given(curve=curves(), t_s=times, shift_s=st.integers(-50_000, 50_000))
def test_a_shift_moves_the_curve_and_leaves_the_zero_at_the_epoch(
    curve: LoadCurve, t_s: int, shift_s: int
) -> None:
    plain, moved = curve.shifted(0.0), curve.shifted(shift_s)

    assert moved.power_w(t_s) == plain.power_w(t_s + shift_s)
    assert moved.energy_wh(0.0) == plain.energy_wh(0.0) == 0.0
    assert moved.energy_wh(t_s) == pytest.approx(
        plain.energy_wh(t_s + shift_s) - plain.energy_wh(shift_s), rel=1e-12, abs=1e-6
    )


def test_a_step_belongs_to_its_begin() -> None:
    curve = LoadCurve([[(0, 5.0), (3600, 7.0)]])

    assert curve.power_w(math.nextafter(3600, 0)) == 5.0
    assert curve.power_w(3600) == 7.0
    assert curve.energy_wh(3600) == 5.0


def test_days_follow_the_order_and_start_anew() -> None:
    curve = LoadCurve([[(0, 1.0)], [(0, 2.0)]], [0, 1, 1])

    assert [curve.power_w(day * DAY_S) for day in range(7)] == [1, 2, 2, 1, 2, 2, 1]
    assert curve.energy_wh(7 * DAY_S) == (3 * 1 + 4 * 2) * 24


def test_a_constant_keeps_its_last_digit_for_a_century() -> None:
    curve = constant(59.99)

    assert curve.power_w(YEAR_2100_S) == 59.99
    assert curve.energy_wh(YEAR_2100_S + 3600) - curve.energy_wh(YEAR_2100_S) == pytest.approx(
        59.99, abs=1e-5
    )


def test_a_square_is_on_for_its_share_of_the_period() -> None:
    curve = square(90.0, 1000.0, 10.0, duty=0.25)

    assert [curve.power_w(t_s) for t_s in (0.0, 22.4, 22.5, 89.9, 90.0)] == [
        1000.0,
        1000.0,
        10.0,
        10.0,
        1000.0,
    ]
    assert curve.energy_wh(900.0) == pytest.approx((0.25 * 1000 + 0.75 * 10) / 4)


def test_feeding_in_is_told() -> None:
    assert not constant(0.0).feeds_in
    assert constant(-0.5).feeds_in


@pytest.mark.parametrize(
    "steps",
    [[], [(10, 1.0)], [(0, 1.0), (0, 2.0)], [(0, 1.0), (9, 1.0), (8, 1.0)], [(0, 1), (DAY_S, 1)]],
)
def test_steps_that_are_no_day_are_refused(steps: list[Step]) -> None:
    with pytest.raises(ValueError, match="steps must begin at 0"):
        LoadCurve([steps])
