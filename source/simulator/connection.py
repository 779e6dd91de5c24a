"""One client's connection to a virtual socket: bytes in, bytes out, on the server's event loop.

It works on the bare non-blocking socket. A transport of asyncio costs 0.16 ms of CPU for a request
with a connection of its own, this 0.07 ms; and a first-generation socket closes after each answer.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from typing import Protocol

from source.simulator.answers import Answer
from source.simulator.request import BODY_LIMIT, HEAD_LIMIT, BadRequestError, Request, parse

RECEIVE_BYTES = 16_384
PADDING = b" " * 65_536
DRIP_INTERVAL_S = 1.0
RESET_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""For SO_LINGER: on, 0 s."""


class Outlet(Protocol):
    """What a connection asks its virtual socket."""

    delay_s: float

    def answer(self, request: Request) -> Answer | None:
        """The answer to one request; None when there is to be none."""
        ...

    def closed(self, connection: Connection) -> None:
        """The connection has ended."""
        ...


class Connection:
    """Reads requests one after the other and sends what the outlet answers."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, stream: socket.socket, outlet: Outlet
    ) -> None:
        self._loop = loop
        self._stream = stream
        self._outlet = outlet
        self._received = b""
        self._answer = Answer(b"")
        self._unsent = b""
        self._padding_bytes = 0
        self._busy = self._reading = self._writing = False
        self._open = True
        self._timer: asyncio.TimerHandle | None = None
        stream.setblocking(False)

    def readable(self) -> None:
        """Take what has come: called once after accepting, then by the event loop."""
        try:
            received = self._stream.recv(RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            self._watch()
            return
        except OSError:
            self.close()
            return
        self._received += received
        if not received or len(self._received) > HEAD_LIMIT + BODY_LIMIT:
            self.close()
            return
        self._next_request()

    def _watch(self) -> None:
        """Hear of further requests, and of the client's leaving while it waits for an answer."""
        if self._open and not self._reading:
            self._reading = True
            self._loop.add_reader(self._stream, self.readable)

    def _next_request(self) -> None:
        if self._open and not self._busy:
            try:
                request = parse(self._received)
            except BadRequestError:
                self.close()
                return
            if request is not None:
                self._received = self._received[request.size :]
                self._busy = True
                self._delayed(request)
        self._watch()

    def _delayed(self, request: Request) -> None:
        if self._outlet.delay_s > 0.0:
            self._later(self._outlet.delay_s, lambda: self._respond(request))
        else:
            self._respond(request)

    def _respond(self, request: Request) -> None:
        answer = self._outlet.answer(request)
        if answer is None:
            return  # stays busy for good
        self._answer = answer
        self._unsent = answer.message
        self._padding_bytes = answer.padding_bytes
        if answer.drip:
            self._drip()
        else:
            self._write()

    def _write(self) -> None:
        self._send(len(self._unsent))
        if self._open and not self._unsent and self._padding_bytes > 0:
            self._unsent = PADDING[: self._padding_bytes]
            self._padding_bytes -= len(self._unsent)
        if self._open and bool(self._unsent) is not self._writing:
            self._wait_for_room()
        if self._open and not self._unsent:
            self._sent()

    def _wait_for_room(self) -> None:
        self._writing = not self._writing
        if self._writing:
            self._loop.add_writer(self._stream, self._write)
        else:
            self._loop.remove_writer(self._stream)

    def _drip(self) -> None:
        self._send(1)
        if self._open and self._unsent:
            self._later(DRIP_INTERVAL_S, self._drip)
        elif self._open:
            self._sent()

    def _send(self, limit: int) -> None:
        """Send what there is room for, at most ``limit`` bytes."""
        try:
            sent = self._stream.send(self._unsent[:limit])
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        self._unsent = self._unsent[sent:]

    def _sent(self) -> None:
        if self._answer.reset:
            self.abort()
        elif not self._answer.keep:
            self.close()
        else:
            self._busy = False
            if self._received:
                self._loop.call_soon(self._next_request)

    def _later(self, delay_s: float, action: Callable[[], None]) -> None:
        self._timer = self._loop.call_later(delay_s, action)

    def abort(self) -> None:
        """End the connection with a reset."""
        if self._open:
            self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.close()

    def close(self) -> None:
        """End the connection; what is not sent yet is lost."""
        if not self._open:
            return
        self._open = False
        if self._timer is not None:
            self._timer.cancel()
        if self._reading:
            self._loop.remove_reader(self._stream)
        if self._writing:
            self._loop.remove_writer(self._stream)
        self._stream.close()
        self._outlet.closed(self)
