"""The live table fits every terminal, and progress is readable without one."""

from __future__ import annotations

import io
import logging
from decimal import Decimal

import pytest
from rich.console import Console

from source.cli.live import Problems, table_of
from source.cli.progress import progress
from source.model import DeviceStatus, Snapshot, Totals
from source.plaintext import cells_of
from tests.fakes import START_US


def status(name: str, power_w: float | None, returned_wh: float = 0.0) -> DeviceStatus:
    state = "off-line" if power_w is None else "ok"
    totals = Totals(energy_wh=102_345.6, returned_wh=returned_wh)
    return DeviceStatus(name, "shelly:plug-s", state, START_US, power_w, totals, Decimal("30.7"))


def shown(*devices: DeviceStatus, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(table_of(Snapshot(START_US, None, devices, (), 0, 0), "€"))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_row_tells_state_power_energy_feed_in_and_cost() -> None:
    lines = shown(status("Heat pump", -12_345.6, 98_765.0), status("Television", None))

    head, _, heat_pump, television, _, together = (" ".join(line.split()) for line in lines[:6])
    assert head == "Socket State Power Today Fed in Cost today"
    assert heat_pump == "Heat pump ok -12,345.6 W 102.346 kWh 98.765 kWh 30.70 €"
    assert television == "Television off-line - 102.346 kWh - 30.70 €"
    assert together == "Together -12,345.6 W 204.691 kWh 98.765 kWh 61.40 €"


@pytest.mark.parametrize("width", [80, 140])
def test_nothing_runs_over_80_columns(width: int) -> None:
    lines = shown(status("Heat pump", -12_345.6, 98_765.0), status("Washing machine", 0.6))

    assert max(map(cells_of, lines)) <= 80
    assert all(line.rstrip().endswith("€") for line in (lines[2], lines[3], lines[5]))


def test_a_house_without_sockets_is_a_table_too() -> None:
    assert shown()[-1].split() == ["Together", "-", "0.000", "kWh", "-", "0.00", "€"]


def test_a_name_from_a_file_can_not_command_the_terminal() -> None:
    assert "\x1b" not in "".join(shown(status("\x1b[2J", 1.0)))


def test_only_the_newest_problems_are_kept_and_each_is_told() -> None:
    told: list[str] = []
    problems = Problems(told.append)
    for n in range(5):
        problems.handle(logging.LogRecord("x", logging.WARNING, "", 0, "no %d", (n,), None))

    assert [line.partition("  ")[2] for line in problems.newest] == ["no 2", "no 3", "no 4"]
    assert len(told) == 5


def test_progress_without_a_terminal_is_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(Console(file=io.StringIO()), "Filling 2 d", 1000) as advance:
        for _ in range(100):
            advance(10)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Filling 2 d: 1,000 points"
    assert [line.split("%")[0].strip() for line in lines[1:]] == ["25", "50", "75", "100"]
