"""The journal's writing side: one thread, one queue, one group commit at a time."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from source.errors import JournalError, JournalInUse
from source.health import Health
from source.journal.damage import is_damage
from source.journal.entries import Entries
from source.journal.intake import Group, Intake, Operation
from source.journal.lock import JournalLock
from source.journal.mode import ModeWatch
from source.journal.opener import Opener
from source.journal.prepared import Prepared
from source.journal.retention import Retention
from source.journal.signs import HEARTBEAT_S, Signs
from source.journal.size import DEFAULT_BYTES
from source.journal.writer import Writer
from source.journal.writes import Statements
from source.model import Checkpoint, Point
from source.timing import Clock, backoff_s

__all__ = ["HEARTBEAT_S", "Journal"]

logger = logging.getLogger(__name__)

RETRY_S, RETRY_LIMIT_S = 1.0, 15.0
WAKE_S = 0.5
CLOSE_WAIT_MS = 1_000
"""For another process's lock at the end: the whole stop has ten seconds."""
RECOVERIES = 2
"""Of one round: the first may find nothing, the second then believes the error."""
SUBJECT, LOCK_SUBJECT, PLACE_SUBJECT = "journal", "journal lock", "journal file"


def _add_all(prepared: Sequence[Prepared], statements: Statements) -> None:
    for points in prepared:
        statements.add_prepared(points)


class Journal(Entries):
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
        max_bytes: int = DEFAULT_BYTES,
        health: Health | None = None,
    ) -> None:
        """Above ``max_bytes`` the oldest points go, see ``SizeLimit``."""
        super().__init__(Intake())
        self.path = path
        self.failure: JournalError | None = None
        """Why nothing is stored any more, and never will be; the program has to stop then."""
        self._clock = clock
        self._commit_interval_s = commit_interval_s
        self._health = health or Health(clock.monotonic)
        self._retention = Retention(
            raw_days=raw_days, max_bytes=max_bytes, clock=clock, health=self._health
        )
        self._subscribers: tuple[threading.Event, ...] = ()
        self._subscribing = threading.Lock()
        self._lock = JournalLock(path)
        self._mode = ModeWatch(path)
        self._opener = Opener(path, clock, self._is_patient)
        self._signs = Signs(clock)
        self._stopping = threading.Event()
        self._alive_at = time.monotonic()

    # --- called from any thread ---

    def append(self, point: Point, checkpoint: Checkpoint | None = None) -> None:
        """Queue a point, and the meter state that belongs to it, for the next commit.

        Raises JournalError when the journal is closed or the queue is full; nothing was taken then,
        and the caller's meter must stay where it was, so that no energy is lost.
        """
        self._intake.append(point, checkpoint)

    def checkpoint(self, device: str) -> Checkpoint | None:
        """The newest meter state of a device, also if it is not committed yet; for who begins to
        poll it, see ``forget``."""
        return self._intake.checkpoint(device)

    def subscribe(self) -> threading.Event:
        """An event that is set after every commit that added points."""
        event = threading.Event()
        with self._subscribing:
            self._subscribers = (*self._subscribers, event)
        return event

    def unsubscribe(self, event: threading.Event) -> None:
        """Take an event of ``subscribe`` back; it is not set any more."""
        with self._subscribing:
            self._subscribers = tuple(each for each in self._subscribers if each is not event)

    def configure(self, *, commit_interval_s: float, raw_days: int, max_bytes: int) -> None:
        """Other settings, in force from now on; what was noted before is written at once."""
        self._commit_interval_s = commit_interval_s
        self._retention.configure(raw_days=raw_days, max_bytes=max_bytes)
        self._signs.hasten()
        self._intake.hurry.set()

    def damaged(self) -> None:
        """A reader met damage in the file: have it looked at, and rescued where that is true.

        Returns at once. Points wait meanwhile; a reader has to be opened anew after it.
        """
        self._opener.doubt()
        self._intake.hurry.set()

    def beat(self, name: str) -> None:
        """A sign of life of another part: ``<name>_us`` in ``meta`` with the next heart-beat."""
        self._signs.beat(name)

    def note(self, key: str, value: int) -> None:
        """A number for ``meta``, written with the next heart-beat, for this life of the program."""
        self._signs.note(key, value)

    @property
    def alive_at(self) -> float:
        """When its thread last went round, also where the disk takes nothing; for the watchdog."""
        return time.monotonic() if self._opener.is_busy else self._alive_at

    def set_sinks(self, names: Collection[str]) -> None:
        """The sinks in use: no raw point is deleted before each of them has acknowledged it."""
        self._retention.sinks = frozenset(names)

    def acknowledge(self, sink: str, seq: int) -> None:
        """``sink`` holds every point up to ``seq``; committed with the next group."""
        self._intake.acknowledge(sink, seq)

    # --- called by the owner, before the thread starts and after it has ended ---

    def open(self) -> None:
        """Create, migrate or rescue the file and read the meter states.

        Raises JournalError; JournalInUse where another process has it open for writing.
        """
        self._lock.take()
        self.failure = None
        self._stopping = threading.Event()
        self._opener = Opener(self.path, self._clock, self._is_patient)
        try:
            checkpoints = self._opener.open().statements.checkpoints()
        except BaseException:
            self._release()
            raise
        self._intake.open(checkpoints)

    def load(self, prepared: Sequence[Prepared]) -> None:
        """Store points of the past, and the meters' states after them, in one transaction.

        In the thread of the caller, between ``open`` and the journal's own; a sign of life too.
        Raises JournalError; nothing is stored then.
        """
        group = Group(operations=[Operation(partial(_add_all, prepared))])
        writer = self._opener.writer()
        try:
            writer.transaction(group, self._signs.at(self._clock.now_us()))
        except sqlite3.Error as err:
            raise JournalError(f"{self.path}: points could not be stored: {err}") from err
        self._intake.open(writer.statements.checkpoints())

    def close(self) -> None:
        """Commit what waits and close the file; JournalError if something can't be committed."""
        self._intake.close()
        self._stopping.set()
        try:
            if self._opener.is_open:
                self._opener.writer().db.execute(f"PRAGMA busy_timeout = {CLOSE_WAIT_MS}")
            if self._opener.is_open or self._intake.waiting:
                self._commit_all(heartbeat=0)
        except (sqlite3.Error, JournalError) as err:
            if count := self._intake.waiting:
                lost = "1 point" if count == 1 else f"{count} points"
                raise JournalError(f"{lost} could not be stored: {err}") from err
        finally:
            is_in_place = self._opener.is_in_place()
            self._intake.abandon()
            self._release()
        if self.failure is not None:
            raise self.failure
        if not is_in_place:
            raise JournalError(f"{self.path}: was taken away and can't be put back, it is lost")

    def _release(self) -> None:
        self._opener.close()
        self._lock.close()

    # --- the journal's thread ---

    def run(self, stopping: threading.Event) -> None:
        """Commit a group every ``commit_interval_s``, at once when somebody waits for it."""
        self._stopping = stopping
        self._intake.hurry.set()  # the first sign of life at once: ``health`` looks for it
        self._alive_at = time.monotonic()
        while not stopping.is_set():
            if self.failure is not None:
                stopping.wait(WAKE_S)
                continue
            try:
                self._wait(stopping)
                self._commit_all(heartbeat=self._signs.due_us())
                self._health.well(SUBJECT)
            except (sqlite3.Error, JournalError) as err:
                self._signs.hasten()  # tried again, also without points
                self._health.failed(SUBJECT, f"{err}; points wait in memory and are tried again")
                tries = self._health.state(SUBJECT).failures - 1
                stopping.wait(backoff_s(tries, RETRY_S, RETRY_LIMIT_S, lambda: 1.0))

    def _wait(self, stopping: threading.Event) -> None:
        """Until the next commit is due; meanwhile old points go, also where each is hurried."""
        began = time.monotonic()
        while not stopping.is_set():
            self._alive_at = time.monotonic()
            pause_s = self._retire()
            left = began + self._commit_interval_s - time.monotonic()
            if left <= 0 or self._intake.hurry.wait(min(left, WAKE_S, pause_s)):
                break
        self._intake.hurry.clear()

    def _retire(self) -> float:
        """Take a step of the retention, if one is due; gives the seconds until the next one."""
        if not self._opener.is_open:
            return WAKE_S
        if self._retention.wait_s() <= 0:
            try:
                self._retention.step(self._opener.writer().db)
            except sqlite3.Error as err:
                self._recover(err, is_own=True)
        return self._retention.wait_s()

    def _commit_all(self, heartbeat: int | None) -> None:
        """Commit what waits, group by group. What fails waits again."""
        if self.failure is None:
            self._keep_lock()
        if self.failure is not None:
            return
        self._opener.writer()
        if heartbeat is not None:
            self._keep_place()
        if self._opener.has_doubt():
            self._recover("a reader has met damage", is_own=False)
        if heartbeat:
            # Before the commit: why that may have to wait.
            self._mode.look(self._opener.writer().db)
        is_last, recoveries = False, 0
        while not is_last:
            writer, group = self._opener.writer(), self._intake.take()
            try:
                is_last = self._commit_group(writer, group, heartbeat)
            except sqlite3.Error as err:
                recoveries += 1
                if not is_damage(err) or recoveries > RECOVERIES:
                    raise
                self._recover(err, is_own=True)
            else:
                heartbeat = None

    def _commit_group(self, writer: Writer, group: Group, heartbeat: int | None) -> bool:
        """Commit a group as one transaction; True where nothing else waited when it was taken."""
        if not group and heartbeat is None:
            return True
        try:
            writer.commit(group, self._signs.at(heartbeat))
        except BaseException:
            self._intake.put_back(group)
            raise
        self._retention.look(writer.db)
        for operation in group.operations:
            operation.done.set()
        if group.entries:
            self._tell_subscribers()
        return group.is_last

    def _recover(self, reason: object, *, is_own: bool) -> None:
        """The file seems to be damaged: look, and go on with a new one where it is so."""
        self._opener.recover(reason, is_own=is_own)
        self._tell_subscribers()

    def _keep_place(self) -> None:
        """Put the file back where somebody has deleted or replaced it, which nobody would notice
        before the next start."""
        try:
            if not self._opener.is_in_place():
                self._opener.put_back()
                self._tell_subscribers()
            self._health.well(PLACE_SUBJECT)
        except JournalError as err:
            self._health.failed(PLACE_SUBJECT, err)

    def _keep_lock(self) -> None:
        """Whether another process could write to the file as well, since the lock is gone.

        Then this one stops: both poll the same sockets, and would count the same energy twice. The
        other one's meters began where this one's last commit ended, so no energy is lost.
        """
        try:
            self._lock.keep()
            self._health.well(LOCK_SUBJECT)
        except JournalInUse as err:
            self.failure = err
            self._intake.close(err)
            logger.critical(
                "journal: its lock file was deleted, and now %s; nothing is stored here any more,"
                " what waited here (%d) is left to that process",
                err,
                self._intake.abandon(),
            )
        except JournalError as err:
            self._health.failed(LOCK_SUBJECT, err)

    def _tell_subscribers(self) -> None:
        for event in self._subscribers:
            event.set()

    def _is_patient(self) -> bool:
        return not self._stopping.is_set()
