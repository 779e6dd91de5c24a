"""Heavy computations, one at a time: the polls and the other answers keep the processor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
from fastapi import FastAPI

from source.web.errors import ApiError
from source.web.texts import N_

T = TypeVar("T")

MOST_WAITING = 40
RETRY_S = 5


class Turns:
    """Lets one compute, and the others wait without holding a thread."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._waiting = 0

    async def compute(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, in its turn. Raises ApiError where too many wait already."""
        if self._waiting >= MOST_WAITING:
            message = N_("Too much is being computed at once; try again in a moment.")
            raise ApiError(503, "unavailable", message, headers={"Retry-After": str(RETRY_S)})
        self._waiting += 1
        try:
            async with self._lock:
                return await anyio.to_thread.run_sync(work)
        finally:
            self._waiting -= 1


def turns_of(app: FastAPI) -> Turns:
    """Those of an application: one for all of its endpoints."""
    if not hasattr(app.state, "turns"):
        app.state.turns = Turns()
    found: Turns = app.state.turns
    return found
