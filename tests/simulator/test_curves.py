"""The appliances: what they draw, and that they always draw the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from source.simulator.curves import (
    LoadCurve,
    fridge,
    heat_pump,
    heat_pump_with_solar,
    hob,
    solar,
    television,
    washing_machine,
)

ROOT = Path(__file__).resolve().parents[2]
DAY_S = 86_400
SUNDAY_S = 1_767_484_800  # 2026-01-04 00:00 UTC
JULY_S = 1_782_864_000  # 2026-07-01
DECEMBER_S = 1_796_083_200  # 2026-12-01
PLUGS = (fridge, washing_machine, television, hob)


@pytest.fixture(scope="module")
def house_phases() -> tuple[LoadCurve, ...]:
    return heat_pump_with_solar()


def day_energies_kwh(curve: LoadCurve, start_s: float, days: int) -> list[float]:
    edges = [curve.energy_wh(start_s + n * DAY_S) / 1000 for n in range(days + 1)]
    return [after - before for before, after in pairwise(edges)]


def total_w(phases: tuple[LoadCurve, ...], t_s: float) -> float:
    return sum(curve.power_w(t_s) for curve in phases)


@pytest.mark.parametrize("build", PLUGS)
def test_the_energy_is_the_sum_over_every_second(build: Callable[[], LoadCurve]) -> None:
    # the appliances' steps begin at whole seconds, so this sum has no error of its own
    curve = build()
    start_s = SUNDAY_S + 1234
    watt_seconds = sum(power_w for power_w, _, _ in curve.samples(start_s, 1.0, DAY_S))

    energy_wh = curve.energy_wh(start_s + DAY_S) - curve.energy_wh(start_s)

    assert energy_wh == pytest.approx(watt_seconds / 3600, abs=1e-6)


def test_the_phases_energies_are_the_sums_over_every_second(
    house_phases: tuple[LoadCurve, ...],
) -> None:
    for curve in house_phases:
        powers = [power_w for power_w, _, _ in curve.samples(JULY_S, 1.0, DAY_S)]
        taken_wh, returned_wh = (
            after - before
            for before, after in zip(
                curve.counters_wh(JULY_S), curve.counters_wh(JULY_S + DAY_S), strict=True
            )
        )
        assert taken_wh == pytest.approx(sum(w for w in powers if w > 0) / 3600, abs=1e-6)
        assert returned_wh == pytest.approx(-sum(w for w in powers if w < 0) / 3600, abs=1e-6)


def test_a_fridge_takes_about_800_wh_a_day_and_no_two_days_are_alike() -> None:
    energies_kwh = day_energies_kwh(fridge(), SUNDAY_S, 365)

    assert min(energies_kwh) > 0.65
    assert max(energies_kwh) < 0.95
    assert len({round(energy, 6) for energy in energies_kwh}) > 350


def test_a_fridge_cycles_with_an_inrush() -> None:
    powers = [power_w for power_w, _, _ in fridge().samples(SUNDAY_S, 1.0, DAY_S)]
    inrushes = [n for n in range(1, DAY_S) if powers[n] > 500 > powers[n - 1]]

    assert min(powers) == 1.2
    assert 20 < len(inrushes) < 50
    assert all(80 < powers[n + 1] < 110 for n in inrushes[:-1])


def test_a_washing_machine_heats_with_2_kw_and_stands_by_at_night() -> None:
    curve = washing_machine()
    energies_kwh = day_energies_kwh(curve, SUNDAY_S, 364)
    idle_days = sum(energy < 0.02 for energy in energies_kwh)

    assert 30 < idle_days < 140
    assert max(energies_kwh) < 2.5
    assert max(power_w for power_w, _, _ in curve.samples(SUNDAY_S, 60, 14 * 1440)) > 1950
    assert {curve.power_w(SUNDAY_S + n * DAY_S + 2 * 3600) for n in range(99)} == {0.6}


def test_more_is_washed_at_the_end_of_the_week() -> None:
    energies_kwh = day_energies_kwh(washing_machine(), SUNDAY_S - DAY_S, 364)
    weekends = [energy for n, energy in enumerate(energies_kwh) if n % 7 < 2]
    weekdays = [energy for n, energy in enumerate(energies_kwh) if n % 7 >= 2]

    assert sum(weekends) / len(weekends) > 1.15 * sum(weekdays) / len(weekdays)


def test_a_television_is_on_in_the_evening_by_the_local_clock() -> None:
    west, east = television(shift_s=-7200.0), television(shift_s=7200.0)

    assert all(east.power_w(SUNDAY_S + n * DAY_S + 18.9 * 3600) > 60 for n in range(60))
    assert all(west.power_w(SUNDAY_S + n * DAY_S + 22.9 * 3600) > 60 for n in range(60))
    assert all(east.power_w(SUNDAY_S + n * DAY_S + 4 * 3600) == 0.4 for n in range(60))


def test_a_hob_switches_faster_than_it_is_polled() -> None:
    powers = [power_w for power_w, _, _ in hob().samples(SUNDAY_S, 1.0, DAY_S)]
    on = [n for n in range(1, DAY_S) if powers[n] > 1700 > powers[n - 1]]
    between_s = [after - before for before, after in pairwise(on)]

    assert len(on) > 200
    assert sum(length_s < 10 for length_s in between_s) > 0.9 * len(between_s)
    assert 0.5 < sum(powers) / 3.6e6 < 2.5


def test_a_sunny_summer_noon_feeds_in_on_a_phase_and_in_total(
    house_phases: tuple[LoadCurve, ...],
) -> None:
    noons = [JULY_S + n * DAY_S + DAY_S / 2 for n in range(31)]
    sunny = [noon_s for noon_s in noons if total_w(house_phases, noon_s) < -2000]

    assert len(sunny) >= 8
    assert all(min(c.power_w(noon_s) for c in house_phases) < -800 for noon_s in sunny)
    assert any(total_w(house_phases, noon_s) > -1500 for noon_s in noons)  # grey days too


def test_there_is_no_sun_at_night_and_little_in_winter() -> None:
    phases = solar()

    def month_kwh(start_s: float) -> float:
        return sum(sum(day_energies_kwh(curve, start_s, 31)) for curve in phases)

    assert month_kwh(DECEMBER_S) > 0.35 * month_kwh(JULY_S)  # both are negative
    assert month_kwh(DECEMBER_S) < -30
    assert {total_w(phases, JULY_S + n * DAY_S) for n in range(365)} == {0.0}


def test_a_heat_pump_heats_in_winter() -> None:
    phases = heat_pump()
    winter_kwh, summer_kwh = (
        sum(sum(day_energies_kwh(curve, start_s, 31)) for curve in phases)
        for start_s in (DECEMBER_S, JULY_S)
    )

    assert winter_kwh > 3 * summer_kwh > 0


def test_a_heat_pump_with_solar_is_the_sum_of_both_phase_by_phase(
    house_phases: tuple[LoadCurve, ...],
) -> None:
    for both, pump, sun in zip(house_phases, heat_pump(), solar(), strict=True):
        for n in range(2000):
            t_s = JULY_S + n * 977
            assert both.power_w(t_s) == pytest.approx(pump.power_w(t_s) + sun.power_w(t_s))
            assert both.energy_wh(t_s) == pytest.approx(pump.energy_wh(t_s) + sun.energy_wh(t_s))


def test_curves_are_the_same_in_every_process() -> None:
    code = (
        "from source.simulator.curves import *\n"
        "for build in (fridge, washing_machine, television, hob): print(build().energy_wh(1.8e9))\n"
        "for curve in heat_pump_with_solar(): print(curve.energy_wh(1.8e9))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    here = [build().energy_wh(1.8e9) for build in PLUGS]
    here += [curve.energy_wh(1.8e9) for curve in heat_pump_with_solar()]

    assert [float(line) for line in done.stdout.split()] == here


def test_the_fridge_of_2026_stays_what_it_is() -> None:
    # a change of the curves changes every number that was ever told of the demo: do it on purpose
    curve = fridge()

    year_wh = curve.energy_wh(SUNDAY_S + 365 * DAY_S) - curve.energy_wh(SUNDAY_S)
    assert round(year_wh, 3) == 288310.036
