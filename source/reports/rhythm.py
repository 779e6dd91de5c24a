"""The rhythm of a week: mean power by weekday and hour, on the clocks of the zone (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from zoneinfo import ZoneInfo

from source.model import QUARTER_US, LoadProfile
from source.period import FIRST_WEEKDAY, QUARTERS_PER_HOUR, clock_spans

QUARTERS_PER_DAY = 24 * QUARTERS_PER_HOUR
SLOTS = 7 * 24
Week: TypeAlias = Sequence[Sequence[float | None]]
"""Seven rows from Monday on, of 24 hours: mean power in W, negative where more was fed in; None
where the period has no such hour, or nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Patchy:
    """A device of which not all is known."""

    profile: LoadProfile
    known_us: Mapping[int, int]
    """Of each quarter hour; left out where it is nothing."""
    first: int
    """The quarter hour with which its records begin."""


def week_of(
    profile: LoadProfile,
    zone: ZoneInfo,
    first: int,
    end: int,
    patchy: Sequence[Patchy] = (),
    device_count: int = 1,
) -> Week:
    """The mean over the quarter hours ``first … end - 1`` of the profile, which is that of
    ``device_count`` devices.

    Time of which nothing is known of a device counts in none of its means: they are taken over the
    rest of it. Where nothing is known of any device in an hour there is no mean.
    """
    whole = _sums(profile, zone, first, end)
    net_wh, unknown = whole.net_wh, [0] * SLOTS
    for device in patchy:
        sums = _sums(device.profile, zone, max(first, device.first), end, device.known_us)
        for slot, (wh, known, count) in enumerate(
            zip(sums.net_wh, sums.known, sums.count, strict=True)
        ):
            if known > 0.0:
                net_wh[slot] += wh * (count - known) / known
            else:
                unknown[slot] += 1
    mean_w = [
        wh * QUARTERS_PER_HOUR / count if count and lost < device_count else None
        for wh, count, lost in zip(net_wh, whole.count, unknown, strict=True)
    ]
    return [mean_w[day * 24 : day * 24 + 24] for day in range(7)]


@dataclass(frozen=True, slots=True)
class _Sums:
    """By weekday and hour."""

    net_wh: list[float]
    count: list[int]
    """Quarter hours."""
    known: list[float]
    """As many of them as the known time amounts to."""


def _sums(
    profile: LoadProfile,
    zone: ZoneInfo,
    first: int,
    end: int,
    known_us: Mapping[int, int] | None = None,
) -> _Sums:
    sums = _Sums([0.0] * SLOTS, [0] * SLOTS, [0.0] * SLOTS)
    begin = profile.first_quarter
    first = max(first, begin)
    end = min(end, begin + len(profile.energy_wh))
    for span in clock_spans(zone, first, end) if first < end else ():
        for quarter in range(span.first_quarter, span.end_quarter):
            slot = slot_of(span.wall_quarter(quarter))
            place = quarter - begin
            sums.net_wh[slot] += profile.energy_wh[place] - profile.returned_wh[place]
            sums.count[slot] += 1
            if known_us is not None:
                sums.known[slot] += known_us.get(quarter, 0) / QUARTER_US
    return sums


def slot_of(wall_quarter: int) -> int:
    """Weekday × 24 + hour of a quarter hour on the clocks."""
    day, quarter = divmod(wall_quarter, QUARTERS_PER_DAY)
    return (day + FIRST_WEEKDAY) % 7 * 24 + quarter // QUARTERS_PER_HOUR
