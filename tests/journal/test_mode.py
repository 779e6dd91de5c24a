"""The write-ahead log: programs that read for long, and the size it has after them."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from source.journal import mode
from source.journal.reader import JournalReader
from source.journal.store import HEARTBEAT_S, Journal
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.driving import becomes_true, running, seqs

MEGABYTE = 1_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "isdl.db"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mode, "ENTER_WAIT_MS", 10)


def journal_of(path: Path, clock: FakeClock) -> Journal:
    return Journal(path, clock=clock, commit_interval_s=0.01)


def add(journal: Journal, first: int, count: int) -> None:
    for n in range(first, first + count):
        journal.append(good_point(START_US + n * TEN_S, 1.0, note="x" * 200))
    journal.flush()


@contextmanager
def long_reader(path: Path) -> Iterator[None]:
    """Another program, inside a transaction in which it has read."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN")
    db.execute("SELECT count(*) FROM point").fetchone()
    try:
        yield
    finally:
        db.close()


def mode_of(journal: Journal) -> str:
    return str(journal._opener.writer().db.execute("PRAGMA journal_mode").fetchone()[0])


def log_bytes(path: Path) -> int:
    return Path(f"{path}-wal").stat().st_size


def test_a_program_that_reads_for_long_does_not_keep_the_journal_from_starting(
    path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    journal = journal_of(path, clock)
    journal.open()
    journal.append(good_point(START_US))
    journal.close()
    with long_reader(path):
        journal.open()
        assert mode_of(journal) == "delete"
        with running(journal):
            journal.append(good_point(START_US + 1))
            assert becomes_true(lambda: "another program reads isdl.db for long" in caplog.text)
    with running(journal):
        journal.flush()
        clock.advance(HEARTBEAT_S + 1)
        journal.append(good_point(START_US + 2))
        journal.flush()
        assert becomes_true(lambda: "no longer wait for each other" in caplog.text)
        assert mode_of(journal) == "wal"
    journal.close()
    assert seqs(path) == [1, 2, 3]
    assert caplog.text.count("another program reads") == 1


def test_the_log_becomes_small_again_after_a_long_reader(path: Path, clock: FakeClock) -> None:
    journal = journal_of(path, clock)
    journal.open()
    with running(journal):
        with long_reader(path):
            for n in range(20):
                add(journal, n * 2_000, 2_000)
            assert log_bytes(path) > 2 * mode.LOG_LIMIT_BYTES
        for n in range(20, 40):
            add(journal, n * 2_000, 2_000)
        assert log_bytes(path) <= mode.LOG_LIMIT_BYTES + 2 * MEGABYTE
        with JournalReader(path) as reader:
            assert reader.point_count() == 80_000
    journal.close()


def test_a_log_that_grows_and_grows_is_told_once(
    path: Path,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(mode, "LARGE_LOG_BYTES", 2 * mode.LOG_LIMIT_BYTES)
    journal = journal_of(path, clock)
    journal.open()

    def look() -> None:
        clock.advance(HEARTBEAT_S + 1)
        add(journal, 0, 1)

    with running(journal):
        with long_reader(path):
            for n in range(20):
                add(journal, n * 2_000, 2_000)
            for _ in range(3):
                look()
        assert caplog.text.count("isdl.db-wal has") == 1
        add(journal, 0, 4_000)
        add(journal, 0, 4_000)
        look()
        assert "isdl.db-wal is small again" in caplog.text
    journal.close()
