"""The thread that serves the page: when it runs, its port, and its end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from source.app import Daemon
from source.web.listening import listening
from source.web.server import WebServer
from tests.running import running_daemon
from tests.sinks.places import until

ROOT = Path(__file__).resolve().parents[2]


def page_of(daemon: Daemon) -> WebServer:
    """The server of a running daemon, listening."""

    def server() -> WebServer | None:
        found = daemon._serving.running().get("web")
        return found if isinstance(found, WebServer) and found.port is not None else None

    until(lambda: server() is not None)
    found = server()
    assert found is not None
    return found


def free_port() -> int:
    with listening("127.0.0.1", 0) as taken:
        return int(taken.getsockname()[1])


def environ(port: int) -> dict[str, str]:
    return {"WEB": "on", "WEB_PORT": str(port)}


def test_with_web_off_nothing_of_the_page_is_imported(tmp_path: Path) -> None:
    (tmp_path / "devices.json").write_text("{}", encoding="utf-8")
    code = f"""
import sys, threading
from pathlib import Path
from source.app import Daemon
from source.setup import prepare
daemon = Daemon(setup=prepare({{"WEB": "off"}}, Path({str(tmp_path)!r})))
daemon.start()
daemon.stop()
print([name for name in sys.modules
       if name.startswith(("fastapi", "starlette", "uvicorn", "jinja2", "source.web"))])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1].replace("'", '"')) == []


def test_the_page_answers_and_ends_with_the_daemon(tmp_path: Path) -> None:
    port = free_port()
    with running_daemon(tmp_path, {}, environ(port)) as daemon:
        page_of(daemon)
        address = f"http://127.0.0.1:{port}/api/v1/session"
        with urllib.request.urlopen(address, timeout=5) as answer:
            assert answer.status == 200
    with listening("127.0.0.1", port):
        pass


def test_open_event_streams_do_not_hold_up_the_stop(tmp_path: Path) -> None:
    port = free_port()
    with running_daemon(tmp_path, {}, environ(port)) as daemon:
        page_of(daemon)
        address = f"http://127.0.0.1:{port}/api/v1/events"
        with ExitStack() as stack:
            for _ in range(20):
                stream = stack.enter_context(urllib.request.urlopen(address, timeout=5))
                assert stream.readline()
            began = time.monotonic()
            daemon.stopping.set()
            until(lambda: not daemon._storing.running())
    assert time.monotonic() - began < 5.0


def test_the_address_of_first_start_has_the_port_where_it_listens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    anywhere = {"WEB": "on", "WEB_PORT": "0", "WEB_HOST": "0.0.0.0"}
    with (
        caplog.at_level("INFO", "source.web"),
        running_daemon(tmp_path, {}, anywhere) as daemon,
    ):
        port = page_of(daemon).port
        until(lambda: "/first-start#token=" in caplog.text)
    assert f"http://127.0.0.1:{port}/first-start#token=" in caplog.text


def test_a_port_that_is_taken_is_told_and_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source.web.server.RETRY_S", 0.05)
    taken = listening("127.0.0.1", 0)
    port = int(taken.getsockname()[1])
    with running_daemon(tmp_path, {}, environ(port)) as daemon:
        until(lambda: daemon.health.state("web").failures > 0)
        assert f"can't listen on 127.0.0.1 port {port}" in daemon.health.state("web").reason
        taken.close()
        page_of(daemon)
        assert daemon.health.state("web").failures == 0
    assert "WEB_PORT" in caplog.text
