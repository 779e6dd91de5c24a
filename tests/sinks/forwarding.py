"""A forwarder that runs in the test's own thread, and a server that keeps and refuses by rules."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Point
from source.sinks.forwarder import Forwarder
from source.sinks.influx import InfluxSink
from source.sinks.protocol import Sink
from tests.fakes import START_US, FakeClock, good_point
from tests.sinks.places import database
from tests.sinks.scripted_server import INFLUXDB, ScriptedServer, _Handler

CAUGHT_UP_S = 0.25
"""The pause between live batches here; no other pause is as long."""
NO_LAST_TRY_S = -1.0
NOW_S = START_US / US_PER_S


def series(count: int, device: str = "Fridge", first: int = 0) -> list[Point]:
    """Points a second apart, each with a power of its own."""
    return [
        good_point(START_US + (first + i) * US_PER_S, device=device, power=float(first + i))
        for i in range(count)
    ]


def keep(journal: Journal, points: Iterable[Point]) -> None:
    """Return when the journal has committed the points."""
    for number, point in enumerate(points, 1):
        journal.append(point)
        if number % 10_000 == 0:
            journal.flush()  # its queue has a limit
    journal.flush()


def influx_sink(port: int, name: str = "home", timeout_s: float = 5.0) -> InfluxSink:
    return InfluxSink(database(port, name), timeout_s=timeout_s, wall_s=lambda: NOW_S)


@dataclass
class Run:
    """One run of a forwarder; its pauses take no time, they move the clock.

    Whenever it has caught up, steps of ``between`` are taken until one of them adds points; it is
    stopped when none is left. ``on_failure`` is called in each pause after a failure.
    """

    journal: Journal
    sink: Sink
    clock: FakeClock
    between: list[Callable[[], object]] = field(default_factory=list)
    on_failure: Callable[[], object] = lambda: None
    health: Health | None = None
    batch_limit: int = 5_000
    long_backlog: int = 1_000_000
    last_try_s: float = NO_LAST_TRY_S
    jitter: float = 0.0
    stopping: threading.Event = field(default_factory=threading.Event)
    failures_s: list[float] = field(default_factory=list)
    """The pauses after failures."""

    def __call__(self) -> Run:
        forwarder = Forwarder(
            sink=self.sink,
            journal=self.journal,
            health=self.health or Health(self.clock.monotonic),
            batch_limit=self.batch_limit,
            long_backlog=self.long_backlog,
            min_pause_s=CAUGHT_UP_S,
            last_try_s=self.last_try_s,
            jitter=lambda: self.jitter,
            monotonic=self.clock.monotonic,
            pause=self._pause,
        )
        forwarder.run(self.stopping)
        self.journal.flush()
        return self

    def _pause(self, stopping: threading.Event, seconds: float) -> None:
        self.clock.advance(seconds)
        if stopping.is_set():
            return
        if seconds != CAUGHT_UP_S:
            self.failures_s.append(seconds)
            self.on_failure()
        elif not self._steps_add_points():
            stopping.set()

    def _steps_add_points(self) -> bool:
        news = self.journal._subscribers[-1]
        while self.between:
            self.between.pop(0)()
            if news.is_set():
                return True
        return False

    @property
    def cursor(self) -> int:
        """How far the sink is, as it is committed."""
        with JournalReader(self.journal.path) as reader:
            return reader.acknowledged(self.sink.name)

    @property
    def set_aside(self) -> dict[int, str]:
        """The reasons by sequence number."""
        with JournalReader(self.journal.path) as reader:
            return {seq: reason for seq, _, reason in reader.rejected(self.sink.name)}


class Rules:
    """Answers writes as InfluxDB does: keeps good lines, refuses bad ones, limits the size."""

    def __init__(self, server: ScriptedServer) -> None:
        self.stored: dict[str, str] = {}
        """Fields by series and time."""
        self.is_bad: Callable[[str], bool] = lambda line: False
        self.max_lines = 1_000_000
        self.counts_dropped = True
        """InfluxDB does, but for lines that it can't even parse."""
        self._server = server
        server.script.extend([self.answer] * 2_000)

    def answer(self, handler: _Handler) -> None:
        lines = handler.server.asked[-1].body.splitlines()
        if len(lines) > self.max_lines:
            handler.answer(413, "<html>413 Request Entity Too Large</html>", {})
            return
        bad = [line for line in lines if self.is_bad(line)]
        self.store(line for line in lines if not self.is_bad(line))
        if not bad:
            handler.answer(204, "", INFLUXDB)
            return
        dropped = len(bad) if self.counts_dropped else 0
        error = f'{{"error":"partial write: no good dropped={dropped}"}}'
        handler.answer(400, error, INFLUXDB)

    def store(self, lines: Iterable[str]) -> None:
        for line in lines:
            key, fields, time_ns = line.rsplit(" ", 2)
            self.stored[f"{key} {time_ns}"] = fields

    def first(self, *answers: Callable[[_Handler], None]) -> None:
        """Give these answers before all others."""
        self._server.script.extendleft(reversed(answers))

    def holds(self, points: Sequence[Point]) -> bool:
        """Whether exactly these points are stored."""
        expected = {f"census,device={p.device} {p.time_us}000" for p in points}
        return self.stored.keys() == expected


def sizes(server: ScriptedServer) -> list[int]:
    """How many points each write held."""
    return [len(lines) for lines in server.writes()]
