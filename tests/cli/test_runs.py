"""Command runs: what it lists, with a daemon and without, and what it refuses."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import US_PER_S, Point, Run
from tests.cli.command import files_folder, keep, plug
from tests.cli.conftest import Cli
from tests.fakes import FakeClock

BEGIN_US = round(datetime(2026, 3, 1, 10, 0, tzinfo=timezone.utc).timestamp()) * US_PER_S
"""11:00 in Berlin."""
MINUTE_US = 60 * US_PER_S
RULE = {"start_w": 20, "end_w": 5, "end_after_s": 300}
WASH = [1500.0] * 20 + [120.0] * 40
IDLE = [0.6] * 60


def minutes(powers_w: list[float], first: int = 0, device: str = "Washer") -> list[Point]:
    """A reading at the end of each minute."""
    return [
        Point(
            device,
            BEGIN_US + (first + n) * MINUTE_US,
            {"fetch_success": True, "power": power_w, "energy_wh": power_w / 60.0},
            MINUTE_US,
            MINUTE_US,
        )
        for n, power_w in enumerate(powers_w, 1)
    ]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A washer with two washes of 580 Wh each, at 11:00 and at 13:00."""
    washer = plug("127.0.0.1:9", update_time=60, run=RULE)
    files = files_folder(tmp_path, {"Washer": washer, "Fridge": plug("127.0.0.1:9")})
    keep(files, minutes([*WASH, *IDLE, *WASH, *IDLE]))
    return files


def test_each_run_has_its_times_energy_cost_and_peak(cli: Cli, files: Path) -> None:
    ran = cli("runs", "Washer", "--files", files)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "start                end                   duration    kWh  cost €  peak W\n"
        "2026-03-01 11:00:00  2026-03-01 12:00:00  1 h 0 min  0.580    0.17    1500\n"
        "2026-03-01 13:00:00  2026-03-01 14:00:00  1 h 0 min  0.580    0.17    1500\n"
        "2 runs                                    2 h 0 min  1.160    0.35    1500\n"
    )


def test_for_programs_units_stand_in_the_names(cli: Cli, files: Path) -> None:
    first, second = cli("runs", "Washer", "--json", "--files", files).json
    assert first == {
        "device": "Washer",
        "start": "2026-03-01T11:00:00+01:00",
        "end": "2026-03-01T12:00:00+01:00",
        "duration_s": 3600.0,
        "energy_wh": 580.0,
        "peak_w": 1500.0,
        "cost": 0.174,
        "currency": "€",
        "assumed_price_wh": 0.0,
        "state": "over",
    }
    assert second["start"] == "2026-03-01T13:00:00+01:00"


@pytest.mark.parametrize(
    ("span", "hours"),
    [
        (("--from", "2026-03-01 11:59"), [11, 13]),
        (("--from", "2026-03-01 12:00"), [13]),
        (("--to", "2026-03-01 13:00"), [11]),
        (("--from", "2026-03-02"), []),
    ],
)
def test_a_span_has_the_runs_that_it_touches(
    cli: Cli, files: Path, span: tuple[str, ...], hours: list[int]
) -> None:
    ran = cli("runs", "Washer", *span, "--json", "--files", files)
    assert [int(run["start"][11:13]) for run in ran.json] == hours


def test_without_a_run_it_says_so(cli: Cli, files: Path) -> None:
    ran = cli("runs", "Washer", "--from", "2026-03-02", "--files", files)
    assert (ran.code, ran.out) == (0, "Washer had no run in that time.\n")


def test_a_run_that_is_not_over_is_marked_and_counts(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path, {"Washer": plug("127.0.0.1:9", update_time=60, run=RULE)})
    keep(files, minutes([*WASH, *IDLE, *WASH[:10]]))
    ran = cli("runs", "Washer", "--files", files)
    assert ran.out.splitlines()[2].endswith("no news")  # the newest reading is long ago
    assert ran.out.splitlines()[3].startswith("2 runs")
    assert cli("runs", "Washer", "--json", "--files", files).json[1]["state"] == "no news"


def test_what_the_journal_lists_and_what_came_after_it_are_listed_once(
    cli: Cli, files: Path
) -> None:
    first = Run("Washer", BEGIN_US, BEGIN_US + 60 * MINUTE_US, 580.0, 1500.0)
    journal = Journal(files / JOURNAL_FILE, clock=FakeClock())
    journal.open()
    journal._opener.writer().statements.put_runs("Washer", [first], BEGIN_US + 80 * MINUTE_US)
    journal.close()
    runs = cli("runs", "Washer", "--json", "--files", files).json
    assert [run["start"][11:16] for run in runs] == ["11:00", "13:00"]


def test_a_device_without_a_rule_keeps_the_runs_that_it_had(cli: Cli, files: Path) -> None:
    old = Run("Fridge", BEGIN_US, BEGIN_US + 60 * MINUTE_US, 580.0, 1500.0)
    journal = Journal(files / JOURNAL_FILE, clock=FakeClock())
    journal.open()
    journal._opener.writer().statements.put_runs("Fridge", [old], BEGIN_US)
    journal.close()
    assert len(cli("runs", "Fridge", "--json", "--files", files).json) == 1


def test_a_device_without_a_rule_is_told_how_to_get_one(cli: Cli, files: Path) -> None:
    ran = cli("runs", "Fridge", "--files", files)
    assert (ran.code, ran.out) == (2, "")
    assert '"run": {"start_w": 20, "end_w": 5, "end_after_s": 300}' in ran.err


def test_an_unknown_device_lists_those_that_there_are(cli: Cli, files: Path) -> None:
    ran = cli("runs", "Wascher", "--files", files)
    assert ran.code == 2
    assert "\n  Fridge\n  Washer" in ran.err


def test_a_span_that_is_none_is_refused(cli: Cli, files: Path) -> None:
    span = ("--from", "2026-03-02", "--to", "2026-03-01")
    ran = cli("runs", "Washer", *span, "--files", files)
    assert (ran.code, ran.out) == (2, "")
    assert "is not after --from" in ran.err
