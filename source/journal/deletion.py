"""The statements by which old raw points go, and all that is known of a device."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from source.journal.codec import Row
from source.model import FIRST_YEAR_US, Period


def retain(db: sqlite3.Connection, kept: Period, sinks: Iterable[str], limit: int) -> int:
    """Delete up to ``limit`` raw points outside a period and in every sink; gives how many.

    Only the oldest rows in a row go; the newest row of all stays, it carries the sequence. A point
    after the period is one of a clock that was wrong: it holds nothing up. But where no point at
    all is too old, it is the clock of today that may be wrong.
    """
    if not _has_older(db, kept.start_us):
        return 0
    acknowledged = _acknowledged(db)
    cursors = [acknowledged.get(sink, 0) for sink in sinks]
    last = None
    for seq, time_us in _oldest(db, "seq, time_us", limit):
        if kept.start_us <= time_us <= kept.end_us or any(seq > cursor for cursor in cursors):
            break
        last = seq
    return _delete_until(db, last)


def drop(db: sqlite3.Connection, sinks: Iterable[str], limit: int) -> tuple[int, int]:
    """Delete the oldest points, up to ``limit``, whoever has them; gives how many, and how many of
    them some sink in use has not got. These are counted for each sink."""
    doomed = [seq for (seq,) in _oldest(db, "seq", limit)]
    acknowledged = _acknowledged(db)
    unsent = 0
    for sink in sinks:
        cursor = acknowledged.get(sink, 0)
        missed = sum(seq > cursor for seq in doomed)
        unsent = max(unsent, missed)
        if missed:
            db.execute(
                "INSERT INTO cursor (sink, seq, dropped_points) VALUES (?, 0, ?)"
                " ON CONFLICT (sink) DO UPDATE"
                " SET dropped_points = dropped_points + excluded.dropped_points",
                (sink, missed),
            )
    return _delete_until(db, doomed[-1] if doomed else None), unsent


def forget_points(db: sqlite3.Connection, device_id: int, limit: int) -> int:
    """Delete up to ``limit`` points of a device, the oldest first; gives how many.

    Also those that a sink has not got, and the newest of all: who calls has to see to the sequence.
    """
    return db.execute(
        "DELETE FROM point WHERE seq IN"
        " (SELECT seq FROM point WHERE device_id = ? ORDER BY time_us LIMIT ?)",
        (device_id, limit),
    ).rowcount


def forget_sums(db: sqlite3.Connection, device_id: int, limit: int) -> int:
    """Delete up to ``limit`` quarter hours of a device; gives how many."""
    return db.execute(
        "DELETE FROM interval WHERE device_id = ? AND quarter IN"
        " (SELECT quarter FROM interval WHERE device_id = ? ORDER BY quarter LIMIT ?)",
        (device_id, device_id, limit),
    ).rowcount


def forget_rest(db: sqlite3.Connection, device_id: int, name: str) -> None:
    """Delete the meter's state of a device, its runs, its results and its entries in the ledger.

    Its name keeps its number: who reads the journal meanwhile knows it by that.
    """
    for table in ("checkpoint", "report", "run", "run_scan"):
        db.execute(f"DELETE FROM {table} WHERE device_id = ?", (device_id,))  # noqa: S608 (constants)
    for table in ("result", "rejected"):
        db.execute(f"DELETE FROM {table} WHERE device = ?", (name,))  # noqa: S608 (constants)


def _has_older(db: sqlite3.Connection, time_us: int) -> bool:
    """Whether there is a point before this time, of a clock that was set."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM device WHERE EXISTS (SELECT 1 FROM point"
        " WHERE device_id = device.id AND time_us BETWEEN ? AND ?))",
        (FIRST_YEAR_US, time_us - 1),
    ).fetchone()
    return bool(row[0])


def _acknowledged(db: sqlite3.Connection) -> dict[str, int]:
    return dict(db.execute("SELECT sink, seq FROM cursor"))


def _oldest(db: sqlite3.Connection, columns: str, limit: int) -> list[Row]:
    return db.execute(
        f"SELECT {columns} FROM point WHERE seq < (SELECT max(seq) FROM point)"  # noqa: S608
        " ORDER BY seq LIMIT ?",
        (limit,),
    ).fetchall()


def _delete_until(db: sqlite3.Connection, last: int | None) -> int:
    if last is None:
        return 0
    return db.execute("DELETE FROM point WHERE seq <= ?", (last,)).rowcount
