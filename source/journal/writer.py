"""The journal's one writing connection: a group becomes a transaction, as a whole or not at all."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from source.faultpoint import reached
from source.journal import schema
from source.journal.damage import is_damage
from source.journal.intake import Entry, Group, Operation
from source.journal.mode import LOG_LIMIT_BYTES, is_busy
from source.journal.writes import Statements

logger = logging.getLogger(__name__)

SLICE_MS = 250
"""Another process's lock is waited for in such slices: the stop is heard in between."""

_UNSTORABLE = (
    TypeError,
    ValueError,
    OverflowError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
)
"""What a single bad value raises; anything else is the disk's or the file's fault."""


class Writer:
    """A connection that may write, and its statements."""

    def __init__(
        self, db: sqlite3.Connection, last_seq: int, is_patient: Callable[[], bool]
    ) -> None:
        """``last_seq`` is the highest number given before, 0 where only the file knows; while
        ``is_patient`` gives True, another process's lock is waited for."""
        self.db = db
        self._wait_s = schema.BUSY_TIMEOUT_S
        self._is_patient = is_patient
        db.execute(f"PRAGMA journal_size_limit = {LOG_LIMIT_BYTES}")
        self.statements = Statements(db, last_seq)
        self._is_stale = False
        """What ``statements`` knows may be of a transaction that failed."""
        db.execute(f"PRAGMA busy_timeout = {min(SLICE_MS, round(1000 * self._wait_s))}")

    def commit(self, group: Group, signs: Mapping[str, int]) -> None:
        """Store a group, without what can never be stored, and numbers in ``meta``.

        Raises sqlite3.Error; nothing is stored then.
        """
        try:
            self.transaction(group, signs)
        except _UNSTORABLE as err:
            if is_damage(err):
                raise
            self._sort_out(group)
            self.transaction(group, signs)

    def transaction(self, group: Group, signs: Mapping[str, int]) -> None:
        """Store a group and the numbers, all or nothing; raises what a bad value raises, too."""
        self._begin()
        try:
            reached("commit: begun")
            self._write(group, signs)
        except BaseException:
            self._roll_back()
            raise
        reached("commit: before")
        self._commit(has_points=bool(group.entries))
        reached("commit: after")

    def _write(self, group: Group, signs: Mapping[str, int]) -> None:
        statements = self.statements
        if group.entries:
            statements.add_points([point for point, _ in group.entries])
            reached("commit: points written")
            statements.put_checkpoints({p.device: c for p, c in group.entries if c is not None})
            reached("commit: meters written")
        if group.cursors:
            statements.acknowledge(group.cursors)
        for operation in group.operations:
            operation.apply(statements)
        if signs:
            statements.put_signs(signs)

    def _begin(self) -> None:
        if self.db.in_transaction:  # rolling back failed
            self.db.execute("ROLLBACK")
        if self._is_stale:
            self._load()
        self._patiently("BEGIN IMMEDIATE")

    def _commit(self, *, has_points: bool) -> None:
        last = self.statements.last_seq
        try:
            self._patiently("COMMIT")
        except BaseException:
            self._roll_back()
            # A disk may say that it failed after all was done: the points would be stored twice.
            if not has_points or self._is_stale or self.statements.last_seq < last:
                raise

    def _roll_back(self) -> None:
        """Undo what is not committed; where the disk fails at that, too, the next one does it."""
        self._is_stale = True
        with suppress(sqlite3.Error):
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            self._load()

    def _load(self) -> None:
        self.statements.load()
        self._is_stale = False

    def _patiently(self, statement: str) -> None:
        """Carry out what another process's lock may keep us from for a while."""
        deadline = time.monotonic() + self._wait_s
        while not self._is_done(statement, deadline):
            pass  # SQLite itself has waited

    def _is_done(self, statement: str, deadline: float) -> bool:
        try:
            self.db.execute(statement)
        except sqlite3.OperationalError as err:
            if is_busy(err) and self._is_patient() and time.monotonic() < deadline:
                return False
            raise
        return True

    # --- what can't be stored at all ---

    def _sort_out(self, group: Group) -> None:
        """Take out of a group what can't be stored at all, so that the rest is."""
        group.entries = self._storable(group.entries)
        operations = []
        for operation in group.operations:
            # Together with the good points: it may be about one of them.
            error = self._refusal(group.entries, [operation])
            if error is None:
                operations.append(operation)
            else:
                logger.error("a write can't be stored and is left out", exc_info=error)
                operation.refuse(error)
        group.operations = operations

    def _storable(self, entries: list[Entry]) -> list[Entry]:
        """Those of the entries that can be stored, found by halves."""
        error = self._refusal(entries, [])
        if error is None:
            return entries
        if len(entries) == 1:
            device = entries[0][0].device
            logger.error("a point of %r can't be stored and is left out", device, exc_info=error)
            return []
        middle = len(entries) // 2
        return self._storable(entries[:middle]) + self._storable(entries[middle:])

    def _refusal(self, entries: list[Entry], operations: list[Operation]) -> Exception | None:
        """Why this can't be stored; None where it can. Nothing is committed."""
        self._begin()
        try:
            self._write(Group(entries, operations), {})
        except _UNSTORABLE as err:
            if is_damage(err):
                raise
            return err
        finally:
            self._roll_back()
        return None

    def close(self) -> None:
        """Close the connection; what was written stays readable for those who may only read."""
        schema.close_writer(self.db)
