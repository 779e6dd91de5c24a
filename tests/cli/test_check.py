"""Command check: what it tries, what it prints, its exit codes."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from source.cli.check import reading_text
from source.errors import DeviceUnreachable
from source.journal.schema import JOURNAL_FILE, MIGRATIONS, VERSION
from source.model import Phase, Reading
from source.simulator.fault import Fault
from source.simulator.house import demo_house, serve
from source.simulator.load_curve import constant
from source.simulator.plug_s import VirtualPlugS
from source.simulator.server import SimulatorServer
from source.trials import tried
from tests.cli.command import files_folder, keep, plug, process
from tests.cli.conftest import Cli
from tests.devices.raw_server import http_answer, raw_server
from tests.fakes import START_US, good_point
from tests.sinks.scripted_server import scripted_server


def test_a_socket_that_answers_is_shown_with_power_and_counter(
    cli: Cli, tmp_path: Path, lamp: str
) -> None:
    ran = cli("check", "--files", files_folder(tmp_path, {"Lamp": plug(lamp)}))
    assert ran.code == 0
    assert f"Lamp  shelly:plug-s  {lamp}  ok      100.0 W, counter 100.0 Wh" in ran.out
    assert ran.out.endswith("All is well.\n")


def test_every_kind_of_the_simulators_house_is_well(
    cli: Cli, tmp_path: Path, simulator: SimulatorServer
) -> None:
    house = demo_house(time.time() - 86400)
    addresses = serve(simulator, [entry for entry in house if entry.name != "Television"])
    devices = {
        entry.name: {"type": entry.type_name, "ip": addresses[entry.name]}
        for entry in house
        if entry.name in addresses
    }
    ran = cli("check", "--json", "--files", files_folder(tmp_path, devices))
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert [device["result"] for device in ran.json["devices"]] == ["ok"] * 3
    assert all(device["counter_wh"] > 0 for device in ran.json["devices"])


def test_a_dead_socket_is_told_with_the_reason_and_exits_with_2(
    cli: Cli, tmp_path: Path, lamp: str, simulator: SimulatorServer
) -> None:
    html = simulator.add(VirtualPlugS(constant(1.0), time.time()))
    simulator.fault(html, Fault.HTML)
    devices = {"Lamp": plug(lamp), "Gone": plug("127.0.0.1:9"), "Router": plug(html)}
    ran = cli("check", "--files", files_folder(tmp_path, devices))
    assert ran.code == 2
    rows = {line.split()[0]: line for line in ran.out.splitlines() if line}
    assert "ok" in rows["Lamp"]
    assert rows["Gone"].endswith("failed  Connection refused")
    assert "  failed  " in rows["Router"]
    assert ran.out.endswith("2 things are wrong.\n")


def test_a_disabled_socket_is_shown_and_not_tried(
    cli: Cli, tmp_path: Path, lamp: str, simulator: SimulatorServer
) -> None:
    ran = cli("check", "--files", files_folder(tmp_path, {"Lamp": plug(lamp, enabled=False)}))
    assert ran.code == 0
    assert f"{lamp}  disabled" in ran.out
    assert simulator.requests(lamp) == 0


def test_no_network_asks_nobody(
    cli: Cli, tmp_path: Path, lamp: str, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_IP_ADDRESS", "127.0.0.1")
    monkeypatch.setenv("DB_USER_NAME", "logger")
    monkeypatch.setenv("DB_NAME", "home")
    monkeypatch.setenv("DB_PORT", "9")
    ran = cli("check", "--no-network", "--files", files_folder(tmp_path, {"Lamp": plug(lamp)}))
    assert ran.code == 0
    assert ran.out.count("not tried") == 2
    assert simulator.requests(lamp) == 0


def test_many_dead_sockets_take_as_long_as_one(
    cli: Cli, tmp_path: Path, simulator: SimulatorServer
) -> None:
    hung = [simulator.add(VirtualPlugS(constant(1.0), time.time())) for _ in range(40)]
    for address in hung:
        simulator.fault(address, Fault.HANG)
    devices = {f"Plug {n}": plug(address, timeout_s=0.5) for n, address in enumerate(hung)}
    began = time.monotonic()
    ran = cli("check", "--files", files_folder(tmp_path, devices))
    assert time.monotonic() - began < 3.0
    assert (ran.code, ran.out.count("no whole answer within 0.5 s")) == (2, 40)


def test_the_database_is_tried_too(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = files_folder(tmp_path)
    with scripted_server() as server:
        for name, text in (("IP_ADDRESS", "127.0.0.1"), ("USER_NAME", "u"), ("NAME", "home")):
            monkeypatch.setenv(f"DB_{name}", text)
        monkeypatch.setenv("DB_PORT", str(server.port))
        well = cli("check", "--json", "--files", files)
        assert (well.code, well.json["database"]["result"]) == (0, "ok")
        server.then_influxdb(401, "authorization failed")
        denied = cli("check", "--json", "--files", files)
    assert (denied.code, denied.json["ok"]) == (2, False)
    assert "authorization failed" in denied.json["database"]["reason"]


def test_all_problems_of_all_files_are_listed_and_the_plugins_too(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(
        tmp_path,
        {"A": plug("10.0.0.1", cost_calc_month="32"), "B": plug("10.0.0.2", update_time="ten")},
        plugin="x = 1\nimport no_such_package\n",
        price_kwh=-1,
    )
    ran = cli("check", "--files", files)
    assert ran.code == 2
    for text in ("A.cost_calc_month", "B.update_time", "price_kwh", "device_plugin.py, line 2"):
        assert text in ran.out, text
    refused = cli("check", "--json", "--files", files)
    assert refused.code == 2
    assert {problem["key"] for problem in refused.json["problems"]} == {
        "A.cost_calc_month",
        "B.update_time",
        "general.price_kwh",
    }
    assert len(refused.json["plugin_errors"]) == 1


def test_a_plugin_that_does_not_load_is_wrong_and_the_sockets_are_tried_all_the_same(
    cli: Cli, tmp_path: Path, lamp: str
) -> None:
    devices = {"Lamp": plug(lamp), "Own": {"type": "own:one", "ip": "127.0.0.1:9"}}
    files = files_folder(tmp_path, devices, plugin="def setup(plugins):\n    plugins.regster\n")
    ran = cli("check", "--files", files)
    assert ran.code == 2
    assert "100.0 W" in ran.out
    assert "device_plugin.py, line 2" in ran.out
    assert "there is no socket type 'own:one'" in ran.out


def test_a_plugin_that_prints_does_not_spoil_the_json(cli: Cli, tmp_path: Path) -> None:
    plugin = """
print("hello from the file")
def setup(plugins):
    @plugins.register("own:one")
    def handler(device):
        print("hello from the handler")
        return [{"fields": {"power": 5.0}, "tags": {"device": device["device_name"]}}]
"""
    files = files_folder(tmp_path, {"Own": {"type": "own:one", "ip": "127.0.0.1:9"}}, plugin)
    ran = cli("check", "--json", "--files", files)
    assert (ran.code, ran.json["devices"][0]["power_w"]) == (0, 5.0)
    assert "hello from the handler" in ran.err


def test_a_handler_that_never_returns_is_told_and_does_not_keep_the_process(
    tmp_path: Path,
) -> None:
    plugin = """
import threading
def setup(plugins):
    @plugins.register("own:hung")
    def handler(device):
        threading.Event().wait()
"""
    entry = {"type": "own:hung", "ip": "127.0.0.1:9", "timeout_s": 0.1}
    ran = process("check", "--files", files_folder(tmp_path, {"Hung": entry}, plugin))
    assert ran.code == 2
    assert "type 'own:hung' (device_plugin.py, line 4): has not returned within 3.1 s" in ran.out


def test_the_empty_configuration_is_well_and_says_what_to_do(cli: Cli, tmp_path: Path) -> None:
    ran = cli("check", "--files", files_folder(tmp_path))
    assert ran.code == 0
    assert "add one to devices.json" in ran.out
    assert "journal alone" in ran.out


def test_a_built_in_type_that_the_plugin_replaces_is_told(cli: Cli, tmp_path: Path) -> None:
    plugin = """
def setup(plugins):
    @plugins.register("shelly:plug-s")
    def handler(device):
        return [{"fields": {"power": 5.0}}]
"""
    ran = cli("check", "--files", files_folder(tmp_path, {"A": plug("127.0.0.1:9")}, plugin))
    assert (ran.code, "5.0 W" in ran.out) == (0, True)
    assert "'shelly:plug-s' is the one of device_plugin.py, line 3" in ran.out


def test_a_near_miss_is_a_warning_and_no_failure(cli: Cli, tmp_path: Path, lamp: str) -> None:
    ran = cli("check", "--files", files_folder(tmp_path, {"Lamp": plug(lamp, update_tme=5)}))
    assert ran.code == 0
    assert "did you mean update_time?" in ran.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_files_folder_that_can_not_be_written_is_wrong(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path / "files")
    files.chmod(0o500)
    ran = cli("check", "--files", files)
    assert ran.code == 2
    assert "can't be written" in ran.out


def test_each_action_gets_its_own_outcome() -> None:
    def fails() -> Reading:
        raise DeviceUnreachable("no route")

    outcomes = tried({"a": lambda: Reading(power_w=1.0), "b": fails}, 5.0)
    assert outcomes["a"] == Reading(power_w=1.0)
    assert str(outcomes["b"]) == "no route"


# --- the journal ---


def with_version(files: Path, version: int) -> None:
    """Note another version in the journal."""
    with closing(sqlite3.connect(files / JOURNAL_FILE)) as db:
        db.execute(f"PRAGMA user_version = {version}")


def test_a_journal_that_is_well_is_no_problem(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path)
    keep(files, [good_point(START_US)])
    before = sorted(files.iterdir())
    assert cli("check", "--files", files).code == 0
    assert sorted(files.iterdir()) == before


@pytest.mark.parametrize("content", [b"", *MIGRATIONS[:1]])
def test_a_journal_that_the_next_run_brings_up_to_date_is_no_problem(
    cli: Cli, tmp_path: Path, content: str | bytes
) -> None:
    files = files_folder(tmp_path)
    (files / JOURNAL_FILE).touch()
    if content:
        with closing(sqlite3.connect(files / JOURNAL_FILE)) as db:
            db.executescript(str(content))
        with_version(files, 1)
    assert cli("check", "--files", files).code == 0


def test_a_journal_that_is_none_is_wrong(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path)
    (files / JOURNAL_FILE).write_bytes(b"no journal" * 1000)
    ran = cli("check", "--files", files)
    assert ran.code == 2
    assert f"{files / JOURNAL_FILE}: " in ran.out
    assert "file is not a database" in ran.out
    told = cli("check", "--json", "--files", files).json
    assert [problem["file"] for problem in told["problems"]] == [str(files / JOURNAL_FILE)]


def test_a_journal_of_a_newer_version_is_wrong(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path)
    keep(files, [good_point(START_US)])
    with_version(files, VERSION + 1)
    ran = cli("check", "--files", files)
    assert ran.code == 2
    assert f"written by a newer version of the program (journal version {VERSION + 1}" in ran.out


def test_a_journal_whose_tables_are_missing_is_wrong(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path)
    with_version(files, VERSION)
    ran = cli("check", "--files", files)
    assert ran.code == 2
    assert "can't be opened as journal: no such table" in ran.out


def test_a_folder_in_the_journals_place_is_wrong(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path)
    (files / JOURNAL_FILE).mkdir()
    ran = cli("check", "--files", files)
    assert ran.code == 2
    assert "can't be opened as journal" in ran.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_journal_that_can_not_be_written_is_wrong(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path)
    keep(files, [good_point(START_US)])
    (files / JOURNAL_FILE).chmod(0o400)
    ran = cli("check", "--files", files)
    assert ran.code == 2
    assert f"{files / JOURNAL_FILE}: can't be written" in ran.out


# --- what a reading tells ---


def test_a_power_without_a_meter_is_shown_too(cli: Cli, tmp_path: Path) -> None:
    answer = http_answer(b'{"meters": [{"power": 60.0, "is_valid": true}]}')
    with raw_server([answer], [answer]) as server:
        files = files_folder(tmp_path, {"Switch": plug(server.address)})
        assert "ok      60.0 W, no energy is measured" in cli("check", "--files", files).out
        told = cli("check", "--json", "--files", files).json
    assert told["devices"][0]["power_w"] == 60.0


@pytest.mark.parametrize(
    ("reading", "text"),
    [
        (Reading(power_w=1.0, counter_wh=2.0), "1.0 W, counter 2.0 Wh"),
        (Reading(counter_wh=2.0, counter_returned_wh=0.0), "counter 2.0 Wh, returned 0.0 Wh"),
        (Reading(extra={"power": 60.0}), "60.0 W, no energy is measured"),
        (Reading(energy_wh=0.25), "energy 0.2 Wh"),
        (Reading(extra={"co2": 417.0, "open": True}), "co2 417.0, open True"),
        (Reading(phases={"a": Phase(voltage_v=230.0)}), "phases a"),
        (Reading(power_w=0.0, is_valid=False), "0.0 W, not valid, says the socket"),
    ],
)
def test_no_reading_is_shown_empty(reading: Reading, text: str) -> None:
    assert reading_text(reading) == text
