"""Which connections may stay open: nobody holds a place by asking slowly, or by not asking at all.

The server itself waits for ever for the rest of a request, and for a client that takes no more of
its answer; and it counts every connection, so some hundred of them would shut everybody out.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from enum import Enum
from typing import Any, Protocol

from uvicorn.protocols.http.h11_impl import H11Protocol

logger = logging.getLogger(__name__)

MOST_CONNECTIONS = 200
"""More are told to come back later."""
MOST_OPEN = MOST_CONNECTIONS + 50
"""More are closed at once: the polls and the journal need files too."""
CROWDED = MOST_CONNECTIONS * 3 // 4


class Phase(Enum):
    """What a connection waits for."""

    IDLE = "the next request; the server closes it by itself"
    ASKING = "the first request, or the rest of its head"
    SENDING = "the rest of a request's body"
    ANSWERED = "the answer"
    LEAVING = "the client to take what it was sent"


LIMITS_S = {Phase.ASKING: 10.0, Phase.SENDING: 60.0, Phase.LEAVING: 10.0}
TELL_S = 3600.0
"""Who comes again and again does not fill the log."""
UNNEEDED = frozenset({Phase.IDLE, Phase.ASKING, Phase.SENDING})


class Cycle(Protocol):
    """A request and its answer, as the server has them."""

    response_complete: bool
    more_body: bool


class Connection(Protocol):
    """A connection, as the server has it."""

    @property
    def client(self) -> tuple[str, int] | None: ...
    @property
    def transport(self) -> Any: ...
    @property
    def cycle(self) -> Any: ...
    @property
    def timeout_keep_alive_task(self) -> Any: ...


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 over no more than ``MOST_OPEN`` connections."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_OPEN:
            transport.abort()


class Connections:
    """Looks at the open connections again and again, and ends those that wait for too long."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: dict[Any, tuple[Phase, object, float]] = {}
        self._told_at: float | None = None

    def look(self, every: Collection[Connection]) -> None:
        """Once more; to be called from the server's own thread."""
        now = self._monotonic()
        since = {}
        for one in every:
            phase, cycle = phase_of(one), one.cycle
            before = self._since.get(one)
            is_same = before is not None and before[:2] == (phase, cycle)
            since[one] = before if before is not None and is_same else (phase, cycle, now)
        self._since = since
        for one, (phase, _, began) in since.items():
            if now - began >= LIMITS_S.get(phase, float("inf")):
                one.transport.abort()
        self._make_room(every)

    def hang_up(self, every: Collection[Connection]) -> None:
        """The server stops: it waits for answers, and for nobody who may still ask."""
        for one in every:
            if phase_of(one) in (Phase.ASKING, Phase.SENDING):
                one.transport.abort()

    def _make_room(self, every: Collection[Connection]) -> None:
        """Where it is crowded, who holds the most lets go of what answers nothing now."""
        if len(every) < CROWDED:
            return
        address = busiest(every)
        self._tell(len(every), address)
        for one in every:
            if address_of(one) == address and phase_of(one) in UNNEEDED:
                one.transport.abort()

    def _tell(self, number: int, address: str) -> None:
        now = self._monotonic()
        if self._told_at is None or now - self._told_at >= TELL_S:
            self._told_at = now
            told = "web: %d connections are open, most of them from %s; those that wait are closed"
            logger.warning(told, number, address or "somewhere")


def phase_of(one: Connection) -> Phase:
    """What it waits for now."""
    cycle: Cycle | None = one.cycle
    if one.transport.is_closing():
        return Phase.LEAVING
    if cycle is not None and not cycle.response_complete:
        return Phase.SENDING if cycle.more_body else Phase.ANSWERED
    return Phase.ASKING if one.timeout_keep_alive_task is None else Phase.IDLE


def busiest(every: Iterable[Connection]) -> str:
    """The address with the most connections."""
    ((address, _),) = Counter(address_of(one) for one in every).most_common(1)
    return address


def address_of(one: Connection) -> str:
    return one.client[0] if one.client else ""
