"""Sequence numbers: never given twice, also where the newest points are gone; holes are counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from source.journal.reader import JournalReader
from source.journal.store import Journal
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.driving import seqs


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "isdl.db"


def add(path: Path, clock: FakeClock, count: int) -> None:
    """The points of one life of the program."""
    journal = Journal(path, clock=clock)
    journal.open()
    for _ in range(count):
        clock.advance(10)
        journal.append(good_point(clock.now_us()))
    journal.close()


def change(path: Path, *statements: str) -> None:
    """What a rescue or an older copy leaves."""
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


@pytest.mark.parametrize(
    "known",
    [
        "INSERT INTO cursor VALUES ('copy', 9, 0)",
        "INSERT INTO rejected VALUES ('copy', 9, 'Fridge', 1, '{}', 'no')",
    ],
)
def test_a_new_point_is_above_all_that_a_sink_knows(
    path: Path, clock: FakeClock, known: str
) -> None:
    add(path, clock, 10)
    change(path, "DELETE FROM point WHERE seq > 5", known)
    add(path, clock, 2)
    assert seqs(path) == [1, 2, 3, 4, 5, 10, 11]
    with JournalReader(path) as reader:
        assert (reader.point_count(), reader.last_seq()) == (7, 11)


def test_a_new_point_is_above_every_cursor_where_no_point_is_left(
    path: Path, clock: FakeClock
) -> None:
    add(path, clock, 5)
    change(path, "DELETE FROM point", "INSERT INTO cursor VALUES ('copy', 9, 0)")
    add(path, clock, 2)
    assert seqs(path) == [10, 11]
    with JournalReader(path) as reader:
        assert reader.point_count() == 2
        assert [s.backlog for s in reader.sinks()] == [2]


@pytest.mark.parametrize(
    ("cursor", "backlog"), [(0, 8), (3, 6), (5, 4), (6, 4), (7, 4), (8, 3), (11, 0), (99, 0)]
)
def test_numbers_that_are_missing_are_no_backlog(
    path: Path, clock: FakeClock, cursor: int, backlog: int
) -> None:
    add(path, clock, 11)
    change(
        path,
        "DELETE FROM point WHERE seq IN (1, 6, 7)",
        "INSERT INTO meta VALUES ('has_holes', 1)",
        f"INSERT INTO cursor VALUES ('copy', {cursor}, 0)",
    )
    with JournalReader(path) as reader:
        assert reader.point_count() == 8
        assert [s.backlog for s in reader.sinks()] == [backlog]


def test_points_that_are_deleted_are_no_backlog(path: Path, clock: FakeClock) -> None:
    add(path, clock, 10)
    change(path, "DELETE FROM point WHERE seq < 8", "INSERT INTO cursor VALUES ('copy', 3, 0)")
    with JournalReader(path) as reader:
        assert reader.point_count() == 3
        assert [s.backlog for s in reader.sinks()] == [3]


def test_the_newest_point_stays_although_a_cursor_is_far_above_it(
    path: Path, clock: FakeClock
) -> None:
    add(path, clock, 5)
    change(path, "INSERT INTO cursor VALUES ('copy', 99, 0)")
    clock.advance(400 * 86_400)
    journal = Journal(path, clock=clock, raw_days=1)
    journal.open()
    journal.set_sinks(["copy"])
    journal._retention.step(journal._opener.writer().db)
    journal.close()
    assert seqs(path) == [5]


def test_a_point_that_could_not_be_stored_leaves_no_hole(
    journal: Journal, reader: JournalReader
) -> None:
    for device in ("Fridge", "\ud800", "Fridge", "Fridge", "\ud800", "Fridge"):
        journal.append(good_point(START_US, device=device))
        journal.append(good_point(START_US + TEN_S))
    journal.flush()
    found: Sequence[int] = [seq for seq, _ in reader.points_after(0, 99)]
    assert found == list(range(1, 11))
    assert reader.point_count() == 10
