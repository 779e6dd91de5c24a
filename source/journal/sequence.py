"""The points' sequence numbers: which one comes next, and how many points lie behind one.

They never fall, and no number is used twice, but some may be missing: after a damaged journal was
rescued, or an older copy of it put in its place.
"""

from __future__ import annotations

import sqlite3

FLOOR = "last_given_seq"
"""Key in ``meta``: a number that was given, though its point may have been deleted."""
HOLES = "has_holes"
"""Key in ``meta``: 1 where numbers between the oldest point and the newest one may be missing."""


def floor_of(db: sqlite3.Connection) -> int:
    """The highest number that anything but a point knows.

    Of a rescued or restored journal the newest points may be missing. A new one with such a number
    would be taken for one that the sink has already.
    """
    row = db.execute(
        "SELECT max(ifnull((SELECT max(seq) FROM cursor), 0),"
        " ifnull((SELECT max(seq) FROM rejected), 0),"
        " ifnull((SELECT value FROM meta WHERE key = ?), 0))",
        (FLOOR,),
    ).fetchone()
    return int(row[0])


def newest(db: sqlite3.Connection) -> int:
    """The number of the newest point; 0 where there is none."""
    return int(db.execute("SELECT ifnull(max(seq), 0) FROM point").fetchone()[0])


def count_after(db: sqlite3.Connection, seq: int) -> int:
    """How many points have a higher number."""
    # Two questions: SQLite answers one for both ends by reading all that lies between.
    first = db.execute("SELECT min(seq) FROM point").fetchone()[0]
    last = newest(db)
    if first is None or last <= seq:
        return 0
    if has_holes(db):
        row = db.execute("SELECT count(*) FROM point WHERE seq > ?", (seq,)).fetchone()
        return int(row[0])
    return last - max(seq, int(first) - 1)


def has_holes(db: sqlite3.Connection) -> bool:
    """Whether numbers may be missing, so that points have to be counted one by one."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (HOLES,)).fetchone()
    return row is not None and row[0] != 0
