"""Asks a server in the internet: one deadline for all, a size limit, and a way to break it off.

Unlike the client of the sockets it speaks HTTPS, and goes through the proxy that the environment
names. ``requests`` counts its time-outs anew for each read, so a server that drips bytes would hold
it for ever; whoever waits for the answer breaks that off from another thread.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urljoin, urlsplit

from source import __version__
from source.errors import PricesUnavailable
from source.text import shorten

if TYPE_CHECKING:
    import requests

LIMIT_S = 30.0
CONNECT_S = 10.0
BODY_LIMIT = 5_000_000
PART_BYTES = 16_384
REDIRECT_LIMIT = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HEADERS: Mapping[str, str] = {
    "User-Agent": f"IntelligentSocketDatalogger/{__version__}",
    # What is unpacked might be a thousand times as large.
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What is asked for. No text of it is ever made: a parameter or header may be the token."""

    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    posted: object = None
    """Sent as JSON by POST; None: a GET."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered, whatever its status says."""

    status: int
    body: bytes


class Opened:
    """The connections of one client; to be broken off from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: list[socket.socket] = []
        self.is_over = False

    def keep(self, stream: socket.socket) -> socket.socket:
        """Watch over a connection that has just been opened."""
        with self._lock:
            # A second handle: TLS takes the first one away from its object.
            self._streams.append(stream.dup())
        if self.is_over:
            self.end()
        return stream

    def forget(self) -> None:
        """They are not needed any more."""
        with self._lock:
            for stream in self._streams:
                stream.close()
            self._streams.clear()

    def end(self) -> None:
        """Break all connections off: who waits for one of them gets an error at once."""
        with self._lock:
            self.is_over = True
            for stream in self._streams:
                with suppress(OSError):
                    stream.shutdown(socket.SHUT_RDWR)
        self.forget()


class WebClient:
    """All requests of one call of a provider; they have ``limit_s`` together."""

    def __init__(
        self, limit_s: float = LIMIT_S, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit_s = limit_s
        self._monotonic = monotonic
        self._deadline = monotonic() + limit_s
        self._opened = Opened()

    def abort(self) -> None:
        """From any thread: nothing is waited for any more."""
        self._opened.end()

    def ask(self, request: Request) -> Answer:
        """The answer, after redirects within the same server. Raises PricesUnavailable."""
        # Imported here: a logger without market prices does not pay for the library's memory.
        import requests  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        server = urlsplit(request.url)
        # No text of the library is shown: the address in it may hold the token.
        try:
            with _session(self._opened) as session:
                return self._followed(session, request, server)
        except (requests.Timeout, TimeoutError) as err:
            raise self._late(server) from err
        except (requests.RequestException, HTTPError, OSError, ValueError) as err:
            if self._opened.is_over or self._monotonic() >= self._deadline:
                raise self._late(server) from err
            raise PricesUnavailable(f"{_name(server)}: {_reason(err)}") from err
        finally:
            self._opened.forget()

    def _followed(self, session: requests.Session, request: Request, server: SplitResult) -> Answer:
        url, params = request.url, request.params
        for _ in range(REDIRECT_LIMIT + 1):
            with session.request(
                "GET" if request.posted is None else "POST",
                url,
                params=dict(params),
                headers={**HEADERS, **request.headers},
                json=request.posted,
                timeout=(min(CONNECT_S, self._left_s()), self._left_s()),
                allow_redirects=False,
                stream=True,
            ) as response:
                if response.status_code not in REDIRECTS:
                    return Answer(response.status_code, self._body(response, server))
                url, params = _same_server(response, server), {}
        raise PricesUnavailable(f"{_name(server)} redirects more than {REDIRECT_LIMIT} times")

    def _body(self, response: requests.Response, server: SplitResult) -> bytes:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise PricesUnavailable(f"{_name(server)} compresses its answer, unasked")
        body = bytearray()
        for part in response.raw.stream(PART_BYTES, decode_content=False):
            body += part
            if len(body) > BODY_LIMIT:
                raise PricesUnavailable(
                    f"{_name(server)} answered with more than {BODY_LIMIT // 1_000_000} MB"
                )
        self._left_s()  # a connection that was broken off looks like one that came to its end
        return bytes(body)

    def _left_s(self) -> float:
        """Seconds until the deadline; TimeoutError when it has passed, or all is broken off."""
        left_s = self._deadline - self._monotonic()
        if left_s <= 0 or self._opened.is_over:
            raise TimeoutError
        return left_s

    def _late(self, server: SplitResult) -> PricesUnavailable:
        return PricesUnavailable(f"{_name(server)}: no whole answer within {self._limit_s:g} s")


def _name(server: SplitResult) -> str:
    return shorten(server.hostname or server.geturl(), 80)


def _reason(err: BaseException) -> str:
    """What lies at the bottom of an error, without any address."""
    known: tuple[tuple[type[BaseException], str], ...] = (
        (socket.gaierror, "the host name is not known"),
        (ConnectionRefusedError, "Connection refused"),
        (ConnectionResetError, "Connection reset by peer"),
    )
    seen: set[int] = set()
    pending: list[object] = [err]
    while pending:
        one = pending.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        for kind, text in known:
            if isinstance(one, kind):
                return text
        if type(one).__name__ in ("SSLError", "SSLCertVerificationError"):
            return "its certificate is not valid, or its TLS is none"
        pending += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return f"the connection failed ({type(err).__name__})"


def _same_server(response: requests.Response, server: SplitResult) -> str:
    """Where a redirect leads to; not to another server, the token is meant for this one."""
    location = urljoin(response.url, response.headers.get("Location", ""))
    target = urlsplit(location)
    if (target.scheme, target.netloc) != (server.scheme, server.netloc):
        elsewhere = shorten(f"{target.scheme}://{target.hostname}", 80)
        raise PricesUnavailable(
            f"{_name(server)} redirects to {elsewhere}, which is not followed; is the url right?"
        )
    return location


def _session(opened: Opened) -> requests.Session:
    """A session whose connections ``opened`` can break off."""
    import requests  # noqa: PLC0415
    from requests.adapters import HTTPAdapter  # noqa: PLC0415
    from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: PLC0415
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool  # noqa: PLC0415

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return opened.keep(super()._new_conn())

    class Secured(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return opened.keep(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecuredPool(HTTPSConnectionPool):
        ConnectionCls = Secured

    pools: Any = {"http": PlainPool, "https": SecuredPool}

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(proxy, **kwargs)
            manager.pool_classes_by_scheme = pools
            return manager

    session = requests.Session()
    session.mount("http://", Adapter())
    session.mount("https://", Adapter())
    return session
