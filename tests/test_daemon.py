"""The whole job in one process: real sockets over HTTP, a real journal, a real InfluxDB."""

from __future__ import annotations

import ctypes
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from source.app import Daemon
from source.journal.prepared import prepare as prepared
from source.model import US_PER_S
from source.setup import prepare
from source.simulator.curves import constant, heat_pump_with_solar
from source.simulator.fault import PARTLY_WELL
from source.simulator.server import Fault, SimulatorServer
from source.simulator.socket import Virtual3EM, VirtualPlugS
from tests.fakes import START_US, good_point
from tests.influx_server import InfluxServer
from tests.journal.driving import thread_of
from tests.running import (
    POWER_W,
    add_plug,
    all_points,
    entry,
    influx_environment,
    polls,
    reading,
    running_daemon,
    until_copied,
)
from tests.sinks.places import as_floats, by_key, until


@pytest.mark.influx
def test_every_point_of_the_journal_is_in_influxdb_unchanged(
    tmp_path: Path, sockets: SimulatorServer, influx: InfluxServer, fresh: str
) -> None:
    now_s = time.time()
    three = sockets.add(Virtual3EM(heat_pump_with_solar(), now_s - 3600.0))
    offline = sockets.add(VirtualPlugS(constant(1.0), now_s))
    sockets.fault(offline, Fault.REFUSE)
    devices = {
        "Küche/Bad": entry(add_plug(sockets)),
        'a"b, c=d \\': entry(three, "shelly:3em"),
        "🔌 off": entry(offline),
    }
    with running_daemon(tmp_path, devices, influx_environment(influx, fresh)):
        until(lambda: len(all_points(tmp_path)) >= 12)
    points = all_points(tmp_path)
    stored = influx.points(fresh)
    expected = by_key(points)
    assert {name for name, _ in stored} == {"Küche/Bad", 'a"b, c=d \\ ', "🔌 off"}
    renamed = {(name.removesuffix(" "), time_ns): f for (name, time_ns), f in stored.items()}
    assert as_floats(renamed) == expected
    types = influx.field_types(fresh)
    assert types.pop("fetch_success") == "boolean"
    flags = {"is_valid", "is_valid_a", "is_valid_b", "is_valid_c"}
    assert {name for name, kind in types.items() if kind == "boolean"} == flags
    assert set(types.values()) == {"boolean", "float"}
    phases = [f"{name}_{phase}" for phase in "abc" for name in PHASE_FIELDS]
    assert set(types) == {*flags, *PLAIN_FIELDS, *phases}


PLAIN_FIELDS = ("power", "energy_wh", "device_temperature", "counter_wh", "counter_returned_wh")
PHASE_FIELDS = ("power", "power_factor", "current", "voltage", "energy_wh")


@pytest.mark.influx
def test_a_database_that_is_absent_at_the_start_gets_everything_later(
    tmp_path: Path, sockets: SimulatorServer
) -> None:
    server = InfluxServer(tmp_path / "influx")
    files = tmp_path / "files"
    environ = influx_environment(server, "home")
    try:
        with running_daemon(files, {"Plug": entry(add_plug(sockets))}, environ):
            until(lambda: len(all_points(files)) >= 3)
            server.start()
            until_copied(files)
            server.stop()
            before = len(all_points(files))
            until(lambda: len(all_points(files)) >= before + 3)
            server.start()
            until_copied(files)
        assert as_floats(server.points("home")) == by_key(all_points(files))
    finally:
        server.stop()


def test_energy_agrees_with_the_truth_over_failed_polls_and_a_restart(
    tmp_path: Path, sockets: SimulatorServer
) -> None:
    plug = VirtualPlugS(constant(POWER_W), time.time() - 100.0)
    address = sockets.add(plug)
    devices = {"Plug": entry(address)}
    with running_daemon(tmp_path, devices):
        until(lambda: True in polls(tmp_path, "Plug"))
        sockets.fault(address, Fault.HTML)
        until(lambda: polls(tmp_path, "Plug")[-2:] == [False, False])
        sockets.fault(address, None)
        until(lambda: polls(tmp_path, "Plug")[-1])
    with running_daemon(tmp_path, devices):
        known = len(polls(tmp_path, "Plug"))
        until(lambda: len(polls(tmp_path, "Plug")) >= known + 2)
    good = [point for point in all_points(tmp_path) if point.success]
    energy_wh = sum(float(point.fields.get("energy_wh", 0.0)) for point in good)
    truth_wh = plug.true_energy_wh(good[0].time_us / 1e6, good[-1].time_us / 1e6)
    assert energy_wh == pytest.approx(truth_wh, abs=0.05)
    assert energy_wh > 1.0


def test_no_fault_of_one_socket_touches_another(tmp_path: Path, sockets: SimulatorServer) -> None:
    devices = {"Healthy": entry(add_plug(sockets))}
    for fault in Fault:
        address = add_plug(sockets)
        sockets.fault(address, fault)
        devices[fault.name] = entry(address, timeout_s=0.4)
    began = time.monotonic()
    with running_daemon(tmp_path, devices):
        until(lambda: all(len(polls(tmp_path, fault.name)) >= 3 for fault in Fault))
        elapsed_s = time.monotonic() - began
    healthy = polls(tmp_path, "Healthy")
    assert all(healthy)
    assert len(healthy) >= elapsed_s / 0.5 - 2
    for fault in set(Fault) - PARTLY_WELL:
        assert not any(polls(tmp_path, fault.name)), fault
    assert all(polls(tmp_path, Fault.OTHER_MAC.name)), "the first one to answer is the right one"
    flaps = polls(tmp_path, Fault.FLAP.name)
    assert flaps == [number % 2 == 1 for number in range(len(flaps))]
    failed = [point for point in all_points(tmp_path) if not point.success]
    assert {tuple(point.fields.items()) for point in failed} == {(("fetch_success", False),)}


PLUGIN = """
import time

def setup(plugins):
    @plugins.register("user:hangs")
    def hangs(device):
        while True:
            time.sleep(0.05)

    @plugins.register("user:exits")
    def exits(settings):
        raise SystemExit(3)

    @plugins.register("user:wrong")
    def wrong(settings):
        return 42
"""


def test_plugins_that_hang_exit_or_answer_nonsense_harm_their_own_sockets_only(
    tmp_path: Path, sockets: SimulatorServer, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "device_plugin.py").write_text(PLUGIN, encoding="utf-8")
    devices = {
        "Healthy": entry(add_plug(sockets)),
        **{name: entry("127.0.0.1:1", f"user:{name}") for name in ("hangs", "exits", "wrong")},
    }
    began = time.monotonic()
    with running_daemon(tmp_path, devices):
        until(lambda: len(polls(tmp_path, "Healthy")) >= 4)
        stopping_began = time.monotonic()
    assert time.monotonic() - stopping_began < 10.0
    assert all(polls(tmp_path, "Healthy"))
    assert len(polls(tmp_path, "Healthy")) >= (stopping_began - began) / 0.5 - 2
    assert polls(tmp_path, "hangs") == []
    assert set(polls(tmp_path, "exits")) == set(polls(tmp_path, "wrong")) == {False}
    assert "exits: failed: type 'user:exits' (device_plugin.py, line 12): SystemExit: 3" in (
        caplog.text
    )
    assert "returned 42 and not a Reading" in caplog.text


def test_an_empty_devices_file_runs_and_says_how_to_add_a_socket(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running_daemon(tmp_path, {}):
        pass
    assert "no socket is enabled: add one to" in caplog.text


def test_a_stop_commits_what_was_polled_last(tmp_path: Path, sockets: SimulatorServer) -> None:
    plug = add_plug(sockets)
    with running_daemon(tmp_path, {"Plug": entry(plug)}):
        until(lambda: sockets.requests(plug) >= 3)
    counted = polls(tmp_path, "Plug")
    assert len(counted) == sockets.requests(plug)


@pytest.mark.alone
def test_twenty_sockets_are_polled_ten_times_a_second_and_no_poll_is_missed(
    tmp_path: Path, sockets: SimulatorServer
) -> None:
    names = [f"Plug {number}" for number in range(20)]
    devices = {name: entry(add_plug(sockets), update_time=0.1) for name in names}
    with running_daemon(tmp_path, devices):
        until(lambda: all(len(polls(tmp_path, name)) >= 30 for name in names))
    assert missed_polls(tmp_path, names, 0.1) == 0


DEAD = (Fault.REFUSE, Fault.HANG, None)
NO_ROUTE = "127.255.255.255"


@pytest.mark.alone
def test_sixty_dead_sockets_make_twenty_healthy_ones_miss_no_poll(
    tmp_path: Path, sockets: SimulatorServer
) -> None:
    names = [f"Plug {number}" for number in range(20)]
    devices = {name: entry(add_plug(sockets)) for name in names}
    for number in range(60):
        address, fault = NO_ROUTE, DEAD[number % 3]
        if fault is not None:
            address = add_plug(sockets)
            sockets.fault(address, fault)
        devices[f"Dead {number}"] = entry(address)
    with running_daemon(tmp_path, devices):
        until(lambda: all(len(polls(tmp_path, name)) >= 8 for name in names))
    assert missed_polls(tmp_path, names, 0.5) == 0
    assert not any(polls(tmp_path, f"Dead {number}")[0] for number in range(60))


def missed_polls(folder: Path, names: list[str], interval_s: float) -> int:
    """Ticks between a device's first and last point that have none; all of them must be good."""
    missed = 0
    for name in names:
        points = [point for point in all_points(folder) if point.device == name]
        assert all(point.success for point in points)
        lasted_s = (points[-1].time_us - points[0].time_us) / US_PER_S
        missed += round(lasted_s / interval_s) - (len(points) - 1)
    return missed


def test_a_handler_that_never_comes_back_is_told_and_the_others_go_on(
    tmp_path: Path,
    sockets: SimulatorServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("source.polling.stuck.STUCK_AFTER_S", 0.5)
    text = PLUGIN.replace("time.sleep(0.05)", "pass")
    (tmp_path / "device_plugin.py").write_text(text, encoding="utf-8")
    devices = {
        "Healthy": entry(add_plug(sockets)),
        "Loops": entry("127.0.0.1:1", "user:hangs", timeout_s=0.2),
    }
    try:
        with running_daemon(tmp_path, devices):
            until(lambda: "Loops: the handler of its type ('user:hangs'" in caplog.text)
            until(lambda: len(polls(tmp_path, "Healthy")) >= 6)
            stopping_began = time.monotonic()
        assert time.monotonic() - stopping_began < 10.0
        assert missed_polls(tmp_path, ["Healthy"], 0.5) == 0
    finally:
        end_thread("poll:Loops")


def end_thread(name: str) -> None:
    """End a thread that loops for ever: it would take half of the time of the tests that follow."""
    (thread,) = [one for one in threading.enumerate() if one.name == name]
    ident = ctypes.c_ulong(thread.ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(SystemExit))
    thread.join(10)
    assert not thread.is_alive()


def test_points_that_go_before_the_copy_begins_are_counted_as_lost_for_it(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "devices.json").write_text("{}", encoding="utf-8")
    environ = {"DB_IP_ADDRESS": "127.0.0.1", "DB_USER_NAME": "logger", "DB_NAME": "isdl"}
    setup = prepare(environ, tmp_path)
    configuration = setup.configuration
    full = configuration.general.model_copy(update={"journal_max_mb": 0})
    configuration = configuration.model_copy(update={"general": full})
    journal = Daemon(setup=replace(setup, configuration=configuration)).journal
    journal.open()
    points = (good_point(START_US + n * US_PER_S, 1.0) for n in range(3))
    journal.load([prepared("Fridge", ((point, None) for point in points))])
    with thread_of(journal):  # nothing else runs yet
        until(lambda: len(all_points(tmp_path)) == 1)  # the newest stays
    with reading(tmp_path) as reader:
        assert [status.dropped for status in reader.sinks()] == [2]
