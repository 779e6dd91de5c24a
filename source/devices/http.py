"""The HTTP client of one socket: one deadline for a whole poll, a limit for the answer's size.

It speaks HTTP/1.1 itself, over one socket of the system: a request and its short answer take
0.12 ms of CPU time, with ``http.client`` 0.21 and with ``requests`` 0.64 (``make bench``, section
transport). How an answer is read, ``source/devices/answer.py`` knows.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from urllib.parse import quote, urljoin, urlsplit

from source.devices.answer import Head, NoHttp, body_of, final_head
from source.devices.names import Names
from source.errors import BadPayload, DeviceDenied, DeviceError, DeviceUnreachable
from source.text import shorten

REDIRECT_LIMIT = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DENIALS = frozenset({401, 403})
DEFAULT_PORT = 80
RECEIVE_BYTES = 16_384
IDLE_LIMIT_S = 60.0
"""After so long a kept connection is not used again."""
TIMER_SLACK = 0.95
"""The system's timer of a connection is set anew when less than this share of it is left: each time
is a call of the system, and most polls are over long before."""
PATH_SAFE = "/?&=%:;,+~!*'()@$[]"


class HttpClient:
    """Reads one socket over HTTP; keeps the connection as long as the socket does.

    Belongs to one thread. ``begin`` starts the deadline that all requests of a poll share.
    """

    def __init__(
        self,
        address: str,
        timeout_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``address`` is a host or host:port; an IPv6 address stands in brackets."""
        parts = urlsplit(f"//{address}")
        self._host = parts.hostname or ""
        self._port = parts.port or DEFAULT_PORT
        literal = f"[{self._host}]" if ":" in self._host else self._host
        self._netloc = literal if self._port == DEFAULT_PORT else f"{literal}:{self._port}"
        self._timeout_s = timeout_s
        self._connection = Connection(self._host, self._port, monotonic)
        self._requests: dict[str, bytes] = {}
        self.begin()

    def begin(self) -> None:
        """A poll begins: from now on its requests have ``timeout_s`` together."""
        self._connection.begin(self._timeout_s)

    def get(self, path: str) -> bytes:
        """The body of the answer to ``GET path``, at most 1 MiB. Raises DeviceError."""
        try:
            return self._followed(path)
        except DeviceError:
            self.close()
            raise
        except (socket.gaierror, UnicodeError) as err:
            self.close()
            raise DeviceUnreachable(f"the host name {self._host!r} is not known") from err
        except TimeoutError as err:
            self.close()
            raise DeviceUnreachable(f"no whole answer within {self._timeout_s:g} s") from err
        except OSError as err:
            self.close()
            raise DeviceUnreachable(err.strerror or str(err) or type(err).__name__) from err
        except (NoHttp, ValueError) as err:
            self.close()
            raise BadPayload(f"its answer is no HTTP: {shorten(err)}") from err

    def close(self) -> None:
        """Let go of the connection; the next request opens one."""
        self._connection.close()

    def _followed(self, path: str) -> bytes:
        for _ in range(REDIRECT_LIMIT + 1):
            head, body = self._answer(path)
            if head.status not in REDIRECTS:
                return _wanted(head, body)
            path = self._same_host(path, head.text("location"))
        raise BadPayload(f"redirects more than {REDIRECT_LIMIT} times")

    def _same_host(self, path: str, location: str) -> str:
        """The path to go to. A redirect to elsewhere is refused: another box would answer."""
        target = urlsplit(urljoin(f"http://{self._netloc}{path}", location))
        host, port = target.hostname, target.port or DEFAULT_PORT
        if (target.scheme, host, port) != ("http", self._host, self._port):
            raise BadPayload(
                f"redirects to {shorten(location)!r}, which is not followed; is its ip right?"
            )
        return f"{target.path or '/'}?{target.query}" if target.query else target.path or "/"

    def _answer(self, path: str) -> tuple[Head, bytes]:
        """Head and body. A kept connection that has died meanwhile is replaced once."""
        request = self._request(path)
        reused = self._connection.is_open
        try:
            return self._connection.ask(request)
        except ConnectionError:
            if not reused or self._connection.has_received:
                raise
            self._connection.close()
        return self._connection.ask(request)

    def _request(self, path: str) -> bytes:
        found = self._requests.get(path)
        if found is None:
            if len(self._requests) > 100:  # a handler that makes up new paths for ever
                self._requests.clear()
            target = quote(path, safe=PATH_SAFE)
            target = target if target.startswith("/") else f"/{target}"
            text = f"GET {target} HTTP/1.1\r\nHost: {self._netloc}\r\n\r\n"
            found = self._requests[path] = text.encode("ascii", "replace")
        return found


def _wanted(head: Head, body: bytes) -> bytes:
    """The body of an answer that is a success."""
    if head.status in DENIALS:
        raise DeviceDenied(f"answered {head.status}: it wants a user and a password")
    if not 200 <= head.status < 300:
        reason = shorten(head.reason, 40)
        raise BadPayload(f"answered {head.status} {reason!r}; is its type right?")
    if head.text("content-encoding").lower() not in ("", "identity"):
        raise BadPayload("its answer is compressed, which was not asked for")
    return body


class Connection:
    """One connection to one host, each step of which ends at the deadline.

    The time-out of a socket counts anew for each read, so a server that drips bytes would hold a
    poll for ever. Here each step waits for no longer than is left of the whole.
    """

    def __init__(self, host: str, port: int, monotonic: Callable[[], float]) -> None:
        self._host = host
        self._names = Names(host, port)
        self._monotonic = monotonic
        self._deadline = 0.0
        self._stream: socket.socket | None = None
        self._timer_s = 0.0
        self._used_at = 0.0
        self.has_received = False
        """The answer to the last request has begun."""

    @property
    def is_open(self) -> bool:
        return self._stream is not None

    def begin(self, timeout_s: float) -> None:
        """All that follows has ``timeout_s`` together."""
        self._deadline = self._monotonic() + timeout_s

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def ask(self, request: bytes) -> tuple[Head, bytes]:
        """Send a request; gives the answer's head and body. Raises OSError, NoHttp, DeviceError."""
        self.has_received = False
        if self._stream is not None and not self._is_usable(self._stream):
            self.close()
        if self._stream is None:
            self._stream = self._connected()
        else:
            self._set_timer(self._stream)
        self._stream.sendall(request)
        head, begun = final_head(b"", self._more)
        body, is_free = body_of(head, begun, self._more)
        if not (is_free and head.keeps_connection):
            self.close()
        self._used_at = self._monotonic()
        return head, body

    def _is_usable(self, stream: socket.socket) -> bool:
        """Whether a kept connection can take a request.

        Not where the host has closed it or sent what nobody asked for, which would be taken for the
        answer; nor after a while, when a router between may have forgotten it in silence.
        """
        if self._monotonic() - self._used_at > IDLE_LIMIT_S:
            return False
        self._timer_s = 0.0
        stream.settimeout(0.0)
        try:
            stream.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def _more(self) -> bytes:
        """Further bytes; none at the end."""
        stream = self._stream
        if stream is None:
            return b""
        if self.has_received:
            self._set_timer(stream)
        more = stream.recv(RECEIVE_BYTES)
        self.has_received = self.has_received or bool(more)
        return more

    def _left_s(self) -> float:
        """Seconds until the deadline; TimeoutError when it has passed."""
        left_s = self._deadline - self._monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def _set_timer(self, stream: socket.socket) -> None:
        left_s = self._left_s()
        if not TIMER_SLACK * self._timer_s <= left_s <= self._timer_s:
            stream.settimeout(left_s)
            self._timer_s = left_s

    def _connected(self) -> socket.socket:
        """A connection to the first address of the host that takes one."""
        error: OSError | None = None
        addresses = self._names.addresses(self._left_s())
        for untried, (family, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
            stream = None
            try:
                stream = socket.socket(family)
                # A share for each: a silent first address must not take the time of the right one.
                self._timer_s = self._left_s() / untried
                stream.settimeout(self._timer_s)
                stream.connect(address)
                self._set_timer(stream)
            except OSError as err:
                if stream is not None:
                    stream.close()
                error = err
            else:
                return stream
        raise error or OSError(f"{self._host} has no address")
