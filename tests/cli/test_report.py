"""Command report: the report of any span, and the ledger's lines."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import US_PER_S, Period, PeriodKind, Written
from source.reports.figures import COLUMNS as FIGURE_COLUMNS
from tests.cli.command import files_folder, keep, on_terminal, plug, process
from tests.cli.conftest import Cli
from tests.fakes import START_US, TEN_S, FakeClock, failed_point, good_point
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


# --- the report of any span ---


DAY = "2025-03-30"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The day of 23 hours: a fridge with 0.25 Wh each ten seconds of two hours, one poll in ten
    failed; an oven without a measurement."""
    files = files_folder(tmp_path, {"Fridge": plug("127.0.0.1:9"), "Oven": plug("127.0.0.1:9")})
    begin_us = round(datetime(2025, 3, 30, tzinfo=timezone.utc).timestamp()) * US_PER_S
    keep(
        files,
        [good_point(begin_us)]
        + [
            failed_point(begin_us + n * TEN_S)
            if n % 10 == 0
            else good_point(begin_us + n * TEN_S, 0.25)
            for n in range(1, 721)
        ],
    )
    return files


def test_a_report_as_text_has_figures_parts_and_devices(house: Path) -> None:
    ran = process("report", "--period", DAY, "--locale", "en_GB", "--files", house)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "Whole house · Sunday, 30 March 2025"
    assert lines[2] == "30 Mar 2025, 00:00 to 31 Mar 2025, 00:00 · Europe/Berlin"
    assert "  Energy taken  0.162 kWh" in lines
    assert "  Cost          €0.05" in lines
    rows = [line.split() for line in lines]
    assert ["01:00", "0.081", "0.02", "0.3000"] in [row[:4] for row in rows]
    assert "02:00" not in [row[0] for row in rows if row], "spring leaves it out"
    assert ["Fridge", "0.162", "0.05", "0.3000"] in [row[:4] for row in rows]
    assert "Oven" not in ran.out


def test_on_a_narrow_terminal_every_figure_that_is_shown_is_whole(house: Path) -> None:
    code, screen = on_terminal(45, "report", "--period", DAY, "--locale", "en_GB", "--files", house)
    assert code == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", screen).splitlines()
    rows = [line.split() for line in lines]
    assert next(row for row in rows if "01:00" in row)[:3] == ["01:00", "0.081", "0.02"]
    assert next(row for row in rows if "Fridge" in row)[:3] == ["Fridge", "0.162", "0.05"]
    assert any(line.endswith("too narrow: Mean price €/kWh, Share.") for line in lines)
    assert all(len(line) <= 45 for line in lines if "0.162" in line)


def test_in_german_with_decimal_commas(cli: Cli, house: Path) -> None:
    ran = cli("report", "--period", DAY, "--device", "Fridge", "--locale", "de", "--files", house)
    assert ran.out.startswith("Fridge · Sonntag, 30. März 2025\n")
    assert "  Bezogen " in ran.out
    assert "0,162 kWh" in ran.out
    assert "\\x" not in ran.out


def test_the_configured_locale_is_the_usual_one(cli: Cli, house: Path) -> None:
    settings = json.loads((house / "config.json").read_text("utf-8"))
    settings["general"]["locale"] = "de_AT"
    (house / "config.json").write_text(json.dumps(settings), "utf-8")
    assert "Sonntag" in cli("report", "--period", DAY, "--files", house).out
    assert "Sunday" in cli("report", "--period", DAY, "--locale", "en", "--files", house).out


def test_without_a_configured_locale_it_is_the_system_s(house: Path) -> None:
    ran = process("report", "--period", DAY, "--files", house, LC_ALL="de_DE.UTF-8")
    assert "Sonntag" in ran.out


def test_as_csv_it_has_the_columns_of_the_files_and_one_line_each(cli: Cli, house: Path) -> None:
    ran = cli("report", "--period", DAY, "--format", "csv", "--files", house)
    total, fridge = csv.DictReader(io.StringIO(ran.out))
    assert (total["device"], fridge["device"]) == ("_total", "Fridge")
    assert tuple(total) == ("device", *FIGURE_COLUMNS)
    assert (total["kind"], total["start"]) == ("day", "2025-03-30T00:00:00+01:00")
    assert (fridge["energy_kwh"], fridge["cost"]) == ("0.162000", "0.048600")


def test_csv_has_decimal_commas_only_if_they_are_asked_for(cli: Cli, house: Path) -> None:
    ran = cli("report", "--period", DAY, "--format", "csv", "--locale", "de", "--files", house)
    assert ran.out.startswith("device;kind;start;end;energy_kwh;")
    assert ";0,162000;" in ran.out


def test_as_json_it_has_the_hours_of_the_day(cli: Cli, house: Path) -> None:
    ran = cli("report", "--period", DAY, "--device", "Fridge", "--json", "--files", house)
    told = ran.json
    assert (told["device"], told["kind"], told["label"]) == ("Fridge", "day", DAY)
    assert (told["energy_kwh"], told["cost"], told["currency"]) == (0.162, "0.0486", "€")
    assert told["measured_percent"] + told["estimated_percent"] + told["missing_percent"] == 100.0
    assert len(told["hours"]) == 23
    assert told["hours"][1]["energy_kwh"] == 0.081
    assert (told["standby"], told["runs"], told["is_over"]) == ([], [], True)
    assert len(told["mean_power_w"]) == 7


def test_a_page_is_written_to_a_file(cli: Cli, house: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    ran = cli(
        "report", "--period", "2025-03", "--format", "html", "--output", page, "--files", house
    )
    assert (ran.code, ran.out) == (0, "")
    text = page.read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "March 2025" in text


def test_text_in_a_file_is_the_same_as_in_a_pipe(cli: Cli, house: Path, tmp_path: Path) -> None:
    into = tmp_path / "report.txt"
    ask = ("report", "--period", DAY, "--files", house)
    cli(*ask, "--output", into)
    assert into.read_text("utf-8") == cli(*ask).out


def test_without_a_period_it_is_this_month_so_far(cli: Cli, house: Path) -> None:
    now = datetime.now(timezone.utc)
    keep(house, [good_point(round(now.timestamp()) * US_PER_S)])
    told = cli("report", "--json", "--files", house).json
    assert (told["device"], told["kind"]) == ("_total", "month")
    assert told["label"] in (f"{now:%Y-%m}", f"{now + timedelta(hours=2):%Y-%m}")
    assert "so far" in cli("report", "--device", "Fridge", "--files", house).out


def test_it_works_beside_a_journal_that_is_being_written(house: Path, cli: Cli) -> None:
    with running_journal(house, FakeClock()) as journal:
        journal.append(good_point(START_US, 100.0))
        journal.flush()
        told = cli("report", "--period", "2026-01", "--json", "--files", house).json
    assert told["energy_kwh"] == 0.1


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (("--period", "2025-02-30"), "must be a day"),
        (("--period", "9990"), "is in the future"),
        (("--period", "2025-02"), "is over before the first measurement of the house"),
        (("--period", DAY, "--device", "Frige"), "did you mean Fridge?"),
        (("--period", DAY, "--device", "Oven"), "'Oven' has no measurement yet"),
        (("--period", DAY, "--locale", "deutsch"), "must be a language"),
        (("--period", DAY, "--format", "pdf"), "--format"),
        (("--period", DAY, "--format", "csv", "--json"), "exclude each other"),
        (("--period", DAY, "--list"), "without --period"),
        (("--list", "--output", "x"), "without --output"),
        (("--period", DAY, "--output", "/no/such/folder/x"), "can't be written"),
        (("repair",), "No such command"),
    ],
)
def test_what_makes_no_report_is_refused(
    cli: Cli, house: Path, ask: tuple[str, ...], text: str
) -> None:
    ran = cli("report", "--files", house, *ask)
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err


def test_without_a_journal_there_is_no_report(cli: Cli, tmp_path: Path) -> None:
    ran = cli("report", "--period", "today", "--files", files_folder(tmp_path))
    assert (ran.code, ran.out) == (1, "")
    assert "there is no journal yet" in ran.err


def test_a_damaged_journal_is_told(cli: Cli, house: Path) -> None:
    content = bytearray((house / JOURNAL_FILE).read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    (house / JOURNAL_FILE).write_bytes(content)
    ran = cli("report", "--period", DAY, "--files", house)
    assert (ran.code, ran.out) == (1, "")
    assert "Error: the journal can't be read" in ran.err


def test_the_folder_given_before_the_command_counts_for_its_commands_too(
    cli: Cli, house: Path
) -> None:
    ran = cli("--files", house, "report", "--period", DAY, "--json")
    assert ran.json["energy_kwh"] == 0.162
    assert "rebuild" in cli("report", "--help").out


def test_rebuild_is_a_command_of_report(cli: Cli, house: Path) -> None:
    ran = cli("--files", house, "report", "rebuild", "--help")
    assert (ran.code, "Usage: python main.py report rebuild" in ran.out) == (0, True)
