"""How sure the energy of a span is: measured, estimated, set aside, both ways; and its gaps."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.journal.intervals import LOAD_COLUMNS, Profile, both_ways
from source.journal.reader import JournalReader
from source.journal.rebuild import load_of
from source.journal.store import Journal
from source.model import QUARTER_US, US_PER_S, FieldValue, Period, Point, Totals
from tests.fakes import START_US, TEN_S, FakeClock, failed_point, good_point

MINUTE = 60 * US_PER_S
Q = QUARTER_US


def reading(
    time_us: int,
    energy_wh: float | None,
    span_us: int = TEN_S,
    *,
    estimated: bool = False,
    gap_us: int = 0,
    switched_on: bool = False,
    **more: FieldValue,
) -> Point:
    fields: dict[str, FieldValue] = {"fetch_success": True, "power": 90.0, **more}
    if energy_wh is not None:
        fields["energy_wh"] = energy_wh
    return Point("Fridge", time_us, fields, span_us, TEN_S, estimated, gap_us, switched_on)


def stored(folder: Path, points: Sequence[Point]) -> JournalReader:
    journal = Journal(folder / "isdl.db", clock=FakeClock())
    journal.open()
    for point in points:
        journal.append(point)
    journal.close()
    return JournalReader(journal.path)


def without_points(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM point")
        db.commit()


def rows(points: Sequence[Point]) -> dict[int, dict[str, float | None]]:
    profile = Profile()
    for point in points:
        profile.add(1, point)
    named = [dict(zip(LOAD_COLUMNS, row, strict=True)) for row in profile.rows()]
    return {int(row["quarter"] or 0): row for row in named}


# --- one quarter hour ---


def test_both_directions_within_one_reading_are_kept_apart() -> None:
    assert both_ways(2.0, None) == (2.0, 0.0)
    assert both_ways(-2.0, None) == (0.0, 2.0)
    assert both_ways(2.0, 1.5) == (3.5, 1.5)
    assert both_ways(-2.0, 3.0) == (1.0, 3.0)
    assert both_ways(-2.0, 2.0) == (0.0, 2.0)
    assert both_ways(-2.0, 1.0) == (0.0, 2.0), "no less can have been returned"


def test_time_without_energy_is_measured_time_too() -> None:
    (row,) = rows([reading(Q, 0.0), reading(Q - TEN_S, 1.0), reading(Q - 2 * TEN_S, None)]).values()
    assert (row["measured_us"], row["estimated_us"]) == (2 * TEN_S, 0)


def test_a_gap_covers_all_quarter_hours_that_it_spans_also_without_energy() -> None:
    found = rows([reading(5 * Q + 4 * MINUTE, 0.0, 3 * Q, estimated=True)])
    assert {quarter: row["estimated_us"] for quarter, row in found.items()} == {
        2: 11 * MINUTE,
        3: Q,
        4: Q,
        5: 4 * MINUTE,
    }
    assert {row["measured_us"] for row in found.values()} == {0}


def test_a_quarter_hour_keeps_its_longest_gap_and_when_that_ended(tmp_path: Path) -> None:
    times = (MINUTE, 3 * MINUTE, 7 * MINUTE, 9 * MINUTE)
    gaps = [reading(START_US + b, 1.0, gap_us=b - a) for a, b in pairwise((0, *times))]
    with stored(tmp_path, gaps), closing(sqlite3.connect(tmp_path / "isdl.db")) as db:
        kept = db.execute("SELECT gap_us, gap_end_us FROM interval").fetchone()
    assert kept == (4 * MINUTE, START_US + 7 * MINUTE)


def test_commits_add_up_to_what_one_commit_gives(tmp_path: Path) -> None:
    story = [
        reading(START_US + n * TEN_S, -0.5, gap_us=(n * 7 % 50) * TEN_S, switched_on=n % 3 == 0,
                estimated=n % 4 == 0, energy_returned_wh=0.75, energy_set_aside_wh=float(n))
        for n in range(1, 200)
    ]  # fmt: skip
    tables = []
    for name, flush in (("a", True), ("b", False)):
        journal = Journal(tmp_path / name / "isdl.db", clock=FakeClock())
        journal.open()
        for n, point in enumerate(story):
            journal.append(point)
            if flush and n % 20 == 0:
                journal._commit_all(heartbeat=None)
        journal.close()
        with closing(sqlite3.connect(journal.path)) as db:
            tables.append(db.execute("SELECT * FROM interval").fetchall())
    for one, two in zip(*tables, strict=True):
        assert one == pytest.approx(two, rel=1e-12)


# --- any span ---


@st.composite
def stories(draw: st.DrawFn) -> list[Point]:
    """Good, failed and empty readings; energy one way, the other way or both."""
    points: list[Point] = []
    now_us = last_us = good_us = START_US
    for minutes in draw(st.lists(st.integers(1, 40), min_size=1, max_size=40)):
        now_us += minutes * MINUTE
        kind = draw(st.sampled_from(["taken", "returned", "both", "zero", "empty", "failed"]))
        if kind == "failed":
            points.append(failed_point(now_us))
            continue
        gap_us, good_us = now_us - good_us, now_us
        energy = {"taken": 3.0, "returned": -2.0, "both": -0.5, "zero": 0.0, "empty": None}[kind]
        more: dict[str, Any] = {"energy_returned_wh": 2.25} if kind == "both" else {}
        if draw(st.booleans()):
            more["energy_set_aside_wh"] = 7.0
        span_us = 0 if energy is None else now_us - last_us
        point = reading(now_us, energy, span_us, gap_us=gap_us, **more)
        is_estimated, is_on = draw(st.booleans()), draw(st.booleans())
        points.append(replace(point, estimated=is_estimated, switched_on=is_on))
        last_us = now_us if energy is not None else last_us
    return points


def told(points: Sequence[Point], low: int, high: int) -> Totals:
    """By brute force over the points."""
    taken = returned = guessed = set_aside = 0.0
    measured = estimated = ons = 0
    goods = [point.time_us for point in points if point.success]
    for point in points:
        if low < point.time_us <= high:
            set_aside += float(point.fields.get("energy_set_aside_wh", 0.0))
            ons += point.switched_on
        energy = point.fields.get("energy_wh")
        if not isinstance(energy, float) or not point.span_us:
            continue
        common = max(0, min(high, point.time_us) - max(low, point.time_us - point.span_us))
        back = float(point.fields.get("energy_returned_wh", max(0.0, -energy)))
        taken += (energy + back) * common / point.span_us
        returned += back * common / point.span_us
        if point.estimated:
            guessed += (energy + 2 * back) * common / point.span_us
            estimated += common
        else:
            measured += common
    inside = [low, *(us for us in goods if low < us <= high), high]
    return Totals(
        energy_wh=taken,
        returned_wh=returned,
        estimated_wh=guessed,
        measured_us=measured,
        estimated_us=estimated,
        set_aside_wh=set_aside,
        switch_ons=ons,
        span_us=high - low,
        longest_gap_us=max(after - before for before, after in pairwise(inside)),
    )


SUMS = ("energy_wh", "returned_wh", "estimated_wh", "set_aside_wh")
NUMBERS = ("measured_us", "estimated_us", "switch_ons", "span_us")


def assert_same(found: Totals, wanted: Totals) -> None:
    for name in SUMS:
        assert math.isclose(getattr(found, name), getattr(wanted, name), abs_tol=1e-6), name
    for name in NUMBERS:
        assert getattr(found, name) == getattr(wanted, name), name


@settings(max_examples=30, deadline=None)
@given(story=stories(), edges=st.lists(st.integers(-5, 105), min_size=3, max_size=3))
def test_any_span_and_any_split_of_it_tell_what_the_points_say(
    tmp_path_factory: pytest.TempPathFactory, story: list[Point], edges: list[int]
) -> None:
    length_us = story[-1].time_us - START_US
    low, middle, high = (START_US + length_us * percent // 100 for percent in sorted(edges))
    with stored(tmp_path_factory.mktemp("j"), story) as reader:
        whole, *parts = (
            reader.totals("Fridge", period, TEN_S)
            for period in (Period(low, high), Period(low, middle), Period(middle, high))
        )
        profile = reader.load_profile("Fridge", Period(low, high))
    assert_same(whole, told(story, low, high))
    assert whole.longest_gap_us == told(story, low, high).longest_gap_us
    for name in SUMS:
        assert math.isclose(
            getattr(whole, name), sum(getattr(part, name) for part in parts), abs_tol=1e-6
        )
    for name in (*NUMBERS, "good_polls", "failed_polls", "unmetered_polls"):
        assert getattr(whole, name) == sum(getattr(part, name) for part in parts), name
    # The load profile is the same energy, quarter hour by quarter hour.
    assert math.isclose(sum(profile.energy_wh), whole.energy_wh, abs_tol=1e-6)
    assert math.isclose(sum(profile.returned_wh), whole.returned_wh, abs_tol=1e-6)
    for number, taken in enumerate(profile.energy_wh):
        begin = (profile.first_quarter + number) * Q
        part = told(story, max(low, begin), min(high, begin + Q))
        assert math.isclose(taken, part.energy_wh, abs_tol=1e-6)
        assert math.isclose(profile.returned_wh[number], part.returned_wh, abs_tol=1e-6)


@settings(max_examples=12, deadline=None)
@given(story=stories())
def test_a_quarter_hour_that_is_computed_again_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, story: list[Point]
) -> None:
    folder = tmp_path_factory.mktemp("j")
    with stored(folder, story), closing(sqlite3.connect(folder / "isdl.db")) as db:
        kept = db.execute("SELECT * FROM interval WHERE power_count > 0").fetchall()
        for row in kept:
            again = load_of(db, 1, row[1])
            assert again is not None
            own = dict(zip(LOAD_COLUMNS, row, strict=True))
            new = dict(zip(LOAD_COLUMNS, again, strict=True))
            if not any(before < row[1] * Q for before in (p.time_us for p in story if p.success)):
                own["gap_us"] = own["gap_end_us"] = new["gap_us"] = new["gap_end_us"] = 0
            assert new == pytest.approx(own, abs=1e-9)


@pytest.mark.parametrize(
    ("start", "end", "quarters"),
    [(0, 4 * Q, 4), (7, 4 * Q, 4), (0, 3 * Q + 1, 4), (5, 9, 1), (Q, Q, 0), (Q - 1, Q + 1, 2)],
)
def test_a_load_profile_has_a_number_for_each_quarter_hour_that_is_touched(
    tmp_path: Path, start: int, end: int, quarters: int
) -> None:
    with stored(tmp_path, [reading(START_US + Q // 2, 4.0)]) as reader:
        profile = reader.load_profile("Fridge", Period(START_US + start, START_US + end))
        nobody = reader.load_profile("Nobody", Period(START_US + start, START_US + end))
    assert profile.first_quarter == START_US // Q + start // Q
    assert (len(profile.energy_wh), len(profile.returned_wh)) == (quarters, quarters)
    assert list(nobody.energy_wh) == [0.0] * quarters


def test_where_raw_points_are_gone_an_edge_is_its_share_and_estimated(tmp_path: Path) -> None:
    story = [
        reading(START_US + n * TEN_S, 1.0, switched_on=n % 9 == 0, energy_returned_wh=1.0)
        for n in range(1, 91)
    ]
    with stored(tmp_path, story) as reader:
        without_points(tmp_path / "isdl.db")
        third = reader.totals("Fridge", Period(START_US, START_US + Q // 3), TEN_S)
        whole = reader.totals("Fridge", Period(START_US, START_US + Q), TEN_S)
    assert (third.energy_wh, third.returned_wh) == pytest.approx((60.0, 30.0))
    assert (third.measured_us, third.estimated_us) == (0, Q // 3)
    assert third.switch_ons == 3
    assert (whole.measured_us, whole.estimated_us, whole.switch_ons) == (Q, 0, 10)


def test_a_clock_that_was_put_back_measures_no_quarter_hour_twice(tmp_path: Path) -> None:
    story = [reading(START_US + n * TEN_S, 1.0) for n in (*range(1, 91), *range(1, 91))]
    with stored(tmp_path, story) as reader:
        hour = reader.totals("Fridge", Period(START_US, START_US + 4 * Q), TEN_S)
        part = reader.totals("Fridge", Period(START_US, START_US + Q // 3), TEN_S)
    assert (hour.energy_wh, hour.measured_us, hour.measured_percent) == (180.0, Q, 25.0)
    assert (part.energy_wh, part.measured_us, part.estimated_us) == (60.0, Q // 3, 0)


def test_the_lowest_powers_are_those_of_whole_quarter_hours(tmp_path: Path) -> None:
    story = [reading(START_US + n * Q - TEN_S, 1.0, power=float(n)) for n in (1, 2, 4)]
    story.append(reading(START_US + 3 * Q, 1.0, power="?"))
    with stored(tmp_path, story) as reader:
        assert reader.power_minima("Fridge", Period(START_US, START_US + 4 * Q)) == [1.0, 2.0, 4.0]
        assert reader.power_minima("Fridge", Period(START_US + 1, START_US + 4 * Q - 1)) == [2.0]


# --- the longest gap ---


def at(*minutes: float) -> list[Point]:
    """Good readings, each with the gap since the one before."""
    times = [START_US + round(minute * MINUTE) for minute in minutes]
    gaps = [0, *(later - sooner for sooner, later in pairwise(times))]
    return [reading(us, 1.0, gap_us=gap) for us, gap in zip(times, gaps, strict=True)]


@pytest.mark.parametrize("has_points", [True, False])
@pytest.mark.parametrize(
    ("minutes", "period", "longest"),
    [
        pytest.param([0, 1, 9, 10, 60], (0, 60), 50, id="up to the end"),
        pytest.param([0, 1, 9, 45, 59.9, 60], (0, 60), 36, id="inside"),
        pytest.param([-300, 30, 45, 60], (0, 60), 30, id="that began before"),
        pytest.param([-15, 0, 15, 30, 300], (0, 60), 30, id="that ends after"),
        pytest.param([-15, 0, 15, 30], (0, 60), 30, id="that did not end yet"),
        pytest.param([-300, 300], (0, 60), 60, id="all of the period"),
        pytest.param([-300, -200], (0, 60), 60, id="long ago"),
        pytest.param([100, 200], (0, 60), 60, id="before the first one"),
        pytest.param([0, 60, 150, 200], (0, 210), 90, id="the longer one of two"),
    ],
)
def test_the_longest_gap(
    tmp_path: Path,
    has_points: bool,
    minutes: list[float],
    period: tuple[int, int],
    longest: int,
) -> None:
    low, high = (START_US + minute * MINUTE for minute in period)
    with stored(tmp_path, at(*minutes)) as reader:
        if not has_points:
            without_points(tmp_path / "isdl.db")
        gap_us = reader.totals("Fridge", Period(low, high), TEN_S).longest_gap_us
    if has_points:
        assert gap_us == longest * MINUTE
    else:
        # Where the points are deleted, it is known to the quarter hour.
        assert longest * MINUTE - Q <= gap_us <= longest * MINUTE


def test_a_reading_that_the_socket_calls_invalid_ends_no_gap(tmp_path: Path) -> None:
    story = at(0, 1, 2)
    story += [reading(START_US + n * MINUTE, None, is_valid=False) for n in range(3, 50)]
    story += [failed_point(START_US + n * MINUTE) for n in range(50, 60)]
    with stored(tmp_path, story) as reader:
        hour = reader.totals("Fridge", Period(START_US, START_US + 60 * MINUTE), TEN_S)
    assert hour.longest_gap_us == 58 * MINUTE


def test_of_a_quarter_hour_with_two_gaps_the_shorter_one_is_found_where_the_other_is_cut(
    tmp_path: Path,
) -> None:
    with stored(tmp_path, at(-300, 1, 8, 9, 13, 20, 29, 44, 59)) as reader:
        head = reader.totals("Fridge", Period(START_US, START_US + 10 * MINUTE), TEN_S)
        tail = reader.totals("Fridge", Period(START_US + 8 * MINUTE, START_US + 24 * MINUTE), TEN_S)
    assert head.longest_gap_us == 7 * MINUTE
    assert tail.longest_gap_us == 7 * MINUTE


def test_a_device_without_records_has_one_gap_and_nothing_measured(tmp_path: Path) -> None:
    with stored(tmp_path, [good_point(START_US, 1.0)]) as reader:
        hour = reader.totals("Nobody", Period(START_US, START_US + 4 * Q), TEN_S)
    assert hour == Totals(expected_polls=360.0, span_us=4 * Q, longest_gap_us=4 * Q)
