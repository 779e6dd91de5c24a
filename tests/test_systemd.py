"""What systemd hears, played by a datagram socket."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from source.simulator.server import SimulatorServer
from source.systemd import Notifier
from tests.cli.command import clean_environ, files_folder, plug
from tests.fakes import FakeClock
from tests.running import add_plug

ROOT = Path(__file__).resolve().parent.parent
WATCHDOG_S = 11
"""Half of it is a little more than the longest pause of the reports' thread."""


class Systemd:
    """Keeps what it is told."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.setblocking(False)

    def close(self) -> None:
        self._socket.close()

    def listen(self, limit_s: float = 0.0) -> list[str]:
        """What came within the time, lines of one message as one."""
        deadline = time.monotonic() + limit_s
        came = []
        while select.select([self._socket], [], [], max(0.0, deadline - time.monotonic()))[0]:
            came.append(self._socket.recv(4096).decode())
        self.heard += came
        return came

    def until(self, message: str, limit_s: float = 15.0) -> None:
        """Returns when a message that begins so was heard."""
        deadline = time.monotonic() + limit_s
        while not any(each.startswith(message) for each in self.heard):
            assert time.monotonic() < deadline, f"{message} was not heard: {self.heard}"
            self.listen(0.05)


@pytest.fixture(params=["@isdl-test-{}", "{}/notify"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    """Both kinds of socket that there are: abstract ones and files."""
    place = str(os.getpid()) if request.param.startswith("@") else str(tmp_path)
    systemd = Systemd(request.param.format(place))
    yield systemd
    systemd.close()


def environ(systemd: Systemd, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": systemd.address, **more}


def test_each_state_is_one_message(systemd: Systemd) -> None:
    notifier = Notifier.from_environ(environ(systemd))
    notifier.ready("polling 5 sockets")
    notifier.status("polling 5 sockets")
    notifier.status("2 off-line\nREADY=0")
    with notifier.reloading():
        pass
    notifier.alive()
    notifier.stopping()
    ready, status, reloading, again, stopping = systemd.listen()
    assert ready == "READY=1\nSTATUS=polling 5 sockets"
    assert status == "STATUS=2 off-line READY=0"
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert abs(int(reloading.split("=")[-1]) - time.monotonic_ns() // 1000) < 10_000_000
    assert again == "READY=1"
    assert stopping == "STOPPING=1\nSTATUS=stopping"


def test_signs_of_life_come_often_enough_while_there_are_any(
    systemd: Systemd, clock: FakeClock
) -> None:
    notifier = Notifier(systemd.address, watchdog_s=20.0, monotonic=clock.monotonic)
    signs = 0
    for _ in range(60):
        notifier.alive(silent_s=10.0)
        clock.advance(1.0)
        signs += len(systemd.listen())
    assert 6 <= signs <= 12
    for _ in range(60):
        notifier.alive(silent_s=10.1)
        clock.advance(1.0)
    assert systemd.listen() == []
    notifier.alive(silent_s=0.0)
    assert systemd.listen() == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    ("more", "patience_s"),
    [
        ({}, float("inf")),
        ({"WATCHDOG_USEC": "3000000"}, 1.5),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 1.5),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, float("inf")),
        ({"WATCHDOG_USEC": "0"}, float("inf")),
        ({"WATCHDOG_USEC": "soon"}, float("inf")),
    ],
)
def test_the_watchdog_is_that_of_this_process(more: dict[str, str], patience_s: float) -> None:
    notifier = Notifier.from_environ({"NOTIFY_SOCKET": "/nowhere", **more})
    assert notifier.patience_s == patience_s


@pytest.mark.parametrize("address", ["", "vsock:1:2", "/nowhere/at/all", "@nobody-listens"])
def test_where_nobody_listens_nothing_happens(address: str) -> None:
    notifier = Notifier.from_environ({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
    notifier.ready("here")
    notifier.alive()


def test_a_systemd_that_is_too_busy_holds_nothing_up(systemd: Systemd) -> None:
    notifier = Notifier.from_environ(environ(systemd))
    began = time.monotonic()
    for number in range(5_000):
        notifier.status(f"{number}")
    assert time.monotonic() - began < 5.0


# --- the whole program ---

# It finds the journal and takes its lock for ever, as a bug would that makes its thread hang.
STUCK = """
import gc
from pathlib import Path
from source.journal.store import Journal
from source.model import Reading

def setup(plugins):
    @plugins.register("own:x")
    def read(device):
        if Path(device.settings["mark"]).exists():
            for found in gc.get_objects():
                if isinstance(found, Journal):
                    found._intake._lock.acquire()
        return Reading(power_w=1.0)
"""


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("systemd", ["{}/notify"], indirect=True)
def test_systemd_hears_the_start_life_and_the_stop(
    systemd: Systemd, tmp_path: Path, sockets: SimulatorServer
) -> None:
    lamp = plug(add_plug(sockets), update_time=0.5)
    with daemon(tmp_path, systemd, {"Lamp": lamp}) as process:
        systemd.until("READY=1\nSTATUS=polling 1 socket")
        systemd.until("WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        systemd.until("STOPPING=1")
        assert process.wait(10) == 0


@pytest.mark.parametrize("systemd", ["{}/notify"], indirect=True)
def test_systemd_hears_no_life_when_the_journal_is_stuck(systemd: Systemd, tmp_path: Path) -> None:
    mark = tmp_path / "stuck"
    entry = {"type": "own:x", "ip": "127.0.0.1:9", "update_time": 0.5, "mark": str(mark)}
    with daemon(tmp_path, systemd, {"Own": entry}, plugin=STUCK):
        systemd.until("WATCHDOG=1")
        mark.touch()
        until(lambda: "WATCHDOG=1" not in systemd.listen(WATCHDOG_S / 4 + 0.5))


def daemon(
    folder: Path,
    systemd: Systemd,
    devices: dict[str, object],
    plugin: str = "",
) -> subprocess.Popen[bytes]:
    files = files_folder(folder / "files", devices, plugin=plugin)
    told = environ(systemd, WATCHDOG_USEC=str(WATCHDOG_S * 1_000_000))
    return Ended(
        [sys.executable, str(ROOT / "main.py"), "--files", str(files)],
        env=clean_environ(**told),
        stderr=subprocess.DEVNULL,
    )


class Ended(subprocess.Popen[bytes]):
    """Has ended when its with block has."""

    def __exit__(self, *error: object) -> None:
        self.kill()
        self.wait()
