"""The energy of any span of time: whole quarter hours from the load profile, edges from points."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from source.journal.codec import ESTIMATED, SUCCESS
from source.journal.intervals import quarter_of
from source.model import QUARTER_US, Period, Totals

_WHOLE = """
    SELECT count(*), ifnull(sum(energy_wh), 0.0), ifnull(sum(returned_wh), 0.0),
        ifnull(sum(estimated_wh), 0.0), ifnull(sum(good_polls), 0), ifnull(sum(failed_polls), 0),
        ifnull(sum(CAST(? AS REAL) / nullif(interval_us, 0)), 0.0),
        ifnull(sum(unmetered_polls), 0)
    FROM interval WHERE device_id = ? AND quarter >= ? AND quarter < ?
"""
_PART = """
    SELECT time_us, span_us, flags, energy_wh FROM point
    WHERE device_id = ? AND time_us > ? AND time_us <= ?
"""
_FIRST_WITH_ENERGY = """
    SELECT time_us, span_us, flags, energy_wh FROM point
    WHERE device_id = ? AND time_us > ? AND time_us <= ? AND energy_wh IS NOT NULL
    ORDER BY time_us LIMIT 1
"""
_NEXT_GOOD_QUARTER = """
    SELECT quarter FROM interval WHERE device_id = ? AND quarter > ?
        AND good_polls > unmetered_polls
    ORDER BY quarter LIMIT 1
"""
_FOR_EVER_US = 2**63 - 1


def totals(db: sqlite3.Connection, device_id: int, period: Period, interval_us: int) -> Totals:
    """Energy and polls in ``(start, end]``.

    ``interval_us`` is the poll interval to be expected where nothing was recorded at all.
    """
    first = -(-period.start_us // QUARTER_US)
    last = period.end_us // QUARTER_US
    if first > last:
        return _part(db, device_id, period, interval_us)
    total = _whole(db, device_id, first, last, interval_us)
    if period.start_us < first * QUARTER_US:
        head = Period(period.start_us, first * QUARTER_US)
        total = _sum(total, _part(db, device_id, head, interval_us))
    if period.end_us > last * QUARTER_US:
        tail = Period(last * QUARTER_US, period.end_us)
        total = _sum(total, _tail(db, device_id, tail, interval_us))
    return total


def _whole(
    db: sqlite3.Connection, device_id: int, first: int, last: int, interval_us: int
) -> Totals:
    """The quarter hours ``first … last - 1``."""
    row = db.execute(_WHOLE, (QUARTER_US, device_id, first, last)).fetchone()
    count, energy, returned, estimated, good, failed, expected, unmetered = row
    expected += (last - first - count) * QUARTER_US / interval_us
    return Totals(energy, returned, estimated, good, failed, expected, unmetered)


def _tail(db: sqlite3.Connection, device_id: int, tail: Period, interval_us: int) -> Totals:
    """The beginning of a quarter hour. Up to the newest point that is all there is of it."""
    newest_us = db.execute(
        "SELECT max(time_us) FROM point WHERE device_id = ?", (device_id,)
    ).fetchone()[0]
    if newest_us is None or newest_us > tail.end_us:
        return _part(db, device_id, tail, interval_us)
    quarter = tail.start_us // QUARTER_US
    whole = _whole(db, device_id, quarter, quarter + 1, interval_us)
    return replace(whole, expected_polls=_expected(tail, interval_us))


def _part(db: sqlite3.Connection, device_id: int, part: Period, interval_us: int) -> Totals:
    """A part of one quarter hour, from the raw points that overlap it."""
    if not _has_raw_points(db, device_id, quarter_of(part.end_us)):
        return _share_of_quarter(db, device_id, part, interval_us)
    rows = db.execute(_PART, (device_id, part.start_us, part.end_us)).fetchall()
    good = sum(bool(flags & SUCCESS) for _, _, flags, _ in rows)
    metered = [row for row in rows if row[3] is not None]
    energy = returned = estimated = 0.0
    for time_us, span_us, flags, energy_wh in metered + _across_end(db, device_id, part.end_us):
        taken = _overlap(Period(time_us - span_us, time_us), part) * energy_wh
        energy += max(0.0, taken)
        returned += max(0.0, -taken)
        estimated += abs(taken) if flags & ESTIMATED else 0.0
    expected = _expected(part, interval_us)
    failed, unmetered = len(rows) - good, good - len(metered)
    return Totals(energy, returned, estimated, good, failed, expected, unmetered)


def _across_end(db: sqlite3.Connection, device_id: int, end_us: int) -> list[tuple[int, ...]]:
    """The first point after an instant that has energy: its span may begin before it.

    The load profile tells where to look: there may be months of failed polls in between.
    """
    quarter = quarter_of(end_us)
    quarter_end_us = (quarter + 1) * QUARTER_US
    near = db.execute(_FIRST_WITH_ENERGY, (device_id, end_us, quarter_end_us)).fetchall()
    if near:
        return near
    good_quarter = db.execute(_NEXT_GOOD_QUARTER, (device_id, quarter)).fetchone()
    if good_quarter is None:
        return []
    after_us = good_quarter[0] * QUARTER_US
    return db.execute(_FIRST_WITH_ENERGY, (device_id, after_us, _FOR_EVER_US)).fetchall()


def _has_raw_points(db: sqlite3.Connection, device_id: int, quarter: int) -> bool:
    """False where retention has deleted points of this quarter hour."""
    recorded = db.execute(
        "SELECT good_polls + failed_polls FROM interval WHERE device_id = ? AND quarter = ?",
        (device_id, quarter),
    ).fetchone()
    start_us = quarter * QUARTER_US
    kept = db.execute(
        "SELECT count(*) FROM point WHERE device_id = ? AND time_us > ? AND time_us <= ?",
        (device_id, start_us, start_us + QUARTER_US),
    ).fetchone()
    return recorded is None or kept[0] >= recorded[0]


def _share_of_quarter(
    db: sqlite3.Connection, device_id: int, part: Period, interval_us: int
) -> Totals:
    """Where the raw points are gone: the quarter hour's sums in proportion to time, estimated."""
    quarter = part.start_us // QUARTER_US
    whole = _whole(db, device_id, quarter, quarter + 1, interval_us)
    share = (part.end_us - part.start_us) / QUARTER_US
    return Totals(
        whole.energy_wh * share,
        whole.returned_wh * share,
        (whole.energy_wh + whole.returned_wh) * share,
        round(whole.good_polls * share),
        round(whole.failed_polls * share),
        _expected(part, interval_us),
        round(whole.unmetered_polls * share),
    )


def _expected(part: Period, interval_us: int) -> float:
    return (part.end_us - part.start_us) / interval_us


def _overlap(span: Period, part: Period) -> float:
    """The share of a span that lies in a part; an instant lies in it whole or not at all."""
    if span.end_us <= span.start_us:
        return 1.0 if part.start_us < span.end_us <= part.end_us else 0.0
    common = min(span.end_us, part.end_us) - max(span.start_us, part.start_us)
    return max(0, common) / (span.end_us - span.start_us)


def _sum(left: Totals, right: Totals) -> Totals:
    return Totals(
        left.energy_wh + right.energy_wh,
        left.returned_wh + right.returned_wh,
        left.estimated_wh + right.estimated_wh,
        left.good_polls + right.good_polls,
        left.failed_polls + right.failed_polls,
        left.expected_polls + right.expected_polls,
        left.unmetered_polls + right.unmetered_polls,
    )
