"""A real InfluxDB 1.x server for the time of a measurement."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

from bench.figures import Unavailable
from bench.process import end

DATABASE = "bench"
START_LIMIT_S = 30.0
CONFIG = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[logging]
  level = "error"
"""


class InfluxServer:
    """One running server."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid
        self._opener = build_opener(ProxyHandler({}))

    def answers(self) -> bool:
        try:
            with self._opener.open(f"http://127.0.0.1:{self.port}/ping", timeout=5):
                return True
        except OSError:
            return False

    def point_count(self) -> int:
        """How many points the daemon's database holds."""
        query = urlencode({"db": DATABASE, "q": "SELECT count(fetch_success) FROM census"})
        url = f"http://127.0.0.1:{self.port}/query?{query}"
        with self._opener.open(url, timeout=30) as answer:
            result = json.load(answer)["results"][0]
        return int(result["series"][0]["values"][0][1]) if "series" in result else 0


@contextmanager
def influx(folder: Path) -> Iterator[InfluxServer]:
    """A server with its files in ``folder``. Raises Unavailable where there is no ``influxd``."""
    program = shutil.which("influxd")
    if program is None:
        raise Unavailable("influxd is not on the PATH (Debian: apt install influxdb)")
    folder.mkdir(parents=True)
    port, config = _free_port(), folder / "influxdb.conf"
    config.write_text(CONFIG.format(rpc_port=_free_port(), port=port, folder=folder), "utf-8")
    with (folder / "influxd.log").open("wb") as log:
        process = subprocess.Popen([program, "-config", str(config)], stdout=log, stderr=log)
    try:
        server = InfluxServer(port, process.pid)
        _wait(server, process)
        yield server
    finally:
        end(process)


def _wait(server: InfluxServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while not server.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable("influxd does not start")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
