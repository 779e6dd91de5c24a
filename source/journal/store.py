"""The journal's writing side: one thread, one queue, one group commit at a time."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from source.errors import JournalError
from source.health import Health
from source.journal.prepared import Prepared
from source.journal.schema import open_writer
from source.journal.writes import Statements
from source.model import US_PER_S, Checkpoint, Point, Written
from source.timing import Clock

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 200_000
"""Points that wait in memory while the disk takes none; about 100 MB."""
HEARTBEAT_S = 30.0
RETENTION_PAUSE_S = 60.0
RETENTION_STEP = 1_000
RETRY_S = 1.0
WAKE_S = 0.5
DAY_US = 86_400 * US_PER_S
SUBJECT = "journal"

_UNSTORABLE = (
    TypeError,
    ValueError,
    OverflowError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)
"""What a single bad value raises; anything else is the disk's or the file's fault."""


class _Operation:
    """A write that its caller waits for."""

    def __init__(self, apply: Callable[[Statements], None]) -> None:
        self.apply = apply
        self.committed = threading.Event()


def _add_all(prepared: Sequence[Prepared], statements: Statements) -> None:
    for points in prepared:
        statements.add_prepared(points)


class Journal:
    """Takes points from many threads and commits them in groups, durably.

    ``append`` never touches the disk; ``run`` is the thread that does. Points whose commit fails
    stay queued and are tried again; when the queue is full, ``append`` refuses.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        commit_interval_s: float = 1.0,
        raw_days: int = 90,
        health: Health | None = None,
    ) -> None:
        self.path = path
        self._clock = clock
        self._commit_interval_s = commit_interval_s
        self._raw_us = raw_days * DAY_US
        self._health = health or Health(clock.monotonic)
        self._lock = threading.Lock()
        self._entries: list[tuple[Point, Checkpoint | None]] = []
        self._operations: list[_Operation] = []
        self._cursors: dict[str, int] = {}
        self._checkpoints: dict[str, Checkpoint] = {}
        self._sinks: frozenset[str] = frozenset()
        self._subscribers: list[threading.Event] = []
        self._hurry = threading.Event()
        self._closed = True
        self._db: sqlite3.Connection | None = None
        self._statements: Statements | None = None
        self._next_heartbeat = clock.monotonic()
        self._next_retention = clock.monotonic() + RETENTION_PAUSE_S

    # --- called from any thread ---

    def append(self, point: Point, checkpoint: Checkpoint | None = None) -> None:
        """Queue a point, and the meter state that belongs to it, for the next commit.

        Raises JournalError when the journal is closed or the queue is full; nothing was taken then,
        and the caller's meter must stay where it was, so that no energy is lost.
        """
        with self._lock:
            if self._closed:
                raise JournalError("the journal is closed")
            if len(self._entries) >= QUEUE_LIMIT:
                raise JournalError(f"{QUEUE_LIMIT} points wait for the disk already")
            self._entries.append((point, checkpoint))
            if checkpoint is not None:
                self._checkpoints[point.device] = checkpoint

    def checkpoint(self, device: str) -> Checkpoint | None:
        """The newest meter state of a device, also if it is not committed yet."""
        with self._lock:
            return self._checkpoints.get(device)

    def subscribe(self) -> threading.Event:
        """An event that is set after every commit that added points."""
        event = threading.Event()
        with self._lock:
            self._subscribers.append(event)
        return event

    def set_sinks(self, names: Collection[str]) -> None:
        """The sinks in use: no raw point is deleted before each of them has acknowledged it."""
        self._sinks = frozenset(names)

    def acknowledge(self, sink: str, seq: int) -> None:
        """``sink`` holds every point up to ``seq``; committed with the next group."""
        with self._lock:
            self._cursors[sink] = seq

    def set_aside(self, sink: str, rejected: Sequence[tuple[int, str]]) -> None:
        """Keep points (seq, reason) that ``sink`` refused for good; returns when committed."""
        self._perform(lambda statements: statements.set_aside(sink, rejected))

    def begin_reports(self, reports: Sequence[Written]) -> None:
        """Enter report lines in the ledger before they are appended; returns when committed."""
        self._perform(lambda statements: statements.begin_reports(reports))

    def finish_reports(self, reports: Sequence[Written]) -> None:
        """Mark report lines as standing in their files; returns when committed."""
        self._perform(lambda statements: statements.finish_reports(reports))

    def flush(self, timeout_s: float = 10.0) -> None:
        """Return when all that was appended before is committed; JournalError if not in time."""
        self._perform(lambda _: None, timeout_s)

    def _perform(self, apply: Callable[[Statements], None], timeout_s: float = 10.0) -> None:
        operation = _Operation(apply)
        with self._lock:
            if self._closed:
                raise JournalError("the journal is closed")
            self._operations.append(operation)
        self._hurry.set()
        if not operation.committed.wait(timeout_s):
            raise JournalError(f"no commit within {timeout_s:g} s; is the disk full or very slow?")

    # --- called by the owner, before the thread starts and after it has ended ---

    def open(self) -> None:
        """Create or migrate the file and read the meter states. Raises JournalError."""
        self._db = open_writer(self.path)
        self._statements = Statements(self._db)
        self._statements.load()
        with self._lock:
            self._checkpoints = self._statements.checkpoints()
            self._closed = False

    def load(self, prepared: Sequence[Prepared]) -> None:
        """Store points of the past, and the meters' states after them, in one transaction.

        In the thread of the caller, between ``open`` and the journal's own; a sign of life too.
        Raises JournalError; nothing is stored then.
        """
        operation = _Operation(partial(_add_all, prepared))
        try:
            self._transaction([], [operation], {}, heartbeat=self._clock.now_us())
        except sqlite3.Error as err:
            raise JournalError(f"{self.path}: points could not be stored: {err}") from err
        with self._lock:
            self._checkpoints.update(
                {p.device: p.checkpoint for p in prepared if p.checkpoint is not None}
            )

    def close(self) -> None:
        """Commit what waits and close the file; JournalError if something can't be committed."""
        with self._lock:
            self._closed = True
        if self._db is None:
            return
        try:
            self._commit(heartbeat=0)
        except sqlite3.Error as err:
            raise JournalError(f"{len(self._entries)} points could not be stored: {err}") from err
        finally:
            self._db.close()
            self._db = self._statements = None

    # --- the journal's thread ---

    def run(self, stopping: threading.Event) -> None:
        """Commit a group every ``commit_interval_s``, at once when somebody waits for it."""
        while not stopping.is_set():
            self._wait(stopping)
            try:
                self._commit(heartbeat=self._due_heartbeat())
                self._retain()
                self._health.well(SUBJECT)
            except sqlite3.Error as err:
                self._health.failed(SUBJECT, f"{err}; points wait in memory and are tried again")
                stopping.wait(RETRY_S)

    def _wait(self, stopping: threading.Event) -> None:
        due = time.monotonic() + self._commit_interval_s
        while not stopping.is_set():
            left = due - time.monotonic()
            if left <= 0 or self._hurry.wait(min(left, WAKE_S)):
                break
        self._hurry.clear()

    def _commit(self, heartbeat: int | None) -> None:
        """Commit what waits as one transaction. What fails stays queued."""
        with self._lock:
            entries, self._entries = self._entries, []
            operations, self._operations = self._operations, []
            cursors, self._cursors = self._cursors, {}
        if not (entries or operations or cursors) and heartbeat is None:
            return
        try:
            try:
                self._transaction(entries, operations, cursors, heartbeat)
            except _UNSTORABLE:
                entries = self._storable(entries)
                self._transaction(entries, operations, cursors, heartbeat)
        except BaseException:
            with self._lock:
                self._entries = entries + self._entries
                self._operations = operations + self._operations
                self._cursors = {**cursors, **self._cursors}
            raise
        for operation in operations:
            operation.committed.set()
        if entries:
            for event in self._subscribers:
                event.set()

    def _transaction(
        self,
        entries: Sequence[tuple[Point, Checkpoint | None]],
        operations: Sequence[_Operation],
        cursors: dict[str, int],
        heartbeat: int | None,
    ) -> None:
        db, statements = self._opened()
        db.execute("BEGIN IMMEDIATE")
        try:
            if entries:
                statements.add_points([point for point, _ in entries])
                statements.put_checkpoints({p.device: c for p, c in entries if c is not None})
            if cursors:
                statements.acknowledge(cursors)
            for operation in operations:
                operation.apply(statements)
            if heartbeat is not None:
                statements.put_meta({"heartbeat_us": heartbeat, "pid": os.getpid()})
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            statements.load()
            raise

    def _storable(
        self, entries: Sequence[tuple[Point, Checkpoint | None]]
    ) -> list[tuple[Point, Checkpoint | None]]:
        """The entries without those that can't be stored at all; each of them is logged."""
        good: list[tuple[Point, Checkpoint | None]] = []
        db, statements = self._opened()
        for entry in entries:
            db.execute("BEGIN IMMEDIATE")
            try:
                statements.add_points([entry[0]])
                good.append(entry)
            except _UNSTORABLE:
                logger.exception("a point of %r can't be stored and is left out", entry[0].device)
            finally:
                db.execute("ROLLBACK")
                statements.load()
        return good

    def _opened(self) -> tuple[sqlite3.Connection, Statements]:
        if self._db is None or self._statements is None:
            raise JournalError("the journal is not open")
        return self._db, self._statements

    def _due_heartbeat(self) -> int | None:
        """The time to note as a sign of life, when one is due."""
        if self._clock.monotonic() < self._next_heartbeat:
            return None
        self._next_heartbeat = self._clock.monotonic() + HEARTBEAT_S
        return self._clock.now_us()

    def _retain(self) -> None:
        """Delete a few raw points that are too old, when no point waits."""
        if self._clock.monotonic() < self._next_retention or self._entries:
            return
        db, statements = self._opened()
        db.execute("BEGIN IMMEDIATE")
        try:
            older_than_us = self._clock.now_us() - self._raw_us
            deleted = statements.retain(older_than_us, self._sinks, RETENTION_STEP)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        if deleted < RETENTION_STEP:
            self._next_retention = self._clock.monotonic() + RETENTION_PAUSE_S
