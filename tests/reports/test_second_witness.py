"""A ledger that is lost or older than the files: the files say which lines there are."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from pathlib import Path

import pytest

from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S
from tests.fakes import FakeClock
from tests.reports.house import configuration, job, lines, periods, poll_hourly, us
from tests.running import running_journal

ENTRY = {"cost_month": 1}


def look(folder: Path, now: str, general: dict[str, str] | None = None) -> int:
    """One look of a daemon that has run for a while."""
    clock = FakeClock(us(now))
    with running_journal(folder, clock) as journal:
        configured = configuration(folder, general, Fridge=ENTRY, Washer=ENTRY)
        return job(journal, clock, configured).catch_up()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.txt"))}


@pytest.fixture
def folder(tmp_path: Path, clock: FakeClock) -> Path:
    """Points until 3 February, lines until 2 February."""
    with running_journal(tmp_path, clock) as journal:
        for device in ("Fridge", "Washer"):
            poll_hourly(journal, "2026-01-09 23:00", "2026-02-02 23:00", device=device)
    assert look(tmp_path, "2026-02-02 12:00") == 2 * (23 + 1)
    return tmp_path


def lose(folder: Path, where: str = "1") -> None:
    with sqlite3.connect(folder / "isdl.db") as db:
        db.execute(f"DELETE FROM report WHERE {where}")
    db.close()


def ledger(folder: Path) -> list[tuple[str, str, int, bool]]:
    with JournalReader(folder / "isdl.db") as reader:
        return [(r.device, r.kind, r.period.end_us, r.done) for r in reader.reports()]


@pytest.mark.parametrize(
    "where", ["1", "end_us > 1769000000000000", "kind = 'month'", "device_id = 1 AND done"]
)
def test_a_ledger_that_is_lost_or_older_writes_no_line_again(
    folder: Path, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before, entries = contents(folder), ledger(folder)
    lose(folder, where)
    assert ledger(folder) != entries
    assert look(folder, "2026-02-02 12:00") == 0
    assert contents(folder) == before
    assert ledger(folder) == entries
    assert "lines that it has are new to the journal" in caplog.text
    caplog.clear()
    assert look(folder, "2026-02-02 12:00") == 0
    assert "new to the journal" not in caplog.text


def test_only_the_newer_lines_are_appended(folder: Path) -> None:
    before = contents(folder)
    lose(folder)
    assert look(folder, "2026-02-03 12:00") == 2
    for name, content in contents(folder).items():
        assert content.startswith(before[name])
        assert len(lines(folder / name)) == len(set(periods(folder / name)))
    assert periods(folder / "Fridge_day.txt")[-1].startswith("2026-02-02 00:00:00")


def test_a_line_stands_once_where_the_raw_points_of_its_beginning_are_gone(folder: Path) -> None:
    """The first period begins elsewhere then, with other energy; its end is the same."""
    before = contents(folder)
    lose(folder)
    with sqlite3.connect(folder / "isdl.db") as db:
        db.execute("DELETE FROM point WHERE time_us < ?", (us("2026-01-20 00:00"),))
        db.execute("DELETE FROM interval WHERE quarter < ?", (us("2026-01-20") // 900 // US_PER_S,))
    db.close()
    assert look(folder, "2026-02-02 12:00") == 0
    assert contents(folder) == before


def test_a_change_of_the_zone_in_between_writes_no_line_again(folder: Path) -> None:
    utc = {"timezone": "UTC", "cost_calc_request_time": "23:00"}  # the midnights of Berlin
    before = contents(folder)
    lose(folder, "kind = 'day'")
    assert look(folder, "2026-02-01 12:00", utc) == 0
    assert contents(folder) == before


def test_an_older_copy_of_the_journal_in_its_place_writes_no_line_again(
    tmp_path: Path, clock: FakeClock
) -> None:
    with running_journal(tmp_path, clock) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-15 12:00")
    look(tmp_path, "2026-01-12 12:00")
    shutil.copy(tmp_path / "isdl.db", tmp_path / "copy")
    look(tmp_path, "2026-01-15 12:00")
    before = contents(tmp_path)
    shutil.copy(tmp_path / "copy", tmp_path / "isdl.db")
    assert look(tmp_path, "2026-01-15 12:00") == 0
    assert contents(tmp_path) == before


def test_a_row_that_was_edited_while_its_entry_was_open_is_not_appended_again(
    journal: Journal, clock: FakeClock, tmp_path: Path
) -> None:
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-12 12:00")
    clock.advance((us("2026-01-12 12:00") - clock.now_us()) / US_PER_S)
    reports = job(journal, clock, configuration(tmp_path))
    assert reports.catch_up() == 2
    with sqlite3.connect(journal.path) as db:
        db.execute("UPDATE report SET done = 0")
    db.close()
    path = tmp_path / "Fridge_day.txt"
    edited = "my title\n" + path.read_text("utf-8").replace("2.400", "2,400")
    path.write_text(edited, "utf-8")
    assert reports.catch_up() == 2
    assert path.read_text("utf-8") == edited
    assert reports.catch_up() == 0
