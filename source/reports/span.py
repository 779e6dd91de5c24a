"""Any span of calendar days that somebody asks for, and the parts that it is shown in (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from source.model import QUARTER_US, US_PER_S, Period
from source.period import QUARTERS_PER_HOUR, clock_spans, midnight_us

SpanKind: TypeAlias = Literal["day", "month", "year", "range"]
Step: TypeAlias = Literal["hour", "day", "month", "year"]
ALLOWED = (
    'must be a day such as "2026-10-31", a month such as "2026-10", a year such as "2026", "today",'
    ' "yesterday", "this-month", "last-month", "this-year", "last-year", or two days of which the'
    ' second is not included: "2026-10-01..2026-10-15"'
)
THIS_MONTH = "this-month"
FIRST_YEAR, LAST_YEAR = 1970, 9998
BY_HOUR_DAYS, BY_DAY_DAYS, BY_MONTH_DAYS = 2, 92, 5 * 366
"""Up to so many days are shown hour by hour, day by day, month by month; longer ones by years."""
DAY = timedelta(days=1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """An hour, a day, a month or a year of a span."""

    begin: datetime
    """What the clocks show as it begins."""
    period: Period


@dataclass(frozen=True, slots=True)
class Span:
    """Whole calendar days, midnight to midnight."""

    kind: SpanKind
    first: date
    end: date
    """The first day that is not included."""
    zone: ZoneInfo

    @property
    def label(self) -> str:
        """As it is written on the command line and in file names."""
        if self.kind == "range":
            return f"{self.first}..{self.end}"
        return str(self.first)[: {"day": 10, "month": 7, "year": 4}[self.kind]]

    @property
    def whole(self) -> Period:
        """To its end, also where that is in the future."""
        return Period(midnight_us(self.first, self.zone), midnight_us(self.end, self.zone))

    @property
    def step(self) -> Step:
        """What its parts are."""
        days = (self.end - self.first).days
        if days <= BY_HOUR_DAYS:
            return "hour"
        if days <= BY_DAY_DAYS:
            return "day"
        return "month" if days <= BY_MONTH_DAYS else "year"

    def parts(self, until_us: int) -> list[Part]:
        """In order of time, without a gap; those that have not begun at ``until_us`` left out."""
        whole = self.whole
        end_us = min(whole.end_us, until_us)
        hourly = self.step == "hour"
        begins = [*(_hours(whole, self.zone) if hourly else self._days()), whole.end_us]
        return [
            Part(self._clock(begin_us), Period(begin_us, min(next_us, end_us)))
            for begin_us, next_us in pairwise(begins)
            if begin_us < min(next_us, end_us)
        ]

    def _days(self) -> Iterator[int]:
        """The midnights at which parts of a day or more begin."""
        day = self.first
        while day < self.end:
            yield midnight_us(day, self.zone)
            day = _next(day, self.step)

    def _clock(self, time_us: int) -> datetime:
        return datetime.fromtimestamp(time_us / US_PER_S, self.zone).replace(tzinfo=None)


def _hours(whole: Period, zone: ZoneInfo) -> Iterator[int]:
    """Where the clocks show a full hour; the hour that autumn repeats is there twice."""
    yield whole.start_us
    first, end = whole.start_us // QUARTER_US, whole.end_us // QUARTER_US
    for span in clock_spans(zone, first, end):
        for quarter in range(span.first_quarter, span.end_quarter):
            time_us = quarter * QUARTER_US
            if span.wall_quarter(quarter) % QUARTERS_PER_HOUR == 0 and time_us > whole.start_us:
                yield time_us


def _next(day: date, step: Step) -> date:
    if step == "day":
        return day + DAY
    if step == "month":
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date(day.year + 1, 1, 1)


def span_named(text: str, zone: ZoneInfo, now_us: int) -> Span:
    """The span that ``text`` names. Raises ValueError with what is allowed."""
    try:
        return _named(text.strip(), zone, now_us)
    except ValueError as err:
        told = str(err)  # of a date that there is not, such as 30 February, the library's words
        raise ValueError(told if told.startswith("must") else f"{ALLOWED} ({told})") from err


def _named(text: str, zone: ZoneInfo, now_us: int) -> Span:
    text = _dated(text, datetime.fromtimestamp(now_us / US_PER_S, zone).date())
    if _YEAR.fullmatch(text):
        return Span("year", _date(f"{text}-01-01"), date(int(text) + 1, 1, 1), zone)
    if _MONTH.fullmatch(text):
        first = _date(f"{text}-01")
        return Span("month", first, _next(first, "month"), zone)
    if _DAY.fullmatch(text):
        return Span("day", _date(text), _date(text) + DAY, zone)
    return _range(text, zone)


def _dated(text: str, today: date) -> str:
    """The day, month or year that a word means; any other text as it is."""
    month = today.replace(day=1)
    days = {
        "today": f"{today}",
        "yesterday": f"{today - DAY}",
        THIS_MONTH: f"{month:%Y-%m}",
        "last-month": f"{month - DAY:%Y-%m}",
        "this-year": f"{today:%Y}",
        "last-year": f"{today.year - 1:04}",
    }
    return days.get(text, text)


def _range(text: str, zone: ZoneInfo) -> Span:
    start, dots, end = text.partition("..")
    if not (dots and _DAY.fullmatch(start) and _DAY.fullmatch(end)):
        raise ValueError(ALLOWED)
    first, last = _date(start), _date(end)
    if first >= last:
        raise ValueError(f"must end after it begins: {end} is not after {start}")
    return Span("range", first, last, zone)


def _date(text: str) -> date:
    day = date.fromisoformat(text)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return day
