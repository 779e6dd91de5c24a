"""The write-ahead log: the journal's usual mode, and what keeps it from it or makes it large."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

logger = logging.getLogger(__name__)

ENTER_WAIT_MS = 2_000
LOG_LIMIT_BYTES = 4_000_000
"""The log's file is cut down to this size when it begins anew after it was larger."""
LARGE_LOG_BYTES = 64_000_000


def enter_wal(db: sqlite3.Connection) -> bool:
    """Change to the WAL mode; False where that is not possible now.

    It takes the file alone for a moment: not possible while another process reads in a long
    transaction. The journal works in the usual mode of SQLite too, only readers and the writer
    wait for each other then.
    """
    before = db.execute("PRAGMA busy_timeout").fetchone()[0]
    db.execute(f"PRAGMA busy_timeout = {min(before, ENTER_WAIT_MS)}")
    try:
        mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    except sqlite3.OperationalError as err:
        if not is_busy(err):
            raise
        return False
    finally:
        db.execute(f"PRAGMA busy_timeout = {before}")
    return bool(mode == "wal")


def is_busy(err: sqlite3.Error) -> bool:
    """Whether another connection is in the way."""
    return isinstance(err, sqlite3.OperationalError) and "locked" in str(err)


class ModeWatch:
    """Says once what is unusual about the mode and the log; belongs to the journal's thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = Path(f"{path}-wal")
        self._is_slow = False
        self._is_large = False

    def look(self, db: sqlite3.Connection) -> None:
        """Change to the WAL mode where that was not possible before, and look at the log's size."""
        self._look_at_mode(db)
        self._look_at_size()

    def _look_at_mode(self, db: sqlite3.Connection) -> None:
        slow, before = not self._is_in_wal(db), self._is_slow
        self._is_slow = slow
        if slow and not before:
            logger.warning(
                "journal: another program reads %s for long, or the folder's file system knows no"
                " shared memory: until that ends readers and the writer wait for each other",
                self._path.name,
            )
        elif before and not slow:
            logger.info("journal: its readers and the writer no longer wait for each other")

    def _is_in_wal(self, db: sqlite3.Connection) -> bool:
        return db.execute("PRAGMA journal_mode").fetchone()[0] == "wal" or enter_wal(db)

    def _look_at_size(self) -> None:
        try:
            size = self._log.stat().st_size
        except OSError:
            size = 0
        if size > LARGE_LOG_BYTES and not self._is_large:
            logger.warning(
                "journal: %s has %.0f MB: another program has been reading the journal for long,"
                " and the log grows until that ends",
                self._log.name,
                size / 1e6,
            )
            self._is_large = True
        elif size <= LARGE_LOG_BYTES // 2 and self._is_large:
            logger.info("journal: %s is small again", self._log.name)
            self._is_large = False
