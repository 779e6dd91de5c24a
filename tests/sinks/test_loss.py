"""A sink that has lost what it held, whoever made its database anew: it gets everything again."""

from __future__ import annotations

import pytest

from source.errors import JournalError, SinkUnavailable
from source.journal.store import Journal
from source.sinks.influx import InfluxSink
from tests.fakes import START_US, FakeClock, good_point
from tests.influx_server import InfluxServer
from tests.sinks.forwarding import Rules, Run, influx_sink, keep, series
from tests.sinks.places import as_floats, by_key
from tests.sinks.scripted_server import INFLUXDB, ScriptedServer, _Handler

POINTS = [good_point(START_US)]


@pytest.fixture
def sink(server: ScriptedServer) -> InfluxSink:
    return influx_sink(server.port)


@pytest.fixture
def losses(sink: InfluxSink) -> list[int]:
    """Grows with each loss that the sink tells."""
    told: list[int] = []
    sink.on_loss = lambda: told.append(1)
    return told


@pytest.mark.influx
def test_a_database_that_somebody_else_makes_anew_gets_the_whole_journal(
    journal: Journal, clock: FakeClock, influx: InfluxServer, fresh: str
) -> None:
    sink = influx_sink(influx.port, fresh)

    def lose() -> None:
        """As a container does whose volume is gone: it makes ``INFLUXDB_DB`` when it starts."""
        influx.query(f'DROP DATABASE "{fresh}"')
        influx.query(f'CREATE DATABASE "{fresh}"')
        sink.close()
        keep(journal, series(5, first=30))

    keep(journal, series(30))
    run = Run(journal, sink, clock, between=[lose], batch_limit=10)()
    assert as_floats(influx.points(fresh)) == by_key(series(35))
    assert run.cursor == 35
    assert run.failures_s == []


def test_it_is_looked_once_per_connection(server: ScriptedServer, sink: InfluxSink) -> None:
    for _ in range(3):
        sink.write(POINTS)
    assert server.looks == 1
    sink.close()
    sink.write(POINTS)
    assert server.looks == 2


def test_one_that_stays_empty_is_lost_once(
    server: ScriptedServer, sink: InfluxSink, losses: list[int]
) -> None:
    server.is_empty = True
    for _ in range(3):
        server.then_influxdb(400, "partial write: points beyond retention policy dropped=1")
        with pytest.raises(Exception, match="retention"):
            sink.write(POINTS)
        sink.close()
    assert losses == [1]


def test_one_that_took_points_and_is_empty_again_is_lost_again(
    server: ScriptedServer, sink: InfluxSink, losses: list[int]
) -> None:
    server.is_empty = True
    for _ in range(3):
        sink.write(POINTS)
        sink.close()
    assert losses == [1, 1, 1]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_where_it_can_not_be_looked_points_are_written_all_the_same(
    server: ScriptedServer, sink: InfluxSink, losses: list[int], status: int
) -> None:
    server.is_empty, server.look_status = True, status
    sink.write(POINTS)
    assert len(server.writes()) == 1
    assert losses == []


def test_nothing_is_written_before_it_could_be_looked(
    server: ScriptedServer, sink: InfluxSink, losses: list[int]
) -> None:
    server.is_empty, server.look_status = True, 503
    for _ in range(2):
        with pytest.raises(SinkUnavailable, match="503"):
            sink.write(POINTS)
    assert server.writes() == []
    server.look_status = 200
    sink.write(POINTS)
    assert losses == [1]


def test_nothing_is_written_before_the_loss_is_noted(
    server: ScriptedServer, sink: InfluxSink, losses: list[int]
) -> None:
    def full() -> None:
        raise JournalError("the disk is full")

    note, sink.on_loss = sink.on_loss, full
    server.is_empty = True
    for _ in range(2):
        with pytest.raises(JournalError):
            sink.write(POINTS)
    assert server.writes() == []
    sink.on_loss = note
    sink.write(POINTS)
    assert losses == [1]


def test_what_of_the_very_first_batch_was_there_before_the_loss_is_sent_again(
    journal: Journal, clock: FakeClock, server: ScriptedServer
) -> None:
    rules = Rules(server)

    def lose(handler: _Handler) -> None:
        assert rules.stored, "a part of the batch is there"
        rules.stored.clear()
        handler.answer(404, '{"error":"database not found"}', INFLUXDB)

    points = series(8)
    rules.is_bad = lambda line: "power=7.0 " in line
    # The whole, its first half, and before the second half the loss.
    rules.first(rules.answer, rules.answer, lose, lambda handler: handler.answer(200, "{}", {}))
    keep(journal, points)
    run = Run(journal, influx_sink(server.port), clock)()
    assert rules.holds(points[:7])
    assert list(run.set_aside) == [8]
    assert run.cursor == 8
