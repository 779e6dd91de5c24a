"""The runs of an appliance: where one begins, what belongs to it, when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.accuracy import traces
from source.config.models import RunRule
from source.journal.intervals import quarter_of
from source.model import US_PER_S, Point, Run
from source.simulator.curves import washing_machine
from source.simulator.load_curve import LoadCurve
from tests.reports.laundry import (
    at,
    detector,
    failed,
    found,
    minute_point,
    minutes,
    polled,
)

OFF = [0.6] * 6
SATURDAY_S = datetime(2026, 3, 7, tzinfo=timezone.utc).timestamp()
DAY_S = 86_400.0


def spans(runs: list[Run]) -> list[tuple[int, int]]:
    return [(run.start_us, run.end_us) for run in runs]


def test_a_run_begins_with_the_start_power_and_ends_with_the_last_reading_at_the_end_power() -> (
    None
):
    points = minutes([0.6, 10.0, 120.0, 2000.0, 60.0, 5.0, 4.9, *OFF])
    [run] = found(points)
    assert spans([run]) == [(at(2), at(6))]
    assert run.peak_w == 2000.0
    assert run.energy_wh == pytest.approx((120.0 + 2000.0 + 60.0 + 5.0) / 60.0)


def test_below_the_start_power_nothing_begins() -> None:
    assert found(minutes([19.9] * 60 + OFF)) == []


def test_a_pause_belongs_to_the_run_with_the_little_that_it_took() -> None:
    [run] = found(minutes([100.0, *[1.0] * 4, 100.0, *OFF]))
    assert spans([run]) == [(at(0), at(6))]
    assert run.energy_wh == pytest.approx(204.0 / 60.0)


def test_after_a_longer_pause_it_is_another_run() -> None:
    first, second = found(minutes([100.0, *[1.0] * 5, 100.0, *OFF]))
    assert spans([first, second]) == [(at(0), at(1)), (at(6), at(7))]
    assert first.energy_wh == second.energy_wh == pytest.approx(100.0 / 60.0)


def test_the_standby_after_it_is_no_part_of_it_however_long_it_lasts() -> None:
    [run] = found(minutes([100.0, 100.0, *[4.0] * 600]))
    assert spans([run]) == [(at(0), at(2))]
    assert run.energy_wh == pytest.approx(200.0 / 60.0)


def test_a_failed_poll_is_no_news() -> None:
    lost = [minute_point(1, 100.0), *map(failed, range(2, 60))]
    open_one = detector()
    assert [open_one.feed(point) for point in lost] == [None] * 59
    assert open_one.under_way is not None
    assert spans([open_one.under_way]) == [(at(0), at(1))]
    # the next reading brings what flowed since the last one
    assert open_one.feed(minute_point(60, 100.0, span_min=59.0)) is None
    assert spans([open_one.under_way]) == [(at(0), at(60))]
    assert open_one.under_way.energy_wh == pytest.approx(100.0)


def test_a_gap_in_which_much_flowed_is_a_part_of_the_run() -> None:
    points = [*minutes([100.0] * 3), minute_point(63, 0.6, 40.0, 60.0), *minutes(OFF, 64)]
    [run] = found(points)
    assert spans([run]) == [(at(0), at(63))]
    assert run.energy_wh == pytest.approx(5.0 + 40.0)


def test_a_gap_in_which_little_flowed_ends_the_run() -> None:
    gap = minute_point(63, 100.0, 4.9, 60.0)
    first, second = found([*minutes([100.0] * 3), gap, *minutes(OFF, 64)])
    assert spans([first, second]) == [(at(0), at(3)), (at(63), at(63))]
    assert (first.energy_wh, second.energy_wh) == (pytest.approx(5.0), 0.0)


def test_a_gap_of_which_nobody_knows_what_flowed_ends_the_run() -> None:
    bare = Point("Washing machine", at(63), {"fetch_success": True, "power": 100.0})
    first, second = found([*minutes([100.0] * 3), bare, *minutes(OFF, 64)])
    assert spans([first, second]) == [(at(0), at(3)), (at(63), at(63))]


def test_a_run_that_lay_in_a_gap_is_told_by_the_counter() -> None:
    points = [*minutes(OFF), minute_point(126, 0.6, 800.0, 120.0), *minutes(OFF, 127)]
    [run] = found(points)
    assert spans([run]) == [(at(6), at(126))]
    assert (run.energy_wh, run.peak_w) == (pytest.approx(800.0), pytest.approx(400.0))


def test_two_lost_polls_end_no_run_where_the_interval_is_long() -> None:
    hourly = [minute_point(60 * n, 100.0, span_min=60.0) for n in (1, 2, 5)]
    off = [minute_point(60 * n, 0.6, span_min=60.0) for n in range(6, 12)]
    [run] = found([*hourly, *off], interval_s=3600.0)
    assert spans([run]) == [(at(0), at(300))]


def test_values_that_the_socket_calls_invalid_are_no_news() -> None:
    points = minutes([0.6, 0.6, 0.6])
    for name in ("is_valid", "is_valid_b"):
        wrong = minute_point(4, 3000.0)
        wrong = replace(wrong, fields={**wrong.fields, name: False})
        assert found([*points, wrong, *minutes(OFF, 5)]) == []


def test_only_what_was_taken_counts() -> None:
    fed = minute_point(3, 100.0, -2.0)
    both = minute_point(4, 100.0, -2.0)
    both = replace(both, fields={**both.fields, "energy_returned_wh": 3.0})
    [run] = found([*minutes([100.0, 100.0]), fed, both, *minutes(OFF, 5)])
    assert run.energy_wh == pytest.approx(200.0 / 60.0 + 0.0 + 1.0)


def test_a_socket_that_tells_no_power_is_judged_by_its_energy() -> None:
    def bare(point: Point) -> Point:
        fields = {name: value for name, value in point.fields.items() if name != "power"}
        return replace(point, fields=fields)

    [run] = found(map(bare, minutes([0.6, 120.0, 2000.0, *OFF])))
    assert spans([run]) == [(at(1), at(3))]
    assert run.peak_w == pytest.approx(2000.0)


def test_the_energy_lies_in_the_quarter_hours_in_which_it_flowed() -> None:
    # from 14:00 to 16:00 after the start: a half on each side of the quarter hour's end
    [run] = found([minute_point(16, 600.0, span_min=2.0), *minutes(OFF, 17)])
    first = quarter_of(at(15))
    assert run.quarters_wh == {first: pytest.approx(10.0), first + 1: pytest.approx(10.0)}


def test_a_run_under_way_is_known_as_far_as_it_goes() -> None:
    going = detector()
    for point in minutes([0.6, 100.0, 100.0, 1.0]):
        assert going.feed(point) is None
    assert going.under_way is not None
    assert spans([going.under_way]) == [(at(1), at(3))]
    assert going.idle_us == at(1)
    assert going.is_news_within(at(9))
    assert not going.is_news_within(at(10))


powers = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 6.0, 30.0, 900.0]), st.integers(1, 12), st.booleans()),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(powers, st.data())
def test_a_restart_at_any_time_finds_the_same_runs(
    steps: list[tuple[float, int, bool]], data: st.DataObject
) -> None:
    points, minute, last = [], 0, 0
    for power_w, length, is_good in steps:
        minute += length
        if is_good:
            points.append(minute_point(minute, power_w, span_min=minute - last))
            last = minute
        else:
            points.append(failed(minute))
    whole = found(points)
    cut = data.draw(st.integers(0, len(points)))
    before = detector()
    early = [over for point in points[:cut] if (over := before.feed(point)) is not None]
    late = found([p for p in points if p.time_us > before.idle_us], idle_us=before.idle_us)
    assert early + late == whole


@settings(max_examples=100, deadline=None)
@given(powers)
def test_runs_never_overlap_and_hold_no_more_than_was_taken(
    steps: list[tuple[float, int, bool]],
) -> None:
    points, minute = [], 0
    for power_w, length, _ in steps:
        points.append(minute_point(minute + length, power_w, span_min=length))
        minute += length
    runs = found([*points, *minutes(OFF, minute + 20)])
    edges = [edge for run in runs for edge in (run.start_us, run.end_us)]
    assert edges == sorted(edges)
    taken = sum(float(point.fields["energy_wh"]) for point in points)
    assert sum(run.energy_wh for run in runs) <= taken + 1e-6


# --- whole days, polled as sockets are ---

WASH = RunRule(start_w=20.0, end_w=3.5, end_after_s=600.0)
DRYER = RunRule(start_w=500.0, end_w=300.0, end_after_s=600.0)
DISHES = RunRule(start_w=20.0, end_w=5.0, end_after_s=2400.0)
"""A dishwasher dries for half an hour, and then pumps once more; a dryer that is done stirs the
laundry at 250 W now and then for hours, which no poll in ten meets: that is not to count."""
LATE_S = 3 * 3600.0
"""Into the next day, for what began before midnight."""


def runs_of(
    curve: LoadCurve, rule: RunRule, days: int, interval_s: float, lost: float = 0.0, seed: int = 0
) -> list[Run]:
    end_s = SATURDAY_S + days * DAY_S + LATE_S
    points = [p for p, _ in polled(curve, SATURDAY_S, end_s, interval_s, lost, seed)]
    return found(points, rule, interval_s)


def assert_agree(runs: list[Run], expected: list[Run], curve: LoadCurve, rule: RunRule) -> None:
    """As many runs, at the same times but for last short stirs that polls may miss, and each with
    the energy that really flowed in it."""
    within_s = 2 * rule.end_after_s
    assert len(runs) == len(expected)
    for run, wanted in zip(runs, expected, strict=True):
        assert abs(run.start_us - wanted.start_us) <= within_s * US_PER_S
        assert abs(run.end_us - wanted.end_us) <= within_s * US_PER_S
        assert run.energy_wh == pytest.approx(wanted.energy_wh, rel=0.05)
        start_s, end_s = run.start_us / US_PER_S, run.end_us / US_PER_S
        true_wh = curve.energy_wh(end_s) - curve.energy_wh(start_s)
        assert run.energy_wh == pytest.approx(true_wh, abs=2 / 60.0)  # a watt-minute at each end


@pytest.mark.parametrize(("interval_s", "days"), [(10.0, 2), (60.0, 14)])
def test_washes_are_found_with_and_without_lost_polls(interval_s: float, days: int) -> None:
    curve = washing_machine()
    expected = runs_of(curve, WASH, days, interval_s)
    assert len(expected) == {2: 2, 14: 14}[days]
    assert all(3000 < (run.end_us - run.start_us) / US_PER_S < 9000 for run in expected)
    for seed in (1, 2):
        lossy = runs_of(curve, WASH, days, interval_s, 0.05, seed)
        assert_agree(lossy, expected, curve, WASH)


@pytest.mark.parametrize(
    ("name", "rule", "count"),
    [
        ("washingmachine_2012-06-14", WASH, 3),
        ("dishwasher_2011-09-14", DISHES, 3),
        ("laundry_dryer_2011-12-17", DRYER, 2),
    ],
)
def test_real_appliances_run_as_often_as_they_did(name: str, rule: RunRule, count: int) -> None:
    curve = traces.load_curve(name)
    if curve is None:
        pytest.skip("the load curves of real appliances are not here")
    expected = runs_of(curve, rule, 1, 10.0)
    assert len(expected) == count
    for interval_s in (10.0, 60.0):
        for seed in (1, 2):
            lossy = runs_of(curve, rule, 1, interval_s, 0.05, seed)
            assert_agree(lossy, expected, curve, rule)
