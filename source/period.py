"""The calendar: when days, months and years end, and what clocks show. No other file knows of days.

An end is the first instant at which the zone's clocks have reached the request time on the end's
date. So where the clocks jump over that time (spring), the period ends at the jump; where they show
it twice (autumn), at the first of both; a date that a zone left out altogether ends with the next
one. Every instant lies in exactly one period of a rule: they leave no gap and never overlap.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from source.model import QUARTER_S, QUARTER_US, US_PER_S, Period, PeriodKind

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
MIDNIGHT = time(0, 0)
QUARTERS_PER_HOUR = 3600 // QUARTER_S
FIRST_WEEKDAY = 3
"""1970-01-01 was a Thursday; 0 is Monday."""
SHORTEST_SPAN = 6 * 96
"""Quarter hours: since 1970 no zone has changed its clocks twice within six days."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When the periods of one kind end: at a time of day, in a zone, on which days."""

    kind: PeriodKind
    at: time
    zone: ZoneInfo
    day: int = 1
    """Of the month, for months and years; where the month is shorter its last day stands in."""
    month: int = 1
    """For years."""


def period_of(rule: Rule, t_us: int) -> Period:
    """The period ``(start, end]`` in which an instant lies."""
    number = _number_at(rule, t_us)
    return Period(_end_us(rule, number - 1), _end_us(rule, number))


def ends_between(rule: Rule, after_us: int, until_us: int) -> Iterator[int]:
    """The ends of periods with ``after_us < end <= until_us``, oldest first."""
    number, before_us = _number_at(rule, after_us + 1), after_us
    while (end_us := _end_us(rule, number)) <= until_us:
        if end_us > before_us:
            yield end_us
        number, before_us = number + 1, end_us


def day_of(t_us: int, zone: ZoneInfo) -> Period:
    """The calendar day, midnight to midnight, in which an instant lies."""
    return period_of(Rule("day", MIDNIGHT, zone), t_us)


def midnight_us(day: date, zone: ZoneInfo) -> int:
    """The first instant of a date, or of the next one where the zone left it out altogether."""
    return _reached_us(day, MIDNIGHT, zone)


def local_text(t_us: int, zone: ZoneInfo) -> str:
    """The zone's wall clock at an instant, to the nearest second: ``YYYY-MM-DD HH:MM:SS``."""
    nearest_s = (t_us + US_PER_S // 2) // US_PER_S
    return f"{_local(nearest_s * US_PER_S, zone):%Y-%m-%d %H:%M:%S}"


def quarters_of(period: Period) -> range:
    """The quarter hours since 1970, UTC, that a period touches."""
    return range(period.start_us // QUARTER_US, -(-period.end_us // QUARTER_US))


# --- what the clocks show at the beginning of quarter hours ---


@dataclass(frozen=True, slots=True)
class ClockSpan:
    """Quarter hours at whose beginnings a zone's clocks are equally far ahead of UTC."""

    first_quarter: int
    """Counted from 1970, UTC, as ``end_quarter``, which is the first one after the span."""
    end_quarter: int
    ahead_s: int

    def wall_quarter(self, quarter: int) -> int:
        """The quarter hour that the clocks show as one begins: counted from 1970 on the clocks."""
        return quarter + self.ahead_s // QUARTER_S


def clock_spans(zone: ZoneInfo, first_quarter: int, end_quarter: int) -> Iterator[ClockSpan]:
    """The spans between two changes of the clocks, in order; they leave no gap."""
    first = first_quarter
    while first < end_quarter:
        ahead_s, end = _ahead_s(first, zone), first
        while end < end_quarter and _ahead_s(end, zone) == ahead_s:
            known, end = end, min(end + SHORTEST_SPAN, end_quarter)
        end = _change(zone, known, end)
        yield ClockSpan(first, end, ahead_s)
        first = end


def _change(zone: ZoneInfo, same: int, other: int) -> int:
    """The first quarter hour after ``same`` with other clocks, ``other`` at the latest."""
    ahead_s = _ahead_s(same, zone)
    while other - same > 1:
        middle = (same + other) // 2
        if _ahead_s(middle, zone) == ahead_s:
            same = middle
        else:
            other = middle
    return other


def _ahead_s(quarter: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(quarter * QUARTER_S, zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


# --- the ends of a rule, numbered in order of time ---


def _number_at(rule: Rule, t_us: int) -> int:
    """The number of the first end that is not before an instant."""
    number = _number(rule, _local(t_us, rule.zone).date())
    while _end_us(rule, number) >= t_us:
        number -= 1
    while _end_us(rule, number) < t_us:
        number += 1
    return number


def _number(rule: Rule, day: date) -> int:
    if rule.kind == "day":
        return day.toordinal()
    return day.year * 12 + day.month - 1 if rule.kind == "month" else day.year


def _end_us(rule: Rule, number: int) -> int:
    return _reached_us(_date(rule, number), rule.at, rule.zone)


def _date(rule: Rule, number: int) -> date:
    if rule.kind == "day":
        return date.fromordinal(number)
    year, month = number, rule.month
    if rule.kind == "month":
        year, month = number // 12, number % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(rule.day, last))


# --- wall clocks and instants ---


def _reached_us(day: date, at: time, zone: ZoneInfo) -> int:
    """The first instant at which the clocks have reached a time on a date, or on the next date
    that there is."""
    wanted = datetime.combine(day, at)
    instant_us = _us(wanted.replace(tzinfo=zone))  # fold 0: the first of two
    if _wall(instant_us, zone) == wanted:
        return instant_us
    if _jump_us(datetime.combine(day, MIDNIGHT), zone) == _jump_us(
        datetime.combine(day + DAY, MIDNIGHT), zone
    ):
        return _reached_us(day + DAY, at, zone)
    return _jump_us(wanted, zone)


def _jump_us(wanted: datetime, zone: ZoneInfo) -> int:
    """The first instant at which the clocks have reached ``wanted``, also where they jump over it.

    In a jump, fold 1 counts with the offset after it and so lies before it, fold 0 after it.
    """
    low_s = _us(wanted.replace(tzinfo=zone, fold=1)) // US_PER_S
    high_s = _us(wanted.replace(tzinfo=zone)) // US_PER_S
    while high_s - low_s > 1:
        middle_s = (low_s + high_s) // 2
        if _wall(middle_s * US_PER_S, zone) < wanted:
            low_s = middle_s
        else:
            high_s = middle_s
    return high_s * US_PER_S


def _us(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _local(t_us: int, zone: ZoneInfo) -> datetime:
    return (EPOCH + timedelta(microseconds=t_us)).astimezone(zone)


def _wall(t_us: int, zone: ZoneInfo) -> datetime:
    return _local(t_us, zone).replace(tzinfo=None, fold=0)
