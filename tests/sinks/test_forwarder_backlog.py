"""A long backlog: the newest points come first, everything comes once it is its turn."""

from __future__ import annotations

import time

import pytest

from source.journal.store import Journal
from source.model import US_PER_S
from tests.fakes import START_US, FakeClock, good_point
from tests.influx_server import InfluxServer
from tests.sinks.forwarding import CAUGHT_UP_S, Rules, Run, influx_sink, keep, series, sizes
from tests.sinks.places import as_floats, by_key
from tests.sinks.scripted_server import INFLUXDB, ScriptedServer, _Handler


@pytest.fixture
def rules(server: ScriptedServer) -> Rules:
    return Rules(server)


@pytest.fixture
def run(journal: Journal, clock: FakeClock, server: ScriptedServer) -> Run:
    """Ten points a batch; a backlog of 50 is a long one."""
    return Run(journal, influx_sink(server.port), clock, batch_limit=10, long_backlog=50)


def numbers(server: ScriptedServer) -> list[list[int]]:
    """Which points came with each write."""
    return [
        [int(float(line.split("power=")[1].split()[0])) for line in lines]
        for lines in server.writes()
    ]


def test_the_newest_points_of_a_long_backlog_are_sent_ahead(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    points = series(100)
    keep(journal, points)
    run()
    assert numbers(server)[:2] == [[*range(90, 100)], [*range(10)]]
    assert rules.holds(points)
    assert len(server.writes()) == 1 + 10
    assert run.cursor == 100


def test_a_short_backlog_is_sent_in_its_order(
    journal: Journal, server: ScriptedServer, run: Run
) -> None:
    keep(journal, series(49))
    run()
    assert sizes(server) == [10, 10, 10, 10, 9]


def test_what_comes_while_a_backlog_is_sent_goes_ahead_now_and_then(
    journal: Journal, clock: FakeClock, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    def later(handler: _Handler) -> None:
        keep(journal, series(5, first=100))
        clock.advance(CAUGHT_UP_S)
        rules.answer(handler)

    keep(journal, series(100))
    rules.first(rules.answer, rules.answer, later)
    run()
    assert numbers(server)[2:5] == [[*range(10, 20)], [*range(100, 105)], [*range(20, 30)]]
    assert rules.holds(series(105))
    assert run.cursor == 105


def test_what_was_sent_ahead_is_not_acknowledged_before_its_turn(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    def refuse(handler: _Handler) -> None:
        handler.answer(503, "busy", INFLUXDB)

    keep(journal, series(100))
    rules.first(rules.answer, rules.answer, refuse)
    seen = []
    run.on_failure = lambda: (journal.flush(), seen.append(run.cursor))
    run()
    assert seen == [10]
    assert rules.holds(series(100))
    assert run.cursor == 100


@pytest.mark.parametrize("status", [400, 413])
def test_points_refused_ahead_of_their_turn_are_sorted_out_in_it(
    journal: Journal, rules: Rules, run: Run, status: int
) -> None:
    rules.is_bad = lambda line: "power=95.0 " in line
    if status == 413:
        rules.first(lambda handler: handler.answer(413, "large", {}))
    keep(journal, series(100))
    run()
    assert list(run.set_aside) == [96]
    assert rules.holds([point for point in series(100) if point.fields["power"] != 95.0])
    assert run.failures_s == []


def test_a_server_that_is_back_gets_the_newest_first(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    keep(journal, series(60))
    rules.first(*[lambda handler: handler.answer(503, "busy", INFLUXDB)] * 2)
    run.on_failure = lambda: len(run.failures_s) == 2 and keep(journal, series(20, first=60))
    run()
    assert numbers(server)[2] == [*range(70, 80)]
    assert rules.holds(series(80))


@pytest.mark.influx
def test_a_hundred_thousand_points_beyond_the_retention_policy_are_passed_in_few_requests(
    journal: Journal, clock: FakeClock, influx: InfluxServer, fresh: str
) -> None:
    influx.query(f'CREATE DATABASE "{fresh}" WITH DURATION 1h NAME short')
    first_us = time.time_ns() // 1000 - 600 * US_PER_S
    devices = [f"d{n}" for n in range(50)]
    old = [good_point(START_US + i, device=devices[i % 50]) for i in range(99_970)]
    new = [good_point(first_us + i, device=devices[i % 50]) for i in range(3_000)]
    keep(journal, [*old, *new])
    sink = influx_sink(influx.port, fresh)
    requests, write = [], sink.write

    def counted(points: list[object]) -> None:
        requests.append(len(points))
        write(points)  # type: ignore[arg-type]

    sink.write = counted  # type: ignore[method-assign, assignment]
    run = Run(journal, sink, clock, batch_limit=2_000)()
    assert as_floats(influx.points(fresh)) == by_key(new)
    assert run.cursor == 102_970
    assert run.set_aside.keys() == set(range(1, 99_971))
    assert len(requests) <= 52 + 2 * 11, "the batch with the border is halved eleven times"
