"""The longest time without a good reading in a period, from the quarter hours and the raw points.

Each quarter hour keeps the longest of the gaps that ended in it. Those that reach beyond an end of
the period are seen from the readings next to that end, which the raw points tell; where these are
deleted, it is the edge of their quarter hour, so that the gap is at most that much longer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from source.journal.codec import HAS_VALID, SUCCESS, VALID
from source.journal.intervals import quarter_of
from source.model import QUARTER_US, Period

_INSIDE = """
    SELECT ifnull(max(CASE WHEN gap_end_us <= ? AND gap_end_us - gap_us >= ? THEN gap_us END), 0),
        count(*) - count(measured_us)
    FROM interval WHERE device_id = ? AND quarter >= ? AND quarter < ?
"""
# Quarter hours that are older than the column: between them at least those without a reading.
_BETWEEN_QUARTERS = """
    SELECT max(quarter - before - 1) FROM (
        SELECT quarter, lag(quarter) OVER (ORDER BY quarter) AS before FROM interval
        WHERE device_id = ? AND quarter >= ? AND quarter < ? AND good_polls > 0)
"""
_FIRST_QUARTERS = """
    SELECT quarter, good_polls + failed_polls, gap_end_us - gap_us, gap_end_us FROM interval
    WHERE device_id = ? AND quarter >= ? AND quarter < ? AND good_polls > 0 ORDER BY quarter
"""
_LAST_QUARTERS = f"{_FIRST_QUARTERS} DESC"
_POINTS = f"""
    SELECT time_us, flags & {SUCCESS} AND flags & {HAS_VALID | VALID} != {HAS_VALID} FROM point
    WHERE device_id = ? AND time_us > ? AND time_us <= ? ORDER BY time_us
"""  # noqa: S608 (constants)


@dataclass(frozen=True, slots=True)
class _Readings:
    """The good readings of one quarter hour inside the period."""

    first_us: int
    last_us: int
    longest_us: int = 0
    """Between two of them, as far as it is known."""


def longest_gap_us(db: sqlite3.Connection, device_id: int, period: Period) -> int:
    """The longest time without a good reading as far as it lies in the period; all of the period
    where there is none in it."""
    span = (device_id, period.start_us // QUARTER_US, quarter_of(period.end_us) + 1)
    head = next(_readings(db, device_id, period, db.execute(_FIRST_QUARTERS, span)), None)
    if head is None:
        return period.end_us - period.start_us
    tails = _readings(db, device_id, period, db.execute(_LAST_QUARTERS, span))
    tail = next(tails, head)
    before = next(tails, tail)
    inside, older = db.execute(_INSIDE, (period.end_us, period.start_us, *span)).fetchone()
    gaps = [
        head.first_us - period.start_us,
        head.longest_us,
        int(inside),
        tail.first_us - before.last_us,
        tail.longest_us,
        period.end_us - tail.last_us,
    ]
    if older:
        quarters = db.execute(_BETWEEN_QUARTERS, span).fetchone()[0]
        gaps.append((quarters or 0) * QUARTER_US)
    return max(gaps)


def _readings(
    db: sqlite3.Connection, device_id: int, period: Period, quarters: sqlite3.Cursor
) -> Iterator[_Readings]:
    """Of each quarter hour that has some; of one whose points are deleted, what it keeps."""
    for quarter, polls, gap_start_us, gap_end_us in quarters:
        start_us, end_us = quarter * QUARTER_US, (quarter + 1) * QUARTER_US
        points = db.execute(_POINTS, (device_id, start_us, end_us)).fetchall()
        start_us, end_us = max(start_us, period.start_us), min(end_us, period.end_us)
        if len(points) < polls:
            ends_first = gap_start_us < period.start_us < gap_end_us <= end_us
            yield _Readings(gap_end_us if ends_first else start_us, end_us)
            continue
        times = [time_us for time_us, is_good in points if is_good and start_us < time_us <= end_us]
        if times:
            yield _Readings(times[0], times[-1], max(map(int.__sub__, times[1:], times), default=0))
