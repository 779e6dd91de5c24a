"""The virtual Plug S tells what its curve says, in the shape of the real one."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.simulator.curves import constant, fridge, square, washing_machine
from source.simulator.socket import VirtualPlugS
from tests.simulator.shapes import captured, shape

BOOT_S = 1_767_225_600.0
HOUR_S = 3600.0
FRIDGE = fridge()


def test_the_answer_has_the_shape_of_a_real_one() -> None:
    plug = VirtualPlugS(constant(11.95), BOOT_S)

    real = captured("01_g1_plug_s_on.json")
    assert shape(plug.status(BOOT_S + 100)) == shape(real)


def test_the_identity_has_the_shape_of_a_real_one() -> None:
    real = captured("03_g1_plug_s_shelly.json")
    identity = VirtualPlugS(constant(1.0), BOOT_S, mac="A0B1C2D3E4F5").shelly(BOOT_S)

    assert shape(real).items() <= shape(identity).items()
    assert (identity["type"], identity["mac"]) == ("SHPLG-S", "A0B1C2D3E4F5")
    assert "gen" not in identity


def test_an_hour_at_60_w_is_3600_watt_minutes() -> None:
    plug = VirtualPlugS(constant(60.0), BOOT_S)

    meter = plug.status(BOOT_S + HOUR_S)["meters"][0]

    assert meter["power"] == 60.0
    assert meter["total"] == 3600
    assert meter["is_valid"] is True
    assert plug.status(BOOT_S + HOUR_S - 0.5)["meters"][0]["total"] == 3599
    assert plug.true_energy_wh(BOOT_S, BOOT_S + HOUR_S) == 60.0


def test_the_total_is_an_int_of_whole_watt_minutes() -> None:
    total = VirtualPlugS(constant(1.0), BOOT_S).status(BOOT_S + 179.0)["meters"][0]["total"]

    assert (type(total), total) == (int, 2)


def test_the_clock_is_utc_and_the_meters_time_stamp_is_local() -> None:
    plug = VirtualPlugS(constant(1.0), BOOT_S, utc_offset_s=7200.0)

    status = plug.status(BOOT_S + 15 * HOUR_S + 30 * 60 + 7.9)

    assert status["unixtime"] == BOOT_S + 15 * HOUR_S + 30 * 60 + 7
    assert status["time"] == "17:30"
    assert status["meters"][0]["timestamp"] == status["unixtime"] + 7200
    assert status["uptime"] == 15 * HOUR_S + 30 * 60 + 7


def test_the_counters_are_the_means_of_the_last_three_full_minutes_newest_first() -> None:
    plug = VirtualPlugS(square(240.0, 90.0, 6.0, duty=0.25), BOOT_S)  # each 4th minute at 90 W

    status = plug.status(BOOT_S + 240.0 + 119.0)

    assert status["meters"][0]["counters"] == [90.0, 6.0, 6.0]


def test_no_minute_counts_energy_from_before_the_boot() -> None:
    plug = VirtualPlugS(constant(60.0), BOOT_S)

    assert plug.status(BOOT_S + 95.0)["meters"][0]["counters"] == [60.0, 0.0, 0.0]


def test_a_reboot_sets_counter_and_uptime_to_zero_and_loses_no_truth() -> None:
    plug = VirtualPlugS(constant(120.0), BOOT_S)
    before = plug.status(BOOT_S + HOUR_S)

    plug.reboot(BOOT_S + HOUR_S + 10)
    after = plug.status(BOOT_S + HOUR_S + 10)
    later = plug.status(BOOT_S + HOUR_S + 70)

    assert (before["meters"][0]["total"], before["uptime"]) == (7200, 3600)
    assert (after["meters"][0]["total"], after["uptime"]) == (0, 0)
    assert (later["meters"][0]["total"], later["uptime"]) == (120, 60)
    assert plug.true_energy_wh(BOOT_S, BOOT_S + 2 * HOUR_S) == 240.0


def test_times_before_a_reboot_still_give_the_counter_of_then() -> None:
    plug = VirtualPlugS(constant(60.0), BOOT_S)
    plug.reboot(BOOT_S + 2 * HOUR_S)
    plug.reboot(BOOT_S + HOUR_S)

    totals = [plug.status(BOOT_S + n * 1800.0)["meters"][0]["total"] for n in range(6)]

    assert totals == [0, 1800, 0, 1800, 0, 1800]


@settings(deadline=None)
@given(start_s=st.floats(BOOT_S, BOOT_S + 1e9), step_s=st.floats(0.1, 1e5))
def test_the_counter_never_falls_and_is_the_truth_to_a_watt_minute(
    start_s: float, step_s: float
) -> None:
    plug = VirtualPlugS(FRIDGE, BOOT_S)
    times = [start_s + n * step_s for n in range(20)]
    totals = [plug.status(t_s)["meters"][0]["total"] for t_s in times]

    assert all(before <= after for before, after in pairwise(totals))
    for t_s, total in zip(times, totals, strict=True):
        assert -1e-5 <= plug.true_energy_wh(BOOT_S, t_s) * 60 - total < 1


def test_a_reading_is_what_the_answer_says() -> None:
    plug = VirtualPlugS(washing_machine(), BOOT_S)
    plug.reboot(BOOT_S + 50_000)

    for n in range(300):
        t_s = BOOT_S + n * 777.7
        reading, status = plug.reading(t_s), plug.status(t_s)
        assert reading.power_w == status["meters"][0]["power"]
        assert reading.counter_wh == status["meters"][0]["total"] / 60
        assert reading.is_valid is status["meters"][0]["is_valid"]
        assert reading.extra == {"device_temperature": status["temperature"]}
        assert reading.uptime_s == status["uptime"]
        assert reading.counter_in_ram
        assert (reading.counter_returned_wh, dict(reading.phases)) == (None, {})


def test_many_readings_are_the_single_ones_also_over_a_reboot() -> None:
    plug = VirtualPlugS(washing_machine(), BOOT_S)
    plug.reboot(BOOT_S + 50_000)

    readings = list(plug.readings(BOOT_S, 10.0, 8640))

    assert readings == [plug.reading(BOOT_S + n * 10.0) for n in range(8640)]
    assert readings[4999].counter_wh > readings[5000].counter_wh == 0.0  # type: ignore[operator]


def test_the_rendered_json_is_the_answer() -> None:
    plug = VirtualPlugS(fridge(), BOOT_S)

    assert json.loads(plug.status_json(BOOT_S + 5000)) == plug.status(BOOT_S + 5000)


def test_the_case_is_warm_under_load_and_cool_without() -> None:
    cool_c = VirtualPlugS(constant(0.0), BOOT_S).status(BOOT_S + HOUR_S)["temperature"]
    status = VirtualPlugS(constant(2000.0), BOOT_S).status(BOOT_S + HOUR_S)

    assert 18 < cool_c < 28
    assert cool_c + 15 < status["temperature"] < 60
    assert status["tmp"]["tC"] == status["temperature"]
    assert status["tmp"]["tF"] == pytest.approx(status["temperature"] * 9 / 5 + 32, abs=0.006)


def test_a_plug_that_would_feed_in_is_refused() -> None:
    with pytest.raises(ValueError, match="feed-in"):
        VirtualPlugS(constant(-1.0), BOOT_S)


def test_each_socket_has_a_mac_of_its_own_until_another_one_takes_its_place() -> None:
    one, other = VirtualPlugS(FRIDGE, BOOT_S), VirtualPlugS(FRIDGE, BOOT_S)
    assert one.mac != other.mac
    assert one.status(BOOT_S)["mac"] == one.shelly(BOOT_S)["mac"] == one.reading(BOOT_S).mac
    one.replace_by("A0B1C2D3E4F5")
    assert json.loads(one.status_json(BOOT_S))["mac"] == "A0B1C2D3E4F5"
    assert one.reading(BOOT_S).mac == one.shelly(BOOT_S)["mac"] == "A0B1C2D3E4F5"
