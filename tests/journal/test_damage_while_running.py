"""A journal that is damaged while the program runs: set aside, rescued, and nothing that waits or
comes is lost."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from source.errors import JournalDamaged, JournalError
from source.health import Health
from source.journal import opener, retention, store
from source.journal.prepared import prepare
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Checkpoint, Point
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.driving import becomes_true, running, seqs

PAGE = 4096
BEFORE = 5_000
NOISE = b"\xa5" * PAGE


@pytest.fixture
def journal(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """An open journal with points, all of them in its main file."""
    monkeypatch.setattr(store, "RETRY_S", 0.01)
    journal = Journal(
        tmp_path / "isdl.db",
        clock=clock,
        commit_interval_s=0.01,
        health=Health(clock.monotonic),
        raw_days=1,
    )
    journal.open()
    points = ((point(n), Checkpoint(point(n).time_us)) for n in range(BEFORE))
    journal.load([prepare("Fridge", points)])
    journal._opener.writer().db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield journal
    journal.close()


def point(n: int) -> Point:
    return good_point(START_US + n * TEN_S, 1.0)


def root_of(journal: Journal, name: str) -> int:
    sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    return int(journal._opener.writer().db.execute(sql, (name,)).fetchone()[0])


def overwrite(journal: Journal, page: int) -> None:
    """Noise in place of a page, behind SQLite's back; what it holds in memory is forgotten."""
    with journal.path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(NOISE)
    db = journal._opener.writer().db
    db.execute("PRAGMA shrink_memory")


def set_aside(journal: Journal) -> list[str]:
    names = (file.name for file in journal.path.parent.iterdir())
    return [name for name in names if ".damaged-" in name and name.endswith("Z")]


@pytest.mark.parametrize("table", ["point", "interval", "checkpoint", "point_device_time"])
def test_a_commit_that_meets_damage_is_done_in_a_new_journal_with_all_that_waits(
    journal: Journal, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    overwrite(journal, root_of(journal, table))
    with running(journal):
        for n in range(BEFORE, BEFORE + 50):
            journal.append(point(n), Checkpoint(point(n).time_us))
        journal.flush()
        assert len(set_aside(journal)) == 1
        assert journal.checkpoint("Fridge") == Checkpoint(point(BEFORE + 49).time_us)
    with JournalReader(journal.path) as reader:
        points = reader.points_after(0, 99_999)
        assert [seq for seq, _ in points] == [*range(1, BEFORE + 51)]
        assert [p.time_us for _, p in points] == [point(n).time_us for n in range(BEFORE + 50)]
        assert reader.metered_until_us("Fridge") == point(BEFORE + 49).time_us
    assert "rescued into a new journal" in caplog.text
    assert set_aside(journal)[0] in caplog.text


def test_a_reader_that_meets_damage_has_it_rescued(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    with running(journal), JournalReader(journal.path) as reader:
        news = journal.subscribe()
        overwrite(journal, newest_leaf(journal))
        with pytest.raises(JournalDamaged):
            reader.points_after(0, 99_999)
        journal.damaged()
        assert news.wait(10)
        assert len(set_aside(journal)) == 1
        journal.append(point(BEFORE))
        journal.flush()
    found = seqs(journal.path)
    assert found[-1] == BEFORE + 1, "numbers go on"
    assert BEFORE - 100 < len(found) < BEFORE + 1
    with JournalReader(journal.path) as reader:
        assert reader.point_count() == len(found)


def test_a_false_alarm_changes_nothing_and_is_looked_at_once(
    journal: Journal, caplog: pytest.LogCaptureFixture, clock: FakeClock
) -> None:
    with running(journal):
        for _ in range(5):
            journal.damaged()
            journal.append(point(BEFORE))
            journal.flush()
        assert caplog.text.count("looked through, nothing is wrong") == 1
        clock.advance(opener.CALM_S + 1)
        journal.damaged()
        journal.flush()
        assert caplog.text.count("looked through, nothing is wrong") == 2
    assert set_aside(journal) == []
    assert len(seqs(journal.path)) == BEFORE + 5


def test_a_deletion_that_meets_damage_has_it_rescued(
    journal: Journal,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(retention, "REST_S", 0.0)
    overwrite(journal, root_of(journal, "point"))
    clock.advance(400)
    clock.advance(10 * 86_400)
    with running(journal):
        assert becomes_true(lambda: "rescued into a new journal" in caplog.text)
        assert becomes_true(lambda: seqs(journal.path) == [BEFORE])
    assert len(set_aside(journal)) == 1


def test_no_number_is_given_again_where_the_newest_points_are_lost(journal: Journal) -> None:
    leaf = newest_leaf(journal)
    with running(journal):
        journal.append(point(BEFORE))
        journal.flush()
        journal.acknowledge("copy", BEFORE + 1)
        journal.flush()
        journal._opener.writer().db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        overwrite(journal, leaf)
        journal.damaged()
        assert becomes_true(lambda: set_aside(journal))
        journal.append(point(BEFORE + 1))
        journal.flush()
    found = seqs(journal.path)
    assert BEFORE + 1 not in found, "it was on the page"
    assert found[-1] == BEFORE + 2
    with JournalReader(journal.path) as reader:
        assert {s.sink: s.backlog for s in reader.sinks()}["copy"] == 1


def newest_leaf(journal: Journal) -> int:
    """The page that the newest point is on: the right-most child of the table's root."""
    page = journal.path.read_bytes()[(root_of(journal, "point") - 1) * PAGE :]
    assert page[0] == 5, "an inner page"
    return int.from_bytes(page[8:12], "big")


def test_points_wait_while_there_is_no_room_for_a_rescue(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    part = Path(f"{journal.path}-part")
    part.mkdir()  # in the new file's way, as a full disk would be
    overwrite(journal, root_of(journal, "point"))
    with running(journal):
        journal.append(point(BEFORE))
        with pytest.raises(JournalError, match="no commit"):
            journal.flush(0.5)
        assert set_aside(journal) == []
        assert "can't be rescued" in caplog.text
        part.rmdir()
        journal.flush()
        assert len(set_aside(journal)) == 1
    assert seqs(journal.path) == [*range(1, BEFORE + 2)]


def test_at_the_stop_a_small_journal_is_still_rescued(journal: Journal) -> None:
    overwrite(journal, root_of(journal, "point"))
    journal.append(point(BEFORE))
    journal.close()
    assert seqs(journal.path) == [*range(1, BEFORE + 2)]


@pytest.mark.parametrize("doubted", [True, False])
def test_at_the_stop_a_large_journal_is_neither_looked_through_nor_rescued(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, doubted: bool
) -> None:
    part = Path(f"{journal.path}-part")
    part.mkdir()  # a rescue fails at first
    with running(journal):
        overwrite(journal, root_of(journal, "point"))
        journal.append(point(BEFORE))
        with pytest.raises(JournalError):
            journal.flush(0.3)
    part.rmdir()
    if doubted:
        journal.damaged()
    monkeypatch.setattr(opener, "SMALL_BYTES", 0)
    with pytest.raises(JournalError, match="1 point could not be stored"):
        journal.close()
    assert set_aside(journal) == [], "that is for the next start"


def test_a_doubt_at_the_stop_of_a_large_journal_costs_no_point(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(opener, "SMALL_BYTES", 0)
    with running(journal):
        pass
    journal.append(point(BEFORE))
    journal.damaged()
    journal.close()
    assert "looked through" not in caplog.text
    assert len(seqs(journal.path)) == BEFORE + 1


def test_damage_that_the_check_does_not_find_is_believed_when_it_is_met_again(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    db = journal._opener.writer().db
    db.execute("INSERT INTO device VALUES (77, 'Hidden')")
    db.execute("PRAGMA writable_schema = ON")
    # An index that knows a name of which the table has no row.
    db.execute("CREATE TABLE spare (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    index = "sqlite_autoindex_device_1"
    page = (root_of(journal, index) - 1) * PAGE
    with journal.path.open("r+b") as file:
        file.seek(page)
        before = file.read(PAGE)
        db.execute("DELETE FROM device WHERE id = 77")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.seek(page)
        file.write(before)
    db.execute("PRAGMA shrink_memory")
    journal._opener.recover("test", is_own=False)
    journal._opener._calm_until = None
    with running(journal):
        journal.append(good_point(START_US, device="Hidden"))
        journal.flush()
    with JournalReader(journal.path) as reader:
        assert "Hidden" in reader.devices()
        assert len(reader.latest("Hidden")) == 1
    assert len(set_aside(journal)) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE point SET extra = '[1.0', fieldset_id = 1 WHERE seq = 7",
        "UPDATE point SET extra = '[1.0, 2.0]', fieldset_id = 1 WHERE seq = 7",
        "UPDATE point SET extra = '[1.0]', fieldset_id = 99 WHERE seq = 7",
        "UPDATE point SET extra = CAST(x'5B31FF2E305D' AS TEXT), fieldset_id = 1 WHERE seq = 7",
        "UPDATE fieldset SET names = 'x' WHERE id = 1",
        "UPDATE fieldset SET names = CAST(x'FFFE' AS TEXT) WHERE id = 1",
        "DELETE FROM device WHERE id = 1",
    ],
)
def test_a_damaged_row_holds_up_no_reader(tmp_path: Path, clock: FakeClock, damage: str) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    journal.open()
    for n in range(20):
        journal.append(good_point(START_US + n, 1.0, voltage=230.0))
    journal.close()
    with sqlite3.connect(journal.path) as db:
        db.execute(damage)
    db.close()
    with JournalReader(journal.path) as reader:
        points = reader.points_after(0, 99)
    assert [seq for seq, _ in points] == [*range(1, 21)]
    assert {p.fields["power"] for _, p in points} == {90.0}


def test_an_error_of_the_disk_is_no_damage(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    db = journal._opener.writer().db
    db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
    with running(journal):
        for n in range(2_000):
            journal.append(point(BEFORE + n))
        with pytest.raises(JournalError):
            journal.flush(0.3)
        db.execute("PRAGMA max_page_count = 1000000")
        journal.flush()
    assert set_aside(journal) == []
    assert "damaged" not in caplog.text


def test_an_error_that_ended_the_reading_is_told_as_what_it_was(journal: Journal) -> None:
    def fail() -> None:
        with reader._one_state():
            reader._db.execute("ROLLBACK")
            raise JournalDamaged("first")

    with JournalReader(journal.path) as reader:
        with pytest.raises(JournalDamaged, match="first"):
            fail()
        assert reader.point_count() == BEFORE


@pytest.mark.parametrize("text", ["[}", "[]", '{"a": 1.0}', '{"a": [1.0]}', '{"a": [1.0, "x"]}'])
def test_a_meter_state_that_makes_no_sense_is_rescued_at_the_start(
    tmp_path: Path, clock: FakeClock, text: str
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    journal.open()
    journal.append(point(0), Checkpoint(point(0).time_us, phases={"a": (1.0, 2.0)}))
    journal.close()
    with sqlite3.connect(journal.path) as db:
        db.execute("UPDATE checkpoint SET phases = ?", (text,))
    db.close()
    journal.open()
    journal.append(point(1))
    journal.close()
    assert seqs(journal.path) == [1, 2]
