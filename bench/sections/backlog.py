"""What a database was away for: how fast it is copied, while every socket is polled on."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.daemon import Logger, devices_json, logger
from bench.figures import Unavailable
from bench.influx import influx
from bench.polls import Polls, polls_of, together
from bench.process import peak_mb
from bench.run import Run
from bench.simulator import simulated
from source.errors import JournalError
from source.journal.prepared import prepare
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import US_PER_S, Point
from source.timing import SystemClock

COUNT = 50
SECONDS_AWAY = 6_000
POINTS = COUNT * SECONDS_AWAY
CHUNK_S = 20
"""Together in one commit; devices take turns in it, as they do where they are polled."""
LOOK_S = 0.1
START_US = 3 * US_PER_S
"""The daemon's start has lateness of its own."""
LIMIT_S = 120.0
RATE_LIMIT, RATE_AIM = 30_000.0, 50_000.0
RSS_LIMIT_MB = 60.0
LATE_LIMIT_MS = 100.0


@dataclass(frozen=True, slots=True)
class Drained:
    """What was seen while the backlog was copied."""

    seconds: float
    points: int
    polls: Polls
    peak_mb: float
    stop_s: float
    copied_percent: float


def measure(run: Run) -> None:
    seen = drained(run.new_folder("backlog"))
    sheet = run.sheet
    sheet.add(
        "points copied a second",
        seen.points / seen.seconds,
        "1/s",
        at_least=RATE_LIMIT,
        note=f"aim {RATE_AIM:,.0f}; {POINTS:,} points, {COUNT} sockets at 1 s meanwhile",
    )
    sheet.add("most memory (RSS) in that time", seen.peak_mb, "MB", at_most=RSS_LIMIT_MB)
    sheet.add("polls without a value meanwhile", seen.polls.missing_percent, "%", at_most=0.0)
    sheet.add(
        "lateness of a poll meanwhile, p99", seen.polls.late_ms(0.99), "ms", at_most=LATE_LIMIT_MS
    )
    sheet.add("points in InfluxDB after the stop", seen.copied_percent, "%", at_least=100.0)
    sheet.add("stop after SIGTERM", seen.stop_s, "s", at_most=10.0)


def drained(folder: Path) -> Drained:
    """Run a daemon whose database has missed much. Raises Unavailable."""
    with simulated(COUNT) as row, influx(folder / "influx") as database:
        devices = devices_json(row.addresses, "shelly:plug-s", 1.0)
        _fill(folder / "files" / JOURNAL_FILE, list(devices))
        start_us = time.time_ns() // 1000
        with logger(folder / "files", devices, database) as daemon:
            points, seconds = _watched(daemon)
            end_us = time.time_ns() // 1000
            peak = peak_mb(daemon.pid)
        with JournalReader(daemon.journal) as reader:
            stored = reader.last_seq()
            each = [
                polls_of(
                    [(p.time_us, p.success) for p in reader.points(name, start_us, 2**62)],
                    start_us + START_US,
                    end_us,
                    US_PER_S,
                )
                for name in devices
            ]
        copied = 100.0 * database.point_count() / stored
        return Drained(seconds, points, together(each), peak, daemon.stop_s, copied)


def _fill(path: Path, devices: list[str]) -> None:
    """A journal with what came while the database was away."""
    path.parent.mkdir()
    journal = Journal(path, clock=SystemClock())
    journal.open()
    begin_us = time.time_ns() // 1000 - (SECONDS_AWAY + 60) * US_PER_S
    for first in range(0, SECONDS_AWAY, CHUNK_S):
        journal.load(
            [
                prepare(device, [(_point(device, number, begin_us, second), None)])
                for second in range(first, first + CHUNK_S)
                for number, device in enumerate(devices)
            ]
        )
    journal.close()


def _point(device: str, number: int, begin_us: int, second: int) -> Point:
    time_us = begin_us + second * US_PER_S + 1_000 * number
    return Point(
        device,
        time_us,
        {
            "fetch_success": True,
            "is_valid": True,
            "power": 60.0 + time_us % 9973 / 100,
            "energy_wh": 0.0166 + time_us % 997 / 1e6,
            "counter_wh": round(second / 60, 6),
            "device_temperature": 20.0 + time_us % 313 / 10,
        },
        US_PER_S,
        US_PER_S,
    )


def _watched(daemon: Logger) -> tuple[int, float]:
    """How many points were seen to be copied, in how many seconds, until none is left over."""
    begin: tuple[int, float] | None = None
    deadline = time.monotonic() + LIMIT_S
    while (now := time.monotonic()) < deadline:
        acknowledged = max(_acknowledged(daemon.journal), default=0)
        if acknowledged and begin is None:
            begin = acknowledged, now
        elif begin is not None and acknowledged >= POINTS:
            return acknowledged - begin[0], now - begin[1]
        time.sleep(LOOK_S)
    raise Unavailable(f"not copied within {LIMIT_S:.0f} s: {daemon.log_end()}")


def _acknowledged(journal: Path) -> Iterable[int]:
    try:
        with JournalReader(journal) as reader:
            return [status.acknowledged_seq for status in reader.sinks()]
    except JournalError:
        return []  # the daemon is about to open it
