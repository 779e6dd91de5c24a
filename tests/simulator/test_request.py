"""Requests are taken whole, however they arrive, or not at all."""

from __future__ import annotations

import pytest

from source.simulator.request import BODY_LIMIT, HEAD_LIMIT, BadRequestError, Request, parse

GET = b"GET /status HTTP/1.1\r\nHost: 127.0.0.1:80\r\nAccept: */*\r\n\r\n"


def test_a_whole_request_is_parsed() -> None:
    assert parse(GET) == Request("GET", "/status", keep_alive=True, size=len(GET))


def test_no_beginning_of_a_request_is_taken_for_one() -> None:
    assert [parse(GET[:size]) for size in range(len(GET))] == [None] * len(GET)


def test_the_query_is_no_part_of_the_path() -> None:
    request = parse(b"GET /relay/0?turn=on HTTP/1.1\r\n\r\n")

    assert request is not None
    assert request.path == "/relay/0"


def test_the_body_belongs_to_the_request() -> None:
    head = b"POST /relay/0 HTTP/1.1\r\ncontent-length: 7\r\n\r\n"

    assert parse(head + b"turn=o") is None
    assert parse(head + b"turn=on" + GET) == Request("POST", "/relay/0", True, len(head) + 7)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nCONNECTION:Close\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: x\r\n\r\n",
    ],
)
def test_who_wants_the_connection_closed_gets_it_closed(request_bytes: bytes) -> None:
    request = parse(request_bytes)

    assert request is not None
    assert not request.keep_alive


@pytest.mark.parametrize(
    "received",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET status HTTP/1.1\r\n\r\n",
        b"GET /status\r\n\r\n",
        b"GET /status HTTP/2.0\r\n\r\n",
        b"x" * (HEAD_LIMIT + 1),
        b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1),
    ],
)
def test_what_is_no_request_is_refused(received: bytes) -> None:
    with pytest.raises(BadRequestError):
        parse(received)
