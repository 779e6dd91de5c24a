"""From a request and a fault to the bytes of the answer."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from source.simulator.fault import Fault, damaged
from source.simulator.request import Request
from source.simulator.socket import VirtualSocket

HUGE_BODY_BYTES = 100_000_000
BOMB_PARTS, BOMB_PART_BYTES = 1_000, 1_000_000
DEPTH = 100_000
ELSEWHERE = "127.0.0.2"
JSON_TYPE = b"application/json"
HTML_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
HUGE_BEGIN = (
    b"HTTP/1.1 200 OK\r\nServer: Mongoose/6.18\r\nContent-Type: application/json\r\n"
    b'Connection: close\r\n\r\n{"padding": "'
)
FAULTY_STATUS_LINES = {
    Fault.NOT_FOUND: (b"404 Not Found", b""),
    Fault.SERVER_ERROR: (b"500 Internal Server Error", b""),
    Fault.DENIED: (b"401 Unauthorized", b'WWW-Authenticate: Basic realm="shelly"\r\n'),
    Fault.REDIRECT_ELSEWHERE: (
        b"302 Found",
        b"Location: http://" + ELSEWHERE.encode() + b"/status\r\n",
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send, and in which manner."""

    message: bytes
    keep: bool = False
    """The connection stays open afterwards."""
    drip: bool = False
    """One byte a second."""
    reset: bool = False
    """The connection is reset afterwards, not closed."""
    padding_bytes: int = 0
    """So many more bytes follow the message."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an answer and what the head says of it."""

    body: bytes
    kind: bytes = JSON_TYPE
    status_line: bytes = b"200 OK"
    headers: bytes = b""

    def answer(self, *, keep: bool) -> Answer:
        head = (
            b"HTTP/1.1 %b\r\nServer: Mongoose/6.18\r\nContent-Type: %b\r\n%b"
            b"Content-Length: %d\r\nConnection: %b\r\n\r\n"
        ) % (
            self.status_line,
            self.kind,
            self.headers,
            len(self.body),
            b"keep-alive" if keep else b"close",
        )
        return Answer(head + self.body, keep=keep)


def answer(
    socket: VirtualSocket,
    request: Request,
    t_s: float,
    fault: Fault | None,
    *,
    keep: bool,
    number: int = 0,
) -> Answer | None:
    """The answer at time ``t_s``; None when there is to be none (``HANG``, ``REFUSE``).

    ``number`` counts the requests since the fault began, from 1.
    """
    if fault is None or (fault is Fault.FLAP and number % 2 == 0):
        return _well(socket, request, t_s).answer(keep=keep)
    if fault in {Fault.HANG, Fault.REFUSE}:
        return None
    if fault in FAULTY_ANSWERS:
        return FAULTY_ANSWERS[fault]
    if fault is Fault.DRIP:
        return Answer(_well(socket, request, t_s).answer(keep=False).message, drip=True)
    if fault is Fault.RESET:
        message = _well(socket, request, t_s).answer(keep=False).message
        return Answer(message[: len(message) // 2], reset=True)
    return _ill(socket, request, t_s, fault).answer(keep=keep)


def _well(socket: VirtualSocket, request: Request, t_s: float) -> Body:
    if request.method != "GET":
        return Body(b"", status_line=b"405 Method Not Allowed", headers=b"Allow: GET\r\n")
    if request.path == "/status":
        return Body(socket.status_json(t_s))
    if request.path == "/shelly":
        return Body(json.dumps(socket.shelly(t_s)).encode())
    return Body(b"Not Found", kind=b"text/plain", status_line=b"404 Not Found")


def _ill(socket: VirtualSocket, request: Request, t_s: float, fault: Fault) -> Body:
    if fault in FAULTY_STATUS_LINES:
        status_line, headers = FAULTY_STATUS_LINES[fault]
        return Body(b"", status_line=status_line, headers=headers)
    if fault in FAULTY_BODIES:
        return FAULTY_BODIES[fault]()
    well = _well(socket, request, t_s)
    if fault is Fault.TRUNCATED:
        return Body(well.body[: len(well.body) // 2])
    if request.path != "/status" or request.method != "GET":
        return well
    return Body(json.dumps(damaged(socket.status(t_s), fault)).encode())


FAULTY_ANSWERS = {
    Fault.FLAP: Answer(b"", reset=True),
    Fault.HUGE: Answer(HUGE_BEGIN, padding_bytes=HUGE_BODY_BYTES),
}


def _bomb() -> bytes:
    """Zeros as gzip packs them: a file of it may be parts in a row."""
    return gzip.compress(bytes(BOMB_PART_BYTES)) * BOMB_PARTS


FAULTY_BODIES: Mapping[Fault, Callable[[], Body]] = {
    Fault.HTML: lambda: Body(HTML_PAGE, kind=b"text/html"),
    Fault.EMPTY: lambda: Body(b""),
    Fault.DEEP: lambda: Body(b"[" * DEPTH + b"]" * DEPTH),
    Fault.BOMB: lambda: Body(_bomb(), headers=b"Content-Encoding: gzip\r\n"),
}
