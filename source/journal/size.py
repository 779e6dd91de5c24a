"""The journal's size limit: what counts, and what is said when it is reached."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

logger = logging.getLogger(__name__)

DEFAULT_BYTES = 4_096_000_000
LOG_ROOM_BYTES = 8_000_000
"""For the write-ahead log beside the file."""
SLACK = 0.02
"""So far below the limit it is emptied, so that not each commit is followed by a deletion."""
QUIET_S = 3600.0
"""Without a lost point, until the next one is told again."""
SUBJECT = "journal size"


class SizeLimit:
    """Whether points have to go because the journal is too large; belongs to the journal's thread.

    Pages in use count, not the file's length: pages that are free take the next points, so that the
    file itself does not grow above the limit either. It does not shrink where the limit is lowered.
    """

    def __init__(self, max_bytes: int, monotonic: Callable[[], float]) -> None:
        self.max_bytes = max_bytes
        self.is_over = False
        self._monotonic = monotonic
        self._is_told = False
        self._is_full_told = False
        self._lost = 0
        self._lost_at = 0.0

    def look(self, db: sqlite3.Connection) -> None:
        """Find out whether it is over the limit, or still is since it was last."""
        room = self.max_bytes - LOG_ROOM_BYTES
        self.is_over = used_bytes(db) > room * (1.0 - SLACK if self.is_over else 1.0)
        if self._lost and self._monotonic() - self._lost_at > QUIET_S:
            logger.info("%s: %d points went before every sink had them", SUBJECT, self._lost)
            self._lost = 0

    def dropped(self, count: int, unsent: int) -> None:
        """Say what is new: so many points went, ``unsent`` of them are not in every sink."""
        if count == 0:
            self._say_full()
            return
        self._is_full_told = False
        if unsent:
            self._lose(unsent)
        elif not self._is_told:
            logger.warning("%s: %s; the oldest points go", SUBJECT, self._reached)
        self._is_told = True

    def _lose(self, unsent: int) -> None:
        if not self._lost:
            logger.error(
                "%s: %s; the oldest points go, and not every sink has them: they are lost to it",
                SUBJECT,
                self._reached,
            )
        self._lost += unsent
        self._lost_at = self._monotonic()

    def _say_full(self) -> None:
        if not self._is_full_told:
            logger.error(
                "%s: %s, and there are no points left that could go; the rest is kept for ever:"
                " raise the limit",
                SUBJECT,
                self._reached,
            )
        self._is_full_told = True

    @property
    def _reached(self) -> str:
        return f"the limit of {self.max_bytes / 1_000_000:,.0f} MB (journal_max_mb) is reached"


def used_bytes(db: sqlite3.Connection) -> int:
    """What the journal's content takes: pages in use, the newest ones in the log included."""
    pages, free, size = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size
