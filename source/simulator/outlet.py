"""The listening port of one virtual socket, on the server's event loop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

from source.model import US_PER_S
from source.simulator.answers import Answer, answer
from source.simulator.connection import Connection
from source.simulator.fault import Fault
from source.simulator.request import Request
from source.simulator.socket import VirtualSocket
from source.timing import Clock

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
BACKLOG = 128
ACCEPT_PAUSE_S = 0.5


class ListeningOutlet:
    """Accepts connections and answers them; its methods run on the event loop.

    While it refuses, the port stays bound without listening: a client is refused by the system, and
    nobody else can take the port in the meantime.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        virtual: VirtualSocket,
        port: int,
        *,
        keep_alive: bool,
        offline: Callable[[float], bool] | None,
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._virtual = virtual
        self._keep_alive = keep_alive
        self._offline = offline
        self._fault: Fault | None = None
        self._faulty_requests = 0
        self._connections: set[Connection] = set()
        self._stream = _bound(port)
        self.port = int(self._stream.getsockname()[1])
        self.delay_s = 0.0
        self.requests = 0
        self._listen()

    def set_fault(self, fault: Fault | None) -> None:
        """What goes wrong from the next request on; None: nothing."""
        before, self._fault = self._fault, fault
        if fault is before:
            return
        self._faulty_requests = 0
        if fault is Fault.REFUSE:
            self.close()
            self._stream = _bound(self.port)
        elif before is Fault.REFUSE:
            self._listen()

    def close(self) -> None:
        """Stop listening; connections that are open are reset."""
        self._loop.remove_reader(self._stream)
        self._stream.close()
        for connection in tuple(self._connections):
            connection.abort()

    def _listen(self) -> None:
        self._stream.listen(BACKLOG)
        self._loop.add_reader(self._stream, self._accept)

    def _accept(self) -> None:
        try:
            stream, _ = self._stream.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return
        except OSError as error:  # no file descriptor left: the others go on
            logger.warning("port %d takes no connection for a while: %s", self.port, error)
            self._loop.remove_reader(self._stream)
            self._loop.call_later(ACCEPT_PAUSE_S, self._accept_again)
            return
        connection = Connection(self._loop, stream, self)
        self._connections.add(connection)
        if self._offline is not None and self._offline(self._now_s()):
            connection.abort()
        else:
            connection.readable()

    def _accept_again(self) -> None:
        if self._stream.fileno() >= 0 and self._fault is not Fault.REFUSE:
            self._loop.add_reader(self._stream, self._accept)

    def answer(self, request: Request) -> Answer | None:
        """The answer to a request at this moment; counts it."""
        self.requests += 1
        self._faulty_requests += 1
        return answer(
            self._virtual,
            request,
            self._now_s(),
            self._fault,
            keep=self._keep_alive and request.keep_alive,
            number=self._faulty_requests,
        )

    def closed(self, connection: Connection) -> None:
        """The connection has ended."""
        self._connections.discard(connection)

    def _now_s(self) -> float:
        return self._clock.now_us() / US_PER_S


def _bound(port: int) -> socket.socket:
    stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        stream.setblocking(False)
        # a port that was in use a moment ago is free again (no meaning for ports that listen)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stream.bind((HOST, port))
    except OSError:
        stream.close()
        raise
    return stream
