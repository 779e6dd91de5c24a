"""Days that differ by season and weekday, chosen from a catalogue by the number of the day.

The same arguments give the same curve on every machine and in every year.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from random import Random
from typing import TypeAlias

from source.simulator.load_curve import DAY_S, Step

CYCLE_DAYS = 28 * 365 + 7
"""After 28 years the weekdays fall on the same dates again."""

YEAR_DAYS = 365.25
SEASONS = 24
"""Half months: the length of a day and the warmth change in so many steps a year."""

Run: TypeAlias = tuple[float, float]
"""Length in s and power in W."""


def season(day: int) -> int:
    """Half month of a day (0 = 1970-01-01), 0 … 23."""
    return int(day % (4 * YEAR_DAYS) % YEAR_DAYS * SEASONS / YEAR_DAYS)


def winter(half_month: int) -> float:
    """From 0 in midsummer to 1 at the turn of the year."""
    return 0.5 + 0.5 * math.cos(2.0 * math.pi * (half_month + 0.5) / SEASONS)


def weekend(day: int) -> int:
    """1 on Saturday and Sunday, else 0; day 0 was a Thursday."""
    return int(day % 7 in (2, 3))


def day_steps(runs: Iterable[Run], day_s: float = DAY_S) -> list[Step]:
    """Runs one after the other, in whole seconds and hundredths of a watt.

    What lies beyond the day's end is cut off; the last run lasts until then.
    """
    steps: list[Step] = []
    start_s = 0
    for length_s, power_w in runs:
        if start_s >= day_s:
            break
        if round(length_s) > 0:
            steps.append((start_s, round(power_w, 2)))
            start_s += round(length_s)
    return steps


def catalogue(
    name: str,
    kinds: int,
    variants: int,
    build: Callable[[int, Random], Iterable[Run]],
    day_s: float = DAY_S,
) -> list[list[Step]]:
    """``variants`` days of each kind; each has a source of randomness of its own.

    With a part of a day as ``day_s`` these parts are combined, so that no two days are alike.
    """
    return [
        day_steps(build(kind, Random(f"{name} {kind} {variant}")), day_s)  # noqa: S311  (no secret)
        for kind in range(kinds)
        for variant in range(variants)
    ]


def day_order(name: str, variants: int, kind_of: Callable[[int], int], parts: int = 1) -> list[int]:
    """For each day of the cycle the places of its parts in a catalogue of the same ``variants``."""
    chance = Random(name)  # noqa: S311  (no secret)
    return [
        kind_of(day) * variants + int(chance.random() * variants)
        for day in range(CYCLE_DAYS)
        for _ in range(parts)
    ]
