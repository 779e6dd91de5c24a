"""Connections that are held open by asking slowly, or not at all, and those that are too many."""

from __future__ import annotations

import json
import logging
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from source.web import connections
from source.web.connections import CROWDED, LIMITS_S, Connections, Phase
from tests.fakes import FakeClock
from tests.running import running_daemon
from tests.web.test_server import environ, free_port, page_of

HEAD = b"POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\n"


@dataclass
class Transport:
    closing: bool = False
    aborted: bool = False

    def is_closing(self) -> bool:
        return self.closing

    def abort(self) -> None:
        self.aborted = True


@dataclass(eq=False)
class Cycle:
    more_body: bool = False
    response_complete: bool = False


@dataclass(eq=False)
class Open:
    """A connection as the server has it."""

    address: str = "127.0.0.1"
    cycle: Cycle | None = None
    timeout_keep_alive_task: object = None
    transport: Transport = field(default_factory=Transport)

    @property
    def client(self) -> tuple[str, int]:
        return self.address, 50_000


def after(one: Open, seconds: float) -> bool:
    """Whether it is open no more after so long."""
    clock = FakeClock()
    watch = Connections(clock.monotonic)
    watch.look([one])
    clock.advance(seconds)
    watch.look([one])
    return one.transport.aborted


@pytest.mark.parametrize(
    ("one", "phase"),
    [
        (Open(), Phase.ASKING),
        (Open(cycle=Cycle(response_complete=True)), Phase.ASKING),
        (Open(cycle=Cycle(more_body=True)), Phase.SENDING),
        (Open(cycle=Cycle(), transport=Transport(closing=True)), Phase.LEAVING),
    ],
)
def test_who_holds_a_connection_without_need_loses_it(one: Open, phase: Phase) -> None:
    assert not after(one, LIMITS_S[phase] - 1)
    assert after(one, LIMITS_S[phase])


@pytest.mark.parametrize(
    "one",
    [Open(cycle=Cycle()), Open(cycle=Cycle(response_complete=True), timeout_keep_alive_task=1)],
)
def test_an_answer_takes_as_long_as_it_takes(one: Open) -> None:
    """An event stream, and a connection that the server closes by itself."""
    assert not after(one, 1e6)


def test_each_request_has_its_own_time() -> None:
    clock, one = FakeClock(), Open(cycle=Cycle(response_complete=True))
    watch = Connections(clock.monotonic)
    for _ in range(10):
        watch.look([one])
        clock.advance(LIMITS_S[Phase.ASKING] - 1)
        one.cycle = Cycle(response_complete=True)
    assert not one.transport.aborted


def test_where_it_is_crowded_the_address_with_the_most_lets_go(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answered = Open("10.0.0.9", Cycle())
    others = [Open("10.0.0.1"), Open("10.0.0.2", Cycle())]
    many = [Open("10.0.0.9") for _ in range(CROWDED)]
    watch = Connections(FakeClock().monotonic)
    with caplog.at_level(logging.WARNING):
        watch.look([answered, *others, *many])
        watch.look(others)
        watch.look([answered, *others, *many])
    assert all(one.transport.aborted for one in many)
    assert not any(one.transport.aborted for one in (answered, *others))
    assert caplog.text.count("10.0.0.9") == 1


# --- over real connections ---


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connections, "LIMITS_S", dict.fromkeys(LIMITS_S, 0.3))
    found = free_port()
    with running_daemon(tmp_path, {}, environ(found)) as daemon:
        page_of(daemon)
        yield found


def is_ended(stream: socket.socket) -> bool:
    """Whether the server closes it within some seconds."""
    try:
        while stream.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


@pytest.mark.parametrize("sent", [b"", b"GET / HT", HEAD], ids=["nothing", "line", "head"])
def test_a_request_that_never_ends_is_ended(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as stream:
        stream.sendall(sent)
        assert is_ended(stream)


@pytest.mark.parametrize(
    "rest", [b"Content-Length: 10\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\n"]
)
def test_a_body_that_never_ends_is_ended(port: int, rest: bytes) -> None:
    address = f"http://127.0.0.1:{port}/api/v1/session"
    with urllib.request.urlopen(address, timeout=5) as answer:
        csrf = json.load(answer)["csrf"]
    with socket.create_connection(("127.0.0.1", port), 5) as stream:
        stream.sendall(HEAD + f"X-CSRF-Token: {csrf}\r\n".encode() + rest)
        assert is_ended(stream)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /static/icon.svg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /static/icon.svg HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\n",
    ],
    ids=["second", "unread"],
)
def test_what_comes_after_an_answer_has_to_come_in_time_as_well(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as stream:
        stream.sendall(sent)
        assert stream.recv(12) == b"HTTP/1.1 200"
        stream.sendall(b"G")
        assert is_ended(stream)


def test_more_connections_than_there_is_room_for_are_closed_at_once(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LIMITS_S", {})
    monkeypatch.setattr(connections, "MOST_OPEN", 3)
    with ExitStack() as stack:
        first = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 5)) for _ in range(3)
        ]
        for one in first:  # accepted, since it is answered
            one.sendall(b"GET /static/icon.svg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert one.recv(12) == b"HTTP/1.1 200"
        for _ in range(5):
            more = stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
            assert is_ended(more)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/session", timeout=5) as answer:
        assert answer.status == 200


def test_what_strangers_send_does_not_fill_the_log(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for sent in (
            b"\x16\x03\x01\x00\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade, close\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", port), 5) as stream:
                stream.sendall(sent)
                assert is_ended(stream)
    assert "equest" not in caplog.text
