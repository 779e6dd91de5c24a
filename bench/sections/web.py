"""The page over 50 sockets: how fast its API is with a year of data, and what it costs the polls.

The year's quarter hours are written into the journal as they would stand there; the last days also
have their single measurements. Then the real daemon polls 50 virtual sockets at 1 s.
"""

from __future__ import annotations

import http.client
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from bench.daemon import Logger, logger
from bench.figures import Unavailable
from bench.polls import Polls, polls_of, together
from bench.process import usage
from bench.run import Run
from bench.simulator import simulated
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import QUARTER_US, US_PER_S
from source.timing import SystemClock

COUNT = 50
DAYS, RAW_DAYS = 365, 2
TEN_S_US = 10 * US_PER_S
BROWSERS = 20
ASKED = 200
CHARTS = 15
SETTLE_S, AFTER_S = 6.0, 2.5
START_LIMIT_S = 30.0
HOST = "127.0.0.1"
OVERVIEW_LIMIT_MS, CHART_LIMIT_MS = 20.0, 100.0
_QUARTERS = f"""
    WITH RECURSIVE step(quarter) AS (SELECT :first UNION ALL
        SELECT quarter + 1 FROM step WHERE quarter + 1 < :end)
    INSERT INTO interval (device_id, quarter, energy_wh, returned_wh, estimated_wh, power_min_w,
        power_max_w, power_sum_w, power_count, good_polls, failed_polls, interval_us,
        measured_us, estimated_us)
    SELECT device.id, quarter, 10 + quarter % 7, 0, 0, 20 + quarter % 5, 90 + quarter % 40,
        90 * (40 + 4 * (quarter % 7)), 90, 90, 0, {TEN_S_US}, {QUARTER_US}, 0
    FROM device, step ORDER BY device.id, quarter
"""
_POINTS = f"""
    WITH RECURSIVE step(time_us) AS (SELECT :start UNION ALL
        SELECT time_us + {TEN_S_US} FROM step WHERE time_us + {TEN_S_US} < :end)
    INSERT INTO point (device_id, time_us, span_us, flags, power, energy_wh, counter_wh,
        device_temperature)
    SELECT device.id, time_us + device.id * 1000, {TEN_S_US}, 1,
        40 + (time_us / 7777777) % 50, 0.11, time_us / 1e8, 30.5
    FROM step, device ORDER BY time_us, device.id
"""


@dataclass(frozen=True, slots=True)
class Account:
    """What a stretch of time with one daemon showed."""

    polls: Polls
    cpu_percent: float
    rss_mb: float

    @property
    def late_ms(self) -> float:
        return self.polls.late_ms(0.99)

    @property
    def note(self) -> str:
        return f"median {self.polls.late_ms(0.5):.1f} ms, {self.polls.missed} missed"


def measure(run: Run) -> None:
    with simulated(COUNT) as row:
        devices: dict[str, dict[str, Any]] = {
            f"Socket {number:04d}": {"type": "shelly:plug-s", "ip": address, "update_time": 1}
            for number, address in enumerate(row.addresses)
        }
        folder = run.new_folder("web")
        _fill(run, folder, list(devices))
        with _daemon(folder, devices, {"WEB": "off"}) as daemon:
            without = _observed(daemon, list(devices), run.seconds)
        port = _free_port()
        with _daemon(folder, devices, {"WEB": "on", "WEB_PORT": str(port)}) as daemon:
            _wait_for_page(daemon, port)
            unwatched = _observed(daemon, list(devices), run.seconds)
            _api(run, port, list(devices))
            with _browsers(port) as events:
                watched = _observed(daemon, list(devices), run.seconds)
            _told(run, without, unwatched, watched, events)


def _told(
    run: Run, without: Account, unwatched: Account, watched: Account, events: list[int]
) -> None:
    sheet = run.sheet
    for name, one in (
        ("without the page", without),
        ("with the page, nobody looks", unwatched),
        (f"{BROWSERS} browsers look", watched),
    ):
        sheet.add(f"lateness, 99th percentile, {name}", one.late_ms, "ms", note=one.note)
        sheet.add(f"daemon's CPU, {name}", one.cpu_percent, "% of a core")
        sheet.add(f"memory (RSS), {name}", one.rss_mb, "MB")
    sheet.add("events that a browser got", min(events), "", note=f"the most {max(events)}")


# --- the year ---


def _fill(run: Run, folder: Path, names: list[str]) -> None:
    """A journal with a year of all of them."""
    journal = Journal(folder / JOURNAL_FILE, clock=SystemClock())
    journal.open()
    journal.close()
    now = time.time_ns() // 1000 // QUARTER_US
    began = time.monotonic()
    with closing(sqlite3.connect(folder / JOURNAL_FILE)) as db, db:
        db.executemany("INSERT INTO device (name) VALUES (?)", [(name,) for name in names])
        db.execute(_QUARTERS, {"first": now - DAYS * 96, "end": now})
        span = {"start": (now - RAW_DAYS * 96) * QUARTER_US, "end": now * QUARTER_US}
        db.execute(_POINTS, span)
        points = db.execute("SELECT count(*) FROM point").fetchone()[0]
    note = f"{COUNT * DAYS * 96:,} quarter hours, written in {time.monotonic() - began:.1f} s"
    run.sheet.add("points at 10 s", points, "", note=note)


@contextmanager
def _daemon(
    folder: Path, devices: Mapping[str, Mapping[str, Any]], more: Mapping[str, str]
) -> Iterator[Logger]:
    with logger(folder, devices, None, more) as daemon:
        daemon.wait_for_devices(COUNT)
        time.sleep(SETTLE_S)
        yield daemon


def _observed(daemon: Logger, names: list[str], seconds: float) -> Account:
    start_us, before = time.time_ns() // 1000, usage(daemon.pid)
    time.sleep(seconds)
    end_us, after = time.time_ns() // 1000, usage(daemon.pid)
    time.sleep(AFTER_S)
    margin_us = 5 * US_PER_S
    with JournalReader(daemon.journal) as reader:
        stamps = [
            [
                (point.time_us, point.success)
                for point in reader.points(name, start_us - margin_us, end_us + margin_us)
            ]
            for name in names
        ]
    polls = together([polls_of(each, start_us, end_us, US_PER_S) for each in stamps])
    cpu = 100.0 * (after.cpu_s - before.cpu_s) / seconds
    return Account(polls, cpu, after.rss_mb)


# --- the API ---


def _api(run: Run, port: int, names: list[str]) -> None:
    client = http.client.HTTPConnection(HOST, port, timeout=30)
    times = sorted(_times(lambda: _get(client, "overview"), ASKED, pause_s=0.05))
    first = times[-1]
    run.sheet.add("overview, median", median(times), "ms", at_most=OVERVIEW_LIMIT_MS)
    run.sheet.add(
        "overview, 99th percentile",
        times[int(0.99 * len(times)) - 1],
        "ms",
        at_most=OVERVIEW_LIMIT_MS,
        note=f"the slowest {first:.1f} ms",
    )
    now_s = time.time()
    for what, device, days, limit in (
        ("an hour", names[0], 1 / 24, None),
        ("a day", names[0], 1, None),
        ("a week", names[0], 7, None),
        ("a year", names[0], DAYS, CHART_LIMIT_MS),
        ("the house, a day", "_total", 1, None),
        ("the house, a year", "_total", DAYS, None),
    ):
        query = {"device": device, "start_s": now_s - days * 86_400, "end_s": now_s}
        path = "power?" + urlencode(query)
        taken = _times(lambda path=path: _get(client, path), CHARTS)  # type: ignore[misc]
        note = f"the first one {taken[0]:.1f} ms"
        run.sheet.add(f"chart of {what}", median(taken), "ms", at_most=limit, note=note)
    client.close()


def _times(act: Callable[[], object], count: int, pause_s: float = 0.0) -> list[float]:
    found = []
    for _ in range(count):
        began = time.perf_counter()
        act()
        found.append(1000.0 * (time.perf_counter() - began))
        time.sleep(pause_s)
    return found


def _get(client: http.client.HTTPConnection, path: str) -> bytes:
    client.request("GET", f"/api/v1/{path}")
    answer = client.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise Unavailable(f"{path}: {answer.status} {content[:200]!r}")
    return content


@contextmanager
def _browsers(port: int) -> Iterator[list[int]]:
    """Several that listen; gives how many events each got."""
    counts = [0] * BROWSERS
    with ExitStack() as stack:
        for number in range(BROWSERS):
            connection = stack.enter_context(socket.create_connection((HOST, port), 10))
            connection.sendall(
                f"GET /api/v1/events HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode()
            )
            stack.callback(connection.shutdown, socket.SHUT_RDWR)
            threading.Thread(target=_listen, args=(connection, counts, number), daemon=True).start()
        yield counts


def _listen(connection: socket.socket, counts: list[int], number: int) -> None:
    connection.settimeout(60)
    try:
        while content := connection.recv(65_536):
            counts[number] += content.count(b"event: ")
    except OSError:
        pass  # it was shut down


def _wait_for_page(daemon: Logger, port: int) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        try:
            client = http.client.HTTPConnection(HOST, port, timeout=30)
            _get(client, "overview")
        except OSError:  # noqa: PERF203 (it is not up yet)
            time.sleep(0.2)
        else:
            return
    raise Unavailable(f"the page does not come up: {daemon.log_end()}")


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])
