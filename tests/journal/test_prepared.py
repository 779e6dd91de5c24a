"""Points that are loaded in one go are stored like points that came one by one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from source.errors import JournalError
from source.journal.prepared import prepare
from source.journal.store import Journal
from source.model import Checkpoint, Point
from tests.fakes import START_US, TEN_S, FakeClock, failed_point, good_point

TABLES = ("device", "fieldset", "point", "interval", "checkpoint")


def story(device: str) -> list[tuple[Point, Checkpoint | None]]:
    """Good and failed polls with changing sets of fields, over several quarter hours."""
    told: list[tuple[Point, Checkpoint | None]] = []
    for n in range(1, 400):
        time_us = START_US + n * TEN_S
        if n % 7 == 0:
            told.append((failed_point(time_us, device), None))
            continue
        extra = {f"power_{'abc'[n % 3]}": float(n), "firmware": "1.14"} if n % 5 else {}
        point = good_point(time_us, None if n == 1 else n / 8, device, **extra)
        told.append((point, Checkpoint(time_us, 90.0, float(n), None, None, {"a": (1.0, 2.0)})))
    return told


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path) as db:
        return {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}


def test_loading_gives_the_same_tables_as_appending(tmp_path: Path, clock: FakeClock) -> None:
    appended, loaded = (Journal(tmp_path / name, clock=clock) for name in ("a.db", "b.db"))
    appended.open()
    loaded.open()
    for device in ("Fridge", "Küche"):
        for point, checkpoint in story(device):
            appended.append(point, checkpoint)
    loaded.load([prepare(device, story(device)) for device in ("Fridge", "Küche")])
    assert loaded.checkpoint("Küche") == appended.checkpoint("Küche")
    appended.close()
    loaded.close()

    assert rows(tmp_path / "b.db") == rows(tmp_path / "a.db")


def test_points_that_come_after_a_load_get_the_next_numbers(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "a.db", clock=clock)
    journal.open()
    journal.load([prepare("Fridge", story("Fridge")[:10])])
    journal.append(good_point(START_US + 100 * TEN_S))
    journal.close()

    assert [row[0] for row in rows(tmp_path / "a.db")["point"]] == list(range(1, 12))


def test_a_load_that_fails_stores_nothing_and_the_journal_goes_on(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "a.db", clock=clock)
    journal.open()
    with sqlite3.connect(tmp_path / "a.db") as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON interval"
            " BEGIN SELECT raise(ABORT, 'disk is full'); END"
        )
    with pytest.raises(JournalError, match="disk is full"):
        journal.load([prepare("Fridge", story("Fridge"))])
    assert journal.checkpoint("Fridge") is None
    assert rows(tmp_path / "a.db")["point"] == []

    with sqlite3.connect(tmp_path / "a.db") as db:
        db.execute("DROP TRIGGER full")
    journal.load([prepare("Fridge", story("Fridge"))])
    journal.close()
    assert len(rows(tmp_path / "a.db")["point"]) == 399
