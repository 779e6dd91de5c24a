"""How much of each quarter hour is known, measured or estimated."""

from __future__ import annotations

import sqlite3

from source.journal.intervals import ESTIMATED, MEASURED
from source.model import QUARTER_US

_KNOWN = f"""
    SELECT quarter, min({QUARTER_US}, {MEASURED} + {ESTIMATED}) FROM interval
    WHERE device_id = ? AND quarter >= ? AND quarter < ?
"""  # noqa: S608 (constants)


def known_us(
    db: sqlite3.Connection, device_id: int, first_quarter: int, end_quarter: int
) -> dict[int, int]:
    """The known time of the quarter hours ``first … end - 1``, in µs; those of which nothing is
    recorded are left out."""
    return dict(db.execute(_KNOWN, (device_id, first_quarter, end_quarter)).fetchall())
