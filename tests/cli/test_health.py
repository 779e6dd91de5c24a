"""The health check: fresh, old and missing signs of life."""

from __future__ import annotations

from pathlib import Path

import pytest

from source.cli.health import LIMIT_S, why_unhealthy
from source.model import US_PER_S
from tests.cli.command import files_folder, keep, process
from tests.cli.conftest import Cli
from tests.fakes import START_US, good_point

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
    assert why_unhealthy(START_US - age_us, START_US) == reason
