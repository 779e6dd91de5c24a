"""Raw points that are too old go in short steps between the commits, at any inflow."""

from __future__ import annotations

import sqlite3
import time

from source.health import Health
from source.journal.writes import Statements
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
    left to delete: else a journal that is never idle would grow for ever.
    """

    def __init__(self, *, raw_days: int, clock: Clock, health: Health) -> None:
        self.sinks: frozenset[str] = frozenset()
        """No point is deleted before each of them has acknowledged it."""
        self._raw_us = raw_days * DAY_US
        self._clock = clock
        self._health = health
        self._leaps = LeapWatch(clock)
        self._next_round = clock.monotonic() + PAUSE_S
        self._rested = 0.0

    def wait_s(self) -> float:
        """Seconds until the next step; 0 when it is due."""
        pause_s = self._next_round - self._clock.monotonic()
        return max(0.0, pause_s, self._rested - time.monotonic())

    def step(self, db: sqlite3.Connection, statements: Statements) -> None:
        """Delete a few points. What fails is told and tried again later: commits go on."""
        try:
            deleted = 0 if self._leaps.is_in_doubt() else self._delete(db, statements)
        except sqlite3.Error as err:
            self._health.failed(SUBJECT, err)
            deleted = 0
        else:
            self._health.well(SUBJECT)
        if deleted < STEP_POINTS:
            self._next_round = self._clock.monotonic() + PAUSE_S
        self._rested = time.monotonic() + REST_S

    def _delete(self, db: sqlite3.Connection, statements: Statements) -> int:
        now_us = self._clock.now_us()
        db.execute("BEGIN IMMEDIATE")
        try:
            old = Period(now_us - self._raw_us, now_us + DAY_US)
            deleted = statements.retain(old, self.sinks, STEP_POINTS)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        return deleted
