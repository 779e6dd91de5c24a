"""The real daemon, ``python main.py``, with a folder and an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figures import Unavailable
from bench.influx import DATABASE, InfluxServer
from bench.process import end
from bench.simulator import ROOT
from source.errors import JournalError
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE

START_LIMIT_S = 60.0
LOG_FILE = "daemon.log"


class Logger:
    """A daemon that runs; after the end of its context, how long its stop took."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.pid = process.pid
        self.folder = folder
        self.journal = folder / JOURNAL_FILE
        self.stop_s = 0.0
        self._process = process

    def wait_for_devices(self, count: int) -> None:
        """Return when so many devices have a point. Raises Unavailable."""
        deadline = time.monotonic() + START_LIMIT_S
        while self._devices() < count:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"the daemon does not start: {self.log_end()}")
            time.sleep(0.2)

    def log_end(self) -> str:
        return (self.folder / LOG_FILE).read_text("utf-8", "replace")[-1000:]

    def stop(self) -> None:
        self.stop_s = end(self._process)

    def _devices(self) -> int:
        try:
            with JournalReader(self.journal) as reader:
                return len(reader.devices())
        except JournalError:
            return 0  # it is not made yet


@contextmanager
def logger(
    folder: Path,
    devices: Mapping[str, Mapping[str, Any]],
    database: InfluxServer | None,
    more: Mapping[str, str] | None = None,
) -> Iterator[Logger]:
    """The daemon over ``folder``, copying to ``database``; ``more`` of its environment.

    Raises Unavailable.
    """
    if database is None:
        _refuse_configured_database()
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "config.json", {"general": {"log_file": False, "log_level": "warning"}})
    _write(folder / "devices.json", devices)
    with (folder / LOG_FILE).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), "--files", str(folder)],
            env={**_environment(database), **(more or {})},
            stdout=log,
            stderr=log,
        )
    running = Logger(process, folder)
    try:
        yield running
    finally:
        running.stop()


def devices_json(addresses: Sequence[str], type_name: str, update_time_s: float) -> dict[str, Any]:
    """An entry for each socket, with every report that there is."""
    return {
        f"Socket {number:04d}": {
            "type": type_name,
            "ip": address,
            "update_time": update_time_s,
            "cost_calc_day": True,
            "cost_calc_month": "01",
            "cost_calc_year": "01.01",
        }
        for number, address in enumerate(addresses)
    }


def _environment(database: InfluxServer | None) -> dict[str, str]:
    """That of this process, without its settings for the daemon."""
    theirs = ("DB_", "SSL", "VERIFY_SSL", "ISDL_")
    environ = {key: text for key, text in os.environ.items() if not key.startswith(theirs)}
    environ |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "WEB": "off"}
    if database is not None:
        environ |= {
            "DB_IP_ADDRESS": "127.0.0.1",
            "DB_PORT": str(database.port),
            "DB_USER_NAME": "bench",
            "DB_USER_PASSWORD": "bench",
            "DB_NAME": DATABASE,
            "SSL": "false",
            "VERIFY_SSL": "false",
        }
    return environ


def _refuse_configured_database() -> None:
    """The daemon reads .env beside main.py: the bench's points must not go to that database."""
    dotenv = ROOT / ".env"
    if dotenv.exists() and "DB_" in dotenv.read_text("utf-8", "replace"):
        raise Unavailable(f"{dotenv} names a database, and points of the bench do not belong there")


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), "utf-8")
