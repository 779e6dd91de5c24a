"""The stop: one last try with what is there, no waiting, and nothing acknowledged too early."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from source.journal.store import Journal
from source.model import Point
from tests.fakes import FakeClock
from tests.sinks.forwarding import Rules, Run, influx_sink, keep, series, sizes
from tests.sinks.scripted_server import INFLUXDB, ScriptedServer, _Handler

LAST_TRY_S = 2.0


@pytest.fixture
def rules(server: ScriptedServer) -> Rules:
    return Rules(server)


@pytest.fixture
def run(journal: Journal, clock: FakeClock, server: ScriptedServer) -> Run:
    """Ready to run with small batches, and with the last try."""
    return Run(journal, influx_sink(server.port), clock, batch_limit=10, last_try_s=LAST_TRY_S)


def test_what_was_committed_just_before_the_stop_is_sent(
    journal: Journal, run: Run, rules: Rules
) -> None:
    points = series(25)
    run.between = [lambda: (keep(journal, points), run.stopping.set())]
    run()
    assert rules.holds(points)
    assert run.cursor == 25


def test_a_stop_before_the_first_line_still_makes_the_last_try(
    journal: Journal, run: Run, rules: Rules
) -> None:
    keep(journal, series(5))
    run.stopping.set()
    run()
    assert rules.holds(series(5))
    assert run.cursor == 5


def test_batches_are_begun_for_so_long_after_the_stop_and_no_longer(
    journal: Journal, clock: FakeClock, run: Run, server: ScriptedServer, rules: Rules
) -> None:
    points = series(100)
    keep(journal, points)
    sink, write = run.sink, run.sink.write

    def slowly(batch: Sequence[Point]) -> None:
        write(batch)
        clock.advance(0.9)

    sink.write = slowly  # type: ignore[method-assign]
    run.stopping.set()
    run()
    assert sizes(server) == [10] * 3, "at 0, 0.9 and 1.8 s"
    assert run.cursor == 30
    server.asked.clear()
    Run(journal, influx_sink(server.port), clock)()
    assert sizes(server) == [70]
    assert rules.holds(points)


def test_a_stop_in_the_middle_of_a_search_acknowledges_nothing(
    journal: Journal, run: Run, rules: Rules, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rules.is_bad = lambda line: "power=7.0 " in line

    def stop_and_answer(handler: _Handler) -> None:
        run.stopping.set()
        rules.answer(handler)

    rules.first(rules.answer, stop_and_answer)
    keep(journal, series(10))
    run()
    assert run.cursor == 0
    assert run.set_aside == {}
    assert "sent after the next start" in caplog.text
    again = Run(journal, run.sink, run.clock)()
    assert list(again.set_aside) == [8]
    assert again.cursor == 10


@pytest.mark.parametrize("status", [400, 413, 500, 503])
def test_a_last_try_that_fails_acknowledges_nothing_and_is_the_last(
    journal: Journal,
    run: Run,
    server: ScriptedServer,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    caplog.set_level(logging.INFO)
    server.script.append(lambda handler: handler.answer(204, "", INFLUXDB))
    server.then_influxdb(status, "not now")
    keep(journal, series(10))
    run.between = [lambda: (keep(journal, series(10, first=10)), run.stopping.set())]
    run()
    assert sizes(server) == [10, 10]
    assert run.cursor == 10
    assert run.set_aside == {}
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert "sent after the next start" in record.getMessage()


def test_a_failure_during_the_stop_was_the_last_try(
    journal: Journal, clock: FakeClock, server: ScriptedServer
) -> None:
    run = Run(journal, influx_sink(server.port, timeout_s=0.05), clock, last_try_s=LAST_TRY_S)

    def stop_and_hang(handler: _Handler) -> None:
        run.stopping.set()
        handler.hang()

    server.script.extend([stop_and_hang] * 3)
    keep(journal, series(10))
    run()
    assert sizes(server) == [10], "a server that hangs is not waited for twice"
    assert run.cursor == 0


def test_a_stop_during_the_back_off_makes_one_last_try(
    journal: Journal, run: Run, server: ScriptedServer
) -> None:
    server.then_influxdb(500, "disk full")
    keep(journal, series(10))
    run.on_failure = run.stopping.set
    run()
    assert sizes(server) == [10, 10]
    assert run.cursor == 10


def test_a_sink_that_asked_for_quiet_is_left_in_quiet(
    journal: Journal, clock: FakeClock, run: Run, server: ScriptedServer
) -> None:
    server.then_influxdb(503, "overloaded", Retry_After="120")
    keep(journal, series(10))

    def stop_early() -> None:
        clock.advance(-60.0)
        run.stopping.set()

    run.on_failure = stop_early
    run()
    assert run.failures_s == [120.0]
    assert sizes(server) == [10]
    assert run.cursor == 0


def test_the_connection_is_closed_at_the_end(
    journal: Journal, run: Run, server: ScriptedServer
) -> None:
    keep(journal, series(10))
    run()
    assert run.sink._connection._stream is None  # type: ignore[attr-defined]
