"""The load curves of real appliances: read as they are written, and only where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.accuracy import traces
from bench.accuracy.truth import balanced, of_each

DAY_S = 86_400
ENERGIES_WH = {
    "washingmachine_2012-06-14": 1560.3,
    "dishwasher_2011-09-14": 2532.2,
    "refrigerator_2011-10-17": 1780.8,
    "solar_thermal_pump_2012-01-26": 111.9,
    "water_kettle_2011-09-13": 165.5,
    "laundry_dryer_2011-12-17": 5631.7,
    "pc_desktop_2011-08-04": 2578.7,
}
"""As the files' own index has them, up to the last row."""


def test_a_power_holds_until_the_next_row_and_nothing_flows_before_the_first(
    tmp_path: Path,
) -> None:
    (tmp_path / "lamp.csv").write_text("second_of_day,power_w\n3600,100\n7200,50.5\n10800,0\n")
    curve = traces.load_curve("lamp", tmp_path)
    assert curve is not None
    assert curve.power_w(3599.9) == 0.0
    assert (curve.power_w(3600.0), curve.power_w(7200.0)) == (100.0, 50.5)
    assert curve.energy_wh(DAY_S) == pytest.approx(150.5)


def test_three_phases_are_balanced_at_each_instant(tmp_path: Path) -> None:
    rows = "0,-1000,300,200\n3600,-1000,900,300\n7200,0,0,0\n"
    (tmp_path / "house.csv").write_text(f"second_of_day,l1_w,l2_w,l3_w\n{rows}")
    phases = traces.phases("house", tmp_path)
    assert phases is not None
    assert of_each(phases)(0.0, DAY_S) == (pytest.approx(1700.0), pytest.approx(2000.0))
    assert balanced(phases, 0, DAY_S)(0.0, DAY_S) == (pytest.approx(200.0), pytest.approx(500.0))
    assert balanced(phases, 0, DAY_S)(1800.5, 5400.5) == (
        pytest.approx(200.0 * 1800.5 / 3600.0),
        pytest.approx(500.0 * 1799.5 / 3600.0),
    )


def test_a_file_that_is_not_there_is_no_load(tmp_path: Path) -> None:
    assert traces.load_curve("lamp", tmp_path) is None
    assert traces.phases("lamp", tmp_path) is None


@pytest.mark.parametrize(("name", "energy_wh"), ENERGIES_WH.items())
def test_real_days_have_the_energy_that_their_index_tells(name: str, energy_wh: float) -> None:
    curve, last_s = traces.load_curve(name), traces.last_second(name)
    if curve is None or last_s is None:
        pytest.skip("the load curves of real appliances are not here")
    assert curve.energy_wh(last_s) == pytest.approx(energy_wh, abs=0.06)


def test_the_real_house_has_the_energy_that_its_index_tells() -> None:
    phases = traces.phases("grid_three_phase_derived")
    if phases is None:
        pytest.skip("the load curves of real appliances are not here")
    assert of_each(phases)(0.0, DAY_S) == (
        pytest.approx(919.7 + 1560.7 + 2532.2, abs=0.2),
        pytest.approx(34689.6, abs=0.2),
    )
    assert balanced(phases, 0, DAY_S)(0.0, DAY_S) == (
        pytest.approx(3191.3, abs=0.2),
        pytest.approx(32868.3, abs=0.2),
    )
