"""Which days of market prices are missing, and may be there by now (pure).

The auction for a day is held at noon of the day before; its prices are told at about 12:45. The
coupled markets of Europe, from Lisbon to Helsinki, trade days of Central European time.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from source.model import QUARTER_US, US_PER_S
from source.period import day_of

MARKET_ZONE = "Europe/Berlin"
KNOWN_AT = time(12, 45)
LONGEST = 31 * 96
"""Quarter hours that are asked for at once."""


def day_at(time_us: int, zone: ZoneInfo) -> range:
    """The quarter hours of the market's day in which an instant lies."""
    day = day_of(time_us, zone)
    return range(day.start_us // QUARTER_US, day.end_us // QUARTER_US)


def horizon(now_us: int, zone: ZoneInfo) -> int:
    """The first quarter hour whose price can't be known yet."""
    today = day_at(now_us, zone)
    clock = datetime.fromtimestamp(now_us // US_PER_S, zone).time()
    return next_day(today, zone).stop if clock >= KNOWN_AT else today.stop


def next_day(day: range, zone: ZoneInfo) -> range:
    """The day after a day."""
    return day_at(day.stop * QUARTER_US + 1, zone)


def days_newest_first(first: int, end: int, zone: ZoneInfo) -> Iterator[range]:
    """The whole days that lie between two quarter hours, or begin before the first."""
    while end > first:
        day = day_at(end * QUARTER_US, zone)
        yield day
        end = day.start


def missing_days(
    days: Iterator[range], wants: Callable[[int], bool], known: Container[int]
) -> list[range]:
    """Those of which a price is wanted and not known, in the same order."""
    return [day for day in days if any(q not in known and wants(q) for q in day)]


def together(days: Sequence[range]) -> list[range]:
    """Days that follow each other as one span, none longer than ``LONGEST``; newest first."""
    spans: list[range] = []
    for day in days:
        if spans and day.stop == spans[-1].start and spans[-1].stop - day.start <= LONGEST:
            spans[-1] = range(day.start, spans[-1].stop)
        else:
            spans.append(day)
    return spans
