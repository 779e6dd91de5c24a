"""Raw points that are too old, or too many, go in short steps between the commits."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from source.faultpoint import reached
from source.health import Health
from source.journal.damage import is_damage
from source.journal.deletion import drop, retain
from source.journal.size import SizeLimit
from source.model import US_PER_S, Period
from source.timing import Clock, LeapWatch

DAY_US = 86_400 * US_PER_S
STEP_POINTS = 2_000
"""Few enough that a commit never waits long for a step, many enough for pages of the index on the
device to be written once for several points."""
REST_S = 0.1
"""Between two steps, for the disk; with it up to 20,000 points go in a second."""
PAUSE_S = 60.0
"""When all is deleted that can be."""
SUBJECT = "journal: deletion of old points"


class Retention:
    """When the next step is due, and the step; belongs to the journal's thread.

    A step is a transaction of its own. Whatever waits for its commit, steps go on until nothing is
    left to delete: else a journal that is never idle would grow for ever. Points above the size
    limit go whatever their age is, oldest first: so those first that every sink has.
    """

    def __init__(self, *, raw_days: int, max_bytes: int, clock: Clock, health: Health) -> None:
        self.sinks: frozenset[str] = frozenset()
        """No point is deleted for its age before each of them has acknowledged it."""
        self._raw_us = raw_days * DAY_US
        self._size = SizeLimit(max_bytes, clock.monotonic)
        self._clock = clock
        self._health = health
        self._leaps = LeapWatch(clock)
        self._next_round = clock.monotonic() + PAUSE_S
        self._rested = 0.0

    def configure(self, *, raw_days: int, max_bytes: int) -> None:
        """Other limits, from any thread; in force from the next step on."""
        self._raw_us = raw_days * DAY_US
        self._size.max_bytes = max_bytes

    def wait_s(self) -> float:
        """Seconds until the next step; 0 when it is due."""
        pause_s = 0.0 if self._size.is_over else self._next_round - self._clock.monotonic()
        return max(0.0, pause_s, self._rested - time.monotonic())

    def look(self, db: sqlite3.Connection) -> None:
        """After a commit: find out whether the journal has become too large."""
        with suppress(sqlite3.Error):  # the next commit tells what is wrong
            self._size.look(db)

    def step(self, db: sqlite3.Connection) -> None:
        """Delete a few points. What fails is told and tried again later: commits go on.

        Damage is raised.
        """
        pause_s = REST_S
        try:
            if not self._size.is_over:
                deleted = 0 if self._leaps.is_in_doubt() else self._age(db)
            elif not (deleted := self._shrink(db)):
                pause_s = PAUSE_S
        except sqlite3.Error as err:
            if is_damage(err):
                raise
            self._health.failed(SUBJECT, err)
            deleted, pause_s = 0, PAUSE_S if self._size.is_over else REST_S
        else:
            self._health.well(SUBJECT)
        if deleted < STEP_POINTS:
            self._next_round = self._clock.monotonic() + PAUSE_S
        self._rested = time.monotonic() + pause_s

    def _age(self, db: sqlite3.Connection) -> int:
        now_us = self._clock.now_us()
        with _transaction(db):
            old = Period(now_us - self._raw_us, now_us + DAY_US)
            return retain(db, old, self.sinks, STEP_POINTS)

    def _shrink(self, db: sqlite3.Connection) -> int:
        with _transaction(db):
            deleted, unsent = drop(db, self.sinks, STEP_POINTS)
        self._size.dropped(deleted, unsent)
        self._size.look(db)
        return deleted


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    """What is inside is committed as a whole, or not at all."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        reached("retention: deleted")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
