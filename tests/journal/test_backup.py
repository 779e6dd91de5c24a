"""Backup beside a writer, and restore over a journal that went on, began anew or is damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from source.errors import JournalError, JournalInUse
from source.journal.backup import backup, contents
from source.journal.reader import JournalReader
from source.journal.restore import restore
from source.journal.schema import VERSION
from source.journal.store import Journal
from source.journal.verify import verified
from source.model import Checkpoint, Period
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.damages import content, ended, fill, pages_of, rows_of, with_bad_pages

WHOLE = Period(START_US - 1000 * TEN_S, START_US + 5000 * TEN_S)


def keep(path: Path, clock: FakeClock, first: int, last: int, sink_has: int = 0) -> None:
    """Store a point of one Wh for each tick, as a daemon that has ended did."""
    journal = Journal(path, clock=clock)
    journal.open()
    for tick in range(first, last):
        at = START_US + tick * TEN_S
        journal.append(good_point(at, 1.0, counter_wh=float(tick)), Checkpoint(at, 90.0, tick))
    if sink_has:
        journal.acknowledge("influx", sink_has)
    journal.close()


def energy_of(path: Path) -> float:
    with JournalReader(path) as reader:
        return reader.totals("Fridge", WHOLE, TEN_S).energy_wh


def all_well(path: Path) -> bool:
    return all(finding.is_well for finding in verified(path))


# --- backup ---


def test_a_backup_holds_all_that_is_committed_while_the_journal_is_written(
    tmp_path: Path, journal: Journal
) -> None:
    fill(journal, 0, 500)
    copied = backup(journal.path, tmp_path / "copy.db")
    assert (copied.points, copied.newest_us) == (1500, START_US + 500 * TEN_S)
    fill(journal, 500, 10)
    assert contents(tmp_path / "copy.db").points == 1500
    assert all_well(tmp_path / "copy.db")
    assert [file.name for file in tmp_path.glob("copy*")] == ["copy.db"]


def test_a_backup_that_fails_leaves_the_older_one_and_nothing_else(
    tmp_path: Path, clock: FakeClock
) -> None:
    keep(tmp_path / "isdl.db", clock, 0, 5)
    target = tmp_path / "copy.db"
    backup(tmp_path / "isdl.db", target)
    before = target.read_bytes()
    path = tmp_path / "isdl.db"
    path.write_bytes(with_bad_pages(ended().db, pages_of("point", ended())[:3]))
    with pytest.raises(JournalError, match="no whole journal"):
        backup(path, target)
    assert target.read_bytes() == before
    assert not list(tmp_path.glob("*-part*"))


def test_the_journal_itself_is_no_place_for_its_backup(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "isdl.db"
    keep(path, clock, 0, 5)
    with pytest.raises(JournalError, match="is the journal itself"):
        backup(path, path)


# --- restore ---


def test_a_restore_adds_what_came_after_the_backup_with_its_numbers(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    keep(path, clock, 0, 200, sink_has=150)
    backup(path, copy)
    keep(path, clock, 200, 300, sink_has=290)
    before = rows_of(path)
    done = restore(copy, path, START_US)
    assert rows_of(path) == before
    assert done.merged is not None
    assert (done.merged.points, done.was_damaged) == (100, False)
    assert done.aside is not None
    assert rows_of(done.aside) == before
    assert all_well(path)


def test_a_restore_over_a_damaged_journal_loses_neither_energy_nor_the_report_ledger(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    path.write_bytes(ended().db)
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM report WHERE device_id = 1 AND end_us > ?", (START_US,))
        db.commit()
    backup(path, copy)
    bad = pages_of("point", ended())[1:8]
    path.write_bytes(with_bad_pages(ended().db, bad))
    done = restore(copy, path, START_US)
    assert done.was_damaged
    after = rows_of(path)
    for table in ("point", "interval", "report", "cursor"):
        assert set(after[table]) == set(content(ended())[table]), table


def test_a_journal_that_began_anew_is_added_under_new_numbers(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    keep(path, clock, 0, 200, sink_has=200)
    backup(path, copy)
    path.unlink()
    keep(path, clock, 300, 350, sink_has=50)
    done = restore(copy, path, START_US)
    assert done.merged is not None
    assert done.merged.points == 50
    assert energy_of(path) == pytest.approx(250.0)
    with JournalReader(path) as reader:
        assert [seq for seq, _ in reader.points_after(200, 100)] == list(range(201, 251))
        assert reader.acknowledged("influx") == 200
    assert all_well(path)


def test_a_quarter_hour_of_which_each_journal_has_a_part_is_that_of_both(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    keep(path, clock, 0, 30)
    backup(path, copy)
    path.unlink()
    keep(path, clock, 40, 85)
    restore(copy, path, START_US)
    assert energy_of(path) == pytest.approx(75.0)
    assert all_well(path)


def test_a_journal_that_began_anew_long_ago_keeps_no_point_from_the_sink(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    keep(path, clock, 0, 20, sink_has=15)
    backup(path, copy)
    path.unlink()
    keep(path, clock, 300, 400, sink_has=100)
    with closing(sqlite3.connect(path)) as db:  # as raw_days do
        db.execute("DELETE FROM point WHERE seq <= 50")
        db.commit()
    restore(copy, path, START_US)
    with JournalReader(path) as reader:
        assert reader.acknowledged("influx") == 15
        assert len(reader.points_after(15, 1000)) == 55


def test_a_journal_whose_older_points_are_deleted_goes_on_from_its_backup(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    keep(path, clock, 0, 20, sink_has=20)
    backup(path, copy)
    keep(path, clock, 20, 400, sink_has=390)
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM point WHERE seq <= 50")
        db.commit()
    restore(copy, path, START_US)
    with JournalReader(path) as reader:
        assert reader.acknowledged("influx") == 390
    assert energy_of(path) == pytest.approx(400.0)


def test_the_later_state_of_a_meter_stays_also_where_the_clock_was_put_back(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    keep(path, clock, 1000, 1100)
    backup(path, copy)
    keep(path, clock, 640, 700)
    restore(copy, path, START_US)
    assert rows_of(path)["checkpoint"][0][1:4] == (START_US + 699 * TEN_S, 90.0, 699.0)


def test_an_older_journal_gives_its_points_but_not_the_states_of_its_meters(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    keep(path, clock, 500, 600)
    backup(path, copy)
    path.unlink()
    keep(path, clock, 0, 100)
    restore(copy, path, START_US)
    assert rows_of(path)["checkpoint"][0][1:4] == (START_US + 599 * TEN_S, 90.0, 599.0)
    assert energy_of(path) == pytest.approx(200.0)
    assert all_well(path)


def test_a_restore_where_nothing_is_left(tmp_path: Path, clock: FakeClock) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    keep(path, clock, 0, 20)
    backup(path, copy)
    path.unlink()
    done = restore(copy, path, START_US)
    assert (done.aside, done.merged) == (None, None)
    assert energy_of(path) == pytest.approx(20.0)


def test_a_running_daemon_refuses_a_restore(tmp_path: Path, journal: Journal) -> None:
    backup(journal.path, tmp_path / "copy.db")
    with pytest.raises(JournalInUse):
        restore(tmp_path / "copy.db", journal.path, START_US)


@pytest.mark.parametrize("text", [b"", b"no database", bytes(8192)])
def test_a_file_that_is_no_backup_changes_nothing(
    tmp_path: Path, clock: FakeClock, text: bytes
) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    keep(path, clock, 0, 20)
    copy.write_bytes(text)
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"copy\.db"):
        restore(copy, path, START_US)
    assert path.read_bytes() == before


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, copy = tmp_path / "isdl.db", tmp_path / "copy.db"
    script = Path(__file__).with_name("version_1.sql").read_text("utf-8")
    with closing(sqlite3.connect(copy)) as db:
        db.executescript(script)
    before = copy.read_bytes()
    keep(path, clock, 300, 310)
    restore(copy, path, START_US)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert db.execute("SELECT count(*) FROM point").fetchone() == (13,)
    assert copy.read_bytes() == before
