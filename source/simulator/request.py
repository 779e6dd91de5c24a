"""HTTP requests, as far as a small socket understands them."""

from __future__ import annotations

import re
from typing import NamedTuple

HEAD_LIMIT = 8192
BODY_LIMIT = 65_536
HEAD_END = b"\r\n\r\n"
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
CONNECTION_CLOSE = re.compile(rb"\r\nconnection:[ \t]*close[ \t]*\r\n", re.IGNORECASE)
REQUEST_LINE = re.compile(rb"([A-Z]{1,20}) (/[^ ?]*)(?:\?[^ ]*)? HTTP/1\.([01])\r\n")


class BadRequestError(Exception):
    """What the client sends is no HTTP/1 request; the connection is closed."""


class Request(NamedTuple):
    """One whole request; its body, if any, is left out."""

    method: str
    path: str
    """Without the query."""
    keep_alive: bool
    """The client is ready to send another request over this connection."""
    size: int
    """Bytes of head and body."""


def parse(received: bytes | bytearray) -> Request | None:
    """The first request in ``received``; None while it is not complete.

    Raises ``BadRequestError`` for what can't become one, or gets too large.
    """
    end = received.find(HEAD_END)
    if end < 0:
        if len(received) > HEAD_LIMIT:
            raise BadRequestError("head too large")
        return None
    line = REQUEST_LINE.match(received)
    if line is None:
        raise BadRequestError("no request line")
    size = end + len(HEAD_END)
    length = CONTENT_LENGTH.search(received, 0, size)
    if length is not None:
        size += int(length[1])
        if int(length[1]) > BODY_LIMIT:
            raise BadRequestError("body too large")
        if len(received) < size:
            return None
    keep_alive = line[3] == b"1" and CONNECTION_CLOSE.search(received, 0, size) is None
    return Request(line[1].decode(), line[2].decode("latin-1"), keep_alive, size)
