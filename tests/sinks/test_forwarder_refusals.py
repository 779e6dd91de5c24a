"""Points that a sink refuses for good, and batches that are too large for it."""

from __future__ import annotations

import logging
import time

import pytest

from source.errors import JournalError
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, FieldValue, Point
from source.sinks.batching import GROW_AFTER
from source.sinks.refusals import SILENT_S
from tests.fakes import START_US, FakeClock, good_point
from tests.influx_server import InfluxServer
from tests.sinks.forwarding import Rules, Run, influx_sink, keep, series, sizes
from tests.sinks.places import as_floats, by_key
from tests.sinks.scripted_server import ScriptedServer


@pytest.fixture
def rules(server: ScriptedServer) -> Rules:
    return Rules(server)


@pytest.fixture
def run(journal: Journal, clock: FakeClock, server: ScriptedServer) -> Run:
    return Run(journal, influx_sink(server.port), clock)


def bad_powers(*powers: int) -> tuple[str, ...]:
    return tuple(f"power={float(power)} " for power in powers)


# --- 400: some points are bad ---


@pytest.mark.parametrize("counts_dropped", [True, False])
@pytest.mark.parametrize("bad", [[0], [99], [49, 50], [3, 4, 5, 70], [*range(1, 100, 9)]])
def test_exactly_the_bad_points_are_set_aside_and_all_others_are_stored(
    journal: Journal, rules: Rules, run: Run, bad: list[int], counts_dropped: bool
) -> None:
    texts = bad_powers(*bad)
    rules.is_bad = lambda line: any(text in line for text in texts)
    rules.counts_dropped = counts_dropped
    points = series(100)
    keep(journal, points)
    run()
    assert list(run.set_aside) == [number + 1 for number in bad]
    assert all(reason.startswith("partial write: no good") for reason in run.set_aside.values())
    assert rules.holds([point for i, point in enumerate(points) if i not in bad])
    assert run.cursor == 100
    assert run.failures_s == []


def test_what_is_set_aside_keeps_its_device(journal: Journal, rules: Rules, run: Run) -> None:
    rules.is_bad = lambda line: "device=a " in line
    keep(journal, [*series(2), *series(1, "a"), *series(2, "b")])
    run()
    with JournalReader(journal.path) as reader:
        assert [row[:2] for row in reader.rejected(run.sink.name)] == [(3, "a")]


def test_one_bad_point_is_found_by_halving(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    (text,) = bad_powers(700)
    rules.is_bad = lambda line: text in line
    rules.counts_dropped = False
    keep(journal, series(1024))
    run()
    assert len(server.writes()) == 1 + 2 * 10


def test_the_bad_points_of_one_device_are_found_together(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    rules.is_bad = lambda line: "device=d8 " in line
    keep(journal, [series(1, f"d{n}", first=i)[0] for i in range(32) for n in range(16)])
    run()
    assert len(run.set_aside) == 32
    assert len(server.writes()) <= 1 + 2 * 4


def test_where_every_point_is_refused_no_search_is_made(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    rules.is_bad = lambda line: True
    keep(journal, series(500))
    run()
    assert sizes(server) == [500]
    assert list(run.set_aside) == list(range(1, 501))
    assert run.cursor == 500


def test_a_device_whose_every_point_is_refused_costs_the_others_one_more_request(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    rules.is_bad = lambda line: "device=Bad " in line

    def minute(number: int) -> None:
        server.asked.clear()
        devices = [f"d{n}" for n in range(8)]
        points = [p for d in (*devices, "Bad") for p in series(6, d, first=6 * number)]
        keep(journal, points)

    counts: list[list[int]] = []
    run.between = [
        lambda: minute(0),
        lambda: minute(1),
        lambda: counts.append(sizes(server)),
        lambda: minute(2),
        lambda: counts.append(sizes(server)),
    ]
    run()
    assert counts == [[48, 6], [48, 6]], "the others first, then the suspect alone"
    assert len(rules.stored) == 3 * 48
    assert len(run.set_aside) == 3 * 6


def test_a_suspect_whose_points_are_taken_again_is_none_any_more(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    def step(number: int) -> None:
        server.asked.clear()
        keep(journal, [*series(3, "Bad", 3 * number), *series(3, "Good", 3 * number)])

    def mend() -> None:
        rules.is_bad = lambda line: False
        step(1)

    counts: list[list[int]] = []
    rules.is_bad = lambda line: "device=Bad " in line
    run.between = [
        lambda: step(0),
        mend,
        lambda: counts.append(sizes(server)),
        lambda: step(2),
        lambda: counts.append(sizes(server)),
    ]
    run()
    assert counts == [[3, 3], [6]]
    assert list(run.set_aside) == [1, 2, 3]


def test_a_suspect_that_is_absent_from_a_batch_stays_one(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    rules.is_bad = lambda line: "device=Bad " in line
    run.between = [
        lambda: keep(journal, [*series(3, "Bad"), *series(3, "Good")]),
        lambda: keep(journal, series(3, "Good", 3)),
        lambda: (server.asked.clear(), keep(journal, series(3, "Bad", 3) + series(3, "Good", 6))),
    ]
    run()
    assert sizes(server) == [3, 3]


def test_the_log_tells_of_a_refused_device_once_an_hour(
    journal: Journal,
    clock: FakeClock,
    rules: Rules,
    run: Run,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    rules.is_bad = lambda line: "device=Bad " in line

    def step(number: int) -> None:
        clock.advance(SILENT_S / 10)
        keep(journal, [*series(2, "Bad", 2 * number), *series(2, "Good", 2 * number)])

    run.between = [lambda n=n: step(n) for n in range(12)]
    run()
    told = [r.args[1:3] for r in caplog.records if isinstance(r.args, tuple) and "Bad" in r.args]
    assert told == [(2, "Bad"), (20, "Bad")]
    assert len(caplog.records) == 2
    assert len(run.set_aside) == 24


def test_points_are_set_aside_before_the_cursor_moves_past_them(
    journal: Journal,
    rules: Rules,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_aside, cursors = journal.set_aside, []

    def fail(sink: str, rejected: object) -> None:
        raise JournalError("no commit within 10 s")

    def mend() -> None:
        journal.flush()
        cursors.append(run.cursor)
        monkeypatch.setattr(journal, "set_aside", set_aside)

    monkeypatch.setattr(journal, "set_aside", fail)
    rules.is_bad = lambda line: True
    keep(journal, series(3))
    run.on_failure = mend
    run()
    assert cursors == [0]
    assert list(run.set_aside) == [1, 2, 3]
    assert run.cursor == 3


def test_a_reason_that_is_no_proper_text_is_kept_all_the_same(
    journal: Journal, server: ScriptedServer, run: Run
) -> None:
    server.then(400, r'{"error":"unable to parse \ud83e"}', X_Influxdb_Version="1.8.10")
    keep(journal, series(1))
    run.on_failure = run.stopping.set
    run()
    assert run.set_aside == {1: "unable to parse ?"}
    assert run.cursor == 1


# --- 413: too large ---


def test_batches_are_halved_until_they_fit_and_grow_again(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    rules.max_lines = 30
    points = series(25 * (GROW_AFTER + 10))
    keep(journal, points)
    run.batch_limit = 100
    run()
    assert rules.holds(points)
    assert run.cursor == len(points)
    assert sizes(server)[:7] == [100, 50, 25, 25, 50, 25, 25]
    tried_again = sizes(server)[7:].index(50)
    assert set(sizes(server)[7 : 7 + tried_again]) == {25}
    assert tried_again == GROW_AFTER - 2
    assert run.failures_s == []
    assert run.set_aside == {}


def test_batches_grow_back_to_the_limit_where_all_fits_again(
    journal: Journal, server: ScriptedServer, rules: Rules, run: Run
) -> None:
    rules.max_lines = 30
    run.batch_limit = 40
    first, later = series(40), series(1_000, first=40)

    def widen() -> None:
        rules.max_lines = 1_000
        keep(journal, later)

    run.between = [lambda: keep(journal, first), widen]
    run()
    assert sizes(server)[:3] == [40, 20, 20]
    assert sizes(server)[3:] == [20] * (GROW_AFTER - 2) + [40] * 16
    assert rules.holds([*first, *later])


def test_a_single_point_that_is_too_large_is_set_aside(
    journal: Journal, rules: Rules, run: Run
) -> None:
    points = series(20)
    too_large = good_point(points[10].time_us, power=0.0, text="x" * 500)
    keep(journal, [*points[:10], too_large, *points[11:]])
    refuse, limit = rules.answer, 700

    def measured(handler: object) -> None:
        body = handler.server.asked[-1].body  # type: ignore[attr-defined]
        rules.max_lines = 0 if "x" * 500 in body or len(body) > limit else 1_000
        refuse(handler)  # type: ignore[arg-type]

    rules.first(*[measured] * 100)
    run()
    assert list(run.set_aside) == [11]
    assert "too large for one request" in run.set_aside[11]
    assert rules.holds([*points[:10], *points[11:]])
    assert run.cursor == 20


def test_bad_points_are_found_where_batches_are_too_large_as_well(
    journal: Journal, rules: Rules, run: Run
) -> None:
    rules.max_lines = 9
    texts = bad_powers(5, 60, 61)
    rules.is_bad = lambda line: any(text in line for text in texts)
    points = series(100)
    keep(journal, points)
    run()
    assert list(run.set_aside) == [6, 61, 62]
    assert rules.holds([point for i, point in enumerate(points) if i not in (5, 60, 61)])


# --- over a real server ---


@pytest.mark.influx
def test_a_type_conflict_sets_aside_exactly_the_points_that_have_it(
    journal: Journal, clock: FakeClock, influx: InfluxServer, fresh: str
) -> None:
    first = good_point(START_US, device="Boiler", mode="auto")
    mixed: list[Point] = []
    for i in range(1, 61):
        fields: dict[str, FieldValue] = {"mode": 1.0} if i % 20 == 7 else {"mode": "eco"}
        mixed.append(good_point(START_US + i * US_PER_S, device="Boiler", **fields))
        mixed.append(good_point(START_US + i * US_PER_S, float(i)))
    run = Run(journal, influx_sink(influx.port, fresh), clock)
    run.between = [lambda: keep(journal, [first]), lambda: keep(journal, mixed)]
    run()
    bad = {seq for seq, p in enumerate([first, *mixed], 1) if p.fields.get("mode") == 1.0}
    assert run.set_aside.keys() == bad
    assert all("field type conflict" in reason for reason in run.set_aside.values())
    good = [p for p in [first, *mixed] if p.fields.get("mode") != 1.0]
    assert as_floats(influx.points(fresh)) == by_key(good)
    assert run.cursor == 121


@pytest.mark.influx
def test_points_beyond_the_retention_policy_are_set_aside_and_newer_ones_are_stored(
    journal: Journal, clock: FakeClock, influx: InfluxServer, fresh: str
) -> None:
    influx.query(f'CREATE DATABASE "{fresh}" WITH DURATION 1h NAME short')
    now_us = time.time_ns() // 1000
    old = [good_point(START_US - 86_400 * US_PER_S + i, float(i)) for i in range(40)]
    new = [good_point(now_us - i, float(i)) for i in range(40)]
    keep(journal, [p for pair in zip(old, new, strict=True) for p in pair])
    run = Run(journal, influx_sink(influx.port, fresh), clock)()
    assert list(run.set_aside) == list(range(1, 81, 2))
    assert all("beyond retention policy" in reason for reason in run.set_aside.values())
    assert as_floats(influx.points(fresh)) == by_key(new)
    assert run.cursor == 80
