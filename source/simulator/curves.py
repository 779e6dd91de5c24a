"""Load curves of a household's appliances, and simple ones for tests.

``shift_s`` is the offset of the local time from UTC: people wash and watch by the local clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from source.simulator.heat_pump import Phases, heat_pump, heat_pump_with_solar, solar
from source.simulator.load_curve import DAY_S, LoadCurve, constant, square
from source.simulator.seasons import (
    SEASONS,
    Run,
    catalogue,
    day_order,
    season,
    weekend,
    winter,
)

__all__ = [
    "LoadCurve",
    "Phases",
    "constant",
    "fridge",
    "heat_pump",
    "heat_pump_with_solar",
    "hob",
    "solar",
    "square",
    "television",
    "washing_machine",
]

FRIDGE_VARIANTS = 12
FRIDGE_PARTS = 4
WASHING_VARIANTS = 40
TELEVISION_VARIANTS = 20
HOB_VARIANTS = 10

MINUTE_S = 60
HOUR_S = 3600

FRIDGE_IDLE_W = 1.2
WASHING_IDLE_W = 0.6
TELEVISION_IDLE_W = 0.4
HOB_IDLE_W = 0.5


def fridge(shift_s: float = 0.0) -> LoadCurve:
    """A compressor that cycles (90 W, 1.2 W between) with an inrush; about 0.8 kWh a day."""
    part_s = DAY_S / FRIDGE_PARTS
    days = catalogue("fridge", SEASONS, FRIDGE_VARIANTS, _fridge_hours, part_s)
    order = day_order("fridge", FRIDGE_VARIANTS, season, FRIDGE_PARTS)
    return LoadCurve(days, order, day_s=part_s, shift_s=shift_s)


def _fridge_hours(half_month: int, chance: Random) -> Iterator[Run]:
    duty = 0.38 - 0.06 * winter(half_month)  # a warmer kitchen in summer
    yield chance.uniform(0, 25 * MINUTE_S), FRIDGE_IDLE_W
    while True:
        cooling_s = chance.uniform(13, 19) * MINUTE_S
        yield 1, 620 + chance.uniform(-40, 40)
        yield 3 * MINUTE_S, 97 + chance.uniform(-2, 2)
        yield cooling_s - 3 * MINUTE_S, 89 + chance.uniform(-2, 2)
        yield cooling_s * (1 / duty - 1) * chance.uniform(0.9, 1.1), FRIDGE_IDLE_W


def washing_machine(shift_s: float = 0.0) -> LoadCurve:
    """No, one or two washes a day, more at the week's end; 0.6 W stand-by."""
    days = catalogue("washing machine", 2, WASHING_VARIANTS, _washing_day)
    return LoadCurve(days, day_order("washing machine", WASHING_VARIANTS, weekend), shift_s=shift_s)


def _washing_day(at_weekend: int, chance: Random) -> Iterator[Run]:
    now_s = 0
    for earliest_h in (8.0, 16.5):
        if chance.random() < 0.5 + 0.2 * at_weekend:
            start_s = int((earliest_h + chance.uniform(0, 2.5)) * HOUR_S)
            yield start_s - now_s, WASHING_IDLE_W
            now_s = start_s
            for length_s, power_w in _wash(chance):
                yield length_s, power_w
                now_s += length_s
    yield DAY_S - now_s, WASHING_IDLE_W


def _wash(chance: Random) -> Iterator[tuple[int, float]]:
    yield 4 * MINUTE_S, 6.5
    yield int(chance.uniform(9, 22) * MINUTE_S), 2050 + chance.uniform(-60, 60)
    yield from _tumble(int(chance.uniform(50, 110)), chance)
    for _ in range(2):
        yield 2 * MINUTE_S, 28.0
        yield 3 * MINUTE_S, 6.5
        yield from _tumble(15, chance)
    yield 2 * MINUTE_S, 240 + chance.uniform(-20, 20)
    yield 5 * MINUTE_S, 470 + chance.uniform(-50, 50)
    yield 1 * MINUTE_S, 90.0
    yield 10 * MINUTE_S, 3.1


def _tumble(times: int, chance: Random) -> Iterator[tuple[int, float]]:
    for _ in range(times):
        yield 18, 165 + chance.uniform(-25, 25)
        yield 9, 4.2


def television(shift_s: float = 0.0) -> LoadCurve:
    """On in the evening, at the week's end in the afternoon too; 0.4 W stand-by."""
    days = catalogue("television", 2, TELEVISION_VARIANTS, _television_day)
    return LoadCurve(days, day_order("television", TELEVISION_VARIANTS, weekend), shift_s=shift_s)


def _television_day(at_weekend: int, chance: Random) -> Iterator[Run]:
    start_s = int(chance.uniform(14, 16) if at_weekend else chance.uniform(18, 20)) * HOUR_S
    start_s += int(chance.uniform(0, HOUR_S))
    end_s = int(chance.uniform(21.5, 23.8) * HOUR_S)
    yield start_s, TELEVISION_IDLE_W
    for _ in range(start_s, end_s, MINUTE_S):  # the picture's brightness
        yield MINUTE_S, 112 + chance.uniform(-24, 24)
    yield DAY_S, TELEVISION_IDLE_W


def hob(shift_s: float = 0.0) -> LoadCurve:
    """Lunch and dinner on an induction hob: 1.8 kW, switched on and off each few seconds.

    Faster than sockets are polled, so that polls see a part of it only: power alone does not tell
    its energy.
    """
    days = catalogue("hob", 1, HOB_VARIANTS, _hob_day)
    return LoadCurve(days, day_order("hob", HOB_VARIANTS, _every_day), shift_s=shift_s)


def _hob_day(_: int, chance: Random) -> Iterator[Run]:
    now_s = 0
    for earliest_h in (12.0, 18.0):
        start_s = int((earliest_h + chance.uniform(0, 1)) * HOUR_S)
        yield start_s - now_s, HOB_IDLE_W
        now_s = start_s
        for length_s, power_w in _cooking(chance):
            yield length_s, power_w
            now_s += length_s
    yield DAY_S - now_s, HOB_IDLE_W


def _cooking(chance: Random) -> Iterator[tuple[int, float]]:
    yield int(chance.uniform(4, 8) * MINUTE_S), 1800 + chance.uniform(-30, 30)
    for _ in range(int(chance.uniform(2, 4))):
        period_s, on_s = chance.choice([(6, 2), (7, 3), (8, 3), (9, 5)])
        for _ in range(int(chance.uniform(8, 16)) * MINUTE_S // period_s):
            yield on_s, 1800 + chance.uniform(-30, 30)
            yield period_s - on_s, 12.0


def _every_day(_: int) -> int:
    return 0
