"""Command energy: spans, times, what it prints and refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from source.model import US_PER_S, Point
from tests.cli.command import files_folder, keep, plug, process
from tests.cli.conftest import Cli
from tests.fakes import TEN_S, failed_point, good_point

BEGIN_US = round(datetime(2025, 3, 30, 0, 0, tzinfo=timezone.utc).timestamp()) * US_PER_S
"""01:00 in Berlin; an hour later the clock there goes from 2:00 to 3:00."""


def two_hours(device: str = "Fridge") -> list[Point]:
    """A point each ten seconds for two hours, 0.25 Wh each; one in ten has failed."""
    return [
        failed_point(BEGIN_US + n * TEN_S, device)
        if n % 10 == 0
        else good_point(BEGIN_US + n * TEN_S, 0.25, device)
        for n in range(1, 721)
    ]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    files = files_folder(tmp_path, {"Fridge": plug("127.0.0.1:9"), "New": plug("127.0.0.1:9")})
    keep(files, two_hours())
    return files


def test_energy_polls_and_cost_of_a_span(cli: Cli, files: Path) -> None:
    span = ("--from", "2025-03-30T00:00Z", "--to", "2025-03-30T02:00Z")
    ran = cli("energy", "Fridge", *span, "--json", "--files", files)
    assert ran.code == 0
    assert ran.json == {
        "device": "Fridge",
        "from": "2025-03-30T01:00:00+01:00",
        "to": "2025-03-30T04:00:00+02:00",
        "energy_wh": 162.0,
        "returned_wh": 0.0,
        "estimated_wh": 0.0,
        "good_polls": 648,
        "failed_polls": 72,
        "unmetered_polls": 0,
        "expected_polls": 720,
        "completeness_percent": 90.0,
        "measured_percent": 90.0,
        "estimated_percent": 0.0,
        "set_aside_wh": 0.0,
        "longest_gap_s": 20.0,
        "price_per_kwh": 0.3,
        "assumed_price_percent": 0.0,
        "cost": 0.0486,
        "base_cost": 0.0,
        "revenue": 0.0,
        "currency": "€",
    }


def test_times_without_offset_are_local_and_the_hour_of_the_change_is_short(
    cli: Cli, files: Path
) -> None:
    span = ("--from", "2025-03-30 01:30", "--to", "2025-03-30 03:30")
    ran = cli("energy", "Fridge", *span, "--json", "--files", files)
    assert (ran.json["expected_polls"], ran.json["good_polls"]) == (360, 324)


def test_what_is_measured_at_the_beginning_does_not_count_and_at_the_end_does(
    cli: Cli, files: Path
) -> None:
    span = ("--from", "2025-03-30T00:00:10Z", "--to", "2025-03-30T00:00:20Z")
    ran = cli("energy", "Fridge", *span, "--json", "--files", files)
    assert (ran.json["good_polls"], ran.json["energy_wh"]) == (1, 0.25)


def test_the_times_that_it_prints_can_be_given_back(cli: Cli, files: Path) -> None:
    first = cli("energy", "Fridge", "--from", "2025-03-30", "--json", "--files", files).json
    span = ("--from", first["from"], "--to", first["to"])
    assert cli("energy", "Fridge", *span, "--json", "--files", files).json == first


def test_for_people_every_number_has_its_unit(files: Path) -> None:
    span = ("--from", "2025-03-30", "--to", "2025-03-31")
    ran = process("energy", "Fridge", *span, "--files", files)
    assert ran.code == 0
    assert ran.out == (
        "Fridge, 2025-03-30 00:00:00 to 2025-03-31 00:00:00 (Europe/Berlin)\n"
        "  energy taken       162.000 Wh\n"
        "  energy returned      0.000 Wh\n"
        "  of both estimated    0.000 Wh\n"
        "  polls good             648\n"
        "  polls failed            72\n"
        "  polls expected        8280\n"
        "  completeness           7.8 % of the polls\n"
        "  measured               7.8 % of the time\n"
        "  estimated              0.0 % of the time\n"
        "  cost                  0.05 € (0.30 €/kWh)\n"
    )


def test_a_jump_of_the_counter_that_is_not_counted_is_told(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path, {"Fridge": plug("127.0.0.1:9")})
    point = good_point(BEGIN_US + TEN_S, 0.25)
    jumped = replace(point, fields={**point.fields, "energy_set_aside_wh": 5e6})
    keep(files, [good_point(BEGIN_US), jumped])
    out = cli("energy", "Fridge", "--from", "2025-03-30", "--files", files).out
    (told,) = [line.split() for line in out.splitlines() if "not counted" in line]
    assert told == ["not", "counted", "5000000.000", "Wh", "(the", "counter", "jumped)"]


def test_polls_without_energy_are_told_where_there_are_some(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path, {"Fridge": plug("127.0.0.1:9")})
    bare = [good_point(BEGIN_US + n * TEN_S) for n in range(1, 4)]
    keep(files, [*bare, *two_hours()[3:]])
    span = ("--from", "2025-03-30T00:00Z", "--to", "2025-03-30T02:00Z", "--files", files)
    text = cli("energy", "Fridge", *span).out
    assert (
        "  polls failed               72\n"
        "  polls without energy        3\n"
        "  polls expected            720\n"
    ) in text
    assert cli("energy", "Fridge", *span, "--json").json["unmetered_polls"] == 3


def test_a_span_ends_now_at_the_latest(cli: Cli, files: Path) -> None:
    ran = cli("energy", "Fridge", "--from", "2025-03-30", "--to", "9999-01-01", "--files", files)
    assert ran.code == 0
    assert "to 9999" not in ran.out


def test_a_device_that_is_in_the_journal_only_is_known(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path)
    keep(files, two_hours("Old one"))
    span = ("--from", "2025-03-30T00:00Z", "--to", "2025-03-30T02:00Z")
    ran = cli("energy", "Old one", *span, "--json", "--files", files)
    assert (ran.code, ran.json["energy_wh"], ran.json["expected_polls"]) == (0, 162.0, 720)


def test_a_device_without_points_has_nothing_yet(cli: Cli, files: Path) -> None:
    ran = cli("energy", "New", "--from", "2025-03-30", "--json", "--files", files)
    assert (ran.code, ran.json["energy_wh"], ran.json["completeness_percent"]) == (0, 0.0, 0.0)


def test_an_unknown_device_lists_those_that_there_are(cli: Cli, files: Path) -> None:
    ran = cli("energy", "Frige", "--from", "2025-03-30", "--files", files)
    assert ran.code == 2
    assert "did you mean Fridge?" in ran.err
    assert "\n  Fridge\n  New" in ran.err


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (("--from", "2025-03-31", "--to", "2025-03-30"), "is not after --from"),
        (("--from", "2025-03-31", "--to", "2025-03-31"), "is not after --from"),
        (("--from", "yesterday"), "must be a date"),
        (("--from", "2025-02-30"), "must be a date"),
        (("--from", "0001-01-01"), "from 1970 to 9999"),
        (("--from", "9990-01-01", "--to", "9991-01-01"), "is in the future"),
        (("--to", "2025-03-30"), "--from"),
    ],
)
def test_a_span_that_is_none_is_refused(
    cli: Cli, files: Path, span: tuple[str, ...], text: str
) -> None:
    ran = cli("energy", "Fridge", *span, "--files", files)
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err


def test_without_a_journal_it_says_so(cli: Cli, tmp_path: Path) -> None:
    ran = cli("energy", "Fridge", "--from", "2025-03-30", "--files", files_folder(tmp_path))
    assert (ran.code, ran.out) == (1, "")
    assert "there is no journal yet" in ran.err
