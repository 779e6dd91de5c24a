"""The sink over a server that fails in every way: nothing is lost, the error says what to do."""

from __future__ import annotations

import base64
import logging
import socket
import warnings

import pytest

from source.errors import BatchTooLarge, PointsRejected, SinkUnavailable
from source.model import Point
from source.sinks.influx import InfluxSink
from tests.fakes import START_US, good_point
from tests.influx_server import free_port
from tests.sinks.conftest import CERTIFICATE
from tests.sinks.places import database
from tests.sinks.scripted_server import ScriptedServer, scripted_server

POINTS = [good_point(START_US), good_point(START_US + 1)]
NOW_S = 1_767_225_600.0
DATE = "Thu, 01 Jan 2026 00:01:30 GMT"


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.fixture
def sink(server: ScriptedServer) -> InfluxSink:
    return InfluxSink(database(server.port), timeout_s=5.0, wall_s=lambda: NOW_S)


def unavailable(sink: InfluxSink) -> SinkUnavailable:
    """The error of a write that fails."""
    with pytest.raises(SinkUnavailable) as caught:
        sink.write(POINTS)
    assert "s3cret" not in str(caught.value)
    return caught.value


def test_a_write_is_one_request_with_login_database_and_precision(
    server: ScriptedServer, sink: InfluxSink
) -> None:
    sink.write(POINTS)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/write")
    assert asked.parameters == {"db": "home", "precision": "n"}
    assert "s3cret" not in asked.path
    login = base64.b64encode(b"logger:s3cret-password").decode()
    assert asked.headers["Authorization"] == f"Basic {login}"
    assert asked.body.count("\n") == 2


def test_points_without_fields_alone_send_no_request(
    server: ScriptedServer, sink: InfluxSink
) -> None:
    sink.write([Point("Fridge", START_US, {})])
    assert server.asked == []


def test_the_connection_is_kept_and_opened_again_after_close(
    server: ScriptedServer, sink: InfluxSink
) -> None:
    for _ in range(5):
        sink.write(POINTS)
    assert server.connections == 1
    server.then(500, "x")
    unavailable(sink)
    sink.write(POINTS)
    assert server.connections == 1
    sink.close()
    sink.close()
    sink.write(POINTS)
    assert server.connections == 2


def test_the_name_says_server_and_database_and_no_login(sink: InfluxSink) -> None:
    assert sink.name.startswith("influxdb:127.0.0.1:")
    assert sink.name.endswith("/home")
    assert "logger" not in sink.name


@pytest.mark.parametrize("status", [401, 403, 404, 405, 418, 429, 500, 502, 503, 200, 202])
def test_every_refusal_that_is_not_about_the_points_keeps_them(
    server: ScriptedServer, sink: InfluxSink, status: int
) -> None:
    server.then_influxdb(status, "not now")
    error = unavailable(sink)
    assert str(status) in str(error)
    assert "not now" in str(error)
    assert error.retry_after_s is None
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("header", "seconds"), [("17", 17.0), (DATE, 90.0)])
def test_retry_after_is_handed_on(
    server: ScriptedServer, sink: InfluxSink, status: int, header: str, seconds: float
) -> None:
    server.then_influxdb(status, "overloaded", Retry_After=header)
    assert unavailable(sink).retry_after_s == seconds


def test_413_asks_for_a_smaller_batch(server: ScriptedServer, sink: InfluxSink) -> None:
    server.then(413, "<html>413 Request Entity Too Large</html>")
    with pytest.raises(BatchTooLarge, match="2 points"):
        sink.write(POINTS)


def test_400_of_influxdb_is_about_the_points(server: ScriptedServer, sink: InfluxSink) -> None:
    server.then_influxdb(400, "partial write: points beyond retention policy dropped=1")
    with pytest.raises(PointsRejected, match="beyond retention policy"):
        sink.write(POINTS)


def test_400_of_something_in_between_is_not(server: ScriptedServer, sink: InfluxSink) -> None:
    server.then(400, "Client sent an HTTP request to an HTTPS server.\n")
    assert "SSL" in str(unavailable(sink))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server: ScriptedServer, sink: InfluxSink, status: int) -> None:
    server.then(status, "moved", Location=f"http://127.0.0.1:{server.port}/elsewhere")
    error = unavailable(sink)
    assert "/elsewhere" in str(error)
    assert "DB_PORT" in str(error)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<html>\n<body>login</body></html>", "text/html"),
        ("\x93\x01", "application/x-msgpack"),
        ("x" * 5_000_000, "text/plain"),
        ("", "application/json"),
        ("[1, 2]", "application/json"),
    ],
)
def test_an_answer_of_another_kind_is_no_success_and_stays_short(
    server: ScriptedServer, sink: InfluxSink, body: str, content_type: str
) -> None:
    server.then(200, body, Content_Type=content_type)
    assert len(str(unavailable(sink))) < 400
    sink.write(POINTS)


def test_a_huge_answer_is_not_read(server: ScriptedServer, sink: InfluxSink) -> None:
    server.then(500, "x" * 20_000_000)
    assert str(unavailable(sink)) == "answered 500: ''"
    sink.write(POINTS)


def test_a_server_that_never_answers_ends_with_the_time_out(server: ScriptedServer) -> None:
    sink = InfluxSink(database(server.port), timeout_s=0.05)
    server.then_hang()
    assert "timed out" in str(unavailable(sink))


def test_a_broken_connection_is_told_in_its_own_words(
    server: ScriptedServer, sink: InfluxSink
) -> None:
    server.then_reset()
    server.then_reset()  # a kept connection is replaced once
    assert "reset by peer" in str(unavailable(sink)).lower()
    sink.write(POINTS)


def test_a_closed_port_is_told_in_its_own_words() -> None:
    sink = InfluxSink(database(free_port()))
    assert str(unavailable(sink)) == "Connection refused"


def test_a_host_that_cannot_be_one_is_unavailable_too(server: ScriptedServer) -> None:
    unavailable(InfluxSink(database(server.port).model_copy(update={"host": "a..b " * 99})))


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_a_server_with_an_ipv6_address_is_written_to() -> None:
    with scripted_server("::1") as server:
        InfluxSink(database(server.port, host="::1")).write(POINTS)
        (asked,) = server.asked
    assert asked.headers["Host"] == f"[::1]:{server.port}"


def test_a_missing_database_is_created_and_the_points_are_sent_again(
    server: ScriptedServer, sink: InfluxSink
) -> None:
    server.then_influxdb(404, 'database not found: "home"')
    server.then_influxdb(200)
    sink.write(POINTS)
    assert server.statements() == ['CREATE DATABASE "home"']
    first, second = server.writes()
    assert first == second


def test_a_404_of_a_web_server_creates_nothing(server: ScriptedServer, sink: InfluxSink) -> None:
    server.then(404, "404 page not found")
    assert "check DB_IP_ADDRESS" in str(unavailable(sink))
    assert server.statements() == []


@pytest.mark.parametrize(
    ("status", "error"), [(500, "disk full"), (200, "<html>"), (403, "no admin")]
)
def test_a_database_that_cannot_be_created_keeps_the_points(
    server: ScriptedServer, sink: InfluxSink, status: int, error: str
) -> None:
    server.then_influxdb(404, 'database not found: "home"')
    server.then(status, error)
    assert error in str(unavailable(sink))


def test_a_database_that_is_still_missing_afterwards_keeps_the_points(
    server: ScriptedServer, sink: InfluxSink
) -> None:
    for status, error in ((404, "database not found"), (200, ""), (404, "database not found")):
        server.then_influxdb(status, error)
    assert "database not found" in str(unavailable(sink))


def test_a_server_that_repeats_the_password_does_not_get_it_into_the_message(
    server: ScriptedServer, sink: InfluxSink
) -> None:
    server.then(500, "login logger:s3cret-password failed")
    assert "***" in str(unavailable(sink))
    server.then_influxdb(400, "s3cret-password is no number")
    with pytest.raises(PointsRejected, match=r"^\*\*\* is no number$"):
        sink.write(POINTS)


def test_check_tells_what_a_write_would_meet(server: ScriptedServer, sink: InfluxSink) -> None:
    sink.check()
    server.then_influxdb(401, "authorization failed")
    with pytest.raises(SinkUnavailable, match="DB_USER_PASSWORD"):
        sink.check()
    server.then_influxdb(404, "database not found")
    server.then_influxdb(500, "broken")
    with pytest.raises(SinkUnavailable, match="broken"):
        sink.check()
    assert not any("census" in asked.body for asked in server.asked)


# --- TLS ---


def test_a_certificate_is_not_checked_unless_wanted_and_that_is_not_warned_about(
    https: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        sink = InfluxSink(database(https.port, ssl=True))
        sink.write(POINTS)
    assert len(https.writes()) == 1
    assert not [str(w.message) for w in caught if "Unverified" in str(w.message)]
    assert caplog.records == []


def test_with_verify_ssl_an_unknown_certificate_is_refused(https: ScriptedServer) -> None:
    error = unavailable(InfluxSink(database(https.port, ssl=True, verify_ssl=True)))
    assert "certificate" in str(error).lower()
    assert https.asked == []


def test_with_verify_ssl_a_known_certificate_is_accepted(
    https: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    InfluxSink(database(https.port, ssl=True, verify_ssl=True)).write(POINTS)
    assert len(https.writes()) == 1


def test_https_to_a_server_without_it_keeps_the_points(server: ScriptedServer) -> None:
    assert "SSL" in str(unavailable(InfluxSink(database(server.port, ssl=True)))).upper()
