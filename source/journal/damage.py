"""By which errors a damaged file shows itself."""

from __future__ import annotations

import sqlite3

_LACKS = ("no such table", "no such column", "malformed")


def is_damage(err: BaseException) -> bool:
    """Whether SQLite says by this error that the file is damaged, or is no database."""
    if isinstance(err, sqlite3.IntegrityError):
        # Numbers and names are given by the journal itself: one is there twice in a damaged index.
        return "UNIQUE constraint failed" in str(err)
    if isinstance(err, sqlite3.OperationalError):
        return any(text in str(err) for text in _LACKS)
    # This very class: its subclasses tell of the disk, of locks, of rights and of single values.
    # (Which is SQLite's code for it, Python tells from 3.11 on.)
    return type(err) is sqlite3.DatabaseError
