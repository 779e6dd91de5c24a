"""A stretch of time in which a daemon polls virtual sockets, and everything that is seen of it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.bare import bare_cpu_ms, paced_cpu_ms
from bench.daemon import Logger, devices_json, logger
from bench.influx import InfluxServer, influx
from bench.polls import Polls, polls_of, together
from bench.process import Usage, usage
from bench.simulator import simulated
from source.journal.reader import JournalReader
from source.journal.schema import open_reader
from source.model import US_PER_S

SETTLE_S = 4.0
"""From the last device's first point to the window: the start's own work is over."""
AFTER_S = 2.5
"""Late answers and the last commit."""
BARE_S, PACED_S = 4.0, 8.0
WATCH_S = 0.02


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the daemon has to do."""

    count: int
    interval_s: float = 1.0
    kind: str = "plug-s"
    hang: int = 0
    database: bool = False
    yardstick: bool = False
    """Measure the bare loop over the same sockets, before and after."""


@dataclass(frozen=True, slots=True)
class Window:
    """What was seen; CPU in seconds over the window."""

    seconds: float
    points: int
    polls: Polls
    """Of all sockets that do answer."""
    daemon_cpu_s: float
    simulator_cpu_s: float
    influx_cpu_s: float
    rss_mb: float
    written_bytes: int
    commits: int
    stop_s: float
    copied_percent: float
    """Points of the whole run that InfluxDB holds after the stop, in percent of the journal's."""
    bare_ms: tuple[float, ...]
    paced_ms: tuple[float, ...]
    log_end: str

    @property
    def daemon_ms(self) -> float:
        """CPU of the daemon for one poll, in ms."""
        return 1000.0 * self.daemon_cpu_s / max(1, self.points)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The processes' accounts and the commits between two moments."""

    start_us: int
    end_us: int
    daemon: tuple[Usage, Usage]
    simulator: tuple[Usage, Usage]
    influx: tuple[Usage, Usage] | None
    commits: int


def observe(fleet: Fleet, seconds: float, folder: Path) -> Window:
    """Run a daemon over a fleet and look at it for so long, in a new folder of ``folder``.

    Raises Unavailable.
    """
    with ExitStack() as stack:
        row = stack.enter_context(simulated(fleet.count, kind=fleet.kind, hang=fleet.hang))
        database = stack.enter_context(influx(folder / "influx")) if fleet.database else None
        answering = row.addresses[fleet.hang :]
        devices = devices_json(row.addresses, f"shelly:{fleet.kind}", fleet.interval_s)
        bare, paced = [], []
        if fleet.yardstick:
            bare.append(bare_cpu_ms(answering, BARE_S))
            paced.append(paced_cpu_ms(answering, PACED_S, fleet.count / fleet.interval_s))
        with logger(folder / "files", devices, database) as daemon:
            daemon.wait_for_devices(fleet.count)
            time.sleep(SETTLE_S)
            seen = _watched(daemon, row.pid, database, seconds)
            time.sleep(AFTER_S)
        if fleet.yardstick:
            paced.append(paced_cpu_ms(answering, PACED_S, fleet.count / fleet.interval_s))
            bare.append(bare_cpu_ms(answering, BARE_S))
        names = list(devices)[fleet.hang :]
        return _window(seen, daemon, names, fleet.interval_s, database, (bare, paced))


def _watched(
    daemon: Logger, simulator_pid: int, database: InfluxServer | None, seconds: float
) -> _Seen:
    pids = [daemon.pid, simulator_pid, *([database.pid] if database else [])]
    with _commits(daemon.journal) as commits:
        start_us, before = time.time_ns() // 1000, [usage(pid) for pid in pids]
        end = time.monotonic() + seconds
        count = 0
        while time.monotonic() < end:
            time.sleep(WATCH_S)
            count += next(commits)
        end_us, after = time.time_ns() // 1000, [usage(pid) for pid in pids]
    pairs = list(zip(before, after, strict=True))
    return _Seen(
        start_us, end_us, pairs[0], pairs[1], pairs[2] if database is not None else None, count
    )


@contextmanager
def _commits(journal: Path) -> Iterator[Iterator[bool]]:
    """Tells at each look whether something was committed since the look before."""
    db = open_reader(journal)

    def looks() -> Iterator[bool]:
        last = _data_version(db)
        while True:
            version = _data_version(db)
            yield version != last
            last = version

    try:
        found = looks()
        next(found)
        yield found
    finally:
        db.close()


def _data_version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA data_version").fetchone()[0])


def _window(
    seen: _Seen,
    daemon: Logger,
    names: list[str],
    interval_s: float,
    database: InfluxServer | None,
    yardsticks: tuple[list[float], list[float]],
) -> Window:
    interval_us = round(interval_s * US_PER_S)
    with JournalReader(daemon.journal) as reader:
        stamps = [
            [(point.time_us, point.success) for point in reader.points(name, 0, 2**62)]
            for name in names
        ]
        stored = reader.last_seq()
    each = [polls_of(points, seen.start_us, seen.end_us, interval_us) for points in stamps]
    return Window(
        seconds=(seen.end_us - seen.start_us) / US_PER_S,
        points=sum(seen.start_us < t <= seen.end_us for points in stamps for t, _ in points),
        polls=together(each),
        daemon_cpu_s=_cpu_s(seen.daemon),
        simulator_cpu_s=_cpu_s(seen.simulator),
        influx_cpu_s=_cpu_s(seen.influx) if seen.influx else 0.0,
        rss_mb=seen.daemon[1].rss_mb,
        written_bytes=seen.daemon[1].written_bytes - seen.daemon[0].written_bytes,
        commits=seen.commits,
        stop_s=daemon.stop_s,
        copied_percent=100.0 * database.point_count() / stored if database else 0.0,
        bare_ms=tuple(yardsticks[0]),
        paced_ms=tuple(yardsticks[1]),
        log_end=daemon.log_end(),
    )


def _cpu_s(pair: tuple[Usage, Usage]) -> float:
    return pair[1].cpu_s - pair[0].cpu_s
