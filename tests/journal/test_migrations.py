"""A journal of every older version is brought up to date, and is as safe as a new one then."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from source.journal.opening import damage
from source.journal.reader import JournalReader
from source.journal.rescue import rescued
from source.journal.schema import VERSION
from source.journal.store import Journal
from source.journal.verify import verified
from source.model import QUARTER_US, US_PER_S, Period
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.damages import (
    DAY_US,
    PAGE,
    Files,
    content,
    ended,
    market_prices,
    older,
    overwritten,
    pages_of,
    read_everything,
    results,
    rows_of,
    runs,
    with_bad_pages,
)

VERSIONS = range(1, VERSION)
NEW = {
    "interval": "measured_us, estimated_us, set_aside_wh, switch_ons, gap_us, gap_end_us",
    "point": "energy_returned_wh, energy_set_aside_wh",
}


def migrated(path: Path, clock: FakeClock) -> Path:
    """Brought up to date, with rows in each of the tables that are new."""
    journal = Journal(path, clock=clock)
    journal.open()
    writer = journal._opener.writer()
    db, statements = writer.db, writer.statements
    db.execute("BEGIN")
    statements.put_prices("awattar:de", market_prices())
    statements.begin_reports([], results())
    statements.put_runs("Fridge", runs(), START_US + 99 * DAY_US)
    db.execute("COMMIT")
    journal.close()
    return path


@pytest.mark.parametrize("version", VERSIONS)
def test_all_rows_of_an_older_journal_stay_as_they_are(
    tmp_path: Path, clock: FakeClock, version: int
) -> None:
    path = older(version).put(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        names = {
            table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            for table in ("point", "interval", "checkpoint", "cursor", "report", "rejected", "meta")
        }
        queries = {table: f"SELECT {', '.join(names[table])} FROM {table}" for table in names}
        before = {table: db.execute(sql).fetchall() for table, sql in queries.items()}
    migrated(path, clock)
    with closing(sqlite3.connect(path)) as db:
        for table, sql in queries.items():
            assert db.execute(sql).fetchall() == before[table], table
        for table, columns in NEW.items():
            filled = set(db.execute(f"SELECT {columns} FROM {table}"))
            assert filled == {(None, None, 0.0, 0, 0, 0) if table == "interval" else (None, None)}
    assert damage(path, 60.0) == ""
    assert [finding for finding in verified(path) if not finding.is_well] == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", ["first page", "schema"])
def test_what_is_new_in_a_migrated_journal_survives_damage(
    tmp_path: Path, clock: FakeClock, version: int, what: str
) -> None:
    path = migrated(older(version).put(tmp_path), clock)
    files = Files(path.read_bytes())
    before = rows_of(path)
    bad = [1] if what == "first page" else schema_pages(files)
    path.write_bytes(with_bad_pages(files.db, bad))
    found = rescued(path, START_US)
    assert found.lost_rows == 0
    after = rows_of(path)
    for table in ("point", "interval", "report", "price", "result", "run", "run_scan"):
        assert after[table] == before[table], table
    read_everything(path)


def schema_pages(files: Files) -> list[int]:
    """All pages of the schema: the first one of the file leads to others."""
    assert files.db[100] == 5
    count = int.from_bytes(files.db[103:105], "big")
    cells = [int.from_bytes(files.db[112 + 2 * n : 114 + 2 * n], "big") for n in range(count)]
    return [1, *(int.from_bytes(files.db[at : at + 4], "big") for at in (*cells, 108))]


def test_a_page_of_the_schema_is_no_lost_page(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    assert len(schema_pages(ended())) > 2
    number = pages_of("interval", ended())[-1]
    path.write_bytes(overwritten(ended().db, (number - 1) * PAGE, bytes([7]) * PAGE))
    assert rescued(path, START_US).lost_pages == 1


def test_what_older_quarter_hours_do_not_know_is_told_from_their_polls(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(older(3).put(tmp_path), clock=clock)
    journal.open()
    journal.close()
    with JournalReader(journal.path) as reader:
        whole = Period(START_US, START_US + 4 * QUARTER_US)
        fridge, lamp = (reader.totals(name, whole, TEN_S) for name in ("Fridge", "Lamp"))
    assert (fridge.measured_us, fridge.estimated_us) == (3600 * US_PER_S, 0)
    assert (lamp.measured_us, lamp.good_polls) == (288 * TEN_S, 288)
    assert lamp.measured_percent == 80.0


def test_a_quarter_hour_that_goes_on_over_the_update_keeps_what_its_polls_told(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(older(3).put(tmp_path), clock=clock)
    journal.open()
    with closing(sqlite3.connect(journal.path)) as db:
        (quarter, polls) = db.execute(
            "SELECT quarter, good_polls FROM interval WHERE device_id = 1"
            " ORDER BY quarter DESC LIMIT 1"
        ).fetchone()
    last_us = content(ended())["point"][-1][2]
    assert isinstance(last_us, int)
    journal.append(replace(good_point(last_us + 4 * TEN_S, 1.0), span_us=4 * TEN_S))
    journal.close()
    with JournalReader(journal.path) as reader:
        period = Period(quarter * QUARTER_US, (quarter + 1) * QUARTER_US)
        assert reader.totals("Fridge", period, TEN_S).measured_us == (polls + 4) * TEN_S


def test_a_gap_before_the_update_is_at_least_that_of_its_quarter_hours(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = older(3).put(tmp_path)
    first = START_US // QUARTER_US
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM point")
        db.execute(f"DELETE FROM interval WHERE quarter BETWEEN {first + 3} AND {first + 7}")
        db.commit()
    journal = Journal(path, clock=clock)
    journal.open()
    journal.close()
    with JournalReader(journal.path) as reader:
        period = Period(START_US, START_US + 12 * QUARTER_US)
        assert reader.totals("Fridge", period, TEN_S).longest_gap_us == 5 * QUARTER_US
