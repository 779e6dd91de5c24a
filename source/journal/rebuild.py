"""What follows from the raw points, computed again: the load profile and the meters' states."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from source.journal.codec import ESTIMATED, HAS_VALID, SUCCESS, SWITCHED_ON, VALID
from source.journal.intervals import LOAD_COLUMNS, LoadRow, Profile, quarter_of, shares
from source.journal.sequence import HOLES
from source.model import QUARTER_US, US_PER_S, FieldValue, Point

USUAL_INTERVAL_US = 10 * US_PER_S
_FIELDS = ("power", "energy_wh", "energy_returned_wh", "energy_set_aside_wh")
_POINTS = f"SELECT time_us, span_us, flags, {', '.join(_FIELDS)} FROM point"  # noqa: S608 (constants)
_INSIDE = f"{_POINTS} WHERE device_id = ? AND time_us > ? AND time_us <= ? ORDER BY time_us"
_NEXT_WITH_ENERGY = (
    f"{_POINTS} WHERE device_id = ? AND time_us > ? AND energy_wh IS NOT NULL"
    f" AND flags & {SUCCESS} ORDER BY time_us LIMIT 1"
)
_LAST_GOOD = f"""
    SELECT time_us FROM point WHERE device_id = ? AND time_us <= ? AND flags & {SUCCESS}
    ORDER BY time_us DESC LIMIT 1
"""  # noqa: S608 (constants)
_WITHOUT_LOAD = f"""
    SELECT DISTINCT device_id, (time_us - 1) / {QUARTER_US} AS quarter FROM point
    WHERE NOT EXISTS (SELECT 1 FROM interval WHERE interval.device_id = point.device_id
        AND interval.quarter = (point.time_us - 1) / {QUARTER_US})
"""  # noqa: S608 (constants)
_ACROSS_EDGES = f"""
    SELECT device_id, time_us, span_us FROM point
    WHERE energy_wh IS NOT NULL
        AND (time_us - span_us) / {QUARTER_US} < (time_us - 1) / {QUARTER_US}
"""  # noqa: S608 (constants)
_NEAREST_INTERVAL = """
    SELECT interval_us FROM interval WHERE device_id = ? AND interval_us > 0
    ORDER BY abs(quarter - ?) LIMIT 1
"""
_USUAL_SPAN = """
    SELECT span_us FROM point WHERE device_id = ? AND time_us > ? AND time_us <= ? AND span_us > 0
    ORDER BY span_us LIMIT 1 OFFSET (SELECT count(*) / 2 FROM point
        WHERE device_id = ? AND time_us > ? AND time_us <= ? AND span_us > 0)
"""
REPLACE_LOAD = (
    f"INSERT OR REPLACE INTO interval ({', '.join(LOAD_COLUMNS)})"  # noqa: S608 (constants)
    f" VALUES ({', '.join('?' * len(LOAD_COLUMNS))})"
)
_GOOD = f"""
    FROM point WHERE flags & {SUCCESS} AND flags & {HAS_VALID | VALID} != {HAS_VALID}
        AND (energy_wh IS NOT NULL OR counter_wh IS NOT NULL)
"""
# The last one that came; where the clock was put back, another one has the latest time.
_NEWEST_GOOD = f"""
    SELECT device_id, max(seq), time_us, power, counter_wh, counter_returned_wh {_GOOD}
    GROUP BY device_id ORDER BY device_id
"""
_LATEST_GOOD = f"SELECT max(time_us) {_GOOD} AND device_id = ?"
_PUT_STATE = (
    "INSERT OR REPLACE INTO checkpoint (device_id, time_us, power_w, counter_wh,"
    " counter_returned_wh, uptime_s, phases, mac, address) VALUES (?, ?, ?, ?, ?, NULL, '{}', ?, ?)"
)


def load_of(db: sqlite3.Connection, device_id: int, quarter: int) -> LoadRow | None:
    """The row of one quarter hour, from the points in it and the one whose energy reaches into it.

    None where there are none.
    """
    start_us, end_us = quarter * QUARTER_US, (quarter + 1) * QUARTER_US
    rows = db.execute(_INSIDE, (device_id, start_us, end_us)).fetchall()
    rows += db.execute(_NEXT_WITH_ENERGY, (device_id, end_us)).fetchall()
    interval_us = _interval_us(db, device_id, quarter)
    last_good = db.execute(_LAST_GOOD, (device_id, start_us)).fetchone()
    profile = Profile()
    for point in _points(rows, interval_us, None if last_good is None else last_good[0]):
        profile.add(device_id, point)
    return next((row for row in profile.rows() if row[1] == quarter), None)


def add_missing_loads(db: sqlite3.Connection) -> int:
    """Compute the quarter hours that have points and no row; gives how many."""
    lost = {(device_id, quarter) for device_id, quarter in db.execute(_WITHOUT_LOAD)}
    lost |= {key for key in _touched(db) if not _has_load(db, *key)}
    made = [row for row in (load_of(db, *key) for key in sorted(lost)) if row is not None]
    db.executemany(REPLACE_LOAD, made)
    return len(made)


def mend_states(db: sqlite3.Connection) -> int:
    """Make each meter's state that of the newest good point where it is lost or can't be right;
    gives how many.

    It can't be older than that point: its energy would be counted again. Where it is newer and all
    that came in between is lost, the older counter brings that energy back with the next poll.
    """
    mended = 0
    for device_id, _, *newest in db.execute(_NEWEST_GOOD).fetchall():
        noted = db.execute(
            "SELECT time_us, mac, address FROM checkpoint WHERE device_id = ?", (device_id,)
        ).fetchone()
        if noted is not None and _is_right(db, device_id, noted[0], newest[0]):
            continue
        mac, address = (None, None) if noted is None else noted[1:]
        db.execute(_PUT_STATE, (device_id, *newest, mac, address))
        mended += 1
    return mended


def _is_right(db: sqlite3.Connection, device_id: int, noted_us: int, newest_us: int) -> bool:
    if noted_us <= newest_us:
        return noted_us == newest_us
    # Of two journals in one, the other one's points came last and may be older.
    latest_us = db.execute(_LATEST_GOOD, (device_id,)).fetchone()[0]
    return noted_us == latest_us or _has_load(db, device_id, quarter_of(noted_us))


def _touched(db: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """Each quarter hour into which a point after its end brings energy."""
    for device_id, time_us, span_us in db.execute(_ACROSS_EDGES):
        for quarter, _ in shares(time_us - span_us, time_us):
            yield device_id, quarter


def note_holes(db: sqlite3.Connection) -> None:
    """Tell who counts points by their numbers where some are missing."""
    first, last, count = db.execute("SELECT min(seq), max(seq), count(*) FROM point").fetchone()
    if first is not None and last - first + 1 > count:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, 1)", (HOLES,))


def _has_load(db: sqlite3.Connection, device_id: int, quarter: int) -> bool:
    return (
        db.execute(
            "SELECT 1 FROM interval WHERE device_id = ? AND quarter = ?", (device_id, quarter)
        ).fetchone()
        is not None
    )


def _interval_us(db: sqlite3.Connection, device_id: int, quarter: int) -> int:
    """The poll interval of that time: no point knows it, its neighbours do."""
    found = db.execute(_NEAREST_INTERVAL, (device_id, quarter)).fetchone()
    if found is None:
        start_us, end_us = quarter * QUARTER_US, (quarter + 1) * QUARTER_US
        found = db.execute(_USUAL_SPAN, (device_id, start_us, end_us) * 2).fetchone()
    return USUAL_INTERVAL_US if found is None else int(found[0])


def _points(
    rows: Iterable[tuple[Any, ...]], interval_us: int, last_good_us: int | None
) -> Iterator[Point]:
    """The points of rows in order of time; the gap before each is the time since the good one."""
    for time_us, span_us, flags, *values in rows:
        present = zip(_FIELDS, values, strict=True)
        fields: dict[str, FieldValue] = {
            name: float(value) for name, value in present if value is not None
        }
        fields["fetch_success"] = bool(flags & SUCCESS)
        gap_us = 0 if last_good_us is None else max(0, time_us - last_good_us)
        if flags & SUCCESS:
            last_good_us = time_us
        yield Point(
            "",
            time_us,
            fields,
            span_us,
            interval_us,
            bool(flags & ESTIMATED),
            gap_us,
            bool(flags & SWITCHED_ON),
        )
