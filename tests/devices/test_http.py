"""The HTTP client of a socket, against real servers with every fault there is."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from source.devices.http import HttpClient
from source.errors import BadPayload, DeviceDenied, DeviceError, DeviceUnreachable
from source.simulator.curves import constant
from source.simulator.server import Fault, SimulatorServer
from source.simulator.socket import VirtualPlugS
from tests.devices.raw_server import http_answer, raw_server

SHORT_S = 0.3


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer() as server:
        yield server


@pytest.fixture
def plug(simulator: SimulatorServer) -> str:
    return simulator.add(VirtualPlugS(constant(100.0), time.time()))


def get(address: str, path: str = "/status", timeout_s: float = 5.0) -> bytes:
    client = HttpClient(address, timeout_s)
    try:
        return client.get(path)
    finally:
        client.close()


def test_a_good_answer_comes_whole(plug: str) -> None:
    assert get(plug).startswith(b'{"unixtime"')


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault.REFUSE, DeviceUnreachable, "refused"),
        (Fault.HANG, DeviceUnreachable, "no whole answer within 0.3 s"),
        (Fault.DRIP, DeviceUnreachable, "no whole answer within 0.3 s"),
        (Fault.RESET, DeviceUnreachable, "reset"),
        (Fault.HUGE, BadPayload, "larger than 1 MiB"),
        (Fault.BOMB, BadPayload, "compressed, which was not asked for"),
        (Fault.FLAP, DeviceUnreachable, "reset|closed"),
        (Fault.NOT_FOUND, BadPayload, "answered 404 'Not Found'"),
        (Fault.SERVER_ERROR, BadPayload, "answered 500"),
        (Fault.DENIED, DeviceDenied, "answered 401: it wants a user and a password"),
        (Fault.REDIRECT_ELSEWHERE, BadPayload, "redirects to 'http://127.0.0.2/status'"),
    ],
)
def test_a_fault_is_told_in_words_and_within_the_deadline(
    simulator: SimulatorServer, plug: str, fault: Fault, error: type[DeviceError], words: str
) -> None:
    simulator.fault(plug, fault)
    began = time.monotonic()
    timeout_s = SHORT_S if error is DeviceUnreachable else 5.0
    with pytest.raises(error, match=words):
        get(plug, timeout_s=timeout_s)
    assert time.monotonic() - began < timeout_s + 1.0


def test_the_deadline_counts_for_all_requests_of_a_poll_together(
    simulator: SimulatorServer, plug: str
) -> None:
    simulator.delay(plug, 0.25)
    client = HttpClient(plug, 0.4)
    client.get("/status")
    with pytest.raises(DeviceUnreachable, match=r"within 0\.4 s"):
        client.get("/status")
    client.begin()
    assert client.get("/status")


def test_a_socket_that_closes_each_connection_is_asked_again_and_again(plug: str) -> None:
    client = HttpClient(plug, 5.0)
    assert len({client.get("/shelly") for _ in range(3)}) == 1


def test_a_connection_that_the_socket_keeps_is_used_again() -> None:
    with raw_server([http_answer(b"one"), http_answer(b"two")]) as server:
        client = HttpClient(server.address, 5.0)
        assert [client.get("/"), client.get("/")] == [b"one", b"two"]
        assert server.connections == 1
        client.close()


def test_a_kept_connection_that_has_died_is_replaced_unnoticed() -> None:
    with raw_server([http_answer(b"one")], [http_answer(b"two")]) as server:
        client = HttpClient(server.address, 5.0)
        assert [client.get("/"), client.get("/")] == [b"one", b"two"]
        assert server.connections == 2
        client.close()


@pytest.mark.parametrize("late", [b"\r\n", http_answer(b"late"), b"HTTP/1.1 408 Timeout\r\n\r\n"])
def test_what_came_late_on_a_kept_connection_is_not_taken_for_the_next_answer(late: bytes) -> None:
    with raw_server([http_answer(b"one"), late], [http_answer(b"two")]) as server:
        client = HttpClient(server.address, 5.0)
        assert client.get("/") == b"one"
        stream = client._connection._stream
        assert stream is not None
        stream.sendall(b"GET /late HTTP/1.1\r\n\r\n")  # the server sends what nobody reads
        stream.settimeout(5.0)
        stream.recv(1, socket.MSG_PEEK)
        assert client.get("/") == b"two"
        assert server.connections == 2
        client.close()


def test_a_connection_that_was_idle_for_long_is_not_used_again() -> None:
    now_s = [0.0]
    with raw_server([http_answer(b"one")], [http_answer(b"two")]) as server:
        client = HttpClient(server.address, 5.0, lambda: now_s[0])
        assert client.get("/") == b"one"
        now_s[0] = 61.0
        client.begin()
        assert client.get("/") == b"two"
        client.close()


def test_a_server_that_says_nothing_is_not_asked_twice() -> None:
    with raw_server([b""], [http_answer(b"late")]) as server:
        client = HttpClient(server.address, 5.0)
        with pytest.raises(DeviceUnreachable):
            client.get("/")
        assert server.connections == 1


def test_a_chunked_answer_is_put_together_and_the_connection_kept() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    with raw_server([chunked, http_answer(b"two")]) as server:
        client = HttpClient(server.address, 5.0)
        assert [client.get("/"), client.get("/")] == [b"abcde", b"two"]
        assert server.connections == 1
        client.close()


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    broken = [http_answer(b"half", length=100)]
    words = "broke off 96 bytes before the end"
    with raw_server(broken) as server, pytest.raises(DeviceUnreachable, match=words):
        get(server.address)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000 + b"\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nno field\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no HTTP"),
        (b"HTTP/2 200\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no HTTP"),
        (http_answer(b"", length=2_000_000), "2000000 bytes, more than 1 MiB"),
        (http_answer(b"x", "Content-Encoding: gzip"), "compressed"),
        (http_answer(b"", "Location: /", status="302 Found") * 4, "redirects more than 3 times"),
        (http_answer(b"", "Location: https://127.0.0.1/", status="302 Found"), "not followed"),
        (http_answer(b"", "Location: http://[", status="302 Found"), "no HTTP"),
    ],
)
def test_what_is_no_plain_http_answer_is_refused(answer: bytes, words: str) -> None:
    with raw_server(*[[answer]] * 4) as server, pytest.raises(BadPayload, match=words):
        get(server.address)


def test_a_redirect_within_the_socket_is_followed() -> None:
    moved = http_answer(b"", "Location: /new?x=1", status="301 Moved")
    with raw_server([moved, http_answer(b"here")]) as server:
        assert get(server.address, "/old") == b"here"
        assert server.requests[1].startswith(b"GET /new?x=1 HTTP/1.1\r\n")


def test_a_path_is_sent_as_an_address_may_be_written() -> None:
    with raw_server([http_answer(b"")]) as server:
        get(server.address, "/cm?cmnd=Status 8&x=ü")
        assert server.requests[0].startswith(b"GET /cm?cmnd=Status%208&x=%C3%BC HTTP/1.1\r\n")


def test_a_silent_first_address_does_not_take_the_time_of_the_right_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:  # nobody accepts them: the next one gets no answer at all
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    with raw_server([http_answer(b"here")]) as server:
        port = int(server.address.rpartition(":")[2])
        both = [full.getsockname(), ("127.0.0.1", port)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in both]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert get(f"plug.invalid:{port}", timeout_s=0.6) == b"here"
    for one in (full, *waiting):
        one.close()


def test_the_request_names_the_host_as_it_was_configured() -> None:
    with raw_server([http_answer(b"")]) as server:
        get(server.address, "/status")
        assert f"Host: {server.address}\r\n".encode() in server.requests[0]


def test_an_unknown_host_name_is_told_as_such() -> None:
    with pytest.raises(DeviceUnreachable, match=r"host name 'no-such-host\.invalid' is not known"):
        get("no-such-host.invalid")


def test_a_look_up_that_takes_for_ever_ends_with_the_poll_and_is_not_begun_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    begun: list[str] = []

    def slow(host: str, port: int, **_: object) -> list[object]:
        begun.append(host)
        answered.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with raw_server([http_answer(b"here")]) as server:
        client = HttpClient(f"plug.invalid:{server.address.rpartition(':')[2]}", 0.1)
        for _ in range(3):
            client.begin()
            with pytest.raises(DeviceUnreachable, match=r"within 0\.1 s"):
                client.get("/")
        answered.set()
        client.begin()
        assert client.get("/") == b"here"
    assert begun == ["plug.invalid"]


def test_a_host_name_that_cannot_be_one_is_told_as_unknown() -> None:
    with pytest.raises(DeviceUnreachable, match="is not known"):
        get(f"{'x' * 70}.invalid")


def test_an_ipv6_address_stands_in_brackets() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    port = listener.getsockname()[1]
    listener.close()
    with pytest.raises(DeviceUnreachable, match="refused"):
        get(f"[::1]:{port}")
