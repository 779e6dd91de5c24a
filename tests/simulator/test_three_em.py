"""The virtual 3EM tells what its three curves say, in the shape of the real one."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from source.simulator.curves import constant, heat_pump_with_solar, square
from source.simulator.socket import Virtual3EM
from tests.simulator.shapes import captured, shape

BOOT_S = 1_767_225_600.0
HOUR_S = 3600.0


@pytest.fixture(scope="module")
def heating() -> Virtual3EM:
    return Virtual3EM(heat_pump_with_solar(), BOOT_S)


@pytest.fixture
def mixed() -> Virtual3EM:
    """Phase a takes, b feeds in, c does both in turn: 300 W, then -100 W, half an hour each."""
    return Virtual3EM((constant(500.0), constant(-200.0), square(HOUR_S, 300.0, -100.0)), BOOT_S)


@pytest.mark.parametrize("name", ["04_g1_3em_import.json", "05_g1_3em_export.json"])
def test_the_answer_has_the_shape_of_a_real_one(mixed: Virtual3EM, name: str) -> None:
    real = captured(name)
    real["update"].pop("beta_version", None)  # one of the two has it

    assert shape(mixed.status(BOOT_S + 100)) == shape(real)


def test_the_identity_tells_a_3em(mixed: Virtual3EM) -> None:
    identity = mixed.shelly(BOOT_S)

    assert (identity["type"], identity["num_emeters"]) == ("SHEM-3", 3)


def test_taking_and_feeding_in_are_counted_apart_for_each_phase(mixed: Virtual3EM) -> None:
    emeters = mixed.status(BOOT_S + 2 * HOUR_S)["emeters"]

    assert [phase["total"] for phase in emeters] == [1000.0, 0.0, 300.0]
    assert [phase["total_returned"] for phase in emeters] == [0.0, 400.0, 100.0]
    assert mixed.true_energy_wh(BOOT_S, BOOT_S + 2 * HOUR_S) == 1000 - 400 + 300 - 100


def test_power_and_power_factor_carry_the_sign_and_the_current_does_not(
    mixed: Virtual3EM,
) -> None:
    a, b, c = mixed.status(BOOT_S + 0.75 * HOUR_S)["emeters"]

    assert [a["power"], b["power"], c["power"]] == [500.0, -200.0, -100.0]
    assert 0.8 < a["pf"] <= 1.0
    assert -1.0 <= b["pf"] < -0.8
    assert -1.0 <= c["pf"] < -0.8
    for phase in (a, b, c):
        assert 225 < phase["voltage"] < 240
        assert phase["current"] == pytest.approx(
            phase["power"] / phase["voltage"] / phase["pf"], abs=0.02
        )


def test_the_total_power_is_the_sum_of_the_phases(heating: Virtual3EM) -> None:
    for n in range(200):
        status = heating.status(BOOT_S + n * 7919)
        assert status["total_power"] == pytest.approx(
            sum(phase["power"] for phase in status["emeters"]), abs=1e-6
        )


def test_counters_are_tenths_of_a_watt_hour_and_never_fall(heating: Virtual3EM) -> None:
    answers = [heating.status(BOOT_S + n * 613)["emeters"] for n in range(2000)]

    for phase in range(3):
        for key in ("total", "total_returned"):
            counters = [emeters[phase][key] for emeters in answers]
            assert all(before <= after for before, after in pairwise(counters))
            assert all(counter == round(counter, 1) for counter in counters)
            assert counters[-1] > 1000


def test_the_counters_differences_are_the_truth(heating: Virtual3EM) -> None:
    start_s, end_s = BOOT_S + 150 * 86_400.0, BOOT_S + 180 * 86_400.0 + 4321.0
    before, after = heating.status(start_s)["emeters"], heating.status(end_s)["emeters"]

    counted_wh = sum(
        (new["total"] - old["total"]) - (new["total_returned"] - old["total_returned"])
        for old, new in zip(before, after, strict=True)
    )

    assert counted_wh == pytest.approx(heating.true_energy_wh(start_s, end_s), abs=0.6)


def test_counters_survive_a_reboot_and_the_uptime_does_not(mixed: Virtual3EM) -> None:
    before = mixed.status(BOOT_S + HOUR_S)
    mixed.reboot(BOOT_S + HOUR_S)
    after = mixed.status(BOOT_S + HOUR_S)

    assert (before["uptime"], after["uptime"]) == (3600, 0)
    assert before["emeters"] == after["emeters"]
    assert mixed.status(BOOT_S + HOUR_S - 60)["uptime"] == 3540


def test_a_reading_is_what_the_answer_says(heating: Virtual3EM) -> None:
    for n in range(300):
        t_s = BOOT_S + n * 7777.7
        reading, status = heating.reading(t_s), heating.status(t_s)
        emeters = status["emeters"]
        assert reading.power_w == status["total_power"]
        assert reading.counter_wh == pytest.approx(sum(e["total"] for e in emeters))
        assert reading.counter_returned_wh == pytest.approx(
            sum(e["total_returned"] for e in emeters)
        )
        assert list(reading.phases) == ["a", "b", "c"]
        for phase, emeter in zip(reading.phases.values(), emeters, strict=True):
            assert phase.power_w == emeter["power"]
            assert phase.power_factor == emeter["pf"]
            assert phase.current_a == emeter["current"]
            assert phase.voltage_v == emeter["voltage"]
            assert phase.is_valid is emeter["is_valid"] is True
            assert phase.counter_wh == emeter["total"]
            assert phase.counter_returned_wh == emeter["total_returned"]
        assert reading.uptime_s == status["uptime"]
        assert not reading.counter_in_ram


def test_many_readings_are_the_single_ones(heating: Virtual3EM) -> None:
    readings = list(heating.readings(BOOT_S + 5, 10.0, 3000))

    assert readings == [heating.reading(BOOT_S + 5 + n * 10.0) for n in range(3000)]


def test_the_rendered_json_is_the_answer(heating: Virtual3EM) -> None:
    assert json.loads(heating.status_json(BOOT_S + 9e6)) == heating.status(BOOT_S + 9e6)
