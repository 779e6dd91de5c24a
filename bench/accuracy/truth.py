"""What really flowed: the integral of a load curve, and of the sum of three."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TypeAlias

from source.simulator.load_curve import LoadCurve

Flow: TypeAlias = tuple[float, float]
"""Wh taken and Wh fed in."""
Truth: TypeAlias = Callable[[float, float], Flow]
"""The flow from ``start_s`` to ``end_s``."""


def of_each(curves: Sequence[LoadCurve]) -> Truth:
    """What each phase takes and feeds in for itself, added up."""

    def truth(start_s: float, end_s: float) -> Flow:
        ends = [curve.counters_wh(end_s) for curve in curves]
        starts = [curve.counters_wh(start_s) for curve in curves]
        taken = sum(end[0] - start[0] for start, end in zip(starts, ends, strict=True))
        returned = sum(end[1] - start[1] for start, end in zip(starts, ends, strict=True))
        return taken, returned

    return truth


def balanced(curves: Sequence[LoadCurve], begin_s: int, end_s: int) -> Truth:
    """What the phases take or feed in together, at each instant; from ``begin_s`` to ``end_s``.

    Every step begins at a whole second, so that the power is the same within each of them.
    """
    count = end_s - begin_s
    samples = [curve.samples(begin_s, 1.0, count) for curve in curves]
    sums = [sum(power_w for power_w, _, _ in parts) for parts in zip(*samples, strict=True)]
    taken = array("d", accumulate((max(0.0, w) for w in sums), initial=0.0))
    returned = array("d", accumulate((max(0.0, -w) for w in sums), initial=0.0))

    def at(sums_ws: array[float], t_s: float) -> float:
        second = min(int(t_s - begin_s), count - 1)
        return sums_ws[second] + (t_s - begin_s - second) * (sums_ws[second + 1] - sums_ws[second])

    def truth(start_s: float, until_s: float) -> Flow:
        return (
            (at(taken, until_s) - at(taken, start_s)) / 3600.0,
            (at(returned, until_s) - at(returned, start_s)) / 3600.0,
        )

    return truth
