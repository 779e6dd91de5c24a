"""Axes: round ticks that enclose the values, and how many labels fit (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
LEAST = 1e-9
"""Values nearer to each other, beside their size, are one value."""
CHAR_PX = 6.4
"""Width of a character of a label, on the safe side; the font is the reader's own."""
LABEL_GAP_PX = 8.0


@dataclass(frozen=True, slots=True)
class Scale:
    """A vertical axis from its lowest to its highest tick."""

    ticks: tuple[float, ...]
    top_px: float
    bottom_px: float

    def y(self, value: float) -> float:
        """Where a value stands, in px from the top."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.bottom_px - (value - low) / (high - low) * (self.bottom_px - self.top_px)


def round_ticks(low: float, high: float, count: int = 4) -> tuple[float, ...]:
    """About ``count`` + 1 round numbers, evenly spaced, from ``low`` or below to ``high`` or
    above."""
    if not high - low > LEAST * max(1.0, abs(low), abs(high)):
        high = low + 1.0
    step = _round_step((high - low) / count)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return tuple(round(step * n, 12) + 0.0 for n in range(first, last + 1))


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(s for s in STEPS if s * power >= rough * (1.0 - 1e-9)) * power


def decimals_of(ticks: Sequence[float]) -> int:
    """So many decimals tell the ticks apart."""
    step = ticks[1] - ticks[0]
    for digits in range(6):
        if abs(step * 10**digits - round(step * 10**digits)) < 1e-6:
            return digits
    return 6


def label_step(labels: Sequence[str], room_px: float) -> int:
    """1 where each of the labels fits beside the next, 2 where every other one does, …

    ``room_px`` is from one label's middle to the next one's.
    """
    widest = max((len(label) for label in labels), default=0) * CHAR_PX + LABEL_GAP_PX
    return max(1, math.ceil(widest / room_px)) if room_px > 0 else 1
