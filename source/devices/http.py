"""The HTTP client of one socket: one deadline for a whole poll, a limit for the answer's size.

It stands on ``http.client``: a poll of a socket that closes the connection after each answer costs
a quarter of the CPU time that ``requests`` takes, and half of what ``urllib3`` does.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    RemoteDisconnected,
)
from typing import Any
from urllib.parse import urljoin, urlsplit

from source.errors import BadPayload, DeviceDenied, DeviceError, DeviceUnreachable
from source.health import shorten

BODY_LIMIT = 1 << 20
REDIRECT_LIMIT = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DENIALS = frozenset({401, 403})
DEFAULT_PORT = 80


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
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._deadline = 0.0
        self._connection = _Connection(self._host, self._port, self.left_s)
        self.begin()

    def begin(self) -> None:
        """A poll begins: from now on its requests have ``timeout_s`` together."""
        self._deadline = self._monotonic() + self._timeout_s

    def left_s(self) -> float:
        """Seconds until the deadline; TimeoutError when it has passed."""
        left_s = self._deadline - self._monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def get(self, path: str) -> bytes:
        """The body of the answer to ``GET path``, at most 1 MiB. Raises DeviceError."""
        try:
            return self._followed(path)
        except DeviceError:
            self.close()
            raise
        except socket.gaierror as err:
            self.close()
            raise DeviceUnreachable(f"the host name {self._host!r} is not known") from err
        except TimeoutError as err:
            self.close()
            raise DeviceUnreachable(f"no whole answer within {self._timeout_s:g} s") from err
        except OSError as err:
            self.close()
            raise DeviceUnreachable(err.strerror or str(err) or type(err).__name__) from err
        except (HTTPException, ValueError) as err:
            self.close()
            raise BadPayload(f"its answer is no HTTP: {shorten(repr(err))}") from err

    def close(self) -> None:
        """Let go of the connection; the next request opens one."""
        self._connection.close()

    def _followed(self, path: str) -> bytes:
        for _ in range(REDIRECT_LIMIT + 1):
            response = self._response(path)
            if response.status not in REDIRECTS:
                return _body(response)
            _body_read(response)
            path = self._same_host(path, response.getheader("Location", ""))
        raise BadPayload(f"redirects more than {REDIRECT_LIMIT} times")

    def _same_host(self, path: str, location: str) -> str:
        """The path to go to. A redirect to elsewhere is refused: another box would answer."""
        base = f"http://{self._connection.host_header}"
        target = urlsplit(urljoin(base + path, location))
        if (target.scheme, target.netloc) != ("http", self._connection.host_header):
            raise BadPayload(
                f"redirects to {shorten(location)!r}, which is not followed; is its ip right?"
            )
        return f"{target.path or '/'}?{target.query}" if target.query else target.path or "/"

    def _response(self, path: str) -> HTTPResponse:
        """The answer's head. A kept connection that has died meanwhile is replaced once."""
        reused = self._connection.is_open
        try:
            return self._connection.asked(path)
        except (RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._connection.close()
            if not reused:
                raise
        return self._connection.asked(path)


def _body(response: HTTPResponse) -> bytes:
    if response.status in DENIALS:
        raise DeviceDenied(f"answered {response.status}: it wants a user and a password")
    if not 200 <= response.status < 300:
        reason = shorten(response.reason, 40)
        raise BadPayload(f"answered {response.status} {reason!r}; is its type right?")
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise BadPayload("its answer is compressed, which was not asked for")
    return _body_read(response)


def _body_read(response: HTTPResponse) -> bytes:
    """The whole body; with it the connection is free for the next request."""
    if response.length is not None and response.length > BODY_LIMIT:
        raise BadPayload(f"its answer has {response.length} bytes, more than 1 MiB")
    body = response.read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        raise BadPayload("its answer is larger than 1 MiB")
    if response.length:
        raise DeviceUnreachable(f"its answer broke off {response.length} bytes before the end")
    if not response.will_close:
        response.read()  # the end of a chunked body: takes it off the connection
    return body


class _Connection(HTTPConnection):
    """An HTTP connection whose every step ends at a deadline.

    The time-out of a socket counts anew for each read, so a server that drips bytes would hold a
    poll for ever. Here each step waits for no longer than is left of the whole.
    """

    def __init__(self, host: str, port: int, left_s: Callable[[], float]) -> None:
        super().__init__(host, port)
        self._left_s = left_s
        literal = f"[{host}]" if ":" in host else host
        self.host_header = literal if port == DEFAULT_PORT else f"{literal}:{port}"

    @property
    def is_open(self) -> bool:
        return self.sock is not None

    def connect(self) -> None:
        """Connect to the first address of the host that takes the connection."""
        self.sock = _connected(self.host, self.port, self._left_s)

    def asked(self, path: str) -> HTTPResponse:
        """Send ``GET path``; gives the answer once its head is here."""
        self.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        self.putheader("Host", self.host_header)
        self.endheaders()
        return self.getresponse()


class _TimedSocket(socket.socket):
    """A socket whose every step waits for no longer than ``left_s()`` tells."""

    left_s: Callable[[], float]

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        self.settimeout(self.left_s())
        super().sendall(data, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(self.left_s())
        return super().recv_into(buffer, nbytes, flags)


def _connected(host: str, port: int, left_s: Callable[[], float]) -> socket.socket:
    """A connection to the first address of the host that takes one."""
    error: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        stream = _TimedSocket(family, kind, protocol)
        stream.left_s = left_s
        try:
            stream.settimeout(left_s())
            stream.connect(address)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as err:
            stream.close()
            error = err
        else:
            return stream
    raise error or OSError(f"{host} has no address")
