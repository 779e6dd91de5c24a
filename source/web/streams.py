"""Server-sent events: one task computes, each browser's connection only passes bytes on.

A browser that does not take what it is sent is dropped: it comes back by itself, and is told
everything at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from source.errors import JournalError
from source.web.live import LIVE_S, Live, Message

logger = logging.getLogger(__name__)
T = TypeVar("T")

MOST_STREAMS = 100
WAITING = 8
"""Messages that a browser may be behind."""
LOOK_S = 0.1
KEEP_ALIVE_S = 15.0
KEEP_ALIVE = b": \n\n"
RETRY = b"retry: 2000\n\n"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class Mailbox:
    """What waits for one browser."""

    def __init__(self, is_allowed: Callable[[], bool]) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
        self.is_allowed = is_allowed
        self.ended = asyncio.Event()

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

    def __init__(self, live: Live, is_closing: Callable[[], bool]) -> None:
        self._live = live
        self._is_closing = is_closing
        self._boxes: set[Mailbox] = set()
        self._pump: asyncio.Task[None] | None = None
        self._limiter: anyio.CapacityLimiter | None = None

    @property
    def is_full(self) -> bool:
        return len(self._boxes) >= MOST_STREAMS

    def join(self, is_allowed: Callable[[], bool]) -> Mailbox:
        """A place for one more; the first one starts the computing."""
        box = Mailbox(is_allowed)
        self._boxes.add(box)
        if self._pump is None or self._pump.done():
            self._pump = asyncio.ensure_future(self._run())
        return box

    def leave(self, box: Mailbox) -> None:
        self._boxes.discard(box)

    async def overview(self) -> bytes:
        """The overview as a message. Raises JournalError."""
        return Message("overview", await self._compute(self._live.overview)).as_bytes()

    async def _run(self) -> None:
        """Compute and hand out until nobody listens."""
        loop = asyncio.get_running_loop()
        told_at = loop.time()
        while self._boxes and not self._is_closing():
            began = loop.time()
            content = await self._news()
            if content:
                told_at = began
            elif began - told_at >= KEEP_ALIVE_S:
                content, told_at = KEEP_ALIVE, began
            self._hand_out(content)
            while loop.time() < began + LIVE_S and not self._is_closing():
                await asyncio.sleep(LOOK_S)
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
        for box in list(self._boxes):
            if not box.is_allowed():
                box.ended.set()
            elif content:
                box.put(content)

    async def _compute(self, function: Callable[[], T]) -> T:
        """In a thread; one at a time, and without waiting for those that draw charts."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(2)
        return await anyio.to_thread.run_sync(function, limiter=self._limiter)


class EventStream(Response):
    """The answer that does not end by itself."""

    media_type = "text/event-stream"

    def __init__(self, streams: Streams, is_allowed: Callable[[], bool]) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._streams = streams
        self._is_allowed = is_allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        box = self._streams.join(self._is_allowed)
        tasks = [
            asyncio.ensure_future(self._send(box, send)),
            asyncio.ensure_future(box.ended.wait()),
            asyncio.ensure_future(_disconnected(receive)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.leave(box)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if box.ended.is_set():
            await _finish(send)

    async def _send(self, box: Mailbox, send: Send) -> None:
        headers = [*self.raw_headers]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            first = RETRY + await self._streams.overview()
        except JournalError:
            first = RETRY
        await _pass_on(send, first)
        while True:
            await _pass_on(send, await box.get())


async def _pass_on(send: Send, content: bytes) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": True})


async def _finish(send: Send) -> None:
    """End the answer in good order, where the browser still takes anything."""
    try:
        await asyncio.wait_for(send({"type": "http.response.body", "body": b""}), LOOK_S)
    except (asyncio.TimeoutError, OSError):
        pass


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
