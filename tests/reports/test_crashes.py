"""Real processes, killed at every step of writing a line: each line stands in its file once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from source.faultpoint import VARIABLE
from source.journal.corrections import add_results
from source.journal.reader import JournalReader
from source.model import Period
from source.reports.house import TOTAL
from source.reports.recalculate import Recalculation
from tests.fakes import FakeClock
from tests.reports import priced
from tests.reports.house import cells, configuration, lines, periods, poll_hourly, us
from tests.reports.priced import csv_rows, document
from tests.running import running_journal

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("report: entered", "torn", "report: appended", "report: finished")
EXPORT_PLACES = ("torn csv", "result: line appended", "torn document", "result: document written")
CORRECTION_PLACES = ("correction: entered", "torn", "report: appended", "torn csv")


def look(folder: Path, now: str, place: str, price: str = "0.30") -> int:
    command = [sys.executable, "-m", "tests.reports.crashing", str(folder), now]
    if place.startswith("torn"):
        command.append(place)
    if price != "0.30":
        command.append(f"price {price}")
    environ = {**os.environ, VARIABLE: place}
    return subprocess.run(command, cwd=ROOT, env=environ, check=False, timeout=60).returncode


def go_on(folder: Path, now: str, price: str = "0.30") -> None:
    """The next look, which comes to its end."""
    priced.look(configuration(folder, {"price_kwh": Decimal(price)}), now)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_at_every_step_the_reports_stand_in_the_file_once(
    tmp_path: Path, clock: FakeClock
) -> None:
    with running_journal(tmp_path, clock) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-20 12:00")
    for day, place in enumerate(PLACES, 12):
        assert look(tmp_path, f"2026-01-{day} 12:00", place) == -signal.SIGKILL, place
    go_on(tmp_path, "2026-01-16 12:00")
    path = tmp_path / "Fridge_day.txt"
    assert len(lines(path)) == 6
    assert periods(path) == sorted(set(periods(path)))
    assert path.read_text("utf-8").count("Period in") == 1
    with JournalReader(journal.path) as reader:
        assert reader.unfinished_reports() == []
        content = path.read_bytes()
        assert content == b"".join(entry.text.encode() for entry in reader.reports())


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_at_every_step_the_figures_stand_in_their_files_once(
    tmp_path: Path, clock: FakeClock
) -> None:
    with running_journal(tmp_path, clock) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-20 12:00")
    for day, place in enumerate(EXPORT_PLACES, 12):
        assert look(tmp_path, f"2026-01-{day} 12:00", place) == -signal.SIGKILL, place
    go_on(tmp_path, "2026-01-16 12:00")
    for device in ("Fridge", TOTAL):
        ends = [row["end"] for row in csv_rows(tmp_path, device)]
        assert ends == [f"2026-01-{day}T00:00:00+01:00" for day in range(11, 17)]
        documents = sorted(path.name for path in (tmp_path / "reports" / device / "day").iterdir())
        assert documents == [f"2026-01-{day}.json" for day in range(10, 16)]
    assert len(lines(tmp_path / "Fridge_day.txt")) == 6
    with JournalReader(journal.path) as reader:
        assert reader.unexported_results() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_at_every_step_each_correction_stands_in_its_files_once(
    tmp_path: Path, clock: FakeClock
) -> None:
    with running_journal(tmp_path, clock) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-12 12:00")
    now = "2026-01-12 12:00"
    go_on(tmp_path, now)
    for n, place in enumerate(CORRECTION_PLACES, 1):
        configured = configuration(tmp_path, {"price_kwh": Decimal(f"0.3{n}")})
        with JournalReader(journal.path) as reader:
            steps = Recalculation(reader, configured, Period(0, us(now))).corrections()
            add_results(journal.path, [each.result for step in steps for each in step])
        assert look(tmp_path, now, place, price=f"0.3{n}") == -signal.SIGKILL, place
        go_on(tmp_path, now, price=f"0.3{n}")
        rows = [cells(line)[5:] for line in lines(tmp_path / "Fridge_day.txt")]
        assert [row[0][:12] for row in rows[2:]] == [
            f"correction {number}" for number in range(1, n + 1) for _ in "12"
        ], place
        for device in ("Fridge", TOTAL):
            revisions = [row["revision"] for row in csv_rows(tmp_path, device)]
            assert revisions == [str(number) for number in range(n + 1) for _ in "12"], place
            for name in ("2026-01-10", "2026-01-11"):
                assert document(tmp_path, f"day/{name}.json", device)["revision"] == n, place
