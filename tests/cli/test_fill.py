"""The demo's past: every poll of it, with exactly the energy that really flowed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from source.cli.fill import WORTH_A_PROCESS, fill
from source.cli.history import CHUNK_POLLS, STEP_US, Home, Past
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Period, Point
from source.simulator.house import NAMES
from tests.fakes import START_US, TEN_S, FakeClock

HOME = Home(begin_s=START_US / US_PER_S, utc_offset_s=3600.0)
DAY_POLLS = 8640
RESOLUTION_WH = {"Heat pump": 6 * 0.1}
"""Of the counters: three phases, two counters each; a Plug S counts watt-minutes."""


@pytest.fixture
def closed_journal(tmp_path: Path, clock: FakeClock) -> Journal:
    """A journal that nobody writes yet."""
    return Journal(tmp_path / "isdl.db", clock=clock)


def filled(
    journal: Journal, count: int, names: Sequence[str] = NAMES, first_us: int = START_US + 1
) -> list[int]:
    """Fill ``count`` polls of each socket; gives how many points each transaction stored."""
    steps: list[int] = []
    journal.open()
    try:
        pasts = [Past(name, first_us, count, journal.checkpoint(name)) for name in names]
        fill(journal, HOME, pasts, threading.Event(), steps.append)
    finally:
        journal.close()
    return steps


def points_of(journal: Journal, name: str) -> list[Point]:
    with JournalReader(journal.path) as reader:
        return reader.points(name, 0, 2 * START_US)


@pytest.mark.parametrize("name", NAMES)
def test_a_day_has_every_poll_and_its_energy_is_what_really_flowed(
    closed_journal: Journal, name: str
) -> None:
    filled(closed_journal, DAY_POLLS - 1, [name])  # in this process
    points = points_of(closed_journal, name)

    assert [point.time_us for point in points] == [
        START_US + 1 + n * TEN_S for n in range(DAY_POLLS - 1)
    ]
    good = [point.time_us for point in points if point.success]
    truth_wh = HOME.socket(name).socket.true_energy_wh(good[0] / 1e6, good[-1] / 1e6)
    energy_wh = sum(float(point.fields.get("energy_wh", 0.0)) for point in points)
    assert energy_wh == pytest.approx(truth_wh, abs=RESOLUTION_WH.get(name, 1 / 60))
    with JournalReader(closed_journal.path) as reader:
        totals = reader.totals(name, Period(START_US, points[-1].time_us), TEN_S)
    assert totals.energy_wh - totals.returned_wh == pytest.approx(energy_wh, abs=1e-6)
    assert totals.good_polls == len(good)


def test_only_the_television_misses_polls_and_only_while_it_is_off_line(
    closed_journal: Journal,
) -> None:
    filled(closed_journal, DAY_POLLS // 2)
    offline = HOME.socket("Television").offline

    for name in NAMES:
        failed = [point.time_us for point in points_of(closed_journal, name) if not point.success]
        assert bool(failed) is (name == "Television")
        assert all(offline(time_us / US_PER_S) for time_us in failed)


def test_a_second_fill_goes_on_without_losing_energy_between_the_two(
    closed_journal: Journal,
) -> None:
    filled(closed_journal, 1000, ["Fridge"])
    filled(closed_journal, 500, ["Fridge"], first_us=START_US + 1 + 1400 * STEP_US)
    points = points_of(closed_journal, "Fridge")

    begin_s, end_s = (points[place].time_us / US_PER_S for place in (0, -1))
    truth_wh = HOME.socket("Fridge").socket.true_energy_wh(begin_s, end_s)
    energy_wh = sum(float(point.fields.get("energy_wh", 0.0)) for point in points)
    assert len(points) == 1500
    assert energy_wh == pytest.approx(truth_wh, abs=1 / 60)
    assert points[1000].estimated
    assert points[1000].span_us == 401 * STEP_US


def test_processes_give_the_same_points_as_this_one(
    closed_journal: Journal, tmp_path: Path
) -> None:
    names = ["Fridge", "Heat pump"]
    steps = filled(closed_journal, WORTH_A_PROCESS, names)
    assert steps == [2 * CHUNK_POLLS] * (WORTH_A_PROCESS // CHUNK_POLLS)

    other = Journal(tmp_path / "other.db", clock=FakeClock())
    filled(other, WORTH_A_PROCESS - 1, names)
    for name in names:
        assert points_of(closed_journal, name)[:-1] == points_of(other, name)


def test_the_points_of_all_sockets_lie_side_by_side_in_the_order_of_time(
    closed_journal: Journal,
) -> None:
    filled(closed_journal, WORTH_A_PROCESS - 1)
    with JournalReader(closed_journal.path) as reader:
        points = [point for _, point in reader.points_after(0, 10 * DAY_POLLS)]

    first, rest = points[: 4 * CHUNK_POLLS], points[4 * CHUNK_POLLS :]
    assert {point.device for point in first} == set(NAMES) == {point.device for point in rest}
    assert max(point.time_us for point in first) < min(point.time_us for point in rest)


def test_a_fill_that_is_stopped_leaves_whole_steps_that_the_next_one_goes_on_from(
    closed_journal: Journal,
) -> None:
    stopping = threading.Event()
    closed_journal.open()
    pasts = [Past(name, START_US + 1, 4 * CHUNK_POLLS, None) for name in ("Fridge", "Television")]
    fill(closed_journal, HOME, pasts, stopping, lambda _: stopping.set())
    last_us = START_US + 1 + (CHUNK_POLLS - 1) * STEP_US

    for name in ("Fridge", "Television"):
        assert points_of(closed_journal, name)[-1].time_us == last_us
        checkpoint = closed_journal.checkpoint(name)
        assert checkpoint is not None
        assert checkpoint.time_us <= last_us
    closed_journal.close()
