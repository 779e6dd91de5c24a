"""Real processes, killed at every step of writing a line: each line stands in its file once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from source.faultpoint import VARIABLE
from source.journal.reader import JournalReader
from tests.fakes import FakeClock
from tests.reports.house import lines, periods, poll_hourly
from tests.running import running_journal

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("report: entered", "torn", "report: appended", "report: finished")


def look(folder: Path, now: str, place: str = "nowhere") -> int:
    command = [sys.executable, "-m", "tests.reports.crashing", str(folder), now]
    if place == "torn":
        command.append(place)
    environ = {**os.environ, VARIABLE: place}
    return subprocess.run(command, cwd=ROOT, env=environ, check=False, timeout=60).returncode


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_at_every_step_the_reports_stand_in_the_file_once(
    tmp_path: Path, clock: FakeClock
) -> None:
    with running_journal(tmp_path, clock) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-20 12:00")
    for day, place in enumerate(PLACES, 12):
        assert look(tmp_path, f"2026-01-{day} 12:00", place) == -signal.SIGKILL, place
    assert look(tmp_path, "2026-01-16 12:00") == 0
    path = tmp_path / "Fridge_day.txt"
    assert len(lines(path)) == 6
    assert periods(path) == sorted(set(periods(path)))
    assert path.read_text("utf-8").count("Period in") == 1
    with JournalReader(journal.path) as reader:
        assert reader.unfinished_reports() == []
        content = path.read_bytes()
        assert content == b"".join(entry.text.encode() for entry in reader.reports())
