"""The journal's writing side: one thread, one queue, one group commit at a time."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import IO

from source.errors import JournalError
from source.health import Health
from source.journal.intake import Group, Intake, Operation
from source.journal.lock import locked
from source.journal.prepared import Prepared
from source.journal.retention import Retention
from source.journal.schema import close_writer, open_writer, unusable
from source.journal.writes import Statements
from source.model import Checkpoint, Point, Written
from source.timing import Clock, backoff_s

logger = logging.getLogger(__name__)

HEARTBEAT_S = 30.0
RETRY_S, RETRY_LIMIT_S = 1.0, 15.0
WAKE_S = 0.5
WAIT_S = 10.0
"""For a commit that somebody waits for."""
CLOSE_WAIT_MS = 1_000
"""For another process's lock at the end: the whole stop has ten seconds."""
SUBJECT = "journal"

_UNSTORABLE = (
    TypeError,
    ValueError,
    OverflowError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)
"""What a single bad value raises; anything else is the disk's or the file's fault."""


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
        self._health = health or Health(clock.monotonic)
        self._retention = Retention(raw_days=raw_days, clock=clock, health=self._health)
        self._intake = Intake()
        self._subscribers: tuple[threading.Event, ...] = ()
        self._file_lock: IO[str] | None = None
        self._db: sqlite3.Connection | None = None
        self._statements: Statements | None = None
        self._next_heartbeat = clock.monotonic()

    # --- called from any thread ---

    def append(self, point: Point, checkpoint: Checkpoint | None = None) -> None:
        """Queue a point, and the meter state that belongs to it, for the next commit.

        Raises JournalError when the journal is closed or the queue is full; nothing was taken then,
        and the caller's meter must stay where it was, so that no energy is lost.
        """
        self._intake.append(point, checkpoint)

    def checkpoint(self, device: str) -> Checkpoint | None:
        """The newest meter state of a device, also if it is not committed yet."""
        return self._intake.checkpoint(device)

    def subscribe(self) -> threading.Event:
        """An event that is set after every commit that added points."""
        event = threading.Event()
        self._subscribers = (*self._subscribers, event)
        return event

    def set_sinks(self, names: Collection[str]) -> None:
        """The sinks in use: no raw point is deleted before each of them has acknowledged it."""
        self._retention.sinks = frozenset(names)

    def acknowledge(self, sink: str, seq: int) -> None:
        """``sink`` holds every point up to ``seq``; committed with the next group."""
        self._intake.acknowledge(sink, seq)

    def set_aside(self, sink: str, rejected: Sequence[tuple[int, str]]) -> None:
        """Keep points (seq, reason) that ``sink`` refused for good; returns when committed."""
        self._intake.perform(partial(Statements.set_aside, sink=sink, rejected=rejected), WAIT_S)

    def begin_reports(self, reports: Sequence[Written]) -> None:
        """Enter report lines in the ledger before they are appended; returns when committed."""
        self._intake.perform(partial(Statements.begin_reports, reports=reports), WAIT_S)

    def finish_reports(self, reports: Sequence[Written]) -> None:
        """Mark report lines as standing in their files; returns when committed."""
        self._intake.perform(partial(Statements.finish_reports, reports=reports), WAIT_S)

    def flush(self, timeout_s: float = WAIT_S) -> None:
        """Return when all that was appended before is committed; JournalError if not in time."""
        self._intake.perform(lambda _: None, timeout_s)

    # --- called by the owner, before the thread starts and after it has ended ---

    def open(self) -> None:
        """Create or migrate the file and read the meter states.

        Raises JournalError, also where another process has it open for writing.
        """
        self._file_lock = locked(self.path)
        try:
            self._db = open_writer(self.path)
            self._statements = Statements(self._db)
            self._statements.load()
            checkpoints = self._statements.checkpoints()
        except JournalError:
            self._release()
            raise
        except sqlite3.Error as err:
            self._release()
            raise unusable(self.path, err) from err
        self._intake.open(checkpoints)

    def load(self, prepared: Sequence[Prepared]) -> None:
        """Store points of the past, and the meters' states after them, in one transaction.

        In the thread of the caller, between ``open`` and the journal's own; a sign of life too.
        Raises JournalError; nothing is stored then.
        """
        group = Group(operations=[Operation(partial(_add_all, prepared))])
        try:
            self._transaction(group, heartbeat=self._clock.now_us())
        except sqlite3.Error as err:
            raise JournalError(f"{self.path}: points could not be stored: {err}") from err
        self._intake.open(self._opened()[1].checkpoints())

    def close(self) -> None:
        """Commit what waits and close the file; JournalError if something can't be committed."""
        self._intake.close()
        if self._db is None:
            return
        try:
            self._db.execute(f"PRAGMA busy_timeout = {CLOSE_WAIT_MS}")
            self._commit(heartbeat=0)
        except sqlite3.Error as err:
            if self._intake.waiting:
                lost = f"{self._intake.waiting} points could not be stored"
                raise JournalError(f"{lost}: {err}") from err
        finally:
            self._release()

    def _release(self) -> None:
        if self._db is not None:
            close_writer(self._db)
            self._db = self._statements = None
        if self._file_lock is not None:
            self._file_lock.close()
            self._file_lock = None

    # --- the journal's thread ---

    def run(self, stopping: threading.Event) -> None:
        """Commit a group every ``commit_interval_s``, at once when somebody waits for it."""
        self._intake.hurry.set()  # the first sign of life at once: ``health`` looks for it
        while not stopping.is_set():
            self._wait(stopping)
            try:
                self._commit(heartbeat=self._due_heartbeat())
                self._health.well(SUBJECT)
            except sqlite3.Error as err:
                self._next_heartbeat = self._clock.monotonic()  # tried again, also without points
                self._health.failed(SUBJECT, f"{err}; points wait in memory and are tried again")
                # Later and later: with a full disk each try encodes again all that waits.
                tries = self._health.state(SUBJECT).failures - 1
                stopping.wait(backoff_s(tries, RETRY_S, RETRY_LIMIT_S, lambda: 1.0))

    def _wait(self, stopping: threading.Event) -> None:
        """Until the next commit is due; meanwhile old points go, also where each is hurried."""
        due = time.monotonic() + self._commit_interval_s
        while not stopping.is_set():
            if self._retention.wait_s() <= 0:
                self._retention.step(*self._opened())
            left = due - time.monotonic()
            if left <= 0 or self._intake.hurry.wait(min(left, WAKE_S, self._retention.wait_s())):
                break
        self._intake.hurry.clear()

    def _commit(self, heartbeat: int | None) -> None:
        """Commit what waits as one transaction. What fails waits again."""
        group = self._intake.take()
        if not group and heartbeat is None:
            return
        try:
            try:
                self._transaction(group, heartbeat)
            except _UNSTORABLE:
                self._sort_out(group)
                self._transaction(group, heartbeat)
        except BaseException:
            self._intake.put_back(group)
            raise
        for operation in group.operations:
            operation.done.set()
        if group.entries:
            for event in self._subscribers:
                event.set()

    def _transaction(self, group: Group, heartbeat: int | None) -> None:
        db, statements = self._opened()
        db.execute("BEGIN IMMEDIATE")
        try:
            if group.entries:
                statements.add_points([point for point, _ in group.entries])
                statements.put_checkpoints({p.device: c for p, c in group.entries if c is not None})
            if group.cursors:
                statements.acknowledge(group.cursors)
            for operation in group.operations:
                operation.apply(statements)
            if heartbeat is not None:
                statements.put_meta({"heartbeat_us": heartbeat, "pid": os.getpid()})
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            statements.load()
            raise

    def _sort_out(self, group: Group) -> None:
        """Take out of a group what can't be stored at all, so that the rest is."""
        entries = [e for e in group.entries if self._refusal(Group(entries=[e])) is None]
        operations = []
        for operation in group.operations:
            # Together with the good points: it may be about one of them.
            error = self._refusal(Group(entries=entries, operations=[operation]))
            if error is None:
                operations.append(operation)
            else:
                operation.refuse(error)
        group.entries, group.operations = entries, operations

    def _refusal(self, group: Group) -> Exception | None:
        """Why a group can't be stored, logged; None where it can. Nothing is committed."""
        db, statements = self._opened()
        db.execute("BEGIN IMMEDIATE")
        try:
            statements.add_points([point for point, _ in group.entries])
            for operation in group.operations:
                operation.apply(statements)
        except _UNSTORABLE as err:
            devices = ", ".join(repr(point.device) for point, _ in group.entries[:1])
            what = "a write" if group.operations else f"a point of {devices}"
            logger.exception("%s can't be stored and is left out", what)
            return err
        finally:
            db.execute("ROLLBACK")
            statements.load()
        return None

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
