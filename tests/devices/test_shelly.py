"""First-generation Shellys: captured answers, each with its true reading."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from source.devices.shelly import plug_s_reading, three_em_reading
from source.devices.values import parsed
from source.errors import BadPayload
from source.model import Phase, Reading
from source.simulator.curves import heat_pump_with_solar, washing_machine
from source.simulator.socket import Virtual3EM, VirtualPlugS, VirtualSocket

NOON_S = 1_767_265_200.0
FIXTURES = Path(__file__).parent / "fixtures"
CAPTURED = Path(__file__).resolve().parents[3] / "shared" / "payloads"
"""Answers of real devices, where there are any beside the project."""


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def captured(name: str) -> Any:
    if not CAPTURED.is_dir():
        pytest.skip("no captured answers beside the project")
    return json.loads((CAPTURED / name).read_text(encoding="utf-8"))


def test_a_plug_s_tells_power_counter_temperature_and_uptime() -> None:
    assert plug_s_reading(fixture("plug_s_washing.json")) == Reading(
        power_w=2043.17,
        counter_wh=75_461 / 60,
        is_valid=True,
        extra={"device_temperature": 41.3},
        uptime_s=612_044.0,
        counter_in_ram=True,
        counter_modulus_wh=2**32 / 60,
        mac=fixture("plug_s_washing.json")["mac"],
    )


def test_the_oldest_firmware_sends_a_flag_as_text_and_no_temperature() -> None:
    reading = plug_s_reading(fixture("plug_old_firmware.json"))
    assert reading.is_valid is True
    assert reading.extra == {}
    assert (reading.power_w, reading.counter_wh) == (0.0, 12.5)


def test_a_3em_tells_three_phases_and_their_sums() -> None:
    reading = three_em_reading(fixture("3em_feed_in.json"))
    assert (reading.power_w, reading.counter_wh) == (-1712.35, 121_902.7)
    assert reading.counter_returned_wh == 98_004.4
    assert reading.phases["b"] == Phase(
        power_w=-1893.41,
        power_factor=-0.99,
        current_a=8.05,
        voltage_v=237.6,
        is_valid=True,
        counter_wh=30_551.2,
        counter_returned_wh=61_874.0,
    )
    assert reading.extra == {}
    assert not reading.counter_in_ram


@pytest.mark.parametrize(
    ("name", "power_w", "counter_wh", "temperature_c", "uptime_s"),
    [
        ("01_g1_plug_s_on.json", 11.95, 335.5, 31.88, 103_978.0),
        ("02_g1_plug_s_off.json", 0.0, 2632 / 60, 24.14, None),
        ("06_g1_1pm_fw1.5.6_string_flag.json", 0.0, 37.7, 45.51, 237_010.0),
    ],
)
def test_captured_plugs_read_as_documented(
    name: str, power_w: float, counter_wh: float, temperature_c: float, uptime_s: float | None
) -> None:
    reading = plug_s_reading(captured(name))
    assert (reading.power_w, reading.counter_wh) == (power_w, counter_wh)
    assert reading.extra == {"device_temperature": temperature_c}
    assert reading.is_valid is True
    assert uptime_s is None or reading.uptime_s == uptime_s


def test_a_typed_in_constant_is_no_measurement() -> None:
    reading = plug_s_reading(captured("07_g1_shelly1_no_meter_energy.json"))
    assert (reading.power_w, reading.counter_wh) == (None, None)
    assert reading.extra == {"power": 0.0}


@pytest.mark.parametrize(
    ("name", "power_w", "counter_wh", "returned_wh", "phases_w"),
    [
        ("04_g1_3em_import.json", 6.6, 31_972.1, 0.0, [6.6, 0.0, 0.0]),
        (
            "05_g1_3em_export.json",
            -6162.11,
            433_750.5,
            689_603.3,
            [-2355.07, -2401.95, -1405.09],
        ),
    ],
)
def test_captured_3ems_read_as_documented(
    name: str, power_w: float, counter_wh: float, returned_wh: float, phases_w: list[float]
) -> None:
    reading = three_em_reading(captured(name))
    assert (reading.power_w, reading.counter_wh) == (power_w, counter_wh)
    assert reading.counter_returned_wh == returned_wh
    assert [phase.power_w for phase in reading.phases.values()] == phases_w
    assert all(phase.is_valid for phase in reading.phases.values())


@pytest.mark.parametrize(
    "name", ["03_g1_plug_s_shelly.json", "08_g1_em_feedin.json", "09_g2_plus_plug_s_1.1.0.json"]
)
def test_an_answer_of_another_kind_of_socket_is_refused(name: str) -> None:
    for read in (plug_s_reading, three_em_reading):
        with pytest.raises(BadPayload):
            read(captured(name))


def test_a_page_in_the_place_of_the_socket_is_no_answer() -> None:
    if not CAPTURED.is_dir():
        pytest.skip("no captured answers beside the project")
    with pytest.raises(BadPayload, match="not JSON"):
        parsed((CAPTURED / "26_g1_rebooting_html.txt").read_bytes())


def changed(status: dict[str, Any], path: list[str | int], value: object) -> dict[str, Any]:
    """A copy with another value at ``path``; ``...`` takes the key away."""
    result = copy.deepcopy(status)
    holder: Any = result
    for step in path[:-1]:
        holder = holder[step]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return result


POWER: list[str | int] = ["meters", 0, "power"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (POWER, None),
        (POWER, "12.5"),
        (POWER, ...),
        (POWER, True),
        (POWER, float("nan")),
        (["meters"], []),
        (["meters"], None),
        (["meters"], ...),
        (["meters", 0], 5),
        (["meters", 0, "total"], "75461"),
        (["meters", 0, "is_valid"], "maybe"),
        (["temperature"], {}),
        (["uptime"], "long"),
    ],
)
def test_a_plug_s_with_a_wrong_value_gives_no_reading(path: list[str | int], value: object) -> None:
    with pytest.raises(BadPayload):
        plug_s_reading(changed(fixture("plug_s_washing.json"), path, value))


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["temperature"], ..., "device_temperature"),
        (["temperature"], None, "device_temperature"),
    ],
)
def test_what_a_plug_s_does_not_send_is_left_out(
    path: list[str | int], value: object, field: str
) -> None:
    reading = plug_s_reading(changed(fixture("plug_s_washing.json"), path, value))
    assert field not in reading.extra
    assert reading.power_w == 2043.17


def test_a_3em_without_one_counter_has_no_sum_of_counters() -> None:
    status = changed(fixture("3em_feed_in.json"), ["emeters", 1, "total"], ...)
    reading = three_em_reading(status)
    assert reading.counter_wh is None
    assert reading.counter_returned_wh == 98_004.4
    assert reading.power_w == -1712.35


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["emeters"], []),
        (["emeters", 2], ...),
        (["emeters", 1, "power"], None),
        (["emeters", 1, "power"], "1"),
        (["emeters", 0, "voltage"], "230"),
    ],
)
def test_a_3em_with_a_wrong_value_gives_no_reading(path: list[str | int], value: object) -> None:
    with pytest.raises(BadPayload):
        three_em_reading(changed(fixture("3em_feed_in.json"), path, value))


@pytest.mark.parametrize("t_s", [NOON_S, NOON_S + 12_345.6, NOON_S + 86_400.0])
@pytest.mark.parametrize(
    ("socket", "read"),
    [
        (VirtualPlugS(washing_machine(), NOON_S), plug_s_reading),
        (Virtual3EM(heat_pump_with_solar(), NOON_S), three_em_reading),
    ],
    ids=["plug-s", "3em"],
)
def test_a_virtual_socket_knows_what_is_read_off_it(
    socket: VirtualSocket, read: Callable[[object], Reading], t_s: float
) -> None:
    assert read(json.loads(socket.status_json(t_s))) == socket.reading(t_s)
