"""Command report: the ledger's lines."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import US_PER_S, Period, PeriodKind, Written
from tests.cli.command import files_folder, keep, plug, process
from tests.cli.conftest import Cli
from tests.fakes import START_US, FakeClock, good_point
from tests.running import running_journal

MIDNIGHT_US = START_US - 3600 * US_PER_S
"""In Berlin, the new year of 2026."""
DAY_US = 86_400 * US_PER_S


def line(device: str, kind: PeriodKind, days: int) -> Written:
    period = Period(MIDNIGHT_US - days * DAY_US, MIDNIGHT_US)
    return Written(device, kind, period, f"{device}_{kind}.txt", "| … |\n", 0, done=False)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A ledger with a day and a month, the month begun and not finished."""
    files = files_folder(tmp_path, {"Fridge": plug("127.0.0.1:9")})
    journal = Journal(files / JOURNAL_FILE, clock=FakeClock(), commit_interval_s=0.01)
    journal.open()
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    day, month = line("Fridge", "day", 1), line("Oven", "month", 31)
    journal.begin_reports([day, month])
    journal.finish_reports([day])
    stopping.set()
    thread.join()
    journal.close()
    return files


def test_long_names_are_short_in_the_list_and_whole_in_json(cli: Cli, tmp_path: Path) -> None:
    names = [f"{'n' * 299}{n}" for n in (1, 2)]
    files = files_folder(tmp_path, {name: plug("127.0.0.1:9") for name in names})
    with running_journal(files, FakeClock()) as journal:
        journal.begin_reports([line(name, "day", 1) for name in names])
    rows = cli("report", "--list", "--files", files).out.splitlines()[1:]
    assert all(len(row) < 180 for row in rows)
    assert rows[0].split()[0] != rows[1].split()[0]
    told = cli("report", "--list", "--json", "--files", files).json
    assert [one["device"] for one in told] == names


def test_the_reports_are_listed_in_local_time(files: Path) -> None:
    ran = process("report", "--list", "--files", files)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "device  kind   from                 to                   file            written",
        "Fridge  day    2025-12-31 00:00:00  2026-01-01 00:00:00  Fridge_day.txt  yes",
        "Oven    month  2025-12-01 00:00:00  2026-01-01 00:00:00  Oven_month.txt  not yet",
    ]


def test_the_reports_of_one_device_as_json(cli: Cli, files: Path) -> None:
    ran = cli("report", "--list", "--device", "Oven", "--json", "--files", files)
    assert ran.json == [
        {
            "device": "Oven",
            "kind": "month",
            "start": "2025-12-01T00:00:00+01:00",
            "end": "2026-01-01T00:00:00+01:00",
            "file": "Oven_month.txt",
            "done": False,
        }
    ]


def test_an_unknown_device_lists_those_that_there_are(cli: Cli, files: Path) -> None:
    ran = cli("report", "--list", "--device", "Ofen", "--files", files)
    assert ran.code == 2
    assert "\n  Fridge\n  Oven" in ran.err


def test_without_a_report_it_says_so_and_gives_an_empty_list(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path)
    keep(files, [good_point(START_US)])
    assert "No report is written yet" in cli("report", "--list", "--files", files).out
    assert cli("report", "--list", "--json", "--files", files).json == []


def test_without_list_it_says_what_to_give(cli: Cli, files: Path) -> None:
    ran = cli("report", "--files", files)
    assert ran.code == 2
    assert "--list" in ran.err
