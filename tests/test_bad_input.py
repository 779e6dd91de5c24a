"""Bad input through the whole program: a clear error, nothing lost, the others go on."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.model import US_PER_S
from source.plaintext import visible
from source.setup import prepare
from source.simulator.curves import constant
from source.simulator.server import Fault, SimulatorServer
from source.simulator.socket import VirtualPlugS
from tests.cli.command import files_folder, process, started
from tests.fakes import FakeClock
from tests.influx_server import InfluxServer
from tests.reports.house import cells, job, lines, poll_hourly, us
from tests.running import (
    add_plug,
    all_points,
    entry,
    influx_environment,
    polls,
    running_daemon,
    running_journal,
)
from tests.sinks.places import as_floats, by_key, until

LONG = "n" * 299
NAMES = ("../../x", "Küche/Bad", 'a"b', LONG + "1", LONG + "2", "🔌")
DAY_S = 86_400
MOST_W = 100_000
"""More than the sockets here take; a real Plug S carries less."""
NO_ROUTE = "127.255.255.255"
"""The broadcast address of the loopback network: Linux refuses to connect to it at once, with the
error of a host that no route leads to, and sends nothing."""


def plugs(sockets: SimulatorServer, names: Sequence[str]) -> dict[str, str]:
    """The address of a socket of its own for each name; each takes another power."""
    now_s = time.time()
    powers_w = {name: 3600.0 * (place + 1) for place, name in enumerate(names)}
    return {
        name: sockets.add(VirtualPlugS(constant(power_w), now_s))
        for name, power_w in powers_w.items()
    }


def run_until_polled(
    files: Path, devices: dict[str, dict[str, object]], environ: dict[str, str] | None = None
) -> None:
    """A daemon over these devices until each has three good polls."""
    with running_daemon(files, devices, environ, timezone="UTC", price_kwh=1):
        until(lambda: all(sum(polls(files, name)) >= 3 for name in devices))


def write_reports(files: Path, clock: FakeClock) -> int:
    """What the job writes once the sockets had the time to answer; gives the lines written."""
    configuration = prepare({}, files).configuration
    with running_journal(files, clock) as journal:
        reports = job(journal, clock, configuration)
        clock.advance(120)
        return reports.catch_up()


def test_every_device_name_has_a_safe_report_file_of_its_own(
    tmp_path: Path, sockets: SimulatorServer
) -> None:
    files = tmp_path / "a" / "b" / "files"
    files.mkdir(parents=True)
    devices = {
        name: entry(address, cost_calc_day=True, max_power_w=MOST_W)
        for name, address in plugs(sockets, NAMES).items()
    }
    run_until_polled(files, devices)
    energy_kwh = {
        name: sum(
            float(p.fields.get("energy_wh", 0.0)) for p in all_points(files) if p.device == name
        )
        / 1000
        for name in NAMES
    }
    # Two days later: for one day after its end a line waits for the socket to come back.
    later = FakeClock((time.time_ns() // 1000) + 2 * DAY_S * US_PER_S)
    assert write_reports(files, later) >= len(NAMES)
    with JournalReader(files / JOURNAL_FILE) as reader:
        written = {one.device: files / one.file_name for one in reader.reports()}
    assert set(written) == set(NAMES)
    assert set(files.glob("*_day.txt")) == set(written.values()), "distinct, and in the folder"
    assert [path for path in tmp_path.rglob("*") if files not in path.parents] == [
        tmp_path / "a",
        tmp_path / "a" / "b",
        files,
    ]
    for name, path in written.items():
        told_kwh = sum(float(cells(line)[1]) for line in lines(path))
        assert told_kwh == pytest.approx(energy_kwh[name], abs=0.002), name


@pytest.mark.influx
def test_every_device_name_is_its_exact_tag_in_influxdb(
    tmp_path: Path, sockets: SimulatorServer, influx: InfluxServer, fresh: str
) -> None:
    devices = {
        name: entry(address, max_power_w=MOST_W) for name, address in plugs(sockets, NAMES).items()
    }
    run_until_polled(tmp_path, devices, influx_environment(influx, fresh))
    stored = influx.points(fresh)
    assert {name for name, _ in stored} == set(NAMES)
    assert as_floats(stored) == by_key(all_points(tmp_path))


def test_names_of_300_characters_are_shown_short_and_can_be_told_apart(tmp_path: Path) -> None:
    devices = {name: entry("127.0.0.1:9", enabled=False) for name in NAMES}
    ran = process("check", "--files", files_folder(tmp_path, devices))
    assert ran.code == 0
    rows = [line for line in ran.out.splitlines() if "disabled" in line]
    assert len({row.split()[0] for row in rows}) == len(NAMES)
    assert max(map(len, rows)) < 150
    assert rows[1].startswith(f"{visible('Küche/Bad')} ")


def test_a_price_that_is_the_whole_number_1_is_the_price_in_the_report(tmp_path: Path) -> None:
    device = entry("127.0.0.1:9", update_time=3600, cost_calc_day=True)
    files_folder(tmp_path, {"Fridge": device}, timezone="UTC", price_kwh=1)
    clock = FakeClock(us("2026-01-02 00:00"))
    with running_journal(tmp_path, clock) as journal:
        poll_hourly(journal, "2026-01-01 00:00", "2026-01-02 00:00")
    assert write_reports(tmp_path, clock) == 1
    (line,) = lines(tmp_path / "Fridge_day.txt")
    energy_kwh, cost = cells(line)[1:3]
    assert float(energy_kwh) > 2.0
    assert cost == f"{float(energy_kwh):.2f} ( 1.00€/KWh)"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems answer otherwise")
def test_a_socket_that_no_route_leads_to_is_told_and_the_others_go_on(
    tmp_path: Path, sockets: SimulatorServer, caplog: pytest.LogCaptureFixture
) -> None:
    devices = {"Far away": entry(NO_ROUTE), "Healthy": entry(add_plug(sockets))}
    with running_daemon(tmp_path, devices):
        until(
            lambda: len(polls(tmp_path, "Far away")) >= 3 and len(polls(tmp_path, "Healthy")) >= 3
        )
    assert not any(polls(tmp_path, "Far away"))
    assert all(polls(tmp_path, "Healthy"))
    assert "Far away: failed: Network is unreachable" in caplog.text


def test_sigterm_during_a_poll_that_hangs_ends_in_time_with_every_point_committed(
    tmp_path: Path, sockets: SimulatorServer
) -> None:
    healthy, hung = add_plug(sockets), add_plug(sockets)
    sockets.fault(hung, Fault.HANG)
    devices = {"Healthy": entry(healthy), "Hung": entry(hung, timeout_s=300)}
    daemon = started("--files", files_folder(tmp_path, devices))
    try:
        until(partial(is_polling, sockets, healthy, hung))
        began = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=10)
        assert (daemon.returncode, time.monotonic() - began < 10) == (0, True), log
    finally:
        daemon.kill()
        daemon.communicate()
    assert polls(tmp_path, "Healthy") == [True] * sockets.requests(healthy)
    assert True not in polls(tmp_path, "Hung")


def is_polling(sockets: SimulatorServer, healthy: str, hung: str) -> bool:
    """Whether the hung poll has begun and the other socket has answered some."""
    return sockets.requests(hung) >= 1 and sockets.requests(healthy) >= 3
