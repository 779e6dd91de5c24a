"""What a device's stamps tell: polls missed and how late they were (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Polls:
    """The polls of one device, or of several, that were due in a window."""

    due: int
    missed: int
    """Due and without a point."""
    failed: int
    """Due, with a point that says that the poll failed."""
    late_us: tuple[int, ...]
    """Of each point: its phase in the interval less the device's own earliest phase."""

    @property
    def missing_percent(self) -> float:
        """Due polls without a value."""
        return 100.0 * (self.missed + self.failed) / self.due if self.due else 0.0

    def late_ms(self, share: float) -> float:
        """The lateness that ``share`` (0 … 1) of the points do not exceed."""
        ordered = sorted(self.late_us)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] / 1000 if ordered else 0.0


def polls_of(
    points: Sequence[tuple[int, bool]], start_us: int, end_us: int, interval_us: int
) -> Polls:
    """The polls of one device due from ``start_us`` to ``end_us``.

    ``points`` (time, success) reach beyond the window, so that a late answer is found too.
    """
    times = [time for time, _ in points]
    first_us = earliest_phase(times, interval_us)
    begin, stop = (-(-(t - first_us) // interval_us) for t in (start_us, end_us))
    slots = {(time - first_us) // interval_us: well for time, well in points}
    due = range(begin, stop)
    late = (t - first_us for t in times if start_us <= t < end_us)
    return Polls(
        due=len(due),
        missed=sum(slot not in slots for slot in due),
        failed=sum(slots.get(slot) is False for slot in due),
        late_us=tuple(us % interval_us for us in late),
    )


def earliest_phase(times_us: Sequence[int], interval_us: int) -> int:
    """Where in the interval a device's stamps begin: the phase behind which all lie nearest.

    Phases go round, so the smallest number need not be the first; and a single point that is late
    by more than half an interval must not make all others look late.
    """
    phases = sorted(time % interval_us for time in times_us)
    if not phases:
        return 0
    behind_us = sum(phases) - len(phases) * phases[0]
    best_us, earliest = behind_us, phases[0]
    for before, phase in pairwise(phases):
        # All others come nearer by the step; the one left behind is next after a whole round.
        behind_us += interval_us - len(phases) * (phase - before)
        if behind_us < best_us:
            best_us, earliest = behind_us, phase
    return earliest


def together(each: Sequence[Polls]) -> Polls:
    """The polls of many devices."""
    return Polls(
        due=sum(p.due for p in each),
        missed=sum(p.missed for p in each),
        failed=sum(p.failed for p in each),
        late_us=tuple(late for p in each for late in p.late_us),
    )
