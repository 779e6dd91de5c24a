"""Runs and standby as text and page tell them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from source.model import Run
from source.reports.appliances import runs_block, standby_block
from source.reports.outline import outline
from source.reports.page.document import page
from source.reports.priced import PricedRun
from source.reports.standby import standby_of
from source.reports.view import View
from tests.reports.house import us
from tests.reports.views import configured, kept, view, writing

NAMES = ("Fridge", "Roof")
HOUR_US = 3600 * 1_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("journal")
    kept(folder, NAMES)
    return folder


def run(device: str, start: str, energy_wh: float, cost: str, *, is_over: bool = True) -> PricedRun:
    one = Run(device, us(start), us(start) + HOUR_US, energy_wh, 2000.0)
    return PricedRun(one, Decimal(cost), is_over=is_over)


RUNS = (
    run("Washer", "2026-09-27 08:00", 500.0, "0.15"),
    run("Dryer", "2026-10-27 09:00", 2000.0, "0.60"),
    run("Washer", "2026-10-27 11:00", 700.0, "0.21", is_over=False),
)


def shown(folder: Path, period: str, subject: str = "_total") -> View:
    found = view(folder, configured(folder, NAMES), period, subject)
    return replace(found, runs=RUNS)


def told(rows: object) -> list[list[str]]:
    assert isinstance(rows, list)
    return [[cell.replace("\u00a0", " ") for cell in row] for row in rows]


def test_in_a_month_each_run_has_its_line_and_all_their_sum(folder: Path) -> None:
    block = runs_block(writing(shown(folder, "2026-10"), "en_GB"))
    assert block is not None
    assert block.foot is not None
    *_, last, foot = told([*block.rows, block.foot])
    assert last[1:] == ["Washer", "1 h 0 min (so far)", "0.700 kWh", "€0.21", "2,000 W"]
    assert foot == ["3 runs", "", "3 h 0 min", "3.200 kWh", "€0.96", "2,000 W"]


def test_in_a_year_the_runs_of_an_appliance_are_summed_up(folder: Path) -> None:
    block = runs_block(writing(shown(folder, "2026"), "en_GB"))
    assert block is not None
    assert told(block.rows) == [
        ["Dryer", "1", "1 h 0 min", "2.000 kWh", "€0.60", "2,000 W", "2.000 kWh", "€0.60"],
        ["Washer", "2", "2 h 0 min", "1.200 kWh", "€0.36", "2,000 W", "0.600 kWh", "€0.18"],
    ]


def test_in_an_appliance_s_year_they_are_summed_up_by_month(folder: Path) -> None:
    block = runs_block(writing(shown(folder, "2026", "Fridge"), "en_GB"))
    assert block is not None
    months = [(row[0], row[1]) for row in told(block.rows)]
    assert months == [("September 2026", "1"), ("October 2026", "2")]


def test_text_and_page_tell_the_same(folder: Path) -> None:
    of_month = shown(folder, "2026-10")
    lines = [row for block in outline(writing(of_month)) for row in block.rows]
    assert ["3 runs", ""] in [list(row[:2]) for row in lines]
    assert '<tfoot><tr><th scope="row" class="text">3 runs' in page(
        of_month, writing(of_month).notation
    )


def test_where_energy_is_fed_in_the_standby_says_what_was_looked_at(folder: Path) -> None:
    prices = Decimal("0.30"), Decimal("0.20")
    meter = standby_of("Meter", [140.0] * 96, *prices, is_of_the_dark=True)
    plain = standby_of("Fridge", [2.0] * 96, *prices)
    assert meter is not None
    assert plain is not None
    both = replace(shown(folder, "2026-10"), standby=(plain, meter))
    block = standby_block(writing(both))
    assert block is not None
    assert [row[0] for row in block.rows] == ["Meter", "Fridge"]
    assert block.notes[1].endswith(": Meter.")
    alone = standby_block(writing(replace(both, standby=(plain,))))
    assert alone is not None
    assert len(alone.notes) == 1
