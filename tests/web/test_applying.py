"""Saving in a running daemon: in force when the answer comes, whatever else goes on."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from source.simulator.server import SimulatorServer
from tests.running import add_plug, daemon_in, entry, polls, running_daemon
from tests.sinks.places import until
from tests.web.test_server import environ, free_port, page_of


class Page:
    """The API of a daemon on this machine."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.csrf = self.ask("GET", "session")["csrf"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"content-type": "application/json"}
        if method != "GET":
            headers |= {"x-csrf-token": self.csrf, "origin": self.address}
        request = urllib.request.Request(
            f"{self.address}/api/v1/{path}",
            None if body is None else json.dumps(body).encode(),
            headers,
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def save(self, name: str, content: object) -> Any:
        revision = self.ask("GET", f"file?name={name}")["revision"]
        text = json.dumps(content)
        return self.ask("PUT", "file", {"name": name, "text": text, "revision": revision})


def test_a_socket_that_was_saved_is_polled_when_the_answer_comes(
    tmp_path: Path, sockets: SimulatorServer
) -> None:
    port = free_port()
    with running_daemon(tmp_path, {}, environ(port)) as daemon:
        page_of(daemon)
        done = Page(port).save("devices.json", {"New": entry(add_plug(sockets))})
        assert done["applied"] is True
        assert list(daemon.configuration.devices) == ["New"]
        until(lambda: any(polls(tmp_path, "New")))


def test_a_socket_that_was_saved_is_live_soon_however_many_there_are_already(
    tmp_path: Path, sockets: SimulatorServer
) -> None:
    port, ip = free_port(), add_plug(sockets)
    there = {f"Lamp {index}": entry(ip, update_time=3600) for index in range(8)}
    with running_daemon(tmp_path, there, environ(port)) as daemon:
        page_of(daemon)
        began = time.monotonic()
        Page(port).save("devices.json", {**there, "New": entry(ip, update_time=3600)})
        until(lambda: any(polls(tmp_path, "New")))
        assert time.monotonic() - began < 5.0


def test_whoever_moves_the_page_to_another_port_gets_the_answer_on_the_old_one(
    tmp_path: Path,
) -> None:
    old, new = free_port(), free_port()
    config = {"general": {"log_file": False}, "web": {"port": old}}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with daemon_in(tmp_path, {"WEB": "on"}) as daemon:
        page_of(daemon)
        done = Page(old).save("config.json", {**config, "web": {"port": new}})
        assert done["applied"] is True
        until(lambda: page_of(daemon).port == new)
        assert Page(new).ask("GET", "files")


def test_of_two_who_save_at_once_each_gets_an_answer(tmp_path: Path) -> None:
    port = free_port()
    with running_daemon(tmp_path, {}, environ(port)) as daemon:
        page_of(daemon)
        page, done = Page(port), []
        revision = page.ask("GET", "file?name=config.json")["revision"]

        def save(days: int) -> None:
            text = json.dumps({"general": {"raw_days": days, "log_file": False}})
            body = {"name": "config.json", "text": text, "revision": revision}
            try:
                done.append(page.ask("PUT", "file", body)["applied"])
            except urllib.error.HTTPError as err:
                done.append(err.code)

        threads = [threading.Thread(target=save, args=(n,)) for n in (7, 8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(done, key=str) == [409, True]
        assert daemon.configuration.general.raw_days in (7, 8)
