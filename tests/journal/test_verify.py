"""Verify finds what disagrees, and nothing in a whole journal; repair mends it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from source.errors import JournalInUse
from source.journal.backup import backup
from source.journal.repair import repair
from source.journal.store import Journal
from source.journal.verify import verified
from source.model import Checkpoint
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.damages import (
    PAGE,
    content,
    ended,
    fill,
    killed,
    overwritten,
    pages_of,
    rows_of,
    with_bad_pages,
)

DAY_US = 8640 * TEN_S


def changed(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def failing(path: Path) -> list[str]:
    return [finding.subject for finding in verified(path) if not finding.is_well]


def test_a_whole_journal_is_well_also_while_it_is_written(journal: Journal) -> None:
    fill(journal, 0, 300)
    found = verified(journal.path)
    assert all(finding.is_well for finding in found)
    subjects = [finding.subject for finding in found]
    assert subjects == ["file", "energy", "meters", "reports", "results", "prices"]


@pytest.mark.parametrize(
    ("statement", "subject"),
    [
        ("UPDATE interval SET energy_wh = energy_wh + 0.01 WHERE quarter % 7 = 0", "energy"),
        ("UPDATE interval SET good_polls = good_polls - 1", "energy"),
        ("UPDATE point SET energy_wh = 2 WHERE seq = 100", "energy"),
        ("UPDATE checkpoint SET time_us = time_us - 30000000", "meters"),
        ("DELETE FROM checkpoint", "meters"),
        ("UPDATE report SET start_us = start_us - 5 WHERE kind = 'day'", "reports"),
        ("UPDATE result SET figures = '{' WHERE revision = 1", "results"),
        ("UPDATE result SET start_us = end_us + 1", "results"),
        ("UPDATE price SET quarter = 900 * quarter", "prices"),
        ("UPDATE price SET price_nano = 1.5 WHERE quarter % 2", "prices"),
    ],
)
def test_what_disagrees_is_found(tmp_path: Path, statement: str, subject: str) -> None:
    path = ended().put(tmp_path)
    assert failing(path) == []
    changed(path, statement)
    assert failing(path) == [subject]


def test_quarter_hours_whose_points_are_gone_are_believed(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    changed(
        path,
        "DELETE FROM point WHERE seq < 1000",
        "DELETE FROM point WHERE seq BETWEEN 2000 AND 2100",
        "UPDATE interval SET energy_wh = 5 WHERE quarter = (SELECT min(quarter) FROM interval)",
    )
    assert failing(path) == []


def test_energy_across_a_gap_of_hours_agrees(journal: Journal) -> None:
    journal.append(good_point(START_US, 1.0))
    late = good_point(START_US + DAY_US, 50.0)
    journal.append(replace(late, span_us=DAY_US, estimated=True))
    journal.flush()
    assert failing(journal.path) == []


def test_a_clock_that_was_put_back_is_no_fault_and_changes_no_meter(
    tmp_path: Path, journal: Journal
) -> None:
    for tick in (*range(1000, 1100), *range(640, 700)):
        at = START_US + tick * TEN_S
        journal.append(good_point(at, 1.0, counter_wh=float(tick)), Checkpoint(at, 90.0, tick))
    journal.flush()
    assert failing(journal.path) == []
    copied = tmp_path / "copy.db"
    backup(journal.path, copied)
    assert repair(copied, START_US).meters == 0
    assert rows_of(copied)["checkpoint"][0][1] == START_US + 699 * TEN_S


def test_a_damaged_page_is_found(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    path.write_bytes(with_bad_pages(ended().db, pages_of("point", ended())[-1:]))
    assert failing(path) == ["file"]


def test_an_index_that_lacks_a_row_is_found_and_mended(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    leaf = (pages_of("point_device_time", ended())[-1] - 1) * PAGE
    cell = int.from_bytes(path.read_bytes()[leaf + 8 : leaf + 10], "big")
    path.write_bytes(overwritten(path.read_bytes(), cell + leaf + 6, b"\x01"))
    assert failing(path) == ["file"]
    repair(path, START_US)
    assert failing(path) == []
    assert rows_of(path)["point"] == content(ended())["point"]


# --- repair ---


def test_a_whole_journal_is_only_written_anew_and_gets_smaller(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    before = rows_of(path)
    changed(path, "DELETE FROM point WHERE seq < 3000")
    kept = rows_of(path)
    done = repair(path, START_US)
    assert (done.rescued, done.intervals, done.meters) == (None, 0, 0)
    assert done.after_bytes < 0.6 * done.before_bytes
    assert rows_of(path) == kept
    assert done.aside.name == "isdl.db.before-repair-20260101T000000Z"
    assert before["interval"] == kept["interval"]


def test_quarter_hours_that_disagree_are_computed_again(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    changed(
        path,
        "UPDATE interval SET energy_wh = energy_wh + 0.01, power_max_w = 1 WHERE quarter % 7 = 0",
        "UPDATE checkpoint SET time_us = time_us - 30000000",
    )
    done = repair(path, START_US)
    assert (done.rescued is None, done.intervals > 0, done.meters) == (True, True, 3)
    assert failing(path) == []
    for old, new in zip(content(ended())["interval"], rows_of(path)["interval"], strict=True):
        assert new == pytest.approx(old)


def test_prices_and_results_without_sense_go(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    changed(
        path,
        "UPDATE price SET price_nano = 1.5 WHERE quarter = (SELECT min(quarter) FROM price)",
        "UPDATE result SET figures = '{' WHERE revision = 1",
    )
    assert failing(path) == ["results", "prices"]
    assert repair(path, START_US).senseless == 2 + 40
    assert failing(path) == []


@pytest.mark.parametrize("table", ["point", "interval", "checkpoint", "point_device_time"])
def test_a_damaged_journal_is_rescued_and_well_after_it(tmp_path: Path, table: str) -> None:
    path = ended().put(tmp_path)
    path.write_bytes(with_bad_pages(ended().db, pages_of(table, ended())[:3]))
    done = repair(path, START_US)
    assert done.rescued is not None
    assert done.aside.name.startswith("isdl.db.damaged-")
    assert done.aside.exists()
    assert failing(path) == []
    assert not list(tmp_path.glob("*before-repair*"))


def test_what_a_kill_left_in_the_log_is_kept(tmp_path: Path) -> None:
    path = killed().put(tmp_path)
    repair(path, START_US)
    assert rows_of(path)["point"] == content(killed())["point"]


def test_a_repaired_journal_goes_on(tmp_path: Path, clock: FakeClock) -> None:
    path = ended().put(tmp_path)
    repair(path, START_US)
    journal = Journal(path, clock=clock)
    journal.open()
    journal.append(good_point(START_US + 2 * DAY_US, 1.0))
    journal.close()
    assert max(row[0] for row in rows_of(path)["point"]) == 4501


def test_a_running_daemon_refuses_a_repair(journal: Journal) -> None:
    with pytest.raises(JournalInUse):
        repair(journal.path, START_US)
