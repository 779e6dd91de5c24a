"""``report rebuild``: what is lacking is shown, and written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import files_folder, plug
from tests.cli.conftest import Cli
from tests.fakes import FakeClock
from tests.reports.house import lines, periods, poll_hourly
from tests.reports.priced import csv_rows, look
from tests.running import running_journal


def folder_with(path: Path, **more: object) -> Path:
    entry = plug("127.0.0.1:1", update_time=3600, cost_calc_day=True, **more)
    return files_folder(path, {"Fridge": entry})


@pytest.fixture
def files(tmp_path: Path, clock: FakeClock) -> Path:
    from source.cli.options import configured  # noqa: PLC0415

    folder = folder_with(tmp_path / "files")
    with running_journal(folder, clock) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-15 12:00")
    look(configured(folder))
    return folder


SPAN = ("--from", "2026-01-01", "--to", "2026-01-15")


def test_what_is_lacking_is_shown_and_written(cli: Cli, files: Path) -> None:
    (files / "reports" / "Fridge.csv").unlink()
    folder_with(files, cost_calc_month=13)
    ran = cli("report", "rebuild", "--files", files, *SPAN, "--dry-run")
    assert ran.code == 0
    assert ("month" in ran.out, ran.out.count("CSV line")) == (True, 5)
    assert ran.out.startswith("device  kind   from")
    assert not (files / "reports" / "Fridge.csv").exists()
    ran = cli("report", "rebuild", "--files", files, *SPAN)
    assert ran.out.splitlines()[-1].endswith(" written.")
    assert len(csv_rows(files)) == 7
    assert periods(files / "Fridge_month.txt") == [
        "2026-01-10 00:00:00 - 2026-01-13 00:00:00",
        "2026-01-13 00:00:00 - 2026-02-13 00:00:00",
    ]
    assert cli("report", "rebuild", "--files", files, *SPAN).out == "Nothing is lacking.\n"
    assert len(lines(files / "Fridge_day.txt")) == 5


def test_json_and_one_device(cli: Cli, files: Path) -> None:
    (files / "reports" / "Fridge" / "day" / "2026-01-12.json").unlink()
    (files / "reports" / "_total.csv").unlink()
    ran = cli(
        "report", "rebuild", "--files", files, *SPAN, "--device", "Fridge", "--json", "--dry-run"
    )
    assert ran.json == {
        "dry_run": True,
        "periods": [
            {
                "device": "Fridge",
                "kind": "day",
                "start": "2026-01-12T00:00:00+01:00",
                "end": "2026-01-13T00:00:00+01:00",
                "lacking": ["JSON document"],
            }
        ],
    }


def test_many_rows_are_counted(cli: Cli, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source.cli.rebuild.ROWS", 3)
    (files / "Fridge_day.txt").unlink()
    out = cli("report", "rebuild", "--files", files, *SPAN).out
    assert out.splitlines()[1].split() == ["Fridge", "day", "5", "text", "line"]


def test_a_file_that_is_in_the_way_is_told(cli: Cli, files: Path) -> None:
    (files / "Fridge_day.txt").unlink()
    (files / "Fridge_day.txt").mkdir()
    ran = cli("report", "rebuild", "--files", files, *SPAN)
    assert ran.code == 1
    assert "is no file" in ran.err
