"""The health check: fresh, old and missing signs of life."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from source.cli.health import (
    LIMIT_S,
    REPORTS_LIMIT_S,
    Signs,
    lives,
    off_line,
    remark_of,
    why_unhealthy,
)
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S
from tests.cli.command import files_folder, keep, process
from tests.cli.conftest import Cli
from tests.fakes import START_US, TEN_S, failed_point, good_point

LIMIT_US = round(LIMIT_S * US_PER_S)


def test_without_a_journal_it_is_unhealthy(tmp_path: Path) -> None:
    ran = process("health", ISDL_FILES=str(tmp_path))
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("unhealthy: there is no journal yet")
    assert ran.out.count("\n") == 1


def test_after_an_orderly_stop_it_is_unhealthy(cli: Cli, tmp_path: Path) -> None:
    keep(files_folder(tmp_path), [good_point(START_US)])
    ran = cli("health", "--files", tmp_path)
    assert (ran.code, ran.out) == (1, "unhealthy: no daemon runs on this folder\n")


def test_a_wrong_configuration_is_no_matter_of_it(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path, price_kwh="abc")
    keep(files, [])
    assert cli("health", "--files", files).code == 1


@pytest.mark.parametrize(
    ("age_us", "reason"),
    [
        (0, ""),
        (LIMIT_US, ""),
        (LIMIT_US + US_PER_S, "the last sign of life is 1 min old"),
        (3 * 3600 * US_PER_S, "the last sign of life is 3 h 0 min old"),
        (-LIMIT_US, ""),
        (-3600 * US_PER_S, "the last sign of life lies 1 h 0 min in the future"),
    ],
)
def test_a_sign_of_life_holds_for_three_heart_beats(age_us: int, reason: str) -> None:
    assert why_unhealthy(Signs(START_US - age_us), START_US) == reason


def test_a_stuck_journal_is_told_from_a_dead_process() -> None:
    old_us = START_US - 2 * LIMIT_US
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        told = why_unhealthy(Signs(old_us, START_US, living.pid), START_US)
        assert told == (
            f"process {living.pid} lives, but its journal is stuck: the last entry is 3 min old"
        )
    told = why_unhealthy(Signs(old_us, START_US, living.pid), START_US)
    assert told == "the last sign of life is 3 min old"


@pytest.mark.parametrize("pid", [None, 0, pytest.param(os.getpid(), id="own"), 2**40])
def test_no_process_lives_of_which_nothing_is_known(pid: int | None) -> None:
    assert not lives(pid)
    assert lives(os.getppid())


@pytest.mark.parametrize(
    ("age_s", "is_clock_awaited", "reason"),
    [
        (REPORTS_LIMIT_S, False, ""),
        (
            REPORTS_LIMIT_S + 1,
            False,
            "process 7: its reports are stuck: their last sign of life is 5 min old",
        ),
        (
            -86_400,
            False,
            "process 7: its reports are stuck: their last sign of life lies 1 d 0 h in the future",
        ),
        (86_400, True, ""),
    ],
)
def test_stuck_reports_are_told_unless_nothing_runs_yet(
    age_s: float, is_clock_awaited: bool, reason: str
) -> None:
    reports_us = START_US - round(age_s * US_PER_S)
    signs = Signs(START_US, reports_us, 7, is_clock_awaited=is_clock_awaited)
    assert why_unhealthy(signs, START_US) == reason


def test_reports_that_never_left_a_sign_are_no_reason() -> None:
    assert why_unhealthy(Signs(START_US, None, 7), START_US) == ""


def test_dead_sockets_are_counted_among_those_that_are_polled_now(
    journal: Journal, reader: JournalReader
) -> None:
    hour_us = 360 * TEN_S
    for tick in range(3):
        time_us = START_US + tick * TEN_S
        journal.append(good_point(time_us, 1.0, "Fridge"))
        journal.append(failed_point(time_us, "Dead"))
        journal.append(failed_point(time_us - hour_us, "Removed"))
        journal.append(failed_point(START_US - (3 - tick) * hour_us, "Slow"))
    journal.append(failed_point(START_US, "New"))
    journal.flush()
    assert off_line(reader, START_US + 3 * TEN_S) == (4, 2)


@pytest.mark.parametrize(
    ("signs", "dead", "remark"),
    [
        (Signs(), 0, ""),
        (Signs(), 2, ", 2 of 5 sockets off-line"),
        (Signs(is_clock_awaited=True), 2, ", waiting for the right time"),
    ],
)
def test_what_is_no_fault_of_the_program_is_remarked(signs: Signs, dead: int, remark: str) -> None:
    assert remark_of(signs, 5, dead) == remark
