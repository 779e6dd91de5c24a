"""What is lacking is found, written once, and nothing that stands there is touched."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from source.config.models import Configuration
from source.journal.corrections import add_results, reopen_results
from source.journal.reader import JournalReader
from source.model import Period
from source.reports.house import TOTAL
from source.reports.rebuild import Lack, Rebuild
from source.reports.recalculate import Recalculation
from tests.fakes import FakeClock
from tests.reports.house import configuration, lines, periods, poll_hourly, us
from tests.reports.priced import UNTIL, csv_rows, day, look
from tests.running import running_journal

ALL = Period(0, 2**62)
BOTH: dict[str, Any] = {"Fridge": {"cost_month": 12}, "Washer": {}}


@pytest.fixture
def files(tmp_path: Path, clock: FakeClock) -> Path:
    with running_journal(tmp_path, clock) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-15 12:00")
        poll_hourly(journal, "2026-01-11 23:00", "2026-01-15 12:00", 50.0, "Washer")
    look(configuration(tmp_path, **BOTH))
    return tmp_path


def rebuilt(
    configured: Configuration, span: Period = ALL, device: str | None = None, *, dry: bool = False
) -> list[Lack]:
    path, lacks = configured.files / "isdl.db", []
    with JournalReader(path) as reader:
        for found in Rebuild(reader, configured, span, us(UNTIL)).lacking(device):
            lacks += found.lacks
            if not dry:
                add_results(path, found.new)
                reopen_results(path, found.again)
    look(configured)
    return lacks


def sql(files: Path, statement: str) -> None:
    with sqlite3.connect(files / "isdl.db") as db:
        db.execute(statement)
    db.close()


def test_where_all_is_there_nothing_is_lacking(files: Path) -> None:
    assert rebuilt(configuration(files, **BOTH)) == []


def test_a_kind_that_is_ordered_now_gets_its_past(files: Path) -> None:
    configured = configuration(files, Fridge={"cost_month": 12}, Washer={"cost_month": 14})
    lacks = rebuilt(configured, device="Washer")
    assert [(each.kind, each.period.end_us) for each in lacks] == [("month", day("2026-01-14"))]
    assert periods(files / "Washer_month.txt") == ["2026-01-12 00:00:00 - 2026-01-14 00:00:00"]


@pytest.mark.parametrize("gone", ["Fridge_day.txt", "reports/Fridge.csv", "reports/_total.csv"])
def test_a_file_that_was_deleted_is_written_again(files: Path, gone: str) -> None:
    before = (files / gone).read_bytes()
    (files / gone).unlink()
    lacks = rebuilt(configuration(files, **BOTH))
    assert {each.device for each in lacks} == {TOTAL if "total" in gone else "Fridge"}
    assert sorted((files / gone).read_bytes().splitlines()) == sorted(before.splitlines())
    assert rebuilt(configuration(files, **BOTH)) == []


def test_one_document_and_one_line_are_written_again(files: Path) -> None:
    configured = configuration(files, **BOTH)
    path = files / "reports" / "Fridge" / "day" / "2026-01-11.json"
    before = path.read_bytes()
    path.unlink()
    text = (files / "Washer_day.txt").read_text("utf-8").splitlines(keepends=True)
    (files / "Washer_day.txt").write_text("".join(text[:2] + text[3:]), "utf-8")
    lacks = rebuilt(configured)
    assert [(each.device, each.what) for each in lacks] == [
        ("Fridge", ("JSON document",)),
        ("Washer", ("text line",)),
    ]
    assert path.read_bytes() == before
    content = (files / "Washer_day.txt").read_text("utf-8").splitlines(keepends=True)
    assert content == [*text[:2], *text[3:], text[2]]


def test_a_dry_run_changes_nothing(files: Path) -> None:
    (files / "Fridge_day.txt").unlink()
    assert len(rebuilt(configuration(files, **BOTH), dry=True)) == 5
    assert not (files / "Fridge_day.txt").exists()


def test_lines_of_a_ledger_without_figures_get_them(files: Path) -> None:
    """As after an update from a version that kept none."""
    rows = csv_rows(files)
    sql(files, "DELETE FROM result")
    (files / "reports" / "Fridge.csv").unlink()
    before = (files / "Fridge_day.txt").read_bytes()
    lacks = rebuilt(configuration(files, **BOTH))
    assert len(lacks) == 6 + 3 + 5
    assert sorted(map(str, csv_rows(files))) == sorted(map(str, rows))
    assert (files / "Fridge_day.txt").read_bytes() == before


def test_a_hole_in_the_ledger_is_filled(files: Path) -> None:
    end = day("2026-01-13")
    sql(files, f"DELETE FROM result WHERE end_us = {end}")
    sql(files, f"DELETE FROM report WHERE end_us = {end}")
    text = (files / "Fridge_day.txt").read_text("utf-8")
    kept = [line for line in text.splitlines(keepends=True) if "- 2026-01-13" not in line]
    (files / "Fridge_day.txt").write_text("".join(kept), "utf-8")
    lacks = rebuilt(configuration(files, **BOTH), Period(end - 1, end))
    assert [(each.device, each.period.end_us) for each in lacks] == [
        ("Fridge", end),
        ("Washer", end),
        (TOTAL, end),
    ]
    assert len(lines(files / "Fridge_day.txt")) == 5
    assert rebuilt(configuration(files, **BOTH)) == []


def test_only_what_has_a_part_in_the_span_is_written(files: Path) -> None:
    (files / "Fridge_day.txt").unlink()
    span = Period(day("2026-01-12"), day("2026-01-13"))
    assert len(rebuilt(configuration(files, **BOTH), span)) == 1
    assert periods(files / "Fridge_day.txt") == ["2026-01-12 00:00:00 - 2026-01-13 00:00:00"]


def test_a_device_that_is_polled_no_more_gets_no_empty_days(files: Path) -> None:
    configured = configuration(files, Fridge={"enabled": False}, Washer={"enabled": False})
    with JournalReader(files / "isdl.db") as reader:
        found = list(Rebuild(reader, configured, ALL, us("2026-03-01 12:00")).lacking())
    ends = {lack.period.end_us for each in found for lack in each.lacks}
    assert ends == {day("2026-01-16")}


def test_lines_without_figures_get_those_that_were_reported_and_not_todays(files: Path) -> None:
    sql(files, "DELETE FROM result")
    (files / "reports" / "Fridge.csv").unlink()
    rebuilt(configuration(files, {"price_kwh": Decimal("0.20")}, **BOTH), device="Fridge")
    costs = {row["kind"]: (row["cost"], row["mean_price_per_kwh"]) for row in csv_rows(files)}
    assert costs == {"day": ("0.720000", "0.300000"), "month": ("1.440000", "0.300000")}


def test_a_first_line_is_not_written_after_its_correction(files: Path) -> None:
    """Whoever reads the last line of a period would read the old price."""
    configured = configuration(files, {"price_kwh": Decimal("0.20")}, **BOTH)
    path = files / "isdl.db"
    with JournalReader(path) as reader:
        steps = Recalculation(reader, configured, ALL).corrections()
        add_results(path, [each.result for step in steps for each in step])
    look(configured)
    text = (files / "Washer_day.txt").read_text("utf-8").splitlines(keepends=True)
    (files / "Washer_day.txt").write_text("".join(text[:2] + text[3:]), "utf-8")
    assert rebuilt(configured) == []
    (files / "Washer_day.txt").unlink()
    assert len(rebuilt(configured)) == 6
    rows = lines(files / "Washer_day.txt")
    assert ["correction" in row for row in rows] == [False] * 3 + [True] * 3


def test_a_period_that_ends_within_a_second_is_known_again_in_its_csv_file(files: Path) -> None:
    """Such as one before the first point of those that are left."""
    end = day("2026-01-13")
    for table in ("result", "report"):
        sql(files, f"UPDATE {table} SET end_us = end_us - 1 WHERE end_us = {end}")
        sql(files, f"UPDATE {table} SET start_us = start_us - 1 WHERE start_us = {end}")
    (files / "reports" / "Fridge.csv").unlink()
    configured = configuration(files, **BOTH)
    rebuilt(configured)
    count = len(csv_rows(files))
    assert rebuilt(configured) == []
    assert len(csv_rows(files)) == count == 6
