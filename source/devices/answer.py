"""An HTTP/1.1 answer: where its head ends, what it says, and how long its body is (pure).

Source: RFC 9112, sections 2 to 7.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from source.errors import BadPayload, DeviceUnreachable
from source.text import shorten

BODY_LIMIT = 1 << 20
HEAD_LIMIT = 16_384
BODILESS = frozenset({204, 304})
HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([^\r\n]*))?\r?")
_CHUNK_SIZE = re.compile(rb"\s*([0-9a-fA-F]{1,8})\s*(?:;[^\r\n]*)?\r?")

More = Callable[[], bytes]
"""Gives further bytes of an answer; none at its end."""


class NoHttp(Exception):
    """What came is no HTTP answer."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and header fields, their names in lower case."""

    status: int
    reason: str
    keeps_connection: bool
    fields: Mapping[bytes, bytes]

    def text(self, name: str) -> str:
        """A field's value; empty where it is missing."""
        return self.fields.get(name.encode(), b"").decode("latin-1")


def final_head(received: bytes, more: More) -> tuple[Head, bytes]:
    """The head of the answer proper, after those that only announce it; and what of its body came
    along. Of both, ``received`` is here.

    Raises NoHttp, and ConnectionResetError where the end comes first.
    """
    while True:
        while (end := HEAD_END.search(received, 0, HEAD_LIMIT)) is None:
            if not b"HTTP/".startswith(received[:5]):
                raise NoHttp(f"it begins with {shorten(repr(received[:40]))}")
            if len(received) >= HEAD_LIMIT:
                raise NoHttp(f"its head has more than {HEAD_LIMIT} bytes")
            part = more()
            if not part:
                raise ConnectionResetError(None, "the connection was closed without an answer")
            received += part
        head, received = head_of(received[: end.start()]), received[end.end() :]
        if head.status >= 200:
            return head, received


def head_of(raw: bytes) -> Head:
    """The head in its bytes, without the blank line behind it. Raises NoHttp."""
    first, *lines = raw.split(b"\n")
    status_line = _STATUS_LINE.fullmatch(first)
    if status_line is None:
        raise NoHttp(f"it begins with {shorten(repr(raw[:40]))}")
    fields = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise NoHttp(f"its head has the line {shorten(repr(line[:40]))}")
        fields[name.strip().lower()] = value.strip()
    minor, status, reason = status_line.groups()
    wish = fields.get(b"connection", b"").lower()
    return Head(
        int(status),
        (reason or b"").decode("latin-1"),
        wish == b"keep-alive" if minor == b"0" else wish != b"close",
        fields,
    )


def body_of(head: Head, begun: bytes, more: More) -> tuple[bytes, bool]:
    """The body, of which ``begun`` is here, and whether nothing else came behind it.

    Raises BadPayload where it is too large, DeviceUnreachable where it breaks off, NoHttp.
    """
    if head.status in BODILESS:
        return b"", not begun
    coding = head.fields.get(b"transfer-encoding")
    if coding is not None and coding.lower() != b"identity":
        if coding.lower() != b"chunked":
            raise NoHttp(f"its transfer coding is {shorten(repr(coding))}")
        return _Chunks(begun, more).body()
    length = head.fields.get(b"content-length")
    if length is None:
        return _until_the_end(begun, more), False
    if not length.isdigit():
        raise NoHttp(f"its length is {shorten(repr(length))}")
    return _of_length(int(length[:20]), begun, more)


def _of_length(length: int, begun: bytes, more: More) -> tuple[bytes, bool]:
    if length > BODY_LIMIT:
        raise BadPayload(f"its answer has {length} bytes, more than 1 MiB")
    if len(begun) < length:
        received = bytearray(begun)
        while len(received) < length:
            received += _must(more(), f"{length - len(received)} bytes before the end")
        begun = bytes(received)
    return begun[:length], len(begun) == length


def _until_the_end(begun: bytes, more: More) -> bytes:
    received = bytearray(begun)
    while part := more():
        received += part
        _check_size(len(received))
    return bytes(received)


class _Chunks:
    """A body that comes in pieces, each with its size before it."""

    def __init__(self, begun: bytes, more: More) -> None:
        self._received = bytearray(begun)
        self._more = more

    def body(self) -> tuple[bytes, bool]:
        body = bytearray()
        while size := self._size():
            _check_size(len(body) + size)
            while len(self._received) < size:
                self._receive()
            body += self._received[:size]
            del self._received[:size]
            if self._line() not in (b"", b"\r"):
                raise NoHttp("a piece of it is longer than it says")
        while self._line() not in (b"", b"\r"):
            pass  # fields behind the body, which nobody asked for
        return bytes(body), not self._received

    def _size(self) -> int:
        line = self._line()
        found = _CHUNK_SIZE.fullmatch(line)
        if found is None:
            raise NoHttp(f"the size of a piece of it is {shorten(repr(line[:40]))}")
        return int(found[1], 16)

    def _line(self) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > HEAD_LIMIT:
                raise NoHttp("a line in it has no end")
            self._receive()
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    def _receive(self) -> None:
        self._received += _must(self._more(), "in the middle")


def _must(received: bytes, where: str) -> bytes:
    if not received:
        raise DeviceUnreachable(f"its answer broke off {where}")
    return received


def _check_size(size: int) -> None:
    if size > BODY_LIMIT:
        raise BadPayload("its answer is larger than 1 MiB")
