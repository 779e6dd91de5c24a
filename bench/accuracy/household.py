"""Two days of polls as a household has them: lost ones, outages, a reboot, a logger that is off.

All of it is placed where the appliance takes the most energy, since at other times it would do no
harm: on the first day the reboot and the short outage, on the second the long one and the logger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from bench.accuracy.truth import Truth
from source.model import US_PER_S
from source.simulator.load_curve import DAY_S

LOST_SHARE = 0.05
SHORT_S, LONG_S, OFF_S = 120.0, 3 * 3600.0, 3600.0
APART_S = 900.0
"""At least so much time is between two of them."""
SOONEST_S, LATEST_S = 0.01, 0.09
"""An answer takes so long; a point is stamped when it is here."""

Span: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Days:
    """When what happens, in s since 1970."""

    start_s: float
    end_s: float
    reboot_s: float
    outages: tuple[Span, ...]
    """No poll is answered."""
    off: Span
    """The logger does not run; a new process goes on after it."""


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of the socket."""

    at_s: float
    """When the socket is asked, and the time of what it says."""
    stamp_us: int
    is_answered: bool
    is_first: bool
    """Of a process."""


def days_of(truth: Truth, start_s: float) -> Days:
    """Two days, with their events where half of the day's energy has flowed and around it."""
    middle_s = _when(truth, start_s, 0.5)
    second_s = start_s + DAY_S
    long_s = _within(_when(truth, second_s, 0.3) - LONG_S / 2, second_s, LONG_S)
    off_s = _within(_when(truth, second_s, 0.8) - OFF_S / 2, second_s, OFF_S)
    if long_s - OFF_S - APART_S < off_s < long_s + LONG_S + APART_S:
        off_s = long_s + LONG_S + APART_S
        if off_s + OFF_S > second_s + DAY_S - APART_S:
            off_s = long_s - OFF_S - APART_S
    return Days(
        start_s,
        start_s + 2 * DAY_S,
        middle_s,
        ((middle_s + APART_S, middle_s + APART_S + SHORT_S), (long_s, long_s + LONG_S)),
        (off_s, off_s + OFF_S),
    )


def _within(start_s: float, day_s: float, length_s: float) -> float:
    return min(max(start_s, day_s + APART_S), day_s + DAY_S - APART_S - length_s)


def _when(truth: Truth, day_s: float, share: float) -> float:
    """When this share of a day's energy has flowed, in whichever direction."""

    def flowed(until_s: float) -> float:
        return sum(truth(day_s, until_s))

    low_s, high_s = day_s + APART_S, day_s + DAY_S - APART_S - 2 * SHORT_S - APART_S
    wanted_wh = share * flowed(day_s + DAY_S)
    while high_s - low_s > 1.0:
        middle_s = (low_s + high_s) / 2
        low_s, high_s = (middle_s, high_s) if flowed(middle_s) < wanted_wh else (low_s, middle_s)
    return low_s


def polls(days: Days, interval_s: float, seed: int) -> Iterator[Poll]:
    """All polls of the two days; the grid, what is lost and how long it takes go by the seed."""
    chance = Random(f"polls {interval_s} {seed}")
    at_s, is_first = days.start_s + chance.uniform(0.0, interval_s), True
    while at_s < days.end_s - interval_s:
        stamp_us = round((at_s + chance.uniform(SOONEST_S, LATEST_S)) * US_PER_S)
        is_lost = chance.random() < LOST_SHARE
        if days.off[0] <= at_s < days.off[1]:
            is_first = True
        else:
            is_out = any(start_s <= at_s < end_s for start_s, end_s in days.outages)
            yield Poll(at_s, stamp_us, not (is_lost or is_out), is_first)
            is_first = False
        at_s += interval_s
