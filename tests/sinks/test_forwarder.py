"""The journal's copy in a sink: complete, in batches, from a cursor that outlives restarts."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Point
from source.sinks import forwarder
from source.sinks.forwarder import Forwarder
from tests.fakes import FakeClock, failed_point
from tests.influx_server import InfluxServer
from tests.running import running_journal
from tests.sinks.forwarding import Rules, Run, influx_sink, keep, series, sizes
from tests.sinks.places import as_floats, by_key, until
from tests.sinks.scripted_server import ScriptedServer


class Crash(BaseException):
    """The power fails."""


def test_an_empty_journal_sends_nothing(
    journal: Journal, clock: FakeClock, server: ScriptedServer
) -> None:
    run = Run(journal, influx_sink(server.port), clock)()
    assert server.asked == []
    assert run.cursor == 0


def test_live_points_arrive_in_batches(
    journal: Journal, clock: FakeClock, server: ScriptedServer
) -> None:
    steps = [lambda n=n: keep(journal, series(7, first=7 * n)) for n in range(3)]
    run = Run(journal, influx_sink(server.port), clock, steps)()
    assert sizes(server) == [7, 7, 7]
    assert run.cursor == 21


def test_a_backlog_is_sent_in_batches_of_the_limit_without_pauses(
    journal: Journal, clock: FakeClock, server: ScriptedServer
) -> None:
    keep(journal, series(12_000))
    before_s = clock.monotonic()
    run = Run(journal, influx_sink(server.port), clock)()
    assert sizes(server) == [5_000, 5_000, 2_000]
    assert clock.monotonic() - before_s == 0.25, "one pause, when all was sent"
    assert run.cursor == 12_000


def test_points_are_sent_in_the_order_of_their_commits(
    journal: Journal, clock: FakeClock, server: ScriptedServer
) -> None:
    keep(journal, [*series(10), *series(10, "a"), *series(10, first=10)])
    Run(journal, influx_sink(server.port), clock, batch_limit=4)()
    lines = [line for write in server.writes() for line in write]
    powers = [float(line.split("power=")[1].split()[0]) for line in lines]
    assert powers == [*range(10), *range(10), *range(10, 20)]


def test_a_restart_sends_nothing_twice(
    tmp_path: Path, clock: FakeClock, server: ScriptedServer
) -> None:
    for first in (0, 10, 20):
        with running_journal(tmp_path, clock) as journal:
            Run(journal, influx_sink(server.port), clock)()
            keep(journal, series(10, first=first))
            assert Run(journal, influx_sink(server.port), clock)().cursor == first + 10
    assert sizes(server) == [10, 10, 10]


def test_a_sink_that_is_added_later_receives_the_whole_history(
    journal: Journal, clock: FakeClock, server: ScriptedServer
) -> None:
    keep(journal, series(30))
    Run(journal, influx_sink(server.port, "old"), clock)()
    run = Run(journal, influx_sink(server.port, "new"), clock)()
    assert [asked.parameters["db"] for asked in server.asked] == ["old", "new"]
    assert sizes(server) == [30, 30]
    assert run.cursor == 30


def test_a_cursor_is_not_committed_before_the_sink_has_the_points(
    journal: Journal, clock: FakeClock, server: ScriptedServer, reader: JournalReader
) -> None:
    sink = influx_sink(server.port)
    seen = []
    rules = Rules(server)

    def look(handler: object) -> None:
        journal.flush()
        with JournalReader(journal.path) as other:
            seen.append(other.acknowledged(sink.name))
        rules.answer(handler)  # type: ignore[arg-type]

    rules.first(*[look] * 4)
    keep(journal, series(40))
    Run(journal, sink, clock, batch_limit=10)()
    assert seen == [0, 10, 20, 30]
    assert reader.acknowledged(sink.name) == 40


@pytest.mark.influx
def test_what_was_sent_again_after_a_crash_stands_once_in_the_database(
    tmp_path: Path, clock: FakeClock, influx: InfluxServer, fresh: str
) -> None:
    class Crashing:
        """Writes, and does not live to tell."""

        def __init__(self) -> None:
            self.name = sink.name
            self.close = sink.close

        def write(self, points: Sequence[Point]) -> None:
            sink.write(points)
            raise Crash

    sink = influx_sink(influx.port, fresh)
    points = [*series(50), *series(50, "Küche/Bad"), failed_point(1_700_000_000_000_000)]
    with running_journal(tmp_path, clock) as journal:
        keep(journal, points)
        run = Run(journal, Crashing(), clock, batch_limit=60)
        with pytest.raises(Crash):
            run()
        assert run.cursor == 0
    assert len(influx.points(fresh)) == 60
    with running_journal(tmp_path, clock) as journal:
        assert Run(journal, sink, clock, batch_limit=60)().cursor == len(points)
    assert as_floats(influx.points(fresh)) == by_key(points)


@pytest.mark.influx
def test_a_database_that_is_dropped_while_running_gets_the_whole_history_again(
    journal: Journal, clock: FakeClock, influx: InfluxServer, fresh: str
) -> None:
    later = series(5, first=10)
    steps = [
        lambda: keep(journal, series(10)),
        lambda: (influx.query(f'DROP DATABASE "{fresh}"'), keep(journal, later)),
    ]
    run = Run(journal, influx_sink(influx.port, fresh), clock, steps)()
    assert run.failures_s == []
    assert run.cursor == 15
    assert as_floats(influx.points(fresh)) == by_key([*series(10), *later])


# --- in a thread of its own, with the machine's clock ---


def test_a_thread_forwards_what_comes_and_ends_soon_after_the_stop(
    journal: Journal, server: ScriptedServer
) -> None:
    sink, stopping = influx_sink(server.port), threading.Event()
    worker = Forwarder(sink=sink, journal=journal, health=Health(), min_pause_s=0.01)
    thread = threading.Thread(target=worker.run, args=(stopping,))
    thread.start()
    try:
        for count in (1, 2, 3):
            keep(journal, series(1, first=count))
            until(lambda count=count: sum(sizes(server)) == count)
    finally:
        stopping.set()
        thread.join(5)
    assert not thread.is_alive()
    journal.flush()
    with JournalReader(journal.path) as reader:
        assert reader.acknowledged(sink.name) == 3


def test_after_the_stop_no_news_is_waited_for(
    journal: Journal,
    clock: FakeClock,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forwarder, "SLICE_S", 30.0)
    began = time.monotonic()
    Run(journal, influx_sink(server.port), clock)()
    assert time.monotonic() - began < 15


def test_points_that_nobody_tells_of_are_found_too(
    journal: Journal,
    clock: FakeClock,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forwarder, "SLICE_S", 0.01)
    monkeypatch.setattr(forwarder, "IDLE_S", 0.03)
    deaf = threading.Event()
    monkeypatch.setattr(journal, "subscribe", lambda: deaf)
    stopping = threading.Event()

    def pause(_: threading.Event, seconds: float) -> None:
        if sizes(server):
            stopping.set()
        else:
            keep(journal, series(3))

    sink = influx_sink(server.port)
    Forwarder(sink=sink, journal=journal, health=Health(), pause=pause).run(stopping)
    assert sizes(server) == [3]


def test_news_that_were_read_wake_nobody_again(
    journal: Journal, clock: FakeClock, server: ScriptedServer
) -> None:
    seen = []
    steps = [
        lambda: keep(journal, series(3)),
        lambda: seen.append(journal._subscribers[-1].is_set()),
    ]
    Run(journal, influx_sink(server.port), clock, steps)()
    assert seen == [False]
