"""The process itself: a second one, no file descriptor left, a thread that dies, stops."""

from __future__ import annotations

import resource
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from source.simulator.fault import Fault
from tests.faults.child import STOP_LIMIT_S, until
from tests.faults.house import House, house
from tests.faults.outcome import Outcome, Scenario

STOP_S = 1.0
"""No poll may be so late, on a machine that has other work too."""
REFUSED = 2
"""The exit code of a program that finds another one on its folder."""
AT_ONCE = 4


def second_daemon(folder: Path, times: int) -> Outcome:
    """It refuses to start, names the first one's process, and does not disturb it."""
    with house(folder, plugs=4, influx=False) as home:
        home.logger.start()
        home.until_polled()
        for _ in range(times):
            told = home.logger.log.stat().st_size
            code = home.logger.spawn().wait(30)
            if code != REFUSED:
                home.complaints.append(f"the second one's exit code is {code}")
            home.until_logged(f"id is {home.logger.pid}", since=told)
        home.finish()
        return home.outcome("two daemons on one folder", times, STOP_S)


def no_file_descriptor(folder: Path, times: int) -> Outcome:
    """No file, no connection can be opened for a while; polls fail, and all goes on after it."""
    with house(folder, plugs=6, commit_interval_s=0.2) as home:
        home.logger.start()
        home.until_polled()
        home.until_copied(at_least=1)
        for _ in range(times):
            soft, hard = resource.prlimit(home.logger.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(home.logger.pid, resource.RLIMIT_NOFILE, (3, hard))
            until(lambda: _fails_now(home), "a poll that fails for want of a descriptor")
            home.until_polled(60)
            resource.prlimit(home.logger.pid, resource.RLIMIT_NOFILE, (soft, hard))
            until(lambda: not _fails_now(home), "polls that succeed again")
        home.finish()
        return home.outcome("file descriptors used up", times, STOP_S)


def _fails_now(home: House) -> bool:
    """Whether one of the newest points is that of a failed poll."""
    home.witness.look()
    newest = list(home.witness.points.values())[-6:]
    return not all(point.success for point in newest)


# --- a thread that dies ---

KILLER = '''
"""Lets the thread whose name stands in the file `dies` raise at whatever line it is."""
import ctypes
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent

def setup(plugins):
    if not any(thread.name == "killer" for thread in threading.enumerate()):
        threading.Thread(target=watch, name="killer", daemon=True).start()

def watch():
    while True:
        time.sleep(0.05)
        try:
            name = (HERE / "dies").read_text()
            (HERE / "dies").unlink()
        except OSError:
            continue
        for thread in threading.enumerate():
            if thread.name == name:
                error = ctypes.py_object(RuntimeError)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), error)
'''
THREADS = ("journal", "poll:Plug 0", "forward:influxdb", "reports")


def thread_dies(folder: Path, times: int) -> list[Outcome]:
    """Anywhere in what it does; it is started again, and what it held is not lost."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(partial(_dies, folder, times), THREADS))


def _dies(folder: Path, times: int, thread: str) -> Outcome:
    with house(folder / thread.replace(":", " "), plugs=4, commit_interval_s=0.1) as home:
        (home.files / "device_plugin.py").write_text(KILLER, "utf-8")
        home.untouched = set(home.virtual) - {thread.removeprefix("poll:")}
        home.logger.start()
        home.until_polled()
        home.until_copied(at_least=1)
        for _ in range(times):
            told = home.logger.log.stat().st_size
            until(partial(_has_died, home, thread, told), f"the end of {thread}")
            home.until_logged(f"{thread} is started again", since=told)
            home.until_polled(20)
        home.finish()
        return home.outcome(f"thread {thread.partition(':')[0]!r} dies", times, STOP_S)


def _has_died(home: House, thread: str, since: int) -> bool:
    """Whether it has; if not, it is to. In the middle of a handler that is a poll that fails."""
    order = home.files / "dies"
    until(lambda: not order.exists(), "the last order is read")
    if f"{thread} ended by an error".encode() in home.logger.log.read_bytes()[since:]:
        return True
    place = home.files / "dies.new"
    place.write_text(thread, "utf-8")
    place.rename(order)
    time.sleep(1.0)  # a thread that waits does not hear it at once
    return False


# --- stops ---

COMMIT_INTERVAL_S, UNCOMMITTED_S = 2.0, 0.5
"""So much would be gone if the stop did not commit; a poll and its lateness may be."""

HANGING = """
import time

def setup(plugins):
    @plugins.register("own:waits")
    def waits(device):
        time.sleep(1_000_000)

    @plugins.register("own:loops")
    def loops(device):
        while True:
            pass
"""


def _socket_fails(fault: Fault, home: House) -> None:
    home.sockets.fault(home.addresses["Plug 1"], fault)
    _wait_for_requests(home, "Plug 1", 1)


def _influx_hangs(home: House) -> None:
    assert home.influx is not None
    home.influx.hang()
    home.until_polled(20)


def _influx_is_gone(home: House) -> None:
    assert home.influx is not None
    home.influx.stop()
    home.until_polled(20)


def _plugin_hangs(type_name: str, home: House) -> None:
    own = {"type": type_name, "ip": "127.0.0.1:9", "update_time": 0.1}
    told = home.logger.log.stat().st_size
    home.configure({**home.entries(), "Own": own})
    home.until_logged("read again", since=told)
    home.until_polled(40)


FAULTS: dict[str, Callable[[House], None]] = {
    "nothing wrong": lambda home: None,
    "a socket that hangs": partial(_socket_fails, Fault.HANG),
    "a socket that drips": partial(_socket_fails, Fault.DRIP),
    "an InfluxDB that hangs": _influx_hangs,
    "an InfluxDB that is gone": _influx_is_gone,
    "a plugin that waits for ever": partial(_plugin_hangs, "own:waits"),
    "a plugin that loops for ever": partial(_plugin_hangs, "own:loops"),
}


def stops(folder: Path, times: int) -> list[Outcome]:
    """SIGTERM and SIGINT by turns under each fault; the longest stop is how long that took."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [
            pool.submit(_stops_under, folder / str(number), times, fault)
            for number, fault in enumerate(FAULTS)
        ]
        return [*(job.result() for job in jobs), _stops_while_locked(folder / "locked", times)]


def _stops_under(folder: Path, times: int, fault: str) -> Outcome:
    with _to_be_stopped(folder, influx="InfluxDB" in fault) as home:
        for number in range(times):
            home.logger.start()
            home.until_polled(20)
            FAULTS[fault](home)
            _stop(home, signal.SIGINT if number % 2 else signal.SIGTERM)
            home.configure(home.entries())
            for address in home.addresses.values():
                home.sockets.fault(address, None)
            if home.influx is not None:
                home.influx.stop()
                home.influx.start()
        if home.influx is not None:
            home.finish()  # what it does not have yet
        return _promising(home, home.outcome(f"stop with {fault}", times))


def _stop(home: House, number: int) -> None:
    """What was answered before the stop has to be committed."""
    stop_us = time.time_ns() // 1000
    home.stop(number)
    home.witness.look()
    newest_us = max(time_us for name, time_us in home.witness.points if name == "Plug 0")
    if (gone_s := (stop_us - newest_us) / 1e6) > UNCOMMITTED_S:
        home.complaints.append(f"the last {gone_s:.1f} s before a stop are gone")


def _stops_while_locked(folder: Path, times: int) -> Outcome:
    """Another program holds the journal's lock: nothing can be committed, the stop comes all the
    same; what waited is gone, the energy is not."""
    with _to_be_stopped(folder, influx=False) as home:
        for _ in range(times):
            home.logger.start()
            home.until_polled(20)
            with sqlite3.connect(home.witness.journal, isolation_level=None) as other:
                other.execute("BEGIN IMMEDIATE")
                time.sleep(0.5)
                home.witness.look()
                home.logger.stop()
                other.execute("ROLLBACK")
            other.close()
        home.logger.start()
        home.until_polled(20)
        home.stop()
        return _promising(home, home.outcome("stop with a locked journal", times))


@contextmanager
def _to_be_stopped(folder: Path, *, influx: bool) -> Iterator[House]:
    with house(folder, plugs=3, influx=influx, commit_interval_s=COMMIT_INTERVAL_S) as home:
        (home.files / "device_plugin.py").write_text(HANGING, "utf-8")
        yield home


def _promising(home: House, outcome: Outcome) -> Outcome:
    promise = replace(outcome.promise, stop_s=STOP_LIMIT_S)
    return replace(outcome, longest_stop_s=max(home.logger.stops_s), promise=promise)


def _wait_for_requests(home: House, name: str, more: int) -> None:
    wanted = home.sockets.requests(home.addresses[name]) + more
    until(lambda: home.sockets.requests(home.addresses[name]) >= wanted, f"a request to {name}")


SCENARIOS = (
    Scenario("two daemons", second_daemon, quick=2, full=20, beside=True),
    *(
        [Scenario("file descriptors", no_file_descriptor, quick=1, full=10, beside=True)]
        if hasattr(resource, "prlimit")  # Linux
        else []
    ),
    Scenario("threads", thread_dies, quick=1, full=5, beside=True),
    Scenario("stops", stops, quick=1, full=10, beside=True),
)
