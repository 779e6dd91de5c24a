"""Server-sent events: one task computes, each browser's connection only passes bytes on.

A browser that does not take what it is sent is dropped: it comes back by itself, and is told
everything at once. Whether its session still is one is looked at with each message, by the guard
before the application.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from source.errors import JournalError
from source.timing import SLOT_S
from source.web.live import LIVE_S, Live, Message

logger = logging.getLogger(__name__)
T = TypeVar("T")

MOST_STREAMS = 100
WAITING = 8
"""Messages that a browser may be behind."""
LOOK_S = 0.1
FINISH_S = 30.0
"""For a browser that was dropped: it may still take what it has been sent."""
KEEP_ALIVE_S = 15.0
KEEP_ALIVE = b": \n\n"
RETRY = b"retry: 2000\n\n"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Mailbox:
    """What waits for one browser."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
        self.ended = asyncio.Event()
        """It is too slow, or the server stops."""

    def put(self, content: bytes) -> None:
        """One message more; too many end it."""
        try:
            self._queue.put_nowait(content)
        except asyncio.QueueFull:
            self.ended.set()

    async def get(self) -> bytes:
        return await self._queue.get()


class Streams:
    """The browsers that listen; belongs to the event loop of the server."""

    def __init__(self, live: Live, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``monotonic`` is the clock by which the sockets are polled."""
        self._live = live
        self._monotonic = monotonic
        self._boxes: set[Mailbox] = set()
        self._pump: asyncio.Task[None] | None = None
        self._limiter: anyio.CapacityLimiter | None = None

    @property
    def is_full(self) -> bool:
        return len(self._boxes) >= MOST_STREAMS

    @property
    def is_idle(self) -> bool:
        """Whether nothing is computed, since nobody listens."""
        return self._pump is None or self._pump.done()

    def join(self, stopping: threading.Event | None) -> Mailbox:
        """A place for one more; the first one starts the computing, until ``stopping`` is set."""
        box = Mailbox()
        self._boxes.add(box)
        if self.is_idle:
            self._pump = asyncio.ensure_future(self._run(stopping or threading.Event()))
            self._pump.add_done_callback(_tell_crash)
        return box

    def leave(self, box: Mailbox) -> None:
        self._boxes.discard(box)

    async def overview(self) -> bytes:
        """The overview as a message. Raises JournalError."""
        return Message("overview", await self._compute(self._live.overview)).as_bytes()

    async def _run(self, stopping: threading.Event) -> None:
        """Compute and hand out until nobody listens."""
        loop = asyncio.get_running_loop()
        told_at = loop.time()
        try:
            while self._boxes and not stopping.is_set():
                began = loop.time()
                content = await self._news()
                if content or began - told_at >= KEEP_ALIVE_S:
                    told_at = began
                    self._hand_out(content or KEEP_ALIVE)
                now = self._monotonic()
                due = loop.time() - now + between_polls(now - loop.time() + began + LIVE_S)
                while (left_s := due - loop.time()) > 0 and not stopping.is_set():
                    await asyncio.sleep(min(LOOK_S, left_s))
        finally:  # also where a bug has ended it: browsers that come back start it again
            for box in self._boxes:
                box.ended.set()

    async def _news(self) -> bytes:
        try:
            found = await self._compute(self._live.messages)
        except JournalError as err:
            logger.debug("live: %s", err)  # told by the journal itself
            return b""
        return b"".join(message.as_bytes() for message in found)

    def _hand_out(self, content: bytes) -> None:
        for box in self._boxes:
            box.put(content)

    async def _compute(self, function: Callable[[], T]) -> T:
        """In a thread, without waiting for those that draw charts."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(1)
        return await anyio.to_thread.run_sync(function, limiter=self._limiter)


class EventStream(Response):
    """The answer that ends when the browser leaves, is too slow, or the server stops."""

    media_type = "text/event-stream"

    def __init__(self, streams: Streams, stopping: threading.Event | None = None) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._streams = streams
        self._stopping = stopping

    async def __call__(
        self,
        scope: Scope,  # noqa: ARG002 (as it is called)
        receive: Receive,
        send: Send,
    ) -> None:
        box = self._streams.join(self._stopping)
        gone = asyncio.ensure_future(_disconnected(receive))
        sending = asyncio.ensure_future(self._send(box, send))
        tasks = [gone, sending, asyncio.ensure_future(box.ended.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            self._streams.leave(box)
            sending.cancel()
            await asyncio.wait([sending])
            if not sending.cancelled():  # it only comes to an end by an error
                sending.result()
            if box.ended.is_set() and not gone.done():
                await self._finish(send, gone)
        finally:
            self._streams.leave(box)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, box: Mailbox, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [*self.raw_headers]})
        await _pass_on(send, RETRY)
        with suppress(JournalError):
            await _pass_on(send, await self._streams.overview())
        while True:
            await _pass_on(send, await box.get())

    async def _finish(self, send: Send, gone: asyncio.Future[None]) -> None:
        """End the answer in good order, where the browser still takes anything."""
        ending = asyncio.ensure_future(_end(send))
        loop = asyncio.get_running_loop()
        deadline = loop.time() + FINISH_S
        while not ending.done() and not gone.done() and loop.time() < deadline:
            if self._stopping is not None and self._stopping.is_set():
                deadline = min(deadline, loop.time() + LOOK_S)
            await asyncio.wait([ending, gone], timeout=LOOK_S)
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)


def between_polls(time_s: float) -> float:
    """The moment next to a monotonic time that is farthest from the polls: these begin at whole
    tenths of a second, see ``stagger_s``, and most are over before what is computed for browsers
    begins."""
    return (math.floor(time_s / SLOT_S) + 0.5) * SLOT_S


def _tell_crash(pump: asyncio.Future[None]) -> None:
    crash = None if pump.cancelled() else pump.exception()
    if crash is not None:
        logger.error("web: the live values have stopped by a bug", exc_info=crash)


async def _pass_on(send: Send, content: bytes) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": True})


async def _end(send: Send) -> None:
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
