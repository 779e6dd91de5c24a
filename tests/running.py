"""A real journal on disk with its thread running, and the whole daemon over real sockets."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from source.app import Daemon
from source.errors import JournalError
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Point
from source.reload import Reload
from source.setup import prepare
from source.simulator.curves import constant
from source.simulator.server import SimulatorServer
from source.simulator.socket import VirtualPlugS
from source.timing import Clock
from tests.influx_server import InfluxServer
from tests.sinks.places import until

POWER_W = 3600.0
"""One watt-hour a second: the counter moves visibly within a test."""
HASTY_S = 0.1


@contextmanager
def running_journal(folder: Path, clock: Clock) -> Iterator[Journal]:
    journal = Journal(folder / "isdl.db", clock=clock, commit_interval_s=0.02)
    journal.open()
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    try:
        yield journal
    finally:
        stopping.set()
        thread.join(10)
        journal.close()


def add_plug(sockets: SimulatorServer) -> str:
    return sockets.add(VirtualPlugS(constant(POWER_W), time.time()))


def entry(ip: str, type_name: str = "shelly:plug-s", **more: object) -> dict[str, object]:
    return {"type": type_name, "ip": ip, "update_time": 0.5, **more}


class Hasty(threading.Event):
    """The ``stopping`` of a daemon that looks more often than once a second what it is to do.

    A browser that has saved something waits for that.
    """

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(None if timeout is None else min(timeout, HASTY_S))


@contextmanager
def running_daemon(
    folder: Path,
    devices: Mapping[str, object],
    environ: Mapping[str, str] | None = None,
    stopping: threading.Event | None = None,
    **general: object,
) -> Iterator[Daemon]:
    """A daemon over these devices, stopped at the end."""
    folder.mkdir(exist_ok=True)
    section = {"commit_interval_s": 0.1, "log_file": False, **general}
    (folder / "config.json").write_text(json.dumps({"general": section}), encoding="utf-8")
    (folder / "devices.json").write_text(json.dumps(devices), encoding="utf-8")
    with daemon_in(folder, environ, stopping) as daemon:
        yield daemon


@contextmanager
def daemon_in(
    folder: Path,
    environ: Mapping[str, str] | None = None,
    stopping: threading.Event | None = None,
) -> Iterator[Daemon]:
    """A daemon over the files that are there, stopped at the end."""
    reload = Reload(
        folder=folder, prepare=partial(prepare, {"WEB": "off", **(environ or {})}, folder)
    )
    setup = reload.first()
    assert setup.plugin_errors == ()
    daemon = Daemon(setup=setup, reload=reload, stopping=stopping)
    thread = threading.Thread(target=daemon.run)
    thread.start()
    try:
        until(lambda: is_open(folder))
        yield daemon
    finally:
        daemon.stopping.set()
        thread.join(15)
        assert not thread.is_alive(), "the daemon did not stop"


def is_open(folder: Path) -> bool:
    """Whether the journal can be read already."""
    try:
        all_points(folder)
    except JournalError:
        return False
    return True


@contextmanager
def reading(folder: Path) -> Iterator[JournalReader]:
    with JournalReader(folder / "isdl.db") as reader:
        yield reader


def all_points(folder: Path) -> list[Point]:
    with reading(folder) as reader:
        return [point for _, point in reader.points_after(0, 1_000_000)]


def polls(folder: Path, device: str) -> list[bool]:
    """Success of each poll of a device so far."""
    return [point.success for point in all_points(folder) if point.device == device]


def influx_environment(server: InfluxServer, database: str) -> dict[str, str]:
    return {
        "DB_IP_ADDRESS": server.host,
        "DB_PORT": str(server.port),
        "DB_USER_NAME": "logger",
        "DB_NAME": database,
    }


def until_copied(folder: Path) -> None:
    """Return when the sink has all points that there are now."""
    with reading(folder) as reader:
        last = reader.last_seq()
        until(lambda: [s for s in reader.sinks() if s.acknowledged_seq >= last])
