"""Energy of any span: against a brute-force sum over the points."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.journal.intervals import LOAD_COLUMNS, Profile, quarter_of, shares
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import QUARTER_US, US_PER_S, Period, Point
from tests.fakes import START_US, TEN_S, FakeClock, good_point


def test_a_point_on_the_edge_belongs_to_the_quarter_hour_before_it() -> None:
    assert quarter_of(4 * QUARTER_US) == 3
    assert quarter_of(4 * QUARTER_US + 1) == 4


@given(
    start=st.integers(0, 10 * QUARTER_US),
    length=st.integers(1, 20 * QUARTER_US),
)
def test_shares_cover_the_span_exactly(start: int, length: int) -> None:
    parts = list(shares(start, start + length))
    assert math.isclose(sum(share for _, share in parts), 1.0, abs_tol=1e-12)
    assert [quarter for quarter, _ in parts] == list(
        range(parts[0][0], quarter_of(start + length) + 1)
    )
    for quarter, share in parts:
        low, high = quarter * QUARTER_US, (quarter + 1) * QUARTER_US
        common = min(high, start + length) - max(low, start)
        assert math.isclose(share, common / length, abs_tol=1e-9)


def test_energy_across_an_edge_is_split_in_proportion() -> None:
    profile = Profile()
    edge = 100 * QUARTER_US
    profile.add(
        1, Point("x", edge + 4 * US_PER_S, {"fetch_success": True, "energy_wh": 10.0}, TEN_S)
    )
    rows = {row[1]: row[2] for row in profile.rows()}
    assert rows == {99: pytest.approx(6.0), 100: pytest.approx(4.0)}


def test_feed_in_is_kept_apart_and_a_gap_is_marked_as_estimated() -> None:
    profile = Profile()
    time_us = 100 * QUARTER_US
    for energy, gap in ((3.0, False), (-2.0, False), (5.0, True)):
        fields = {"fetch_success": True, "energy_wh": energy, "power": energy}
        profile.add(1, Point("x", time_us, fields, TEN_S, TEN_S, estimated=gap))
    (row,) = profile.rows()
    sums = (8.0, 2.0, 5.0, -2.0, 5.0, 6.0, 3, 3, 0, TEN_S, 0)
    assert row == (1, 99, *sums, 2 * TEN_S, TEN_S, 0.0, 0, 0, 0)


MINUTE = 60 * US_PER_S


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.lists(st.integers(1, 40), min_size=1, max_size=60),
    failures=st.sets(st.integers(0, 59)),
    edges=st.tuples(st.integers(0, 1500), st.integers(0, 1500)),
)
def test_totals_of_any_span_equal_the_sum_over_its_points(
    tmp_path_factory: pytest.TempPathFactory,
    gaps: list[int],
    failures: set[int],
    edges: tuple[int, int],
) -> None:
    points, time_us, last_good = [], START_US, START_US
    for index, minutes in enumerate(gaps):
        time_us += minutes * MINUTE
        if index in failures:
            points.append(Point("Fridge", time_us, {"fetch_success": False}, 0, MINUTE))
            continue
        energy = 1.0 + index if index % 3 else -2.0
        fields = {"fetch_success": True, "energy_wh": energy}
        points.append(Point("Fridge", time_us, fields, time_us - last_good, MINUTE))
        last_good = time_us
    journal = Journal(tmp_path_factory.mktemp("j") / "isdl.db", clock=FakeClock())
    journal.open()
    for point in points:
        journal.append(point)
    journal.close()
    low, high = sorted(START_US + minute * MINUTE for minute in edges)
    expected_wh = sum(
        (p.fields["energy_wh"] if p.success else 0.0)
        * max(0, min(high, p.time_us) - max(low, p.time_us - p.span_us))
        / max(1, p.span_us)
        for p in points
    )
    with JournalReader(journal.path) as reader:
        total = reader.totals("Fridge", Period(low, high), MINUTE)
    assert math.isclose(total.energy_wh - total.returned_wh, expected_wh, abs_tol=1e-6)
    assert total.good_polls == sum(p.success and low < p.time_us <= high for p in points)
    assert total.failed_polls == sum(not p.success and low < p.time_us <= high for p in points)
    assert math.isclose(total.expected_polls, (high - low) / MINUTE, abs_tol=1e-6)


def test_where_raw_points_are_gone_an_edge_takes_its_share_of_the_quarter_hour(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock, raw_days=1)
    journal.open()
    for tick in range(1, 91):
        journal.append(good_point(START_US + tick * TEN_S, 1.0))
    journal.close()
    journal.open()
    db = journal._opener.writer().db
    db.execute("DELETE FROM point")
    journal.close()
    half = Period(START_US, START_US + QUARTER_US // 2)
    with JournalReader(journal.path) as reader:
        total = reader.totals("Fridge", half, TEN_S)
        assert total.energy_wh == pytest.approx(45.0)
        assert total.estimated_wh == pytest.approx(45.0)
        assert total.good_polls == 45
        assert reader.first_us("Fridge") == START_US


def test_an_unknown_device_has_no_energy_and_no_first_point(reader: JournalReader) -> None:
    total = reader.totals("Nobody", Period(START_US, START_US + QUARTER_US), TEN_S)
    assert (total.energy_wh, total.good_polls, total.expected_polls) == (0.0, 0, 90.0)
    assert reader.first_us("Nobody") is None
    assert reader.metered_until_us("Nobody") is None
    assert reader.latest("Nobody") == []


def test_missing_polls_are_counted_with_the_interval_that_was_in_force() -> None:
    profile = Profile()
    profile.add(1, Point("x", QUARTER_US, {"fetch_success": False}, 0, 60 * US_PER_S))
    (row,) = profile.rows()
    assert row[LOAD_COLUMNS.index("interval_us")] == 60 * US_PER_S
