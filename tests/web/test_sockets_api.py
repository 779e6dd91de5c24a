"""The sockets' API over a running daemon and virtual sockets: list, save, remove, test."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source.simulator.server import Fault, SimulatorServer
from tests.running import add_plug, all_points, entry
from tests.sinks.places import until
from tests.web.page import Page, running_page

HOSTILE = 'Küche/"<b>😀'
PLUGIN = """\
import time
from source.model import Reading

def setup(plugins):
    @plugins.register("mine:slow")
    def slow(device):
        time.sleep(2)

    @plugins.register("mine:other")
    def other(device):
        return Reading(power_w=float(device.settings["factor"]) * 2)

    @plugins.register("mine:broken")
    def broken(device):
        raise KeyError("meters")
"""


@pytest.fixture
def page(tmp_path: Path, sockets: SimulatorServer) -> Iterator[Page]:
    (tmp_path / "device_plugin.py").write_text(PLUGIN, encoding="utf-8")
    devices = {"Fridge": entry(add_plug(sockets), colour="red", api_token="geheim")}
    with running_page(tmp_path, devices) as page:
        yield page


@pytest.fixture(scope="module")
def tester(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One for all tests of sockets: they change nothing."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "device_plugin.py").write_text(PLUGIN, encoding="utf-8")
    with running_page(folder, {}) as page:
        yield page


def stored(page: Page) -> Any:
    return json.loads((page.daemon.configuration.files / "devices.json").read_text("utf-8"))


def asked(page: Page, ip: str, type_name: str = "shelly:plug-s", **more: object) -> Any:
    body = {"entry": {"type": type_name, "ip": ip, "timeout_s": 0.3, **more}}
    return page.well("POST", "socket/test", body)


# --- list and forms ---


def test_sockets_come_as_they_stand_in_the_file_without_secrets(page: Page) -> None:
    until(lambda: page.get("sockets")["sockets"][0]["state"] == "ok")
    found = page.get("sockets")
    fridge = found["sockets"][0]
    assert fridge["name"] == "Fridge"
    assert fridge["other"] == {"colour": "red", "api_token": "********"}
    assert fridge["entry"]["update_time"] == 0.5
    types = {one["name"]: one for one in found["types"]}
    assert types["shelly:plug-s"] == {
        "name": "shelly:plug-s",
        "built_in": True,
        "vendor": "Shelly",
        "model": "plug-s",
    }
    assert not types["mine:slow"]["built_in"]
    assert found["plugin_errors"] == []


def test_forms_come_in_the_language_of_who_asks(page: Page) -> None:
    english, german = page.get("forms"), page.get("forms", "de")
    poll = {one["key"]: one for one in german["socket"]}["update_time"]
    assert (poll["label"], poll["unit"], poll["minimum"]) == ("Abfragen alle", "s", 0.1)
    assert [one["key"] for one in english["socket"]] == [one["key"] for one in german["socket"]]
    kinds = {one["key"]: one for one in english["socket"]}
    assert "mine:slow" in [one["value"] for one in kinds["type"]["choices"]]
    assert kinds["price_kwh"]["unit"] == "€/kWh"


# --- saving ---


def test_an_added_socket_is_polled_within_moments(page: Page, sockets: SimulatorServer) -> None:
    revision = page.get("sockets")["revision"]
    new = {"name": HOSTILE, "entry": entry(add_plug(sockets)), "revision": revision}
    saved = page.well("POST", "socket", new)
    assert saved["applied"] is True
    files = page.daemon.configuration.files
    until(lambda: HOSTILE in {one.device for one in all_points(files)})
    assert list(stored(page)) == ["Fridge", HOSTILE]


def test_what_is_wrong_is_told_by_the_keys_of_the_entry(page: Page) -> None:
    body = {"name": "a.b", "entry": {"type": "shelly:plug", "ip": "http://x", "update_time": 0}}
    error = page.wrong(422, "POST", "socket", body)
    assert {one["key"] for one in error["problems"]} == {"type", "ip", "update_time"}
    assert "a.b" not in stored(page)


def test_a_socket_is_renamed_in_its_place_and_keeps_its_secrets(page: Page) -> None:
    found = page.get("sockets")["sockets"][0]["entry"]
    body = {"entry": {**found, "in_total": False}, "rename_to": "Cellar"}
    page.well("PUT", "socket", body, device="Fridge")
    assert stored(page)["Cellar"]["api_token"] == "geheim"
    assert stored(page)["Cellar"]["in_total"] is False


def test_the_second_of_two_editors_is_told_and_shown_the_difference(page: Page) -> None:
    found = page.get("sockets")
    one = found["sockets"][0]["entry"]
    first = {"entry": {**one, "update_time": 5}, "revision": found["revision"]}
    page.well("PUT", "socket", first, device="Fridge")
    second = {"entry": {**one, "update_time": 7}, "revision": found["revision"]}
    error = page.wrong(409, "PUT", "socket", second, device="Fridge")
    assert error["code"] == "conflict"
    assert '-  "update_time": 5' in error["difference"]
    assert "geheim" not in json.dumps(error)
    assert error["revision"] == page.get("sockets")["revision"]
    assert stored(page)["Fridge"]["update_time"] == 5


def test_names_that_are_taken_or_unknown_are_refused(page: Page) -> None:
    one = {"entry": entry("127.0.0.1:1")}
    assert page.wrong(422, "POST", "socket", {**one, "name": "Fridge"})["code"] == "invalid"
    assert page.wrong(404, "PUT", "socket", one, device="Nobody")["code"] == "not_found"
    german = page.send("DELETE", "socket", None, "de", device="Nobody").json()["error"]
    assert german["message"].startswith("Es gibt keine Steckdose")


@pytest.mark.parametrize("data", ["keep", "delete"])
def test_a_removed_sockets_data_stay_or_go(page: Page, data: str) -> None:
    files = page.daemon.configuration.files
    until(lambda: len(all_points(files)) > 1)
    saved = page.well("DELETE", "socket", device="Fridge", data=data)
    assert saved["warnings"] == []
    assert saved["applied"]
    until(lambda: "poll:Fridge" not in page.daemon._working.running())
    assert bool(all_points(files)) is (data == "keep")
    assert stored(page) == {}


# --- the test of a socket ---


def test_a_plug_tells_what_it_is_and_measures(tester: Page, sockets: SimulatorServer) -> None:
    found = asked(tester, add_plug(sockets))
    assert found["ok"]
    assert found["reason"] is None
    assert found["model"] == "Shelly Plug S (SHPLG-S)"
    assert found["power_w"] == 3600.0
    assert found["mac"].count(":") == 5
    assert found["firmware"].startswith("2023")
    assert found["temperature_c"] is not None
    assert found["counter_wh"] is not None


def test_the_type_is_proposed_from_the_answer(tester: Page, sockets: SimulatorServer) -> None:
    place = add_plug(sockets)
    without = tester.well("POST", "socket/test", {"entry": {"ip": place}})
    assert without["ok"]
    assert without["type"] == "shelly:plug-s"
    other = asked(tester, place, "shelly:3em")
    assert not other["ok"]
    assert other["type"] == "shelly:plug-s"
    assert other["hint"] == "Choose the type shelly:plug-s."


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.REFUSE, "refuses the connection"),
        (Fault.HANG, "has not answered within 0.3 s"),
        (Fault.DRIP, "has not answered within 0.3 s"),
        (Fault.RESET, "has broken the connection"),
        (Fault.HTML, "it is no Shelly"),
        (Fault.DENIED, "wants a user and a password"),
        (Fault.REDIRECT_ELSEWHERE, "it is no Shelly"),
        (Fault.NO_METERS, "its answer is not as expected"),
    ],
)
def test_a_socket_that_fails_is_explained(
    tester: Page, sockets: SimulatorServer, fault: Fault, words: str
) -> None:
    place = add_plug(sockets)
    sockets.fault(place, fault)
    found = asked(tester, place)
    assert not found["ok"]
    assert words in found["reason"]
    assert found["hint"]


def test_reasons_are_told_in_german_too(tester: Page) -> None:
    body = {"entry": {"type": "shelly:plug-s", "ip": "127.0.0.1:1"}}
    found = tester.send("POST", "socket/test", body, "de").json()
    assert found["reason"] == "127.0.0.1:1 weist die Verbindung ab."
    assert found["hint"].startswith("Dort ist ein Gerät")


def test_another_socket_at_the_address_is_noticed(tester: Page, sockets: SimulatorServer) -> None:
    found = asked(tester, add_plug(sockets), mac="AA:BB:CC:DD:EE:FF")
    assert not found["ok"]
    assert "not AA:BB:CC:DD:EE:FF" in found["reason"]


def test_handlers_of_the_user_are_tried_with_their_own_keys(
    tester: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(tester, "127.0.0.1:1", "mine:other", factor=21)["power_w"] == 42
    broken = asked(tester, "127.0.0.1:1", "mine:broken")
    assert "KeyError" in broken["reason"]
    assert "device_plugin.py" in broken["reason"]
    monkeypatch.setattr("source.web.probing.sockets.GRACE_S", 0.1)
    assert "has not returned" in asked(tester, "127.0.0.1:1", "mine:slow")["reason"]


def test_mistakes_in_other_keys_do_not_matter(tester: Page, sockets: SimulatorServer) -> None:
    assert asked(tester, add_plug(sockets), cost_calc_month="99", tariff=[])["ok"]


def test_an_entry_that_names_no_address_is_refused(tester: Page) -> None:
    error = tester.wrong(422, "POST", "socket/test", {"entry": {"ip": "http://x/y"}})
    assert [one["key"] for one in error["problems"]] == ["ip"]


# --- where a test may go to ---


@pytest.mark.parametrize(
    "ip",
    [
        "8.8.8.8",
        "[2001:db8::1]:80",
        "0.0.0.0",
        "[::ffff:8.8.8.8]",
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
    ],
)
def test_no_address_outside_of_the_home_is_asked(tester: Page, ip: str) -> None:
    error = tester.wrong(422, "POST", "socket/test", {"entry": {"type": "mine:other", "ip": ip}})
    assert "is not in the home network" in error["message"]
    assert [one["key"] for one in error["problems"]] == ["ip"]


def test_a_name_that_changes_its_address_between_look_up_and_use_gains_nothing(
    tester: Page, sockets: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(add_plug(sockets).rpartition(":")[2])
    real, looked_up = socket.getaddrinfo, []

    def rebinding(host: Any, *more: Any, **named: Any) -> Any:
        if host != "plug.lan":
            return real(host, *more, **named)
        looked_up.append(host)
        address = "127.0.0.1" if len(looked_up) == 1 else "198.51.100.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert asked(tester, f"plug.lan:{port}")["ok"]
    assert looked_up == ["plug.lan"]


def test_a_name_that_is_not_known_is_told(tester: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def unknown(host: Any, *more: Any, **named: Any) -> Any:
        if host == "plug.lan":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return real(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert asked(tester, "plug.lan")["reason"] == "The name plug.lan is not known in this network."
