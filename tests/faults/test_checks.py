"""The checks themselves: each tells what it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest

from source.model import US_PER_S, Point
from source.simulator.curves import constant
from source.simulator.socket import VirtualPlugS
from tests.faults import checks
from tests.faults.outcome import Outcome, Promise, Scenario
from tests.faults.points import fault_points
from tests.faults.table import table

START_S = 1_790_000_000


def polls(count: int, power_w: float = 3600.0) -> tuple[VirtualPlugS, list[Point]]:
    """A plug that is read every second, without a fault."""
    plug = VirtualPlugS(constant(power_w), START_S - 1000.0)
    points, before_wh = [], None
    for second in range(count):
        reading = plug.reading(START_S + second)
        assert reading.counter_wh is not None
        fields = {"fetch_success": True, "power": power_w, "counter_wh": reading.counter_wh}
        if before_wh is not None:
            fields["energy_wh"] = reading.counter_wh - before_wh
        before_wh = reading.counter_wh
        points.append(Point("Plug", (START_S + second) * US_PER_S, fields))
    return plug, points


def test_all_is_well_with_a_socket_without_a_fault() -> None:
    plug, points = polls(50)
    rows = checks.rows_of(points)
    assert checks.lost(rows, rows) == checks.changed(rows, rows) == 0
    assert checks.energy_difference_wh({"Plug": points}) == pytest.approx(0.0, abs=1e-9)
    assert checks.truth_complaints({"Plug": points}, {"Plug": plug}) == []
    assert checks.longest_stop_s({"Plug": points}, 1.0, []) == 0.0


def test_a_point_that_is_missing_costs_its_energy_and_leaves_a_gap() -> None:
    plug, points = polls(50)
    whole = checks.rows_of(points)
    del points[20:23]
    assert checks.lost(whole, checks.rows_of(points)) == 3
    assert checks.energy_difference_wh({"Plug": points}) == pytest.approx(3.0, abs=0.02)
    assert len(checks.truth_complaints({"Plug": points}, {"Plug": plug})) == 1
    assert checks.longest_stop_s({"Plug": points}, 1.0, []) == 3.0


def test_a_gap_in_which_the_program_was_started_is_no_stop_of_the_others() -> None:
    _, points = polls(50)
    del points[20:30]
    start_us = (START_S + 27) * US_PER_S
    assert checks.longest_stop_s({"Plug": points}, 1.0, [start_us]) == 0.0
    assert checks.longest_start_s(points, [start_us]) == 3.0


def test_a_start_that_was_killed_before_its_first_point_does_not_count() -> None:
    _, points = polls(10)
    starts_us = [(START_S - 100) * US_PER_S, (START_S - 2) * US_PER_S, (START_S + 99) * US_PER_S]
    assert checks.longest_start_s(points, starts_us) == 2.0


def test_a_field_that_changes_is_told() -> None:
    _, points = polls(5)
    rows = checks.rows_of(points)
    other = {key: dict(fields) for key, fields in rows.items()}
    other["Plug", (START_S + 2) * US_PER_S]["power"] = 1.0
    assert checks.changed(rows, other) == 1


def test_an_outcome_is_kept_inside_its_promise_only() -> None:
    promise = Promise(energy_wh=0.1, stop_s=2.0)
    assert Outcome("f", 1, 0, 0, 0.1, 2.0, promise).ok
    for worse in (
        Outcome("f", 0, promise=promise),
        Outcome("f", 1, points_lost=1, promise=promise),
        Outcome("f", 1, points_doubled=1, promise=promise),
        Outcome("f", 1, energy_difference_wh=0.2, promise=promise),
        Outcome("f", 1, energy_difference_wh=float("nan"), promise=promise),
        Outcome("f", 1, longest_stop_s=2.1, promise=promise),
        Outcome("f", 1, complaints=("a sentence",)),
    ):
        assert not worse.ok
        assert len(worse.broken) == 1


def test_what_a_scenario_raises_breaks_its_promise(tmp_path: Path) -> None:
    def fails(folder: Path, times: int) -> Outcome:
        raise OSError("no room")

    (outcome,) = Scenario("full disk", fails, 1, 1).outcomes(tmp_path, 3)
    assert outcome.broken == ("OSError: no room",)
    assert table([outcome]).splitlines()[2].split() == (
        ["full", "disk", "3", "0", "0", "0", "-", "-", "BROKEN"]
    )


def test_fault_points_are_found_in_the_source() -> None:
    points = fault_points()
    assert {"forward: written", "report: appended"} <= set(points)
