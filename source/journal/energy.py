"""The energy of any span of time: whole quarter hours from the load profile, edges from points."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from operator import attrgetter
from typing import Any, TypeAlias

from source.journal.codec import ESTIMATED, SUCCESS, SWITCHED_ON
from source.journal.gaps import longest_gap_us
from source.journal.intervals import ESTIMATED as ESTIMATED_US
from source.journal.intervals import MEASURED as MEASURED_US
from source.journal.intervals import both_ways, quarter_of
from source.model import QUARTER_US, LoadProfile, Period, Totals

# Where the clock was put back, a quarter hour was measured twice: more than all of it never counts.
# Most columns are 0 in most rows: to leave those out takes a quarter less time.
_WHOLE = f"""
    SELECT total(energy_wh), total(returned_wh) FILTER (WHERE returned_wh),
        total(estimated_wh) FILTER (WHERE estimated_wh), ifnull(sum(good_polls), 0),
        ifnull(sum(failed_polls) FILTER (WHERE failed_polls), 0),
        (? - count(*)) * CAST({QUARTER_US} AS REAL) / ? + total({QUARTER_US}.0 / interval_us),
        ifnull(sum(unmetered_polls) FILTER (WHERE unmetered_polls), 0), 0,
        ifnull(sum(min({MEASURED_US}, {QUARTER_US})), 0),
        ifnull(sum(min({ESTIMATED_US}, {QUARTER_US} - min({MEASURED_US}, {QUARTER_US})))
            FILTER (WHERE estimated_us IS NOT 0), 0),
        total(set_aside_wh) FILTER (WHERE set_aside_wh),
        ifnull(sum(switch_ons) FILTER (WHERE switch_ons), 0)
    FROM interval WHERE device_id = ? AND quarter >= ? AND quarter < ?
"""  # noqa: S608 (constants)
_PART = """
    SELECT time_us, span_us, flags, energy_wh, energy_returned_wh, energy_set_aside_wh FROM point
    WHERE device_id = ? AND time_us > ? AND time_us <= ?
"""
_FIRST_WITH_ENERGY = f"{_PART} AND energy_wh IS NOT NULL ORDER BY time_us LIMIT 1"
_NEXT_GOOD_QUARTER = """
    SELECT quarter FROM interval WHERE device_id = ? AND quarter > ?
        AND good_polls > unmetered_polls
    ORDER BY quarter LIMIT 1
"""
_FILLED = """
    SELECT count(*), ifnull(max(returned_wh), 0.0) FROM interval
    WHERE device_id = ? AND quarter >= ? AND quarter < ?
"""
# In the order of the table's key.
_ENERGIES = """
    SELECT energy_wh FROM interval WHERE device_id = ? AND quarter >= ? AND quarter < ?
    ORDER BY quarter
"""
_ROWS = """
    SELECT quarter, energy_wh, returned_wh FROM interval
    WHERE device_id = ? AND quarter >= ? AND quarter < ?
"""
_MINIMA = """
    SELECT power_min_w FROM interval
    WHERE device_id = ? AND quarter >= ? AND quarter < ? AND power_min_w IS NOT NULL
    ORDER BY quarter
"""
_NEWEST = "SELECT max(time_us) FROM point WHERE device_id = ?"
_FOR_EVER_US = 2**63 - 1
_Row: TypeAlias = tuple[Any, ...]
_values = attrgetter(*(field.name for field in fields(Totals)))


def totals(db: sqlite3.Connection, device_id: int, period: Period, interval_us: int) -> Totals:
    """Energy, polls and how sure they are in ``(start, end]``.

    ``interval_us`` is the poll interval to be expected where nothing was recorded at all.
    """
    gap_us = longest_gap_us(db, device_id, period)
    return replace(sums(db, device_id, period, interval_us), longest_gap_us=gap_us)


def sums(db: sqlite3.Connection, device_id: int, period: Period, interval_us: int) -> Totals:
    """The same without the longest gap, for which points have to be read."""
    parts = [
        _edge(db, device_id, part, interval_us)
        if part.end_us - part.start_us < QUARTER_US
        else _whole(db, device_id, part, interval_us)
        for part in _parts(period)
    ]
    values = map(sum, zip(*map(_values, parts), strict=True))
    return replace(Totals(*values), span_us=period.end_us - period.start_us)


def load_profile(db: sqlite3.Connection, device_id: int, period: Period) -> LoadProfile:
    """The energy of each quarter hour that the period touches, the edges as far as they are in it.

    A quarter hour of which nothing is recorded has 0.
    """
    taken, returned = array("d"), array("d")
    for part in _parts(period):
        if part.end_us - part.start_us < QUARTER_US:
            edge = _edge(db, device_id, part, QUARTER_US)
            taken.append(edge.energy_wh)
            returned.append(edge.returned_wh)
        else:
            whole = _rows(db, device_id, part.start_us // QUARTER_US, part.end_us // QUARTER_US)
            taken.extend(whole[0])
            returned.extend(whole[1])
    return LoadProfile(period.start_us // QUARTER_US, taken, returned)


def power_minima(db: sqlite3.Connection, device_id: int, period: Period) -> list[float]:
    """The lowest power of each whole quarter hour that has one, in W and in order of time."""
    first, end = -(-period.start_us // QUARTER_US), period.end_us // QUARTER_US
    rows = db.execute(_MINIMA, (device_id, first, end)).fetchall()
    return [float(power_w) for (power_w,) in rows]


def _parts(period: Period) -> list[Period]:
    """The whole quarter hours as one, and what is before and behind them."""
    first_us = -(-period.start_us // QUARTER_US) * QUARTER_US
    last_us = period.end_us // QUARTER_US * QUARTER_US
    if first_us > last_us:
        return [period]
    edges = (period.start_us, first_us, last_us, period.end_us)
    return [Period(*ends) for ends in pairwise(edges) if ends[0] < ends[1]]


def _rows(
    db: sqlite3.Connection, device_id: int, first: int, end: int
) -> tuple[Sequence[float], Sequence[float]]:
    """Energy taken and returned in the quarter hours ``first … end - 1``."""
    span = (device_id, first, end)
    count, most_returned_wh = db.execute(_FILLED, span).fetchone()
    nothing = array("d", bytes(8 * (end - first)))
    if count == end - first and most_returned_wh == 0.0:  # none is missing, as nearly always
        return _column(db.execute(_ENERGIES, span)), nothing
    taken, returned = nothing[:], nothing
    for quarter, energy_wh, returned_wh in db.execute(_ROWS, span).fetchall():
        taken[quarter - first], returned[quarter - first] = energy_wh, returned_wh
    return taken, returned


def _column(rows: sqlite3.Cursor) -> Sequence[float]:
    """The values of a query that has one column, without a tuple around each."""
    rows.row_factory = _first
    return array("d", rows.fetchall())


def _first(_: sqlite3.Cursor, row: tuple[float]) -> float:
    return row[0]


def _whole(db: sqlite3.Connection, device_id: int, part: Period, interval_us: int) -> Totals:
    """Whole quarter hours."""
    first, end = part.start_us // QUARTER_US, part.end_us // QUARTER_US
    row = db.execute(_WHOLE, (end - first, interval_us, device_id, first, end)).fetchone()
    return Totals(*row)


def _edge(db: sqlite3.Connection, device_id: int, part: Period, interval_us: int) -> Totals:
    """A part of one quarter hour.

    Up to the newest point, its beginning is all there is of it.
    """
    if part.start_us % QUARTER_US == 0:
        newest_us = db.execute(_NEWEST, (device_id,)).fetchone()[0]
        if newest_us is not None and newest_us <= part.end_us:
            whole = _quarter(db, device_id, part, interval_us)
            return _limited(replace(whole, expected_polls=_expected(part, interval_us)), part)
    return _limited(_part(db, device_id, part, interval_us), part)


def _quarter(db: sqlite3.Connection, device_id: int, part: Period, interval_us: int) -> Totals:
    """All of the quarter hour that a part is of."""
    start_us = part.start_us // QUARTER_US * QUARTER_US
    return _whole(db, device_id, Period(start_us, start_us + QUARTER_US), interval_us)


def _limited(totals: Totals, part: Period) -> Totals:
    """No more time measured and estimated than there is."""
    length_us = part.end_us - part.start_us
    measured_us = min(totals.measured_us, length_us)
    estimated_us = min(totals.estimated_us, length_us - measured_us)
    return replace(totals, measured_us=measured_us, estimated_us=estimated_us)


def _part(db: sqlite3.Connection, device_id: int, part: Period, interval_us: int) -> Totals:
    """A part of one quarter hour, from the raw points that overlap it."""
    if not _has_raw_points(db, device_id, quarter_of(part.end_us)):
        return _share_of_quarter(db, device_id, part, interval_us)
    rows = db.execute(_PART, (device_id, part.start_us, part.end_us)).fetchall()
    good = sum(bool(flags & SUCCESS) for _, _, flags, *_ in rows)
    metered = [row for row in rows if row[3] is not None]
    return replace(
        _overlapping(metered + _across_end(db, device_id, part.end_us), part),
        good_polls=good,
        failed_polls=len(rows) - good,
        expected_polls=_expected(part, interval_us),
        unmetered_polls=good - len(metered),
        set_aside_wh=sum(row[5] or 0.0 for row in rows),
        switch_ons=sum(bool(row[2] & SWITCHED_ON) for row in rows),
    )


def _overlapping(metered: Iterable[_Row], part: Period) -> Totals:
    """The energy of points in a part, and the time that they cover of it."""
    energy_wh = returned_wh = estimated_wh = 0.0
    measured_us = estimated_us = 0
    for time_us, span_us, flags, net_wh, both_wh, _ in metered:
        span = Period(time_us - span_us, time_us)
        covered_us = max(0, min(span.end_us, part.end_us) - max(span.start_us, part.start_us))
        share = _overlap(span, part)
        taken, returned = (share * wh for wh in both_ways(net_wh, both_wh))
        energy_wh += taken
        returned_wh += returned
        if flags & ESTIMATED:
            estimated_wh += taken + returned
            estimated_us += covered_us
        else:
            measured_us += covered_us
    return Totals(
        energy_wh, returned_wh, estimated_wh, measured_us=measured_us, estimated_us=estimated_us
    )


def _across_end(db: sqlite3.Connection, device_id: int, end_us: int) -> list[_Row]:
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
    whole = _quarter(db, device_id, part, interval_us)
    share = (part.end_us - part.start_us) / QUARTER_US
    return Totals(
        energy_wh=whole.energy_wh * share,
        returned_wh=whole.returned_wh * share,
        estimated_wh=(whole.energy_wh + whole.returned_wh) * share,
        good_polls=round(whole.good_polls * share),
        failed_polls=round(whole.failed_polls * share),
        expected_polls=_expected(part, interval_us),
        unmetered_polls=round(whole.unmetered_polls * share),
        estimated_us=round((whole.measured_us + whole.estimated_us) * share),
        set_aside_wh=whole.set_aside_wh * share,
        switch_ons=round(whole.switch_ons * share),
    )


def _expected(part: Period, interval_us: int) -> float:
    return (part.end_us - part.start_us) / interval_us


def _overlap(span: Period, part: Period) -> float:
    """The share of a span that lies in a part; an instant lies in it whole or not at all."""
    if span.end_us <= span.start_us:
        return 1.0 if part.start_us < span.end_us <= part.end_us else 0.0
    common = min(span.end_us, part.end_us) - max(span.start_us, part.start_us)
    return max(0, common) / (span.end_us - span.start_us)
