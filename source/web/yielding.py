"""How long computations give way to the polls, which share one interpreter with them."""

from __future__ import annotations

import time

PAUSE_S = 50e-6
"""As short as a pause can be; with it 50 sockets take 5 ms longer."""


def give_way() -> None:
    """Let those go on that wait; to be called every millisecond or so.

    A thread gets its turn 5 ms after it has begun to wait, and begins anew whenever it was woken
    in vain. A computation that asks SQLite every 50 µs wakes it up at each of these, so that a poll
    waits for its end, at each step of its own; a pause is what really hands over.
    """
    time.sleep(PAUSE_S)
