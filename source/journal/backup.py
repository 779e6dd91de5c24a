"""A copy of the journal in one file, made while the daemon writes, by SQLite's online backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from source.errors import JournalError
from source.journal.opening import flaws_of
from source.journal.places import begin_part, drop_parts, remove_beside, sync
from source.journal.rescue import sign
from source.journal.schema import BUSY_TIMEOUT_S

PAGES_AT_ONCE = 5_000
"""Between two steps Ctrl-C is heard."""
NO_LIMIT_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Copied:
    """What a file that is a whole journal holds."""

    path: Path
    points: int
    newest_us: int | None
    """When its newest point was measured; None where it has none."""
    size_bytes: int


def backup(journal: Path, target: Path) -> Copied:
    """Copy the journal as of one commit to a file that was verified and is on the disk.

    It stands there whole or not at all, and replaces one of that name. Raises JournalError.
    """
    if target.exists() and journal.exists() and target.samefile(journal):
        raise JournalError(f"{target}: is the journal itself; a backup needs a file of its own")
    if not target.parent.is_dir():
        raise JournalError(f"{target}: can't be written: there is no such folder")
    try:
        part = begin_part(target)
        try:
            copy(journal, part)
            copied = contents(part)
            sync(part)
            remove_beside(target)  # the log of an older file would be applied to this one
            part.replace(target)
        finally:
            drop_parts(target)
        sync(target.parent)
    except OSError as err:
        raise JournalError(f"{target}: can't be written: {err.strerror or err}") from err
    return Copied(target, copied.points, copied.newest_us, copied.size_bytes)


def contents(path: Path) -> Copied:
    """What is in a file, looked through to its end.

    Raises JournalError where it is no whole journal, or one of a newer version.
    """
    try:
        with closing(read_only(path)) as db:
            flaws = flaws_of(db, path, NO_LIMIT_S)
            if flaws:
                raise JournalError(f"{path}: is no whole journal: {flaws}")
            if not db.execute("PRAGMA user_version").fetchone()[0]:
                raise JournalError(f"{path}: is no journal, there is nothing in it")
            points, newest_us = db.execute("SELECT count(*), max(time_us) FROM point").fetchone()
    except sqlite3.Error as err:
        raise JournalError(f"{path}: is no whole journal: {err}") from err
    return Copied(path, points, newest_us, path.stat().st_size)


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that only reads. Raises sqlite3.Error."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)


def copy(journal: Path, target: Path) -> None:
    """Make a new file with what a journal and its log hold, as of one commit.

    Raises JournalError.
    """
    try:
        with closing(read_only(journal)) as source, closing(sqlite3.connect(target)) as new:
            source.execute("BEGIN")
            # From here on one state is read: else each commit would let the copy begin anew.
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            source.backup(new, pages=PAGES_AT_ONCE, sleep=0.0)
            new.isolation_level = None
            new.execute("PRAGMA journal_mode = DELETE")  # one file, without a log
            sign(new)
    except sqlite3.Error as err:
        raise JournalError(f"{journal}: can't be copied: {err}") from err
