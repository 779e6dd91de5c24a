"""A full disk: SQLite's own SQLITE_FULL, for a file that may not grow any more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from source.errors import JournalError
from source.health import Health
from source.journal import store
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Checkpoint, Period
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.sinks.places import until

BEFORE, DURING = 10, 2_000


class Disk:
    """The room that the journal's own connection finds."""

    def __init__(self, journal: Journal) -> None:
        self._db = journal._opener.writer().db

    def fill(self) -> None:
        pages = self._db.execute("PRAGMA page_count").fetchone()[0]
        self._db.execute(f"PRAGMA max_page_count = {pages}")

    def make_room(self) -> None:
        self._db.execute("PRAGMA max_page_count = 1000000")


@pytest.fixture
def health(clock: FakeClock) -> Health:
    return Health(clock.monotonic)


@pytest.fixture
def full(
    tmp_path: Path, clock: FakeClock, health: Health, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Journal]:
    """An open journal with a few points and no more room, before its thread starts."""
    monkeypatch.setattr(store, "RETRY_S", 0.01)
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.01, health=health)
    journal.open()
    add_points(journal, 0, BEFORE)
    journal.close()
    journal.open()
    Disk(journal).fill()
    yield journal
    journal.close()


def add_points(journal: Journal, first: int, count: int) -> None:
    for n in range(first, first + count):
        time_us = START_US + n * TEN_S
        journal.append(good_point(time_us, 1.0, note="x" * 100), Checkpoint(time_us))


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [
        (record.levelno, record.getMessage())
        for record in caplog.records
        if record.levelno >= logging.INFO
    ]


def test_points_wait_while_the_disk_is_full_and_are_all_stored_when_there_is_room(
    full: Journal, health: Health, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stopping = threading.Event()
    thread = threading.Thread(target=full.run, args=(stopping,))
    with JournalReader(full.path) as reader:
        add_points(full, BEFORE, DURING)
        thread.start()
        with pytest.raises(JournalError, match="is the disk full"):
            full.flush(0.2)
        until(lambda: health.state("journal").failures > 3)
        newest_us = START_US + (BEFORE + DURING - 1) * TEN_S
        assert full.checkpoint("Fridge") == Checkpoint(newest_us), "the meter goes on"
        assert reader.last_seq() == BEFORE, "what is stored can be read"
        reason = "database or disk is full; points wait in memory and are tried again"
        assert told(caplog) == [
            (logging.WARNING, f"journal: failed: {reason}"),
            (logging.ERROR, f"journal: off-line, 3 tries failed: {reason}"),
        ]
        Disk(full).make_room()
        full.flush()
        add_points(full, BEFORE + DURING, 1)
        full.flush()
        count = BEFORE + DURING + 1
        assert [seq for seq, _ in reader.points_after(0, 9_999)] == list(range(1, count + 1))
        period = Period(0, START_US + count * TEN_S)
        total = reader.totals("Fridge", period, TEN_S)
        assert (total.energy_wh, total.good_polls) == (count, count)
    stopping.set()
    thread.join(10)
    assert [level for level, _ in told(caplog)] == [logging.WARNING, logging.ERROR, logging.INFO]
    assert "back on-line" in told(caplog)[-1][1]


def test_a_stop_while_the_disk_is_full_says_how_many_points_are_lost(
    full: Journal, tmp_path: Path
) -> None:
    add_points(full, BEFORE, DURING)
    with pytest.raises(JournalError, match=f"{DURING} points could not be stored: .*full"):
        full.close()
    with JournalReader(tmp_path / "isdl.db") as reader:
        assert reader.last_seq() == BEFORE
