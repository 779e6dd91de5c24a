"""The rhythm of a week: mean power by weekday and hour, on the clocks of the zone (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias
from zoneinfo import ZoneInfo

from source.model import QUARTER_S, LoadProfile
from source.period import clock_spans

QUARTERS_PER_HOUR = 3600 // QUARTER_S
QUARTERS_PER_DAY = 24 * QUARTERS_PER_HOUR
FIRST_WEEKDAY = 3
"""1970-01-01 was a Thursday; 0 is Monday."""
Week: TypeAlias = Sequence[Sequence[float | None]]
"""Seven rows from Monday on, of 24 hours: mean power in W, negative where more was fed in; None
where the period has no such hour."""


def week_of(profile: LoadProfile, zone: ZoneInfo, first: int, end: int) -> Week:
    """The mean over the quarter hours ``first … end - 1`` of the profile.

    What was not measured counts as nothing in it.
    """
    net_wh, count = [0.0] * (7 * 24), [0] * (7 * 24)
    begin = profile.first_quarter
    first = max(first, begin)
    end = min(end, begin + len(profile.energy_wh))
    for span in clock_spans(zone, first, end) if first < end else ():
        for quarter in range(span.first_quarter, span.end_quarter):
            slot = slot_of(span.wall_quarter(quarter))
            place = quarter - begin
            net_wh[slot] += profile.energy_wh[place] - profile.returned_wh[place]
            count[slot] += 1
    mean_w = [
        wh * QUARTERS_PER_HOUR / n if n else None for wh, n in zip(net_wh, count, strict=True)
    ]
    return [mean_w[day * 24 : day * 24 + 24] for day in range(7)]


def slot_of(wall_quarter: int) -> int:
    """Weekday × 24 + hour of a quarter hour on the clocks."""
    day, quarter = divmod(wall_quarter, QUARTERS_PER_DAY)
    return (day + FIRST_WEEKDAY) % 7 * 24 + quarter // QUARTERS_PER_HOUR
