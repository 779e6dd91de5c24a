"""HTTP answers as bytes: however they are cut into pieces, they read the same."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source.devices.answer import BODY_LIMIT, HEAD_END, NoHttp, body_of, head_of
from source.errors import BadPayload, DeviceUnreachable

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;name=value\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
)
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\nabc0123456789"
OPEN_ENDED = b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\nabc0123456789"
LINE_FEEDS = b"HTTP/1.1 200 OK\nContent-Length: 13\n\nabc0123456789"


def read(pieces: list[bytes]) -> tuple[bytes, bool]:
    """The body in an answer that comes in these pieces."""
    waiting = iter(pieces)
    received = b""
    while (end := HEAD_END.search(received)) is None:
        received += next(waiting)
    head = head_of(received[: end.start()])
    return body_of(head, received[end.end() :], lambda: next(waiting, b""))


@pytest.mark.parametrize("answer", [CHUNKED, SIZED, OPEN_ENDED, LINE_FEEDS])
@given(cuts=st.lists(st.integers(0, 200), max_size=8))
def test_an_answer_reads_the_same_however_it_is_cut(answer: bytes, cuts: list[int]) -> None:
    places = sorted({min(cut, len(answer)) for cut in cuts} | {0, len(answer)})
    pieces = [answer[a:b] for a, b in pairwise(places)]
    body, _ = read(pieces)
    assert body == b"abc0123456789"


@given(size=st.integers(0, 60))
def test_a_sized_answer_that_breaks_off_anywhere_is_no_answer(size: int) -> None:
    begun = SIZED[: len(SIZED) - 13] + b"abc0123456789"[: min(size, 12)]
    with pytest.raises(DeviceUnreachable, match="broke off"):
        read([begun])


@pytest.mark.parametrize(
    ("head", "keeps"),
    [
        (b"HTTP/1.1 200 OK", True),
        (b"HTTP/1.1 200", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close", False),
        (b"HTTP/1.0 200 OK", False),
        (b"HTTP/1.0 200 OK\r\nconnection: keep-alive", True),
    ],
)
def test_whether_the_connection_is_kept_follows_from_version_and_wish(
    head: bytes, keeps: bool
) -> None:
    assert head_of(head).keeps_connection is keeps


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1",
        b"HTTP/1.1 abc OK",
        b"HTTP/1.1 2000 OK",
        b"HTTP/3.0 200 OK",
        b"<html>",
        b"HTTP/1.1 200 OK\r\nno field",
    ],
)
def test_what_is_no_head_is_named(head: bytes) -> None:
    with pytest.raises(NoHttp):
        head_of(head)


@pytest.mark.parametrize(
    ("fields", "body", "error"),
    [
        (b"Content-Length: x", b"", NoHttp),
        (b"Content-Length: 1048577", b"", BadPayload),
        (b"Content-Length: " + b"9" * 4000, b"", BadPayload),
        (b"Transfer-Encoding: gzip, chunked", b"", NoHttp),
        (b"Transfer-Encoding: chunked", b"zz\r\n", NoHttp),
        (b"Transfer-Encoding: chunked", b"3\r\nabcd\r\n0\r\n\r\n", NoHttp),
        (b"Transfer-Encoding: chunked", b"100001\r\n", BadPayload),
        (b"Transfer-Encoding: chunked", b"3\r\nab", DeviceUnreachable),
        (b"Transfer-Encoding: chunked", b"1" * 20_000, NoHttp),
        (b"X: y", b"x" * (BODY_LIMIT + 1), BadPayload),
    ],
    ids=range(10),
)
def test_what_is_no_body_is_named(fields: bytes, body: bytes, error: type[Exception]) -> None:
    pieces = [b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\n"]
    pieces += [body[n : n + 8192] for n in range(0, len(body), 8192)]
    with pytest.raises(error):
        read(pieces)


def test_an_answer_without_a_body_is_over_with_its_head() -> None:
    assert read([b"HTTP/1.1 204 No Content\r\n\r\n"]) == (b"", True)


def test_what_comes_behind_the_body_makes_the_connection_useless() -> None:
    assert read([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabXX"]) == (b"ab", False)
