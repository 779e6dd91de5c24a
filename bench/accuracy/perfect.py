"""What polls at an interval can tell of a load from its power, if none of them is lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from source.simulator.load_curve import LoadCurve

GRIDS = 8


def rms_wh(curves: Sequence[LoadCurve], interval_s: float, start_s: float, end_s: float) -> float:
    """By how much the trapezoids between perfect polls miss the energy: the root mean square over
    grids of polls that begin at different times."""
    misses_wh = []
    for grid in range(GRIDS):
        first_s = start_s + interval_s * (grid + 0.5) / GRIDS
        count = int((end_s - first_s) // interval_s)
        misses_wh.append(sum(_missed_wh(one, interval_s, first_s, count) for one in curves))
    return math.sqrt(math.fsum(miss * miss for miss in misses_wh) / GRIDS)


def _missed_wh(curve: LoadCurve, interval_s: float, first_s: float, count: int) -> float:
    powers_w = [power_w for power_w, _, _ in curve.samples(first_s, interval_s, count)]
    sums_w = math.fsum((before + after) / 2 for before, after in pairwise(powers_w))
    true_wh = curve.energy_wh(first_s + (count - 1) * interval_s) - curve.energy_wh(first_s)
    return sums_w * interval_s / 3600.0 - true_wh
