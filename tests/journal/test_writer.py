"""The writing connection on a disk that comes and goes: what is stored is stored once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source.journal.intake import Group
from source.journal.reader import JournalReader
from source.journal.schema import close_writer, open_writer
from source.journal.writer import Writer
from source.model import Checkpoint
from tests.fakes import START_US, good_point
from tests.journal.driving import seqs


class ComingAndGoing(sqlite3.Connection):
    """Fails before or after a statement that begins in a certain way."""

    before = after = ""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if self.before and sql.startswith(self.before):
            raise sqlite3.OperationalError("disk I/O error")
        cursor = super().execute(sql, parameters)
        if self.after and sql.startswith(self.after):
            raise sqlite3.OperationalError("disk I/O error")
        return cursor


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "isdl.db"
    close_writer(open_writer(path))
    return path


@pytest.fixture
def db(path: Path) -> Iterator[ComingAndGoing]:
    db = sqlite3.connect(path, isolation_level=None, factory=ComingAndGoing)
    yield db
    db.close()


def group(*devices: str) -> Group:
    return Group([(good_point(START_US, 1.0, device), Checkpoint(START_US)) for device in devices])


def test_a_commit_that_is_on_the_disk_though_it_failed_is_not_tried_again(
    path: Path, db: ComingAndGoing
) -> None:
    writer = Writer(db, 0, lambda: True)
    db.after = "COMMIT"
    writer.commit(group("Fridge", "Oven"), {})
    db.after = ""
    writer.commit(group("Fridge"), {})
    assert seqs(path) == [1, 2, 3]


def test_a_commit_that_failed_is_not_taken_for_one_that_is_on_the_disk(
    path: Path, db: ComingAndGoing
) -> None:
    writer = Writer(db, 0, lambda: True)
    writer.commit(group("Fridge"), {})
    db.before = "COMMIT"
    for points in (group("Fridge"), Group(cursors={"copy": 1})):
        with pytest.raises(sqlite3.OperationalError):
            writer.commit(points, {})
    db.before = ""
    with JournalReader(path) as reader:
        assert (reader.last_seq(), reader.acknowledged("copy")) == (1, 0)


def test_names_of_a_commit_that_failed_are_known_by_no_number(
    path: Path, db: ComingAndGoing
) -> None:
    writer = Writer(db, 0, lambda: True)
    db.before = "COMMIT"
    with pytest.raises(sqlite3.OperationalError):
        fail_twice(db, writer)
    db.before = ""
    writer.commit(group("Oven"), {})
    writer.commit(group("Fridge"), {})
    with JournalReader(path) as reader:
        assert [(seq, p.device) for seq, p in reader.points_after(0, 9)] == [
            (1, "Oven"),
            (2, "Fridge"),
        ]


def fail_twice(db: ComingAndGoing, writer: Writer) -> None:
    """The commit fails, and so does the reading that follows."""
    db.after = "ROLLBACK"
    try:
        writer.commit(group("Fridge"), {})
    finally:
        db.after = ""
