"""The connection to a database: no server, name or proxy holds it longer than it may."""

from __future__ import annotations

import math
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from source import app
from source.health import Health
from source.journal.store import Journal
from source.sinks import http
from source.sinks.forwarder import Forwarder
from source.sinks.http import IDLE_LIMIT_S, SLICE_S, HttpConnection
from source.sinks.influx import InfluxSink
from tests.fakes import START_US, FakeClock, good_point
from tests.influx_server import free_port
from tests.sinks.conftest import CERTIFICATE
from tests.sinks.forwarding import keep, series
from tests.sinks.places import database, until
from tests.sinks.scripted_server import INFLUXDB, ScriptedServer, _Handler

TIMEOUT_S = 0.15
TOO_LARGE = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
done = threading.Event()
REQUEST = b"POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
ENOUGH_S = 1.5
"""Less than any of these faults would last by itself."""


def drip(handler: _Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 204 No Content\r\nX-Drip: ")
    while not handler.server.released.wait(0.01):
        handler.wfile.write(b".")


def drip_body(handler: _Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 500 No\r\nContent-Length: 5000\r\n\r\n")
    while not handler.server.released.wait(0.01):
        handler.wfile.write(b".")


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing, not even a handshake."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def full() -> Iterator[int]:
    """A port that answers no further connection, as a machine that is switched off."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        others = [socket.socket() for _ in range(4)]
        for other in others:
            other.setblocking(False)
            other.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]
        for other in others:
            other.close()


@pytest.fixture
def no_name(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Looking up a name takes until the event is set."""
    found = threading.Event()

    def look_up(host: str, port: int, **_: object) -> list[object]:
        threading.current_thread().name = host
        found.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield found
    found.set()


def secured(client: socket.socket) -> socket.socket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context.wrap_socket(client, server_side=True)


def trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def took_s(act: Callable[[], object]) -> float:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        act()
    return time.monotonic() - began


def ask(connection: HttpConnection, timeout_s: float = TIMEOUT_S) -> object:
    return connection.ask(REQUEST, timeout_s, lambda: math.inf)


# --- one limit for all ---


@pytest.mark.parametrize("answer", [_Handler.hang, drip])
def test_an_answer_that_never_ends_is_waited_for_no_longer_than_the_limit(
    server: ScriptedServer, answer: Callable[[_Handler], None]
) -> None:
    server.script.append(answer)
    connection = HttpConnection("127.0.0.1", server.port)
    assert TIMEOUT_S <= took_s(lambda: ask(connection)) < ENOUGH_S
    head, _ = ask(connection, 5.0)
    assert head.status == 204


def test_a_body_that_never_ends_leaves_the_status(server: ScriptedServer) -> None:
    server.script.append(drip_body)
    head, body = ask(HttpConnection("127.0.0.1", server.port))
    assert (head.status, body) == (500, b"")


def test_a_request_that_nobody_reads_ends_with_the_limit(silent: int) -> None:
    connection = HttpConnection("127.0.0.1", silent)
    large = REQUEST.replace(b": 0", b": 50000000") + b"x" * 50_000_000
    assert took_s(lambda: connection.ask(large, TIMEOUT_S, lambda: math.inf)) < ENOUGH_S


def test_a_handshake_that_never_ends_is_waited_for_no_longer(silent: int) -> None:
    sink = InfluxSink(database(silent, ssl=True), timeout_s=TIMEOUT_S)
    assert took_s(lambda: ask(sink._connection)) < ENOUGH_S


def test_a_machine_that_answers_no_connection_is_waited_for_no_longer(full: int) -> None:
    assert took_s(lambda: ask(HttpConnection("127.0.0.1", full))) < ENOUGH_S


def test_the_way_to_a_connection_has_a_shorter_limit_of_its_own(
    full: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "CONNECT_S", TIMEOUT_S)
    assert took_s(lambda: ask(HttpConnection("127.0.0.1", full), 60.0)) < ENOUGH_S


def test_a_name_that_is_never_found_is_waited_for_no_longer_and_asked_for_once(
    server: ScriptedServer, no_name: threading.Event
) -> None:
    connection = HttpConnection("influx.home", server.port)
    for _ in range(3):
        assert took_s(lambda: ask(connection)) < ENOUGH_S
    assert [thread.name for thread in threading.enumerate()].count("influx.home") == 1
    no_name.set()
    head, _ = ask(connection, 5.0)
    assert head.status == 204


def test_a_name_that_is_not_known_any_more_keeps_the_points(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    sink = InfluxSink(database(server.port).model_copy(update={"host": "influx.home"}))
    with pytest.raises(Exception, match="Name or service not known"):
        sink.write([good_point(START_US)])


def test_a_silent_first_address_leaves_time_for_the_second(
    server: ScriptedServer, full: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port)) for port in (full, server.port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
    monkeypatch.setattr(http, "CONNECT_S", 0.6)
    head, _ = ask(HttpConnection("influx.home", 1), 5.0)
    assert head.status == 204


# --- kept connections ---


def test_a_kept_connection_that_has_ended_meanwhile_is_replaced_once(
    server: ScriptedServer,
) -> None:
    def answer_and_leave(handler: _Handler) -> None:
        handler.answer(204, "", INFLUXDB)
        handler.close_connection = True

    server.script.append(answer_and_leave)
    connection = HttpConnection("127.0.0.1", server.port)
    for _ in range(3):
        assert ask(connection, 5.0)[0].status == 204
    assert server.connections == 2
    assert len(server.asked) == 3


def refuse_and_wait(client: socket.socket) -> None:
    client.sendall(TOO_LARGE)
    client.shutdown(socket.SHUT_WR)
    while client.recv(1 << 20):
        pass


def refuse_and_read_no_further(client: socket.socket) -> None:
    client.sendall(TOO_LARGE)
    done.wait(10)


def refuse_and_leave(client: socket.socket) -> None:
    client.sendall(TOO_LARGE)  # what is not read makes a reset of the close


@pytest.mark.parametrize(
    ("refuse", "tls"),
    [
        (refuse_and_wait, False),
        (refuse_and_wait, True),
        (refuse_and_read_no_further, False),
        (refuse_and_read_no_further, True),
        (refuse_and_leave, False),
    ],
)
def test_an_answer_that_comes_before_all_is_sent_is_heard(
    refuse: Callable[[socket.socket], None], tls: bool
) -> None:
    done.clear()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            client, _ = listening.accept()
            with secured(client) if tls else client as client:
                client.recv(100)
                refuse(client)

        thread = threading.Thread(target=serve)
        thread.start()
        large = REQUEST.replace(b": 0", b": 9000000") + b"x" * 9_000_000
        connection = HttpConnection(
            "127.0.0.1", listening.getsockname()[1], tls=trusting if tls else None
        )
        began = time.monotonic()
        head, _ = connection.ask(large, 5.0, lambda: math.inf)
        took = time.monotonic() - began
        connection.close()
        done.set()
        thread.join(5)
    assert head.status == 413
    assert took < ENOUGH_S


def test_a_late_second_answer_is_not_taken_for_that_to_the_next_request(
    server: ScriptedServer,
) -> None:
    asked_on = threading.Event()

    def answer_twice(handler: _Handler) -> None:
        handler.answer(204, "", INFLUXDB)
        handler.wfile.flush()
        asked_on.wait(10)
        handler.answer(204, "", INFLUXDB)

    server.script.append(answer_twice)
    connection = HttpConnection("127.0.0.1", server.port)
    ask(connection, 5.0)
    asked_on.set()
    assert connection._stream is not None
    assert select.select([connection._stream], [], [], 10)[0]
    server.then(500)
    assert ask(connection, 5.0)[0].status == 500
    assert server.connections == 2


def test_a_connection_that_was_idle_for_long_is_not_used_again(
    server: ScriptedServer, clock: FakeClock
) -> None:
    connection = HttpConnection("127.0.0.1", server.port, monotonic=clock.monotonic)
    for pause_s in (0.0, IDLE_LIMIT_S, IDLE_LIMIT_S + 1.0):
        clock.advance(pause_s)
        assert ask(connection, 5.0)[0].status == 204
    assert server.connections == 2


def test_a_machine_without_a_further_thread_keeps_the_points(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", full)
    with pytest.raises(OSError, match="can't start new thread"):
        ask(HttpConnection("influx.home", server.port))


def test_proxies_of_the_environment_are_not_used(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
        monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{free_port()}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    InfluxSink(database(server.port)).write([good_point(START_US)])
    assert len(server.writes()) == 1


# --- the stop ---


LAST_TRY_S = 0.2


def stop_s(journal: Journal, sink: InfluxSink, is_waiting: Callable[[], object]) -> float:
    """How long a forwarder's thread takes to its end while it waits for a sink."""
    keep(journal, series(10))
    stopping = threading.Event()
    worker = Forwarder(sink=sink, journal=journal, health=Health(), last_try_s=LAST_TRY_S)
    thread = threading.Thread(target=worker.run, args=(stopping,))
    thread.start()
    until(is_waiting)
    began = time.monotonic()
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()
    return time.monotonic() - began


def waits(sink: InfluxSink) -> Callable[[], bool]:
    """Whether a connection has been waited for a second time already."""
    looks: list[tuple[float, ...]] = []
    check = sink._connection._check

    def look(*until: float) -> None:
        looks.append(until)
        check(*until)

    sink._connection._check = look  # type: ignore[method-assign]
    return lambda: len(looks) > 1


@pytest.mark.parametrize("answer", [_Handler.hang, drip])
def test_a_stop_does_not_wait_for_an_answer_that_never_ends(
    journal: Journal, server: ScriptedServer, answer: Callable[[_Handler], None]
) -> None:
    server.script.extend([answer] * 9)
    sink = InfluxSink(database(server.port))
    assert stop_s(journal, sink, lambda: server.asked) < ENOUGH_S


def test_a_stop_does_not_wait_for_a_handshake(journal: Journal, silent: int) -> None:
    sink = InfluxSink(database(silent, ssl=True))
    assert stop_s(journal, sink, waits(sink)) < ENOUGH_S


def test_a_stop_does_not_wait_for_a_machine_that_is_off(journal: Journal, full: int) -> None:
    sink = InfluxSink(database(full))
    assert stop_s(journal, sink, waits(sink)) < ENOUGH_S


def test_a_stop_does_not_wait_for_a_name(
    journal: Journal, server: ScriptedServer, no_name: threading.Event
) -> None:
    sink = InfluxSink(database(server.port).model_copy(update={"host": "influx.home"}))
    assert stop_s(journal, sink, waits(sink)) < ENOUGH_S


def test_the_last_try_ends_before_the_daemon_gives_up_waiting(journal: Journal) -> None:
    sink = InfluxSink(database(free_port()))
    worker = Forwarder(sink=sink, journal=journal, health=Health())
    assert worker._last_try_s + SLICE_S < app.STOP_SINKS_S
