"""How long computations give way to the polls, which share one interpreter with them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

SLICE_S = 0.001
PAUSE_S = 50e-6
"""About as short as a pause can be."""


def in_slices(items: Iterable[T]) -> Iterator[T]:
    """The same items; after each millisecond of work on them those go on that wait.

    A thread gets its turn 5 ms after it has begun to wait, and begins anew whenever it was woken
    in vain. A computation that asks SQLite every 50 µs wakes it up at each of these, so that a poll
    waits for its end, at each step of its own; a pause is what really hands over.
    """
    began = time.monotonic()
    for item in items:
        if time.monotonic() - began >= SLICE_S:
            time.sleep(PAUSE_S)
            began = time.monotonic()
        yield item
