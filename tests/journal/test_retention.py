"""Retention: what is deleted, what stays, and that it keeps up while points come in."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from source.health import Health
from source.journal import retention
from source.journal.prepared import prepare
from source.journal.reader import JournalReader
from source.journal.retention import DAY_US
from source.journal.store import Journal
from source.model import Period
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.driving import seqs

DEADLINE_S = 10.0


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "REST_S", 0.0)


def opened(
    folder: Path, clock: FakeClock, commit_interval_s: float = 0.01, health: Health | None = None
) -> Journal:
    journal = Journal(
        folder / "isdl.db",
        clock=clock,
        commit_interval_s=commit_interval_s,
        raw_days=1,
        health=health,
    )
    journal.open()
    return journal


def load_old(journal: Journal, clock: FakeClock, count: int) -> None:
    """Points that are too old, and the clock where retention looks for them."""
    points = (good_point(START_US + n, 1.0) for n in range(count))
    journal.load([prepare("Fridge", ((point, None) for point in points))])
    clock.advance(2 * 86_400)


@contextmanager
def thread_of(journal: Journal) -> Iterator[None]:
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(10)
        journal.close()


def becomes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not condition() and time.monotonic() < deadline:
        pause.wait(0.01)
    return condition()


def test_old_points_go_while_others_wait_for_a_commit_that_is_a_minute_away(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = opened(tmp_path, clock, commit_interval_s=60.0)
    load_old(journal, clock, 4 * retention.STEP_POINTS)
    with thread_of(journal), JournalReader(journal.path) as reader:
        journal.flush()
        journal.append(good_point(clock.now_us(), 1.0))
        assert becomes_true(lambda: reader.point_count() == 1)
        assert reader.last_seq() == 4 * retention.STEP_POINTS, "the new point still waits"


@pytest.mark.parametrize("commit_interval_s", [0.1, 1.0, 60.0])
def test_more_than_twice_of_what_comes_in_goes_while_points_come_in_all_the_time(
    tmp_path: Path, clock: FakeClock, commit_interval_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "REST_S", 0.1)
    journal = opened(tmp_path, clock, commit_interval_s)
    load_old(journal, clock, 5 * retention.STEP_POINTS)
    ended, appended = threading.Event(), 0

    def feed() -> None:
        """2,000 points a second, each of them too old already."""
        nonlocal appended
        while not ended.wait(0.005):
            for _ in range(10):
                appended += 1
                journal.append(good_point(START_US + DAY_US + appended, 1.0))

    old = 5 * retention.STEP_POINTS - 1  # the newest of all stays
    with thread_of(journal), JournalReader(journal.path) as reader:
        feeder = threading.Thread(target=feed)
        feeder.start()
        gone = becomes_true(lambda: reader.last_seq() - reader.point_count() >= old)
        came_meanwhile = appended
        ended.set()
        feeder.join()
    assert gone
    assert 0 < 2 * came_meanwhile <= old


def test_a_commit_that_is_asked_for_all_the_time_does_not_keep_old_points(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = opened(tmp_path, clock, commit_interval_s=60.0)
    load_old(journal, clock, 3 * retention.STEP_POINTS)
    with thread_of(journal), JournalReader(journal.path) as reader:
        for _ in range(6):
            journal.append(good_point(clock.now_us(), 1.0))
            journal.flush()
        assert reader.point_count() == 6


def test_points_that_are_old_stay_until_every_sink_has_them_and_the_load_profile_stays(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = opened(tmp_path, clock)
    journal.set_sinks(["copy", "other"])
    for _ in range(10):
        journal.append(good_point(clock.now_us(), 1.0))
        clock.advance(60)
    journal.acknowledge("copy", 6)
    journal.acknowledge("other", 8)
    clock.advance(2 * 86_400)
    with thread_of(journal), JournalReader(journal.path) as reader:
        journal.flush()
        clock.advance(61)
        assert becomes_true(lambda: reader.point_count() < 10)
        assert [seq for seq, _ in reader.points_after(0, 99)] == [7, 8, 9, 10]
        assert reader.totals("Fridge", Period(0, clock.now_us()), TEN_S).energy_wh == 10.0
        assert reader.first_us("Fridge") is not None
        journal.acknowledge("copy", 9)
        journal.flush()
        clock.advance(61)
        assert becomes_true(lambda: reader.point_count() < 4)
        assert [seq for seq, _ in reader.points_after(0, 99)] == [9, 10]


def test_the_newest_point_is_never_deleted_so_that_the_sequence_goes_on(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = opened(tmp_path, clock)
    load_old(journal, clock, 3)
    with thread_of(journal), JournalReader(journal.path) as reader:
        assert becomes_true(lambda: reader.point_count() == 1)
    journal.open()
    journal.append(good_point(clock.now_us()))
    journal.close()
    with JournalReader(journal.path) as reader:
        assert [seq for seq, _ in reader.points_after(0, 99)] == [3, 4]


def test_a_deletion_that_fails_is_told_and_stops_no_commit(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    health = Health(clock.monotonic)
    journal = opened(tmp_path, clock, health=health)
    load_old(journal, clock, 3)
    with sqlite3.connect(journal.path) as other:
        other.execute(
            "CREATE TRIGGER broken BEFORE DELETE ON point"
            " BEGIN SELECT RAISE(ABORT, 'this page is damaged'); END"
        )
    other.close()
    with thread_of(journal), JournalReader(journal.path) as reader:
        assert becomes_true(lambda: health.state(retention.SUBJECT).failures == 1)
        journal.append(good_point(clock.now_us(), 1.0))
        journal.flush()
        assert reader.point_count() == 4
        assert health.state("journal").failures == 0
    assert "deletion of old points: failed: this page is damaged" in caplog.text


def step_of(journal: Journal) -> None:
    journal._retention.step(journal._opener.writer().db)


def test_a_clock_that_leaps_ahead_for_a_moment_deletes_nothing(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = opened(tmp_path, clock)
    journal.load([prepare("Fridge", ((good_point(START_US + n), None) for n in range(100)))])
    with JournalReader(journal.path) as reader:
        clock.step_wall(10 * 365 * 86_400)
        step_of(journal)
        clock.step_wall(-10 * 365 * 86_400)
        step_of(journal)
        assert reader.point_count() == 100
        clock.advance(400 + 2 * 86_400)
        step_of(journal)
        assert reader.point_count() == 1
    journal.close()


def test_a_point_from_the_future_holds_up_no_deletion(tmp_path: Path, clock: FakeClock) -> None:
    journal = opened(tmp_path, clock)
    stray = good_point(START_US + 3650 * DAY_US)
    journal.load([prepare("Stray", [(stray, None)])])
    load_old(journal, clock, 100)
    step_of(journal)
    with JournalReader(journal.path) as reader:
        assert reader.point_count() == 1
    journal.close()


@pytest.mark.parametrize("wrong_us", [0, START_US - 3 * 365 * DAY_US, START_US - 3 * DAY_US])
def test_a_clock_that_was_put_back_deletes_nothing(
    tmp_path: Path, clock: FakeClock, wrong_us: int
) -> None:
    journal = opened(tmp_path, clock)
    journal.load([prepare("Fridge", ((good_point(START_US + n), None) for n in range(100)))])
    journal.close()
    late = FakeClock(wrong_us)  # a start without network time
    journal = opened(tmp_path, late)
    for _ in range(10):
        late.advance(61)
        journal.append(good_point(late.now_us()))
        journal._commit_all(heartbeat=None)
        step_of(journal)
    journal.close()
    assert len(seqs(journal.path)) == 110


def test_points_of_a_clock_that_was_put_back_go_with_the_ones_behind_them(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = opened(tmp_path, clock)
    stray = (good_point(n) for n in range(100))
    journal.load([prepare("Stray", ((point, None) for point in stray))])
    load_old(journal, clock, 100)
    step_of(journal)
    journal.close()
    assert seqs(journal.path) == [200]
