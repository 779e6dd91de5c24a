"""The size limit: which points go, what is counted and told, and what stays for ever."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path

import pytest

from source.health import Health
from source.journal import retention, size
from source.journal.deletion import drop
from source.journal.prepared import prepare
from source.journal.reader import JournalReader
from source.journal.size import SizeLimit, used_bytes
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, Period
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.driving import becomes_true, seqs, thread_of

ROOM = 2_000_000
STEP = retention.STEP_POINTS
SECOND_US = US_PER_S


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "REST_S", 0.0)


@pytest.fixture
def journal(tmp_path: Path, clock: FakeClock) -> Journal:
    journal = Journal(
        tmp_path / "isdl.db",
        clock=clock,
        commit_interval_s=0.01,
        max_bytes=size.LOG_ROOM_BYTES + ROOM,
        health=Health(clock.monotonic),
    )
    journal.open()
    return journal


def load(journal: Journal, first: int, count: int) -> None:
    points = (good_point(START_US + n * SECOND_US, 1.0) for n in range(first, first + count))
    journal.load([prepare("Fridge", ((point, None) for point in points))])


def used(journal: Journal) -> int:
    with sqlite3.connect(journal.path) as db:
        return used_bytes(db)


def limit_of(journal: Journal) -> SizeLimit:
    return journal._retention._size


def until_below(journal: Journal) -> None:
    """Commit, and return when the steps that follow are done."""
    journal.flush()
    assert becomes_true(lambda: not limit_of(journal).is_over)


def told(caplog: pytest.LogCaptureFixture) -> list[int]:
    return [r.levelno for r in caplog.records if r.name == size.__name__]


def test_above_the_limit_the_oldest_points_go_and_the_sums_stay(journal: Journal) -> None:
    load(journal, 0, 40_000)
    journal.append(good_point(START_US + 40_000 * SECOND_US, 1.0), Checkpoint(START_US))
    assert used(journal) > ROOM
    with thread_of(journal):
        until_below(journal)
    assert used(journal) <= ROOM
    left = seqs(journal.path)
    assert 10_000 < len(left) < 40_000
    assert left == list(range(left[0], 40_002)), "the newest ones are all there"
    with JournalReader(journal.path) as reader:
        total = reader.totals("Fridge", Period(0, START_US + 40_000 * SECOND_US), TEN_S)
        assert total.energy_wh == pytest.approx(40_001)
        assert total.good_polls == 40_001
        assert reader.metered_until_us("Fridge") == START_US


def test_below_the_limit_nothing_goes(journal: Journal) -> None:
    load(journal, 0, 10_000)
    with thread_of(journal):
        until_below(journal)
    assert len(seqs(journal.path)) == 10_000


def test_the_file_does_not_grow_above_the_limit_however_long_points_come(
    journal: Journal,
) -> None:
    with thread_of(journal), JournalReader(journal.path) as reader:
        for round_ in range(40):
            for n in range(2_000):
                journal.append(good_point(START_US + (round_ * 2_000 + n) * SECOND_US, 1.0))
            until_below(journal)
            assert journal.path.stat().st_size < ROOM + 500_000
            assert reader.size_bytes() < size.LOG_ROOM_BYTES + ROOM


def test_what_a_sink_has_not_got_is_counted_for_it_and_for_no_other(journal: Journal) -> None:
    load(journal, 0, 40_000)
    journal.set_sinks(["slow", "fast", "new"])
    journal.acknowledge("slow", 1_000)
    journal.acknowledge("fast", 40_000)
    journal.acknowledge("unused", 5)
    with thread_of(journal):
        until_below(journal)
    first = seqs(journal.path)[0]
    with JournalReader(journal.path) as reader:
        found = {s.sink: (s.dropped, s.backlog, s.acknowledged_seq) for s in reader.sinks()}
    backlog = 40_000 - first + 1
    assert found == {
        "slow": (first - 1 - 1_000, backlog, 1_000),
        "fast": (0, 0, 40_000),
        "new": (first - 1, backlog, 0),
        "unused": (0, backlog, 5),
    }


def test_it_is_told_once_that_points_go_and_once_that_a_sink_has_lost_some(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    journal.set_sinks(["copy"])
    journal.acknowledge("copy", 40_000)
    load(journal, 0, 40_000)
    with thread_of(journal):
        until_below(journal)
        assert told(caplog) == [logging.WARNING]
        for first in range(40_000, 120_000, 2_000):
            for n in range(first, first + 2_000):
                journal.append(good_point(START_US + n * SECOND_US))
            until_below(journal)
        assert told(caplog) == [logging.WARNING, logging.ERROR]
        assert "not every sink has them" in caplog.text
        clock.advance(size.QUIET_S + 1)
        until_below(journal)
    assert told(caplog) == [logging.WARNING, logging.ERROR, logging.INFO]
    with JournalReader(journal.path) as reader:
        dropped = reader.sinks()[0].dropped
    assert f"{dropped} points went before every sink had them" in caplog.text


def test_what_is_kept_for_ever_alone_may_be_above_the_limit_and_that_is_told_once(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    day_us = 86_400 * SECOND_US
    points = (good_point(START_US + n * 900 * SECOND_US, 1.0) for n in range(40_000))
    journal.load([prepare("Fridge", ((point, None) for point in points))])
    room = ROOM // 2
    journal.configure(commit_interval_s=0.01, raw_days=90, max_bytes=size.LOG_ROOM_BYTES + room)
    with thread_of(journal), JournalReader(journal.path) as reader:
        journal.flush()
        assert becomes_true(lambda: reader.point_count() == 1)
        assert becomes_true(lambda: "there are no points left" in caplog.text)
        before = time.thread_time()
        for _ in range(20):
            journal.flush()
        assert time.thread_time() - before < 1.0
        assert caplog.text.count("there are no points left") == 1
        total = reader.totals("Fridge", Period(0, START_US + 999 * day_us), TEN_S)
        assert total.energy_wh == pytest.approx(40_000)
    assert used(journal) > room


def test_a_limit_that_is_changed_while_running_is_kept_from_then_on(journal: Journal) -> None:
    load(journal, 0, 20_000)
    with thread_of(journal):
        until_below(journal)
        assert len(seqs(journal.path)) == 20_000
        journal.configure(
            commit_interval_s=0.01, raw_days=90, max_bytes=size.LOG_ROOM_BYTES + ROOM // 4
        )
        until_below(journal)
    assert used(journal) <= ROOM // 4
    assert len(seqs(journal.path)) < 20_000


def test_the_number_of_a_point_goes_on_after_all_others_went(journal: Journal) -> None:
    load(journal, 0, 100)
    db = journal._opener.writer().db
    assert drop(db, ["copy"], 1_000) == (99, 99)
    assert drop(db, ["copy"], 1_000) == (0, 0)
    journal.append(good_point(START_US))
    journal.close()
    assert seqs(journal.path) == [100, 101]
