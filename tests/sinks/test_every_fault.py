"""Every way in which an InfluxDB fails: in the end it has each point once and unchanged.

Faults that a real server can't be brought to are put between it and the sink.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from source.journal.store import Journal
from tests.fakes import FakeClock, failed_point
from tests.influx_server import InfluxServer
from tests.sinks import relay as faults
from tests.sinks.forwarding import Run, influx_sink, keep, series
from tests.sinks.places import as_floats, by_key
from tests.sinks.relay import Fault, Relay, influxdb_says, says, sends
from tests.sinks.scripted_server import INFLUXDB, ScriptedServer

pytestmark = pytest.mark.influx

TIMEOUT_S = 0.2
FIRST = [*series(25, "Küche/Bad"), failed_point(1_767_225_000_000_000), *series(34)]
LATER = [*series(20, "Küche/Bad", first=25), *series(20, first=34)]
HALF_AN_ERROR = b'HTTP/1.1 503 Busy\r\nContent-Length: 500\r\n\r\n{"err'

FAULTS: dict[str, Fault] = {
    "hangs": faults.hangs(stored=False),
    "hangs after it has stored": faults.hangs(stored=True),
    "answers late": faults.answers_late,
    "drips": faults.drips,
    "closes without an answer": faults.closes,
    "resets": sends(b"", stored=False),
    "resets after it has stored": sends(b"", stored=True),
    "resets in the answer": sends(b"HTTP/1.1 204 No", stored=True),
    "resets in the head": sends(b"HTTP/1.1 204 No Content\r\nX-Influxdb", stored=True),
    "resets in the body": sends(HALF_AN_ERROR, stored=False),
    "answers nonsense": sends(b"\x16\x03\x01 what?\r\n\r\n", stored=False),
    "200 of a login page": says(200, "<html>log in</html>"),
    "302": says(302, "", {"Location": "http://127.0.0.1:1/elsewhere"}),
    "400 of a proxy": says(400, "Bad Request"),
    "401": influxdb_says(401, "authorization failed"),
    "403": influxdb_says(403, "not authorized to write"),
    "404 of a proxy": says(404, "404 page not found"),
    "404 database missing": influxdb_says(404, "database not found: x"),
    "408": says(408),
    "413": says(413, "<html>Request Entity Too Large</html>"),
    "429": influxdb_says(429, "too many", Retry_After="3"),
    "500": influxdb_says(500, "timeout"),
    "500 with half a body": sends(HALF_AN_ERROR.replace(b"503 Busy", b"500 No"), stored=True),
    "502": says(502, "<html>Bad Gateway</html>"),
    "503": influxdb_says(503, "overloaded"),
    "503 with Retry-After": says(503, "busy", {**INFLUXDB, "Retry-After": "120"}),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_each_point_is_stored_once_and_unchanged_whatever_the_server_does(
    journal: Journal,
    clock: FakeClock,
    server: ScriptedServer,
    influx: InfluxServer,
    fresh: str,
    fault: Fault,
) -> None:
    relay = Relay(server, influx)
    influx.query(f'CREATE DATABASE "{fresh}"')
    relay.begin(fault, fault, None, fault)
    keep(journal, FIRST)
    run = Run(journal, influx_sink(server.port, fresh, TIMEOUT_S), clock, batch_limit=20)
    run.between = [lambda: keep(journal, LATER)]
    run()
    assert relay.injected == 3
    assert as_floats(influx.points(fresh)) == by_key([*FIRST, *LATER])
    assert run.set_aside == {}
    assert run.cursor == len(FIRST) + len(LATER)


# --- a real server alone ---


@pytest.fixture
def down(tmp_path: Path) -> InfluxServer:
    """A server of its own that does not run yet."""
    return InfluxServer(tmp_path / "influx")


def test_a_server_that_is_absent_at_the_start_gets_all_when_it_comes(
    journal: Journal, clock: FakeClock, down: InfluxServer
) -> None:
    keep(journal, FIRST)
    run = Run(journal, influx_sink(down.port), clock)
    run.on_failure = lambda: len(run.failures_s) == 3 and down.start()
    try:
        run()
        assert len(run.failures_s) == 3
        assert as_floats(down.points("home")) == by_key(FIRST)
    finally:
        down.stop()


Act = Callable[[InfluxServer], object]
BETWEEN: dict[str, Act] = {
    "stopped and started": lambda server: (server.stop(), server.start()),
    "its database dropped": lambda server: server.query("DROP DATABASE home"),
}


@pytest.mark.parametrize("act", BETWEEN.values(), ids=BETWEEN.keys())
def test_what_happens_to_the_server_between_two_batches_costs_no_point(
    journal: Journal, clock: FakeClock, down: InfluxServer, act: Act
) -> None:
    down.start()
    try:
        keep(journal, FIRST)
        run = Run(journal, influx_sink(down.port), clock)
        run.between = [lambda: (act(down), keep(journal, LATER))]
        run()
        assert run.failures_s == []
        assert as_floats(down.points("home")) == by_key([*FIRST, *LATER])
        assert run.cursor == len(FIRST) + len(LATER)
    finally:
        down.stop()
