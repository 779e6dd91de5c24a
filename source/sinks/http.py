"""One kept connection to a database over HTTP/1.1 or HTTPS: a request, and its whole answer.

No step waits for longer than a slice without a look at what time is left. So a server that hangs,
drips bytes or never ends its TLS handshake holds nobody: neither its own copy for longer than the
limit, nor the stop of the program. Proxies that the environment names are not used.
"""

from __future__ import annotations

import math
import os
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from errno import EINPROGRESS, EWOULDBLOCK
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from source.devices.answer import Head, NoHttp, body_of, final_head
from source.devices.names import Address, Names
from source.errors import DeviceError

if TYPE_CHECKING:
    import ssl

SLICE_S = 0.2
CONNECT_S = 5.0
"""For name, connection and TLS handshake together."""
RECEIVE_BYTES = 16_384
SEND_BYTES = 65_536
IDLE_LIMIT_S = 60.0
"""After so long a kept connection is not used again: a router between may have forgotten it."""
UNDER_WAY = (0, EINPROGRESS, EWOULDBLOCK)

T = TypeVar("T")


class HttpConnection:
    """Asks one server; opens the connection when it is needed. Belongs to one thread at a time."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: Callable[[], ssl.SSLContext] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``tls`` gives the rules for certificates; without it the connection is a plain one."""
        self._host = host
        self._names = Names(host, port)
        self._tls = tls
        self._monotonic = monotonic
        self._left_s: Callable[[], float] = lambda: 0.0
        self._stream: socket.socket | None = None
        self._nothing_yet: tuple[type[OSError], ...] = (BlockingIOError,)
        self._used_at = 0.0
        self._has_received = False

    def is_open(self) -> bool:
        """Whether there is a connection that can take a request.

        Not where the server has closed it or sent what nobody asked for, which would be taken for
        the answer. What is of no use any more is closed.
        """
        stream = self._stream
        if stream is None:
            return False
        if self._monotonic() - self._used_at <= IDLE_LIMIT_S:
            with suppress(OSError):
                if self._come(stream) is None:
                    return True
        self.close()
        return False

    def close(self) -> None:
        """Let go of the connection; the next request opens one."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def ask(
        self, request: bytes, timeout_s: float, left_s: Callable[[], float]
    ) -> tuple[Head, bytes]:
        """Send a request; gives the head of the answer, and its body, empty where that breaks off.

        It has ``timeout_s`` in all, and no longer than ``left_s`` gives more than 0. Raises OSError
        (TimeoutError where the time is over), UnicodeError for a name that can't be one, NoHttp.
        """
        self._begin(timeout_s, left_s)
        was_kept = self.is_open()
        try:
            try:
                return self._asked(request)
            except TimeoutError:
                raise
            except OSError:
                # A kept connection may have ended this moment, or where nobody told.
                if not was_kept or self._has_received:
                    raise
            self.close()
            return self._asked(request)
        except BaseException:
            self.close()
            raise

    def _asked(self, request: bytes) -> tuple[Head, bytes]:
        self._has_received = False
        stream = self._stream = self._stream or self._connected()
        sent, begun = self._send(stream, request)
        head, begun = final_head(begun, lambda: self._more(stream))
        try:
            body, is_free = body_of(head, begun, lambda: self._more(stream))
        except (OSError, DeviceError, NoHttp):
            body, is_free = b"", False  # the status says enough
        if not (sent and is_free and head.keeps_connection):
            self.close()
        self._used_at = self._monotonic()
        return head, body

    # --- the steps of a request ---

    def _send(self, stream: socket.socket, request: bytes) -> tuple[bool, bytes]:
        """Whether all was sent, and what has come of the answer.

        A server that refuses a request reads no further, answers, and soon breaks the connection,
        with which the answer may be gone.
        """
        rest = memoryview(request)
        try:
            while rest:
                self._check()
                with suppress(TimeoutError):
                    rest = rest[stream.send(rest[:SEND_BYTES]) :]
                if rest and (begun := self._come(stream)):
                    self._has_received = True
                    return False, begun
        except TimeoutError:
            raise
        except OSError:
            return False, b""  # its reason may be here to be read nevertheless
        return True, b""

    def _come(self, stream: socket.socket) -> bytes | None:
        """What has come by now, without waiting; empty at the end, None where there is nothing."""
        stream.settimeout(0.0)
        try:
            return stream.recv(RECEIVE_BYTES)
        except self._nothing_yet:
            return None
        finally:
            stream.settimeout(SLICE_S)

    def _more(self, stream: socket.socket) -> bytes:
        """Further bytes; none at the end."""
        more = self._patiently(partial(stream.recv, RECEIVE_BYTES))
        self._has_received = self._has_received or bool(more)
        return more

    def _connected(self) -> socket.socket:
        """A connection to the first address of the host that takes one."""
        whole_s = self._left_s
        self._begin(CONNECT_S, whole_s)
        try:
            addresses = self._patiently(lambda: self._names.addresses(SLICE_S))
            error: OSError | None = None
            for untried, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
                # A share for each: a silent first address must not take the time of the right one.
                stream, error = self._tried(address, self._left_s() / untried)
                if stream is not None:
                    return stream
            raise error or OSError(f"{self._host} has no address")
        finally:
            self._left_s = whole_s

    def _tried(
        self, address: Address, share_s: float
    ) -> tuple[socket.socket, None] | tuple[None, OSError]:
        family, place = address
        stream = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._connect(stream, place, share_s)
            return stream if self._tls is None else self._secured(stream, self._tls()), None
        except OSError as err:
            stream.close()
            return None, err
        except BaseException:
            stream.close()
            raise

    def _connect(self, stream: socket.socket, place: object, share_s: float) -> None:
        until = self._monotonic() + share_s
        stream.setblocking(False)
        code = stream.connect_ex(place)  # type: ignore[arg-type]
        if code in UNDER_WAY:
            with selectors.DefaultSelector() as selector:
                selector.register(stream, selectors.EVENT_WRITE)
                while not selector.select(SLICE_S):
                    self._check(until)
            code = stream.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            # Windows has the texts of these errors elsewhere.
            texts: dict[int, str] = getattr(socket, "errorTab", {})
            raise OSError(code, texts.get(code) or os.strerror(code))
        stream.settimeout(SLICE_S)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _secured(self, stream: socket.socket, context: ssl.SSLContext) -> socket.socket:
        # Imported here: a logger without TLS does not pay for the module's memory.
        import ssl  # noqa: PLC0415

        self._nothing_yet = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
        secured = context.wrap_socket(
            stream, server_hostname=self._host, do_handshake_on_connect=False
        )
        try:
            self._patiently(secured.do_handshake)
        except BaseException:
            secured.close()
            raise
        return secured

    # --- waiting ---

    def _begin(self, timeout_s: float, left_s: Callable[[], float]) -> None:
        until = self._monotonic() + timeout_s
        self._left_s = lambda: min(until - self._monotonic(), left_s())

    def _patiently(self, act: Callable[[], T]) -> T:
        """What ``act`` gives; it raises TimeoutError after a slice, and is then done again."""
        while True:
            self._check()
            with suppress(TimeoutError):
                return act()

    def _check(self, until: float = math.inf) -> None:
        """TimeoutError where no time is left."""
        if self._left_s() <= 0 or self._monotonic() >= until:
            raise TimeoutError
