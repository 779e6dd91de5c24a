"""A real InfluxDB 1.x server in a folder of its own, on free ports of 127.0.0.1."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0
BODY_LIMIT = 8_000_000
"""Bytes of one request; lower than usual, so that tests of the limit are quick."""
ADMIN, ADMIN_PASSWORD = "admin", "only-for-tests"

CONFIG = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
  logging-enabled = false
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{http_port}"
  auth-enabled = {auth}
  log-enabled = false
  max-body-size = {body_limit}
[logging]
  level = "error"
  suppress-logo = true
"""


class ServerMissing(Exception):
    """The server is not installed; a test that needs it is skipped, and fails in CI."""


class ServerFailed(Exception):
    """The server does not start, or refuses a question."""


def influxd_path() -> str:
    """The server's program. Raises ServerMissing."""
    found = shutil.which("influxd")
    if found is None:
        raise ServerMissing("influxd is not on the PATH (Debian: apt install influxdb)")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class InfluxServer:
    """Starts, stops and asks one server. What it stores survives a stop and a start."""

    def __init__(self, folder: Path, *, auth: bool = False) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self._folder = folder
        self._auth = auth
        self._program = influxd_path()
        self._process: subprocess.Popen[bytes] | None = None
        self._opener = build_opener(ProxyHandler({}))
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        text = CONFIG.format(
            rpc_port=free_port(),
            folder=self._folder,
            http_port=self.port,
            auth=str(self._auth).lower(),
            body_limit=BODY_LIMIT,
        )
        config = self._folder / "influxdb.conf"
        config.write_text(text, encoding="utf-8")
        log = self._folder / "influxd.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._program, "-config", str(config)], stdout=output, stderr=output
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                told = log.read_text(errors="replace")[-2000:]
                raise ServerFailed(f"influxd does not start: {told}")
            time.sleep(0.02)
        if self._auth:
            self.query(f"CREATE USER {ADMIN} WITH PASSWORD '{ADMIN_PASSWORD}' WITH ALL PRIVILEGES")

    def stop(self) -> None:
        """Stop the server; its port refuses connections afterwards."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)  # a server that hangs does not hear anything else
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End the server as a power cut does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def forget(self) -> None:
        """End the server and take away all it has stored, as with a lost volume."""
        self.kill()
        for name in ("meta", "data", "wal"):
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def hang(self) -> None:
        """From now on connections are taken and nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """The end of ``hang``."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def query(self, text: str, database: str = "") -> list[dict[str, Any]]:
        """The series of an InfluxQL statement's answer, times in nanoseconds."""
        parameters = urlencode({"q": text, "db": database, "epoch": "ns"})
        login = base64.b64encode(f"{ADMIN}:{ADMIN_PASSWORD}".encode()).decode()
        request = Request(
            f"http://{self.host}:{self.port}/query",
            data=parameters.encode(),
            headers={"Authorization": f"Basic {login}"} if self._auth else {},
        )
        try:
            with self._opener.open(request, timeout=30) as answer:
                body = json.load(answer)
        except HTTPError as err:
            raise ServerFailed(f"{text}: {err.code} {err.read()[:500]!r}") from err
        result = body["results"][0]
        assert "error" not in result, f"{text}: {result['error']}"
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def points(self, database: str) -> dict[tuple[str, int], dict[str, Any]]:
        """Every point of measurement census: fields by (device, time in ns)."""
        found = {}
        for series in self.query("SELECT * FROM census GROUP BY device", database):
            device = series["tags"]["device"]
            for time_ns, *values in series["values"]:
                pairs = zip(series["columns"][1:], values, strict=True)
                found[device, time_ns] = {k: v for k, v in pairs if v is not None}
        return found

    def field_types(self, database: str) -> dict[str, str]:
        """The type of every field of census as the server has it."""
        series = self.query("SHOW FIELD KEYS FROM census", database)
        return dict(series[0]["values"]) if series else {}

    def databases(self) -> set[str]:
        series = self.query("SHOW DATABASES")
        return {row[0] for row in series[0].get("values", [])}

    def cpu_s(self) -> float:
        """Seconds of CPU that the server's process has taken."""
        assert self._process is not None
        text = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8")
        numbers = text.rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")

    def _answers(self) -> bool:
        try:
            with self._opener.open(f"http://{self.host}:{self.port}/ping", timeout=5):
                return True
        except OSError:
            return False


def running(folder: Path, *, auth: bool = False) -> Iterator[InfluxServer]:
    """For fixtures: a server that runs while the generator is suspended."""
    server = InfluxServer(folder, auth=auth)
    try:
        server.start()
        yield server
    finally:
        server.stop()
