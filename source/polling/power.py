"""Energy from power: the trapezoid between two readings, its two directions apart (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from source.model import US_PER_S, Phase

US_PER_HOUR = 3600 * US_PER_S

Flowed: TypeAlias = tuple[float, float]
"""Wh taken and Wh fed in."""


def trapezoid(before_w: float, now_w: float, span_us: int) -> Flowed:
    """What flowed where the power went from the one to the other in a straight line.

    A line that crosses zero has a part in each direction; a utility's meter counts both.
    """
    hours = span_us / US_PER_HOUR
    if before_w >= 0.0 and now_w >= 0.0:
        return (before_w + now_w) / 2 * hours, 0.0
    if before_w <= 0.0 and now_w <= 0.0:
        return 0.0, -(before_w + now_w) / 2 * hours
    crossing = before_w / (before_w - now_w)
    first_wh = before_w / 2 * crossing * hours
    second_wh = now_w / 2 * (1.0 - crossing) * hours
    return max(first_wh, second_wh), -min(first_wh, second_wh)


def trapezoids(
    before_w: Mapping[str, float], now_w: Mapping[str, float], span_us: int
) -> Flowed | None:
    """The sums over the phases, each phase for itself; None where they are not the same ones."""
    if not now_w or before_w.keys() != now_w.keys():
        return None
    parts = [trapezoid(before_w[name], now_w[name], span_us) for name in now_w]
    return sum(taken for taken, _ in parts), sum(returned for _, returned in parts)


def phase_powers(phases: Mapping[str, Phase]) -> dict[str, float]:
    """The power of each phase in W; empty where one of them does not tell it."""
    powers = {name: phase.power_w for name, phase in phases.items() if phase.power_w is not None}
    return powers if len(powers) == len(phases) else {}
