"""Corrected results from another process, beside a running daemon.

The journal has one writer, the daemon; it holds the lock file. This adds rows to the one table
whose rows need no number that the daemon gives, or marks some of them as not exported, in one short
transaction that SQLite itself orders among the daemon's. So the lock is not taken, and the daemon
need not be stopped.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from io import BytesIO
from pathlib import Path

from source.errors import JournalError
from source.journal.keepings import (
    INSERT_RESULT,
    REOPEN_RESULT,
    key_of_result,
    row_of_result,
)
from source.journal.mode import is_busy
from source.journal.opening import has_other_numbers
from source.journal.schema import BUSY_TIMEOUT_S, VERSION, close_writer, unusable
from source.journal.wal import wal_in, wal_of
from source.model import Result

RETRY_S = 0.05
TRIES = 3
"""The daemon may put another file in the journal's place, where that was damaged."""


def add_results(path: Path, results: Sequence[Result]) -> None:
    """Add results to a journal that a daemon may be writing to; all of them, or none.

    Raises JournalError where there is no journal of this version, where it stays locked for ten
    seconds, and where one of the revisions is there already: somebody else has corrected the same.
    """
    _perform(path, INSERT_RESULT, [row_of_result(result) for result in results])


def reopen_results(path: Path, results: Sequence[Result]) -> None:
    """Mark results as not exported: their files lack them. Raises as ``add_results`` does."""
    _perform(path, REOPEN_RESULT, [key_of_result(result) for result in results])


def _perform(path: Path, statement: str, rows: Sequence[tuple[str | int, ...]]) -> None:
    for _ in range(TRIES):
        if _is_done(path, statement, rows):
            return
    raise JournalError(f"{path}: is being replaced; try again")


def _is_done(path: Path, statement: str, rows: Sequence[tuple[str | int, ...]]) -> bool:
    """Whether it is done in the file that is in the journal's place now."""
    try:
        before = _checked(path)
        try:
            _write(path, statement, rows)
        except sqlite3.OperationalError:
            # SQLite itself refuses to write to a file that was moved away.
            if _identity(path) == before:
                raise
        return _identity(path) == before
    except sqlite3.IntegrityError as err:
        raise JournalError(f"{path}: the same periods were corrected meanwhile: {err}") from err
    except (sqlite3.Error, OSError) as err:
        raise unusable(path, err) from err


def _write(path: Path, statement: str, rows: Sequence[tuple[str | int, ...]]) -> None:
    address = f"{path.absolute().as_uri()}?mode=rw"
    db = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        version = int(_patiently(db, "PRAGMA user_version").fetchone()[0])
        if version != VERSION:
            raise JournalError(f"{path}: its version is {version}, this program writes {VERSION}")
        db.execute("PRAGMA synchronous = FULL")
        _patiently(db, "BEGIN IMMEDIATE")
        db.executemany(statement, rows)
        _patiently(db, "COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        close_writer(db)


def _patiently(db: sqlite3.Connection, statement: str) -> sqlite3.Cursor:
    """SQLite does not wait for every lock itself: not for one that recovers the log."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            return db.execute(statement)
        except sqlite3.OperationalError as err:
            if not is_busy(err) or time.monotonic() > deadline:
                raise
        time.sleep(RETRY_S)


def _checked(path: Path) -> tuple[int, int]:
    """The file's identity. What only a start of the daemon can put in order is refused."""
    identity = _identity(path)
    # Looked at twice: a start of the daemon gives the file and its log another number.
    if path.stat().st_size == 0 or (_has_foreign_log(path) and _has_foreign_log(path)):
        raise JournalError(f"{path}: has to be put in order first, by a start of the program")
    return identity


def _has_foreign_log(path: Path) -> bool:
    """Whether the log is another file's, which would destroy this one.

    The file is not opened but by SQLite: to close it would end all locks of this process on it.
    """
    try:
        content = BytesIO(wal_of(path).read_bytes())  # a daemon may begin it anew at any time
    except FileNotFoundError:
        return False
    log = wal_in(content)
    if log is None:
        return False
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"  # without its log
    try:
        with closing(sqlite3.connect(address, uri=True)) as db:
            own = int(db.execute("PRAGMA application_id").fetchone()[0]) & 0xFFFFFFFF
    except sqlite3.DatabaseError:
        # Without a lock it may be seen while a daemon writes to it. Damage is found when we write.
        return False
    return has_other_numbers(content, log, own)


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
