"""A sink or a journal that can't be used for a while: points are kept, and sent when it can."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from source.errors import JournalError
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.sinks.forwarder import RETRY_AFTER_LIMIT_S
from source.sinks.influx import InfluxSink
from tests.fakes import FakeClock
from tests.influx_server import InfluxServer, free_port
from tests.sinks.conftest import CERTIFICATE
from tests.sinks.forwarding import NOW_S, Rules, Run, influx_sink, keep, series, sizes
from tests.sinks.places import as_floats, by_key, database
from tests.sinks.scripted_server import INFLUXDB, ScriptedServer, _Handler

POINTS = series(10)
OPEN_FILES = Path("/proc/self/fd")
FIRST_STEPS_S = [2.0, 4.0, 8.0, 16.0, 32.0, 45.0, 45.0]


@pytest.fixture
def rules(server: ScriptedServer) -> Rules:
    return Rules(server)


@pytest.fixture
def run(journal: Journal, clock: FakeClock, server: ScriptedServer) -> Run:
    """Ready to run, with ten points in the journal."""
    keep(journal, POINTS)
    return Run(journal, influx_sink(server.port), clock)


def answers(rules: Rules, status: int, times: int = 1, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    rules.first(*[lambda h: h.answer(status, '{"error":"not now"}', {**INFLUXDB, **named})] * times)


# --- back-off ---


@pytest.mark.parametrize(("jitter", "share"), [(0.0, 0.5), (1.0, 1.0)])
def test_the_pauses_double_from_a_second_to_three_quarters_of_a_minute(
    run: Run, rules: Rules, jitter: float, share: float
) -> None:
    answers(rules, 500, len(FIRST_STEPS_S))
    run.jitter = jitter
    run()
    assert run.failures_s == [share * step for step in FIRST_STEPS_S]
    assert rules.holds(POINTS)
    assert run.cursor == 10


def test_after_a_success_the_pauses_are_short_again(
    journal: Journal, run: Run, rules: Rules
) -> None:
    answers(rules, 500, 4)
    later = series(5, first=10)
    run.between = [lambda: (answers(rules, 500, 2), keep(journal, later))]
    run()
    assert run.failures_s == [1.0, 2.0, 4.0, 8.0, 1.0, 2.0]
    assert rules.holds([*POINTS, *later])


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 502, 503])
def test_every_refusal_that_is_not_about_the_points_keeps_them_all(
    run: Run, rules: Rules, status: int
) -> None:
    answers(rules, status, 2)
    cursors = []
    run.on_failure = lambda: cursors.append(run.cursor)
    run()
    assert cursors == [0, 0]
    assert rules.holds(POINTS)
    assert run.set_aside == {}
    assert run.cursor == 10


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17.0),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90.0),
        ("3600", RETRY_AFTER_LIMIT_S),
        ("Fri, 02 Jan 2026 00:00:00 GMT", RETRY_AFTER_LIMIT_S),
        ("0", 1.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 1.0),
        ("soon", 1.0),
    ],
)
def test_retry_after_is_obeyed_within_limits(
    run: Run, rules: Rules, status: int, header: str, seconds: float
) -> None:
    assert NOW_S == 1_767_225_600.0, "the dates are relative to it"
    answers(rules, status, Retry_After=header)
    run()
    assert run.failures_s == [seconds]
    assert rules.holds(POINTS)


def test_a_back_off_longer_than_retry_after_stays(run: Run, rules: Rules) -> None:
    answers(rules, 503, 5, Retry_After="3")
    run()
    assert run.failures_s == [3.0, 3.0, 4.0, 8.0, 16.0]


# --- connections ---


def test_a_server_that_never_answers_costs_a_time_out_and_no_point(
    journal: Journal, clock: FakeClock, server: ScriptedServer
) -> None:
    server.then_hang()
    keep(journal, POINTS)
    health = Health(clock.monotonic)
    run = Run(journal, influx_sink(server.port, timeout_s=0.05), clock, health=health)
    reasons = []
    run.on_failure = lambda: reasons.append(health.state(run.sink.name).reason)
    run()
    assert len(reasons) == 1
    assert "timed out" in reasons[0]
    assert sizes(server) == [10, 10]
    assert run.cursor == 10


def test_a_port_that_nobody_listens_on_keeps_the_points(journal: Journal, clock: FakeClock) -> None:
    keep(journal, POINTS)
    run = Run(journal, influx_sink(free_port()), clock)
    run.on_failure = lambda: len(run.failures_s) == 3 and run.stopping.set()
    run()
    assert run.failures_s == [1.0, 2.0, 4.0]
    assert run.cursor == 0


def test_a_connection_that_breaks_after_the_points_were_stored_does_no_harm(
    run: Run, server: ScriptedServer, rules: Rules
) -> None:
    server.script.clear()
    server.then_reset(lambda asked: rules.store(asked.body.splitlines()))
    server.script.append(rules.answer)
    run()
    first, second = server.writes()
    assert first == second
    assert rules.holds(POINTS)
    assert run.cursor == 10


@pytest.mark.influx
def test_points_that_a_real_server_got_twice_stand_in_it_once(
    run: Run, server: ScriptedServer, influx: InfluxServer, fresh: str
) -> None:
    opener = build_opener(ProxyHandler({}))

    def pass_on(body: str) -> None:
        url = f"http://127.0.0.1:{influx.port}/write?db={fresh}&precision=n"
        assert opener.open(Request(url, body.encode()), timeout=10).status == 204

    def relay(handler: _Handler) -> None:
        pass_on(handler.server.asked[-1].body)
        handler.answer(204, "", INFLUXDB)

    influx.query(f'CREATE DATABASE "{fresh}"')
    for _ in range(2):
        server.then_reset(lambda asked: pass_on(asked.body))
    server.script.append(relay)
    run()
    assert sizes(server) == [10, 10, 10]
    assert as_floats(influx.points(fresh)) == by_key(POINTS)


def test_a_failure_in_the_middle_of_a_search_leaves_nothing_out(run: Run, rules: Rules) -> None:
    rules.is_bad = lambda line: "power=7.0 " in line
    rules.first(rules.answer, rules.answer)
    rules.first(rules.answer, lambda h: h.answer(503, "busy", {}), rules.answer)
    run()
    assert run.failures_s == [1.0]
    assert list(run.set_aside) == [8]
    assert rules.holds([point for point in POINTS if point.fields["power"] != 7.0])
    assert run.cursor == 10


def test_a_search_is_continued_after_a_failure_and_not_begun_anew(
    run: Run, server: ScriptedServer, rules: Rules
) -> None:
    rules.is_bad = lambda line: "power=1.0 " in line or "power=8.0 " in line
    for _ in range(20):
        rules.first(*[rules.answer] * 3, lambda h: h.answer(503, "too many requests", {}))
    run.on_failure = lambda: len(run.failures_s) == 20 and run.stopping.set()
    run()
    assert list(run.set_aside) == [2, 9]
    assert rules.holds([p for p in POINTS if p.fields["power"] not in (1.0, 8.0)])
    assert run.cursor == 10


def test_what_came_while_the_sink_was_down_is_sent_without_waiting_for_news(
    journal: Journal, run: Run, rules: Rules
) -> None:
    answers(rules, 503, 2)
    later = series(5, first=10)
    run.on_failure = lambda: len(run.failures_s) == 2 and keep(journal, later)
    run()
    assert rules.holds([*POINTS, *later])
    assert run.cursor == 15


# --- TLS ---


def test_points_wait_until_the_certificate_is_a_known_one(
    journal: Journal, clock: FakeClock, https: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Rules(https)
    keep(journal, POINTS)
    health = Health(clock.monotonic)
    place = database(https.port, ssl=True, verify_ssl=True)
    run = Run(journal, InfluxSink(place, timeout_s=5.0), clock, health=health)
    reasons = []

    def make_known() -> None:
        reasons.append(health.state(run.sink.name).reason.lower())
        if len(reasons) == 2:
            monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    run.on_failure = make_known
    run()
    assert ["certificate" in reason for reason in reasons] == [True, True]
    assert rules.holds(POINTS)
    assert run.cursor == 10


def test_an_unknown_certificate_is_no_hindrance_where_it_is_not_to_be_checked(
    journal: Journal, clock: FakeClock, https: ScriptedServer
) -> None:
    rules = Rules(https)
    keep(journal, POINTS)
    run = Run(journal, InfluxSink(database(https.port, ssl=True)), clock)()
    assert run.failures_s == []
    assert rules.holds(POINTS)


# --- a database that is missing ---


def test_a_missing_database_is_created_and_written_to(run: Run, server: ScriptedServer) -> None:
    server.then_influxdb(404, 'database not found: "home"')
    server.then_influxdb(200)
    run()
    assert server.statements() == ['CREATE DATABASE "home"']
    assert sizes(server) == [10, 10]
    assert run.failures_s == []
    assert run.cursor == 10


@pytest.mark.influx
def test_a_real_server_without_the_database_gets_it_with_all_points(
    journal: Journal, clock: FakeClock, influx: InfluxServer, fresh: str
) -> None:
    keep(journal, POINTS)
    run = Run(journal, influx_sink(influx.port, fresh), clock)()
    assert run.failures_s == []
    assert as_floats(influx.points(fresh)) == by_key(POINTS)


@pytest.mark.influx
def test_a_server_that_is_down_for_a_while_gets_what_came_in_between(
    journal: Journal, clock: FakeClock, tmp_path: Path
) -> None:
    server = InfluxServer(tmp_path / "influx")
    server.start()
    later = series(20, first=10)

    def go_down() -> None:
        server.stop()
        keep(journal, later)

    try:
        run = Run(journal, influx_sink(server.port), clock)
        run.between = [lambda: keep(journal, POINTS), go_down]
        run.on_failure = lambda: len(run.failures_s) == 4 and server.start()
        run()
        assert run.failures_s == [1.0, 2.0, 4.0, 8.0]
        assert as_floats(server.points("home")) == by_key([*POINTS, *later])
        assert run.cursor == 30
    finally:
        server.stop()


# --- what the log says ---


def test_the_log_tells_the_first_failure_the_third_and_the_return(
    run: Run, rules: Rules, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answers(rules, 503, 8)
    run()
    name = run.sink.name
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("WARNING", f"{name}: failed: answered 503: 'not now'"),
        ("ERROR", f"{name}: off-line, 3 tries failed: answered 503: 'not now'"),
        ("INFO", f"{name}: back on-line after 1 min, 8 tries failed"),
    ]


def test_a_sink_that_takes_everything_is_not_talked_about(
    run: Run, rules: Rules, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    run()
    assert caplog.records == []


# --- the journal ---


def test_a_journal_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, clock: FakeClock, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    sink = influx_sink(server.port)
    run = Run(journal, sink, clock)

    def appear() -> None:
        journal.open()
        for point in POINTS:
            journal.append(point)
        journal._commit_all(heartbeat=None)

    run.on_failure = appear
    run.between = [journal.close]
    with pytest.raises(JournalError, match="closed"):
        run()  # by the flush at its end
    assert run.failures_s == [1.0]
    assert sizes(server) == [10]
    assert run.cursor == 10
    assert "the journal can't be read or written" in caplog.text


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """While it is set, the disk gives nothing of the journal."""
    broken, points_after = threading.Event(), JournalReader.points_after

    def read(self: JournalReader, seq: int, limit: int) -> object:
        if broken.is_set():
            raise JournalError("the journal can't be read: disk I/O error")
        return points_after(self, seq, limit)

    monkeypatch.setattr(JournalReader, "points_after", read)
    return broken


def test_a_journal_that_can_not_be_read_for_a_moment_is_read_again(
    journal: Journal, run: Run, rules: Rules, unreadable: threading.Event
) -> None:
    later = series(5, first=10)
    run.between = [lambda: (keep(journal, later), unreadable.set())]
    run.on_failure = lambda: len(run.failures_s) == 2 and unreadable.clear()
    run()
    assert run.failures_s == [1.0, 2.0]
    assert rules.holds([*POINTS, *later])
    assert run.cursor == 15


def test_a_journal_that_is_lost_for_long_leaves_no_open_file_behind_each_try(
    journal: Journal, run: Run, rules: Rules, unreadable: threading.Event
) -> None:
    counts = []

    def count() -> None:
        counts.append(len(list(OPEN_FILES.iterdir())))
        if len(counts) == 8:
            unreadable.clear()

    unreadable.set()
    run.on_failure = count
    run()
    assert counts[-1] <= counts[1]
    assert run.cursor == 10


def test_a_journal_that_can_be_read_again_is_well_without_any_new_point(
    journal: Journal, clock: FakeClock, run: Run, rules: Rules, unreadable: threading.Event
) -> None:
    health = run.health = Health(clock.monotonic)
    run()
    states = []
    again = Run(journal, run.sink, clock, health=health)

    def give_back() -> None:
        states.append(health.state(run.sink.name).failures)
        unreadable.clear()

    unreadable.set()
    again.on_failure = give_back
    again()
    assert states == [1]
    assert health.state(run.sink.name).failures == 0
    assert len(rules.stored) == 10
