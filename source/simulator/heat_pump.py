"""Load curves of a heat pump on three phases, with and without a solar inverter that feeds in."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import TypeAlias

from source.simulator.load_curve import DAY_S, LoadCurve, Step
from source.simulator.seasons import SEASONS, Run, catalogue, day_order, season, winter

Phases: TypeAlias = tuple[LoadCurve, LoadCurve, LoadCurve]
Catalogue: TypeAlias = list[list[Step]]

NAME = "heat pump"
"""Both follow one order of days: with solar, a phase is the sum of its two parts."""
VARIANTS = 8
MINUTE_S = 60

PUMP_SHARES = (0.36, 0.33, 0.31)
SOLAR_SHARES = (0.42, 0.33, 0.25)

PUMP_IDLE_W = 14.0
SOLAR_STEP_S = 5 * MINUTE_S
SOLAR_SUMMER_W, SOLAR_WINTER_W = 6200.0, 2100.0


def heat_pump(shift_s: float = 0.0) -> Phases:
    """Phases a, b, c of a heat pump: heating in winter, hot water alone in summer."""
    days = catalogue(NAME, SEASONS, VARIANTS, _pump_day)
    return _phases(lambda phase: _share(days, PUMP_SHARES[phase]), shift_s)


def solar(shift_s: float = 0.0) -> Phases:
    """Phases a, b, c of a solar inverter: never positive, 0 at night, little in winter."""
    days = catalogue("solar", SEASONS, VARIANTS, _solar_day)
    return _phases(lambda phase: _share(days, SOLAR_SHARES[phase]), shift_s)


def heat_pump_with_solar(shift_s: float = 0.0) -> Phases:
    """Phases a, b, c of both behind one meter: on sunny days negative at noon, also in total."""
    pump = catalogue(NAME, SEASONS, VARIANTS, _pump_day)
    sun = catalogue("solar", SEASONS, VARIANTS, _solar_day)

    def days(phase: int) -> Catalogue:
        parts = _share(pump, PUMP_SHARES[phase]), _share(sun, SOLAR_SHARES[phase])
        return [_sum(*both) for both in zip(*parts, strict=True)]

    return _phases(days, shift_s)


def _phases(days: Callable[[int], Catalogue], shift_s: float) -> Phases:
    order = day_order(NAME, VARIANTS, season)
    a, b, c = (LoadCurve(days(phase), order, shift_s=shift_s) for phase in range(3))
    return a, b, c


def _share(days: Catalogue, share: float) -> Catalogue:
    return [[(start_s, round(share * power_w, 2)) for start_s, power_w in day] for day in days]


def _sum(first: Sequence[Step], second: Sequence[Step]) -> list[Step]:
    starts = sorted({start_s for start_s, _ in (*first, *second)})
    return [
        (start_s, round(_power_at(first, start_s) + _power_at(second, start_s), 2))
        for start_s in starts
    ]


def _power_at(steps: Sequence[Step], time_s: float) -> float:
    return steps[bisect_right(steps, (time_s, math.inf)) - 1][1]


def _pump_day(half_month: int, chance: Random) -> Iterator[Run]:
    duty = 0.1 + 0.6 * winter(half_month)
    heating_s = chance.uniform(30, 55) * MINUTE_S
    yield chance.uniform(0, heating_s * (1 / duty - 1)), PUMP_IDLE_W
    while True:
        power_w = chance.uniform(1900, 2500)
        yield 2 * MINUTE_S, 0.6 * power_w  # soft start
        yield heating_s / 2, power_w
        yield heating_s / 2, 0.85 * power_w
        yield heating_s * (1 / duty - 1) * chance.uniform(0.85, 1.15), PUMP_IDLE_W


def _solar_day(half_month: int, chance: Random) -> Iterator[Run]:
    cold = winter(half_month)
    light_s = (16 - 8 * cold) * 60 * MINUTE_S
    peak_w = SOLAR_SUMMER_W + (SOLAR_WINTER_W - SOLAR_SUMMER_W) * cold
    dimmest, clearest = _sky(chance)
    sunrise_s = (DAY_S - light_s) / 2
    yield sunrise_s, 0.0
    for second in range(0, int(light_s), SOLAR_STEP_S):
        height = math.sin(math.pi * (second + SOLAR_STEP_S / 2) / (light_s + SOLAR_STEP_S))
        yield SOLAR_STEP_S, -peak_w * height**1.4 * chance.uniform(dimmest, clearest)
    yield DAY_S, 0.0


def _sky(chance: Random) -> tuple[float, float]:
    """What passes the clouds, at least and at most: a clear, a mixed or a grey day."""
    kind = chance.random()
    if kind < 0.4:
        return 0.97, 1.0
    return (0.25, 1.0) if kind < 0.75 else (0.08, 0.22)
