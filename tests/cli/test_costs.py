"""``costs recalculate``: beside a running program, without one, and as a rehearsal."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from source.journal.corrections import add_results
from source.journal.reader import JournalReader
from source.model import QUARTER_US, Checkpoint, Period
from source.reports.recalculate import Recalculation
from tests.cli.command import files_folder, plug, until
from tests.cli.conftest import Cli
from tests.fakes import FakeClock
from tests.reports.house import DAY_US, lines, poll_hourly
from tests.reports.priced import csv_rows, document, look
from tests.running import running_daemon, running_journal


def folder_at(path: Path, price: object, **general: object) -> Path:
    devices = {"Fridge": plug("127.0.0.1:1", update_time=3600, cost_calc_day=True)}
    return files_folder(path, devices, price_kwh=price, **general)


@pytest.fixture
def files(tmp_path: Path, clock: FakeClock) -> Path:
    """Five days of a fridge, reported at 0.30."""
    from source.cli.options import configured  # noqa: PLC0415

    folder = folder_at(tmp_path / "files", 0.30)
    with running_journal(folder, clock) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-15 12:00")
    look(configured(folder))
    return folder


def test_a_rehearsal_shows_the_differences_and_changes_nothing(cli: Cli, files: Path) -> None:
    folder_at(files, 0.25)
    before = {path: path.read_bytes() for path in files.rglob("*.csv")}
    ran = cli("costs", "recalculate", "--files", files, "--from", "2026-01-12", "--dry-run")
    assert ran.code == 0
    head, first, *_ = ran.out.splitlines()
    assert head.split() == [
        *("device", "kind", "from", "to", "kWh", "before", "kWh", "now"),
        *("€", "before", "€", "now", "difference"),
    ]
    assert first.split() == [
        *("Fridge", "day", "2026-01-12", "00:00:00", "2026-01-13", "00:00:00"),
        *("2.400", "2.400", "0.72", "0.60", "-0.12"),
    ]
    assert "sum of days" in ran.out
    assert ran.out.splitlines()[-1] == (
        "6 corrections would be written; nothing was changed (--dry-run)."
    )
    assert {path: path.read_bytes() for path in before} == before
    assert len(lines(files / "Fridge_day.txt")) == 5


def test_without_a_running_program_the_command_writes_the_files_itself(
    cli: Cli, files: Path
) -> None:
    folder_at(files, 0.25)
    arguments = ("costs", "recalculate", "--files", files, "--from", "2026-01-01")
    assert cli(*arguments).out.splitlines()[-1] == "10 corrections written."
    assert len(lines(files / "Fridge_day.txt")) == 10
    assert [row["revision"] for row in csv_rows(files)] == ["0"] * 5 + ["1"] * 5
    assert document(files, "day/2026-01-12.json", "_total")["previous"]["cost"] == "0.72"
    assert cli(*arguments).out == (
        "Nothing differs: the reports are as the prices in force make them.\n"
    )


def test_json_has_every_correction_exactly(cli: Cli, files: Path) -> None:
    folder_at(files, 0.25)
    ran = cli(
        *("costs", "recalculate", "--files", files, "--from", "2026-01-14", "--json", "--dry-run"),
        *("--device", "Fridge"),
    )
    assert ran.json == {
        "currency": "€",
        "dry_run": True,
        "corrections": [
            {
                "device": "Fridge",
                "kind": "day",
                "start": "2026-01-14T00:00:00+01:00",
                "end": "2026-01-15T00:00:00+01:00",
                "energy_kwh_before": 2.4,
                "energy_kwh": 2.4,
                "cost_before": "0.72",
                "cost": "0.6",
                "difference": "-0.12",
            }
        ],
    }


def test_many_rows_are_summed_up_by_device_and_kind(
    cli: Cli, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source.cli.costs.ROWS", 3)
    folder_at(files, 0.25)
    out = cli("costs", "recalculate", "--files", files, "--from", "2026-01-01", "--dry-run").out
    assert out.splitlines()[1].split() == [
        *("Fridge", "day", "2026-01-10", "00:00:00", "2026-01-15", "00:00:00", "5"),
        *("12.000", "12.000", "3.60", "3.00", "-0.60"),
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--from", "2026-02-01", "--to", "2026-01-01"), "is not after --from"),
        (("--from", "yesterday"), "must be a date"),
        (("--from", "2026-01-01", "--device", "Fridgy"), "did you mean"),
        ((), "Missing option '--from'"),
    ],
)
def test_wrong_use_is_told(cli: Cli, files: Path, arguments: tuple[str, ...], told: str) -> None:
    ran = cli("costs", "recalculate", "--files", files, *arguments)
    assert ran.code == 2
    assert told in ran.err


def test_a_folder_without_a_journal_is_told(cli: Cli, tmp_path: Path) -> None:
    folder = folder_at(tmp_path / "files", 0.30)
    ran = cli("costs", "recalculate", "--files", folder, "--from", "2026-01-01")
    assert (ran.code, "there is no journal yet" in ran.err) == (1, True)


def test_beside_a_running_program_which_writes_the_files(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its look comes every twenty seconds; here more often."""
    monkeypatch.setattr("source.reports.job.STEP_S", 0.05)
    monkeypatch.setattr("source.reports.job.LOOK_S", 1)
    folder = tmp_path / "files"
    folder.mkdir()
    today = int(time.time()) // 86_400 * DAY_US
    with running_journal(folder, FakeClock(today)) as journal:
        first = today - 2 * DAY_US
        for time_us in range(first + QUARTER_US, today + 1, QUARTER_US):
            from tests.fakes import good_point  # noqa: PLC0415

            journal.append(good_point(time_us, 1.0), Checkpoint(time_us))
        journal.flush()
    devices = {"Fridge": plug("127.0.0.1:1", update_time=3600, cost_calc_day=True)}
    with running_daemon(folder, devices, timezone="UTC", price_kwh=0.3):
        until(lambda: len(lines(folder / "Fridge_day.txt")) >= 2)
        until(lambda: not unexported(folder))
        config = {"general": {"timezone": "UTC", "price_kwh": 0.25, "commit_interval_s": 0.1}}
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        ran = cli("costs", "recalculate", "--files", folder, "--from", "2020-01-01")
        assert ran.code == 0, ran.err
        assert "the running program writes them to the files within 20 seconds" in ran.out
        until(lambda: not unexported(folder))
        count = len(lines(folder / "Fridge_day.txt"))
    assert count % 2 == 0
    assert [row["revision"] for row in csv_rows(folder)].count("1") == count // 2


def unexported(folder: Path) -> list[object]:
    with JournalReader(folder / "isdl.db") as reader:
        return list(reader.unexported_results())


def test_what_a_command_that_was_killed_has_entered_is_written_by_the_next_one(
    cli: Cli, files: Path
) -> None:
    from source.cli.options import configured  # noqa: PLC0415

    folder_at(files, 0.25)
    with JournalReader(files / "isdl.db") as reader:
        steps = Recalculation(reader, configured(files), Period(0, 2**62)).corrections()
        add_results(files / "isdl.db", [each.result for step in steps for each in step])
    arguments = ("costs", "recalculate", "--files", files, "--from", "2026-01-01")
    assert "Nothing differs" in cli(*arguments, "--dry-run").out
    assert len(lines(files / "Fridge_day.txt")) == 5
    assert "Nothing differs" in cli(*arguments).out
    assert len(lines(files / "Fridge_day.txt")) == 10


def test_a_difference_below_a_cent_is_told(cli: Cli, files: Path) -> None:
    folder_at(files, 0.301)
    out = cli("costs", "recalculate", "--files", files, "--from", "2026-01-14", "--dry-run").out
    assert out.splitlines()[1].split()[-3:] == ["0.72", "0.72", "+0.0024"]


def test_a_removed_device_is_told_to_be_computed_at_the_price_of_the_house(
    cli: Cli, files: Path
) -> None:
    devices = {"Washer": plug("127.0.0.1:1", update_time=3600, cost_calc_day=True)}
    files_folder(files, devices, price_kwh=0.25)
    ran = cli("costs", "recalculate", "--files", files, "--from", "2026-01-14", "--dry-run")
    assert "Fridge is not in devices.json any more" in ran.err
