"""Asking a server in the internet: every way in which it can fail ends in time, with a reason."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from source.errors import PricesUnavailable
from source.tariffs.asking import Stopped
from source.tariffs.market import Market
from source.tariffs.registry import TariffRegistry
from source.tariffs.spot import SpotPrice
from tests.devices.raw_server import http_answer, raw_server
from tests.sinks.conftest import CERTIFICATE, https
from tests.sinks.places import until
from tests.sinks.scripted_server import ScriptedServer, scripted_server
from tests.tariffs.pricing import ask, local, market, url_of

__all__ = ["https"]

DAY = (local("2026-02-02T00:00"), local("2026-02-03T00:00"))
NOTHING = json.dumps({"unit": "EUR / MWh", "unix_seconds": [], "price": []})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


def reason(url: str, limit_s: float = 5.0) -> str:
    with pytest.raises(PricesUnavailable) as caught:
        ask(market("energy-charts", url=url), *DAY, limit_s=limit_s)
    return str(caught.value)


@contextmanager
def dripping(head: bytes, drop: bytes) -> Iterator[str]:
    """A server that sends a drop of its answer every twentieth of a second, for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        stream, _ = listener.accept()
        with stream:
            try:
                stream.sendall(head)
                while not ended.wait(0.05):
                    stream.sendall(drop)
            except OSError:
                pass

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        thread.join(5)
        listener.close()


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"1"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n"),
    ],
)
def test_a_server_that_drips_bytes_is_given_up_at_the_deadline(head: bytes, drop: bytes) -> None:
    with dripping(head, drop) as url:
        began = time.monotonic()
        text = reason(url, limit_s=0.4)
        assert time.monotonic() - began < 1.0
    assert text == "127.0.0.1: no whole answer within 0.4 s"


def test_a_server_that_hangs_is_given_up_at_the_deadline(server: ScriptedServer) -> None:
    server.then_hang()
    assert reason(url_of(server), limit_s=0.3) == "127.0.0.1: no whole answer within 0.3 s"


def test_nobody_waits_for_a_hanging_server_once_the_stop_is_asked_for(
    server: ScriptedServer,
) -> None:
    server.then_hang()
    stopping = threading.Event()
    threading.Timer(0.1, stopping.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        ask(market("energy-charts", url=url_of(server)), *DAY, limit_s=30, stopping=stopping)
    assert time.monotonic() - began < 1.0
    # The thread that hung is gone too: its connection was broken off.
    until(lambda: not [t for t in threading.enumerate() if t.name.startswith("prices:")])


def test_a_server_that_is_not_there_is_told() -> None:
    assert reason("http://127.0.0.1:9") == "127.0.0.1: Connection refused"
    assert (
        reason("http://no-such-host.invalid") == "no-such-host.invalid: the host name is not known"
    )


def test_a_connection_that_breaks_is_told(server: ScriptedServer) -> None:
    server.then_reset()
    assert reason(url_of(server)).startswith("127.0.0.1: ")
    with raw_server([http_answer(NOTHING.encode(), length=5_000)]) as broken:
        assert "connection" in reason(f"http://{broken.address}").lower()


# --- TLS ---


@pytest.fixture
def trusted(https: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a server over TLS whose certificate is known here."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    return f"https://127.0.0.1:{https.port}"


def test_prices_come_over_tls(server: ScriptedServer, trusted: str) -> None:
    server.then(200, NOTHING)
    assert ask(market("energy-charts", url=trusted), *DAY) == {}


def test_a_server_that_hangs_behind_tls_is_given_up_too(
    server: ScriptedServer, trusted: str
) -> None:
    server.then_hang()
    assert reason(trusted, limit_s=0.4) == "127.0.0.1: no whole answer within 0.4 s"
    until(lambda: not [t for t in threading.enumerate() if t.name.startswith("prices:")])


def test_a_certificate_that_nobody_has_signed_is_not_taken(https: ScriptedServer) -> None:
    told = reason(f"https://127.0.0.1:{https.port}")
    assert told == "127.0.0.1: its certificate is not valid, or its TLS is none"
    assert https.asked == []


def test_a_handshake_that_never_ends_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = reason(f"https://127.0.0.1:{silent.getsockname()[1]}", limit_s=0.3)
    assert told == "127.0.0.1: no whole answer within 0.3 s"


def test_plain_http_where_tls_is_expected_is_told(server: ScriptedServer) -> None:
    told = reason(f"https://127.0.0.1:{server.port}")
    assert told == "127.0.0.1: its certificate is not valid, or its TLS is none"


# --- what a server may answer ---


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (500, "127.0.0.1 answered 500"),
        (429, "127.0.0.1 answered 429"),
        (401, '127.0.0.1 answered 401: it wants a token; set "token" of "dynamic"'),
        (403, '127.0.0.1 answered 403: it wants a token; set "token" of "dynamic"'),
    ],
)
def test_a_refusal_is_told_with_what_to_do(server: ScriptedServer, status: int, told: str) -> None:
    server.then(status, "<html>no</html>")
    assert reason(url_of(server)).startswith(told)


def test_an_answer_without_end_is_refused(server: ScriptedServer) -> None:
    server.then(200, " " * 5_000_001)
    assert reason(url_of(server)) == "127.0.0.1 answered with more than 5 MB"
    server.then(200, " " * (5_000_000 - len(NOTHING)) + NOTHING)
    assert ask(market("energy-charts", url=url_of(server)), *DAY) == {}


def test_a_compressed_answer_was_not_asked_for(server: ScriptedServer) -> None:
    server.then(200, NOTHING, Content_Encoding="gzip")
    assert reason(url_of(server)) == "127.0.0.1 compresses its answer, unasked"
    assert server.asked[-1].headers["Accept-Encoding"] == "identity"


def test_a_redirect_is_followed_within_the_server_only(server: ScriptedServer) -> None:
    server.then(307, Location="/new/price?bzn=DE-LU")
    server.then(200, NOTHING)
    assert ask(market("energy-charts", url=url_of(server)), *DAY) == {}
    assert server.asked[-1].path == "/new/price"
    with scripted_server() as other:
        server.then(302, Location=f"{url_of(other)}/price")
        assert "which is not followed" in reason(url_of(server))
        assert other.asked == []
    server.then(302, Location=f"https://127.0.0.1:{server.port}/price")
    assert "which is not followed" in reason(url_of(server))
    for _ in range(4):
        server.then(301, Location="/price")
    assert reason(url_of(server)) == "127.0.0.1 redirects more than 3 times"


def test_the_users_server_stands_in_with_its_path(server: ScriptedServer) -> None:
    server.then(200, NOTHING)
    ask(market("energy-charts", url=f"{url_of(server)}/cache/"), *DAY)
    assert server.asked[-1].path == "/cache/price"


# --- providers of the user's own ---


def own(provider: Callable[[Market], object], url: str | None = None) -> dict[int, int]:
    registry = TariffRegistry()
    registry.register("own")(provider)
    return ask(market("own", url=url), *DAY, registry=registry, limit_s=0.2)


def own_reason(provider: Callable[[Market], object], url: str | None = None) -> str:
    with pytest.raises(PricesUnavailable) as caught:
        own(provider, url)
    return str(caught.value)


def test_fractions_are_exact_on_their_way_from_the_text_to_the_billionth(
    server: ScriptedServer,
) -> None:
    server.then(200, '{"p": 0.123456789}')

    def provider(market: Market) -> list[SpotPrice]:
        price = market.get_json("/today", {"day": "x y"}, {"X-Key": "7"})["p"]
        return [SpotPrice(market.start, market.end, price)]

    assert set(own(provider, url_of(server)).values()) == {123_456_789}
    assert server.asked[-1].parameters == {"day": "x y"}
    assert server.asked[-1].headers["X-Key"] == "7"


def test_a_path_alone_needs_the_users_url() -> None:
    told = own_reason(lambda market: market.get_text("/prices"))
    assert told == 'its server is not known; set "url" of "dynamic"'


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        (lambda _: 1 / 0, "provider 'own' (test_market_web.py, line "),
        (lambda _: None, "TypeError: "),
        (lambda _: [3], "gave 3, which is no SpotPrice"),
        (lambda _: exit(), "SystemExit"),
        (lambda _: Path("/no/such/file").read_text(), "FileNotFoundError"),
    ],
)
def test_whatever_a_provider_does_is_told_and_no_more(
    provider: Callable[[Market], object], told: str
) -> None:
    assert told in own_reason(provider)


def test_a_provider_that_never_comes_back_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source.tariffs.asking.GRACE_S", 0.1)
    ended = threading.Event()
    try:
        told = own_reason(lambda _: ended.wait(30))
    finally:
        ended.set()
    assert told == "provider 'own' has not returned within 0.3 s"


def test_a_generator_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source.tariffs.registry.MOST_PRICES", 500)

    def endless(market: Market) -> Iterator[SpotPrice]:
        while True:
            yield SpotPrice(market.start, market.end, 1)  # type: ignore[arg-type]

    registry = TariffRegistry()
    registry.register("own")(endless)
    assert len(ask(market("own"), *DAY, registry=registry, limit_s=20)) == 96
