"""When things happen: the clock, the fixed grid of polls, the back-off."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from source.model import US_PER_S

GOLDEN_RATIO_FRACTION = (math.sqrt(5) - 1) / 2
STAGGER_LIMIT_S = 10.0
SOON_S = 2.0
"""The limit where somebody has just added or changed a device, and looks whether it works."""
SLOT_S = 0.1
LEAP_S = 60.0
"""How far ahead the wall clock has to leap to be doubted."""
DOUBT_S, DOUBT_LIMIT_S, DOUBT_SHARE = 300.0, 86_400.0, 1 / 24
"""How long it is: the farther it leapt the longer, an hour for a day."""


class Clock(Protocol):
    """What time it is; a parameter everywhere, so that tests can move it."""

    def now_us(self) -> int:
        """Wall clock: microseconds since 1970-01-01 UTC. May jump."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps; for waiting and for elapsed time."""
        ...


# Python's monotonic clock stands still while the machine sleeps (a NAS at night): what flowed then
# would be put into the ten seconds after it.
_since_boot: Callable[[], float] | None = None
if sys.platform != "win32" and hasattr(time, "CLOCK_BOOTTIME"):
    _since_boot = partial(time.clock_gettime, time.CLOCK_BOOTTIME)


class SystemClock:
    """The machine's clocks."""

    def now_us(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return _since_boot() if _since_boot is not None else time.monotonic()


class Ticker:
    """A fixed grid of times that does not drift and skips what it missed.

    The n-th tick lies at ``start + offset + n × interval``. A poll that outlives its interval makes
    the ticks in between be skipped, not made up.
    """

    def __init__(
        self,
        interval_s: float,
        offset_s: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval_s = interval_s
        self._monotonic = monotonic
        self._origin = monotonic() + offset_s
        self._next = 0

    def delay(self) -> float:
        """Seconds until the next tick; 0 when it is due."""
        return max(0.0, self.due - self._monotonic())

    @property
    def due(self) -> float:
        """The monotonic time of the next tick."""
        return self._origin + self._next * self._interval_s

    def advance(self) -> None:
        """Take the tick that is due; the next one is the first that lies in the future."""
        elapsed = self._monotonic() - self._origin
        following = max(self._next + 1, math.floor(elapsed / self._interval_s) + 1)
        self._next = following


def stagger_s(
    index: int, interval_s: float, now_s: float, limit_s: float = STAGGER_LIMIT_S
) -> float:
    """Seconds from ``now_s`` (monotonic) to the first poll of the index-th device.

    Polls begin at whole tenths of a second, those of many devices spread evenly over them: a
    machine that wakes up for each single poll takes half as much CPU again as one that does
    several in a row. The golden ratio spreads any number of devices without knowing how many there
    will be. The first poll comes within ``limit_s``, also where the interval is an hour.
    """
    slots = max(1, round(min(interval_s, limit_s) / SLOT_S))
    slot = math.ceil(now_s / SLOT_S) + int(index * GOLDEN_RATIO_FRACTION % 1.0 * slots)
    return max(0.0, slot * SLOT_S - now_s)


class LeapWatch:
    """Tells whether the wall clock leapt ahead a while ago, perhaps by mistake.

    Then nothing is done that can't be taken back: no line of a day that has not been, no deletion.
    A clock that comes back to where it was is trusted again at once.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._trusted_s = self._ahead_s = self._wall_ahead_s()
        self._leapt_at = clock.monotonic()

    def is_in_doubt(self) -> bool:
        """To be asked now and then: a leap is one between two questions."""
        now, before_s, self._ahead_s = self._clock.monotonic(), self._ahead_s, self._wall_ahead_s()
        leap_s = self._ahead_s - self._trusted_s
        if self._ahead_s - before_s > LEAP_S:
            self._leapt_at = now
        doubt_s = min(max(DOUBT_S, leap_s * DOUBT_SHARE), DOUBT_LIMIT_S)
        if leap_s > LEAP_S and now < self._leapt_at + doubt_s:
            return True
        self._trusted_s = self._ahead_s
        return False

    def _wall_ahead_s(self) -> float:
        return seconds(self._clock.now_us()) - self._clock.monotonic()


def backoff_s(attempt: int, first_s: float, limit_s: float, jitter: Callable[[], float]) -> float:
    """Waiting time before the attempt-th retry (0, 1, …): doubled each time, capped, with jitter.

    ``jitter`` gives a number in [0, 1); the result lies between a half of and the whole step.
    """
    step = min(limit_s, first_s * 2.0 ** min(attempt, 30))
    return step * (0.5 + 0.5 * jitter())


def seconds(time_us: int) -> float:
    """Microseconds as seconds."""
    return time_us / US_PER_S
