"""Signs of life and other notes for ``health``, and what subscribers and a reload change."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from source.journal.reader import JournalReader
from source.journal.store import HEARTBEAT_S, Journal
from tests.fakes import START_US, FakeClock, good_point
from tests.journal.driving import becomes_true, running, thread_of


def test_a_sign_of_another_part_is_noted_with_the_next_heartbeat(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    journal.flush()
    assert reader.meta("heartbeat_us") == START_US
    clock.advance(1)
    journal.beat("reports")
    journal.flush()
    assert reader.meta("reports_us") is None, "no commit of its own"
    clock.advance(HEARTBEAT_S)
    journal.flush()
    assert reader.meta("reports_us") == START_US + 1_000_000
    assert reader.meta("heartbeat_us") == clock.now_us()


def test_a_number_can_be_noted_and_changed(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    for value in (1, 0):
        journal.note("clock_wait", value)
        clock.advance(HEARTBEAT_S + 1)
        journal.flush()
        assert reader.meta("clock_wait") == value


def test_the_signs_of_an_earlier_life_are_gone_with_the_first_heartbeat(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    journal.open()
    journal.beat("reports")
    journal.note("clock_wait", 1)
    journal._commit_all(heartbeat=START_US)
    journal._lock.close()  # as a kill would leave it
    journal._opener.writer().db.close()
    later = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.01)
    later.open()
    with JournalReader(later.path) as reader:
        assert reader.meta("reports_us") == START_US
        with thread_of(later):
            later.flush()
        assert reader.meta("reports_us") is None
        assert reader.meta("clock_wait") is None


def test_a_subscription_that_was_taken_back_is_told_nothing_and_kept_nowhere(
    journal: Journal,
) -> None:
    events = [journal.subscribe() for _ in range(3)]
    journal.unsubscribe(events[1])
    journal.unsubscribe(threading.Event())
    journal.append(good_point(START_US))
    journal.flush()
    assert events[0].wait(5)
    assert events[2].wait(5)
    assert not events[1].is_set()
    for event in events:
        journal.unsubscribe(event)
    assert journal._subscribers == ()


@pytest.mark.parametrize(("before_s", "after_s"), [(60.0, 0.01), (60.0, 0.5)])
def test_another_commit_interval_is_in_force_at_once(
    tmp_path: Path, clock: FakeClock, before_s: float, after_s: float
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=before_s)
    journal.open()
    with thread_of(journal), JournalReader(journal.path) as reader:
        journal.flush()
        journal.configure(commit_interval_s=after_s, raw_days=90, max_bytes=10**9)
        journal.append(good_point(START_US))
        assert becomes_true(lambda: reader.last_seq() == 1)


def test_fewer_days_of_raw_points_are_in_force_with_the_next_round(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.01, raw_days=90)
    journal.open()
    with thread_of(journal), JournalReader(journal.path) as reader:
        for _ in range(3):
            journal.append(good_point(clock.now_us()))
            clock.advance(2 * 86_400)
        journal.flush()
        clock.advance(500)
        assert becomes_true(lambda: journal._retention.wait_s() > 0)
        assert reader.point_count() == 3
        journal.configure(commit_interval_s=0.01, raw_days=3, max_bytes=10**9)
        clock.advance(61)
        assert becomes_true(lambda: reader.point_count() == 1)


def test_the_thread_shows_life_also_while_the_disk_takes_nothing(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.01)
    journal.open()
    with running(journal):
        journal.flush()
        seen = journal.alive_at
        assert becomes_true(lambda: journal.alive_at > seen)
    ended = journal.alive_at
    assert time.monotonic() >= ended == journal.alive_at
    journal.close()
