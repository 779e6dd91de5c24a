"""Spans beside a span: the one before, the same a year before, and where one can go on (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from source.model import US_PER_S, Period
from source.period import EPOCH
from source.reports.span import FIRST_YEAR, LAST_YEAR, Span

LAST_MONTH = 12


@dataclass(frozen=True, slots=True)
class Beside:
    """An earlier span that a span is compared with."""

    span: Span
    period: Period
    """The same part of it that has passed of the other one."""
    is_part: bool
    """The other span is running, so that this is not compared as a whole."""


@dataclass(frozen=True, slots=True)
class Navigation:
    """Labels of the spans that one can go to; None where there is none."""

    previous: str | None
    next: str | None
    up: str | None


def before(span: Span) -> Span | None:
    """The span of the same kind, or length, that ends where this one begins."""
    if span.kind == "month":
        first = (span.first - timedelta(days=1)).replace(day=1)
    elif span.kind == "year":
        first = _years_before(span.first)
    else:
        first = _moved(span.first, -(span.end - span.first))
    return _span(span, first, span.first)


def after(span: Span) -> Span | None:
    """The span of the same kind, or length, that begins where this one ends."""
    if span.kind == "month":
        year, month = divmod(span.end.year * LAST_MONTH + span.end.month, LAST_MONTH)
        return _span(span, span.end, date(year, month + 1, 1))
    if span.kind == "year":
        return _span(span, span.end, _years_before(span.end, -1))
    return _span(span, span.end, _moved(span.end, span.end - span.first))


def year_before(span: Span) -> Span | None:
    """The same days a year earlier; None for a year, whose span before is just that."""
    if span.kind == "year":
        return None
    first, end = _years_before(span.first), _years_before(span.end)
    if first >= end:  # the 29th of February alone
        end = first + timedelta(days=1)
    if span.kind == "day":
        end = first + timedelta(days=1)
    return _span(span, first, end)


def beside(span: Span, earlier: Span, now_us: int) -> Beside:
    """The part of an earlier span that is to be compared: all of it, or where the span is running
    up to the same day and time by the clocks."""
    whole = earlier.whole
    if span.whole.end_us <= now_us:
        return Beside(earlier, whole, is_part=False)
    end_us = min(max(_same_moment_us(span, earlier, now_us), whole.start_us), whole.end_us)
    return Beside(earlier, Period(whole.start_us, end_us), is_part=True)


def navigation(span: Span, begins_us: int | None, now_us: int) -> Navigation:
    """Where one can go: not into the future, nor to before the records begin."""
    earlier, later = before(span), after(span)
    has_earlier = begins_us is not None and begins_us < span.whole.start_us
    return Navigation(
        previous=earlier.label if earlier is not None and has_earlier else None,
        next=later.label if later is not None and later.whole.start_us < now_us else None,
        up=_up(span, begins_us, now_us),
    )


def all_years(begins_us: int | None, zone: ZoneInfo, now_us: int) -> list[Span]:
    """Each calendar year from the first record to now."""
    last = _day(now_us, zone).year
    first = last if begins_us is None else min(last, _day(begins_us, zone).year)
    years = range(max(first, FIRST_YEAR), min(last, LAST_YEAR - 1) + 1)
    return [Span("year", date(year, 1, 1), date(year + 1, 1, 1), zone) for year in years]


def percent(value: float, reference: float) -> float | None:
    """By how much a value is above its reference; None where that is nothing."""
    return round(100.0 * (value - reference) / abs(reference), 2) if reference else None


def _up(span: Span, begins_us: int | None, now_us: int) -> str | None:
    """The month of a day, the year of a month, all years of a year."""
    last = span.end - timedelta(days=1)
    if span.kind == "day" or (span.kind == "range" and _month(span.first) == _month(last)):
        return f"{span.first:%Y-%m}"
    if span.kind == "month" or (span.kind == "range" and span.first.year == last.year):
        return f"{span.first:%Y}"
    if span.kind == "range":
        return None
    years = all_years(begins_us, span.zone, now_us)
    return f"{years[0].first}..{years[-1].end}" if len(years) > 1 else None


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _same_moment_us(span: Span, earlier: Span, now_us: int) -> int:
    """The moment of the earlier span at which the clocks show what they show now."""
    now = datetime.fromtimestamp(now_us / US_PER_S, span.zone)
    if span.kind == "year":
        day = _years_before(now.date(), span.first.year - earlier.first.year)
    else:
        day = earlier.first + (now.date() - span.first)
    if day >= earlier.end:  # the 30th of March, compared with February
        return earlier.whole.end_us
    wall = datetime.combine(day, now.time(), span.zone)
    return round((wall - EPOCH).total_seconds()) * US_PER_S


def _day(time_us: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(time_us / US_PER_S, zone).date()


def _years_before(day: date, years: int = 1) -> date:
    """The same day of an earlier year; the 28th for the 29th of February."""
    year = min(max(day.year - years, 1), LAST_YEAR + 1)
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def _moved(day: date, by: timedelta) -> date:
    try:
        return day + by
    except OverflowError:
        return date.min if by < timedelta(0) else date.max


def _span(like: Span, first: date, end: date) -> Span | None:
    """None where that is outside of the years that spans can have."""
    if first.year < FIRST_YEAR or end.year > LAST_YEAR or first >= end:
        return None
    return Span(like.kind, first, end, like.zone)
