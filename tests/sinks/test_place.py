"""A sink's place in the journal: over holes, in a rescued file, and after the sink's own loss."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from source.errors import JournalDamaged
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.sinks.place import MOVES, JournalPlace, OutOfPlace
from tests.fakes import FakeClock
from tests.running import running_journal
from tests.sinks.forwarding import Rules, Run, influx_sink, keep, series, sizes
from tests.sinks.scripted_server import INFLUXDB, ScriptedServer, _Handler


@pytest.fixture
def rules(server: ScriptedServer) -> Rules:
    return Rules(server)


@pytest.fixture
def run(journal: Journal, clock: FakeClock, server: ScriptedServer) -> Run:
    return Run(journal, influx_sink(server.port), clock, batch_limit=10)


def delete(journal: Journal, first: int, last: int) -> None:
    """What the size limit and a rescue do to the table of points."""
    db = sqlite3.connect(journal.path, isolation_level=None, timeout=10)
    db.execute("DELETE FROM point WHERE seq BETWEEN ? AND ?", (first, last))
    db.close()


# --- holes ---


def test_numbers_that_are_gone_are_passed_over(
    journal: Journal, rules: Rules, run: Run, server: ScriptedServer
) -> None:
    points = series(100)
    keep(journal, points)
    delete(journal, 1, 15)
    delete(journal, 40, 75)
    run()
    assert rules.holds([*points[15:39], *points[75:]])
    assert sizes(server) == [10, 10, 10, 10, 9]
    assert run.cursor == 100


def test_points_that_go_while_the_sink_is_down_hold_nothing_up(
    journal: Journal, rules: Rules, run: Run
) -> None:
    points = series(60)
    keep(journal, points)
    rules.first(*[lambda handler: handler.answer(503, "busy", INFLUXDB)] * 2)
    run.on_failure = lambda: delete(journal, 1, 30)
    run()
    # The batch that was on its way is delivered all the same.
    assert rules.holds([*points[:10], *points[30:]])
    assert run.cursor == 60


def test_a_refused_point_that_is_gone_meanwhile_holds_nothing_up(
    journal: Journal, rules: Rules, run: Run
) -> None:
    def refuse_late(handler: _Handler) -> None:
        delete(journal, 1, 5)
        rules.answer(handler)

    rules.is_bad = lambda line: "power=3.0 " in line or "power=7.0 " in line
    rules.first(refuse_late)
    points = series(30)
    keep(journal, points)
    run()
    assert list(run.set_aside) == [8], "the other one is gone"
    assert run.failures_s == []
    assert run.cursor == 30
    assert rules.holds([point for point in points if point.fields["power"] not in (3.0, 7.0)])


# --- another file in the journal's place ---


@contextmanager
def rescued(tmp_path: Path, clock: FakeClock, kept: int) -> Iterator[Journal]:
    """A journal in place of the one there was, with as many of its points as could be saved."""
    for file in tmp_path.glob("isdl.db*"):
        file.rename(tmp_path / f"damaged-{file.name}")
    with running_journal(tmp_path, clock) as journal:
        keep(journal, series(kept))
        journal.acknowledge("sink", 10)
        journal.flush()
        yield journal


def test_in_a_rescued_file_the_place_is_the_one_that_is_committed_there(
    tmp_path: Path, clock: FakeClock
) -> None:
    with running_journal(tmp_path, clock) as journal:
        keep(journal, series(30))
        place = JournalPlace(journal, "sink")
        place.acknowledge(place.next(20))
    with rescued(tmp_path, clock, kept=15) as journal:
        assert [seq for seq, _ in place.next(100)] == [11, 12, 13, 14, 15]
        place.close()


def test_a_batch_of_the_file_that_was_there_before_is_not_acknowledged_in_the_rescued_one(
    tmp_path: Path, clock: FakeClock
) -> None:
    with running_journal(tmp_path, clock) as journal:
        keep(journal, series(30))
        place = JournalPlace(journal, "sink")
        batch = place.next(30)
    with rescued(tmp_path, clock, kept=15) as journal:
        with pytest.raises(OutOfPlace):
            place.acknowledge(batch)
        with pytest.raises(OutOfPlace):
            place.set_aside([(30, "bad")])
        with JournalReader(journal.path) as reader:
            assert reader.acknowledged("sink") == 10
            assert reader.rejected("sink") == []
        place.close()


def test_in_the_same_file_what_was_acknowledged_last_counts_before_it_is_committed(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(journal, series(30))
    place = JournalPlace(journal, "sink")
    monkeypatch.setattr(journal, "acknowledge", lambda *_: None)
    place.acknowledge(place.next(20))
    place.close()
    assert place.next(1)[0][0] == 21
    place.close()


def test_a_file_that_is_replaced_under_way_is_begun_with_anew(
    journal: Journal, rules: Rules, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    identities = [1] * 4 + [2] * 100
    monkeypatch.setattr(JournalPlace, "_identity", lambda _: identities.pop(0))
    keep(journal, series(30))
    run()
    assert rules.holds(series(30))
    assert run.cursor == 30
    assert run.failures_s == []


def test_a_file_system_that_gives_a_file_another_number_each_time_holds_nothing_up(
    journal: Journal,
    rules: Rules,
    run: Run,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = count()
    monkeypatch.setattr(JournalPlace, "_identity", lambda _: next(numbers))
    keep(journal, series(100))
    run()
    assert rules.holds(series(100))
    assert run.cursor == 100
    assert len(sizes(server)) == 100 / run.batch_limit + MOVES


def test_a_loss_of_the_sink_is_heard_on_such_a_file_system_too(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count()
    monkeypatch.setattr(JournalPlace, "_identity", lambda _: next(numbers))
    keep(journal, series(30))
    place = JournalPlace(journal, "sink")
    for _ in range(MOVES):
        with pytest.raises(OutOfPlace):
            place.acknowledge(place.next(10))
    place.acknowledge(place.next(10))
    batch = place.next(10)
    place.begin_again()
    with pytest.raises(OutOfPlace):
        place.acknowledge(batch)
    assert place.next(1)[0][0] == 1
    place.close()


def test_damage_is_told_to_the_journal_and_the_reader_is_a_fresh_one_afterwards(
    journal: Journal, clock: FakeClock, rules: Rules, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[JournalReader] = []
    told: list[bool] = []
    points_after = JournalReader.points_after

    def read(self: JournalReader, seq: int, limit: int) -> object:
        readers.append(self)
        if len(readers) == 2:
            raise JournalDamaged("database disk image is malformed")
        return points_after(self, seq, limit)

    monkeypatch.setattr(JournalReader, "points_after", read)
    monkeypatch.setattr(journal, "damaged", lambda: told.append(True))
    keep(journal, series(30))
    run.health = Health(clock.monotonic)
    run()
    assert told == [True]
    assert readers[0] is readers[1]
    assert readers[2] is not readers[1]
    assert rules.holds(series(30))
    assert run.health.state(run.sink.name).failures == 0


# --- the sink's own loss ---


def test_a_sink_that_lost_all_gets_it_again_and_that_is_told(
    journal: Journal,
    rules: Rules,
    run: Run,
    server: ScriptedServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def lose(handler: _Handler) -> None:
        rules.stored.clear()
        handler.answer(404, '{"error":"database not found"}', INFLUXDB)

    def create(handler: _Handler) -> None:
        seen.append(run.cursor)
        handler.answer(200, '{"results":[{}]}', INFLUXDB)

    seen: list[int] = []
    keep(journal, series(30))
    run.between = [
        lambda: (rules.first(lose, create), keep(journal, series(5, first=30))),
        lambda: keep(journal, series(5, first=35)),
    ]
    run()
    assert seen == [0], "committed before the database is there: a crash in between is harmless"
    assert rules.holds(series(40))
    assert run.cursor == 40
    assert caplog.text.count("has lost its points") == 1


def test_a_new_sink_has_lost_nothing(
    journal: Journal, run: Run, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.then_influxdb(404, "database not found")
    server.then_influxdb(200)
    keep(journal, series(5))
    run()
    assert "has lost" not in caplog.text
    assert sizes(server) == [5, 5]


# --- what is left behind ---


def test_a_forwarder_that_has_ended_leaves_no_event_with_the_journal(
    journal: Journal, run: Run
) -> None:
    before = len(journal._subscribers)
    for _ in range(3):
        run.stopping.clear()
        run()
    assert len(journal._subscribers) == before
