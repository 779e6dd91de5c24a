"""The end of the journal under faults: quick, and with the number of points that are lost."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from source.errors import JournalError
from source.journal.store import Journal
from tests.fakes import START_US, FakeClock, good_point
from tests.journal.driving import seqs
from tests.journal.test_mode import long_reader

SHARE_S = 1.5
"""Of the stop's ten seconds: for the end of its thread."""


@pytest.fixture
def journal(tmp_path: Path, clock: FakeClock) -> Journal:
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.01)
    journal.open()
    journal.append(good_point(START_US))
    return journal


def test_a_thread_that_waits_for_a_lock_hears_the_stop(journal: Journal) -> None:
    other = sqlite3.connect(journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    with pytest.raises(JournalError):
        journal.flush(0.2)
    stopping.set()
    thread.join(SHARE_S)
    assert not thread.is_alive()
    other.close()
    journal.close()
    assert seqs(journal.path) == [1], "what waited is stored by the close"


def test_a_lock_that_another_process_keeps_costs_the_points_and_a_second(
    journal: Journal,
) -> None:
    other = sqlite3.connect(journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(JournalError, match=r"1 point could not be stored: .*locked"):
        journal.close()
    assert time.monotonic() - began < SHARE_S
    other.close()
    assert seqs(journal.path) == []


def test_a_lock_that_ends_within_the_second_costs_nothing(journal: Journal) -> None:
    other = sqlite3.connect(journal.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, other.rollback)
    timer.start()
    journal.close()
    timer.join()
    other.close()
    assert seqs(journal.path) == [1]


def test_a_program_that_reads_for_long_keeps_the_close_from_nothing(journal: Journal) -> None:
    with long_reader(journal.path):
        began = time.monotonic()
        journal.close()
        assert time.monotonic() - began < SHARE_S
    assert seqs(journal.path) == [1]


def test_who_waits_for_a_write_is_told_at_the_close_that_it_will_not_come(
    journal: Journal,
) -> None:
    other = sqlite3.connect(journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    told: list[str] = []

    def wait() -> None:
        try:
            journal.flush(10.0)
        except JournalError as err:
            told.append(str(err))

    waiting = threading.Thread(target=wait)
    waiting.start()
    journal._intake.hurry.wait(5)
    began = time.monotonic()
    with pytest.raises(JournalError):
        journal.close()
    waiting.join(5)
    other.close()
    assert time.monotonic() - began < 5
    assert told == ["can't be stored: the journal is closed"]


def test_a_close_without_an_open_or_a_second_one_is_nothing(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    journal.close()
    journal.open()
    journal.close()
    journal.close()
