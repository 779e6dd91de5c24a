"""The thread that writes the reports: at its start, at the request time, and whenever one is due.

What is due is computed from the journal at every look, never remembered: a look that was missed,
repeated or failed does no harm.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice

import schedule

from source.config.models import Configuration
from source.errors import JournalDamaged, JournalError
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Report
from source.reports.due import due, report_of
from source.reports.ledger import Ledger, file_name
from source.timing import Clock, LeapWatch

logger = logging.getLogger(__name__)

LOOK_S = 20
STEP_S = 5.0
LINES_AT_ONCE = 500
SUBJECT = "reports"


class ReportsJob:
    """Writes every line that is due, each exactly once."""

    def __init__(
        self,
        *,
        journal: Journal,
        open_reader: Callable[[], JournalReader],
        configuration: Configuration,
        health: Health,
        clock: Clock,
        leaps: LeapWatch | None = None,
    ) -> None:
        """``leaps`` outlives this job, so that a doubted clock is not trusted after a reload."""
        self._journal = journal
        self._open_reader = open_reader
        self._configuration = configuration
        self._health = health
        self._clock = clock
        self._began = clock.monotonic()
        self._leaps = leaps or LeapWatch(clock)
        self._ledger = Ledger(
            folder=configuration.files,
            general=configuration.general,
            journal=journal,
            health=health,
        )
        self._stopping = threading.Event()
        self.alive_at = time.monotonic()
        """When its thread last went on; for the watchdog."""

    def run(self, stopping: threading.Event) -> None:
        """Look at once and every ``LOOK_S`` seconds, until ``stopping`` is set."""
        self._stopping = stopping
        self._live()
        scheduler = schedule.Scheduler()
        self._look()
        self._arm(scheduler)
        while not stopping.wait(STEP_S):
            self.alive_at = time.monotonic()
            scheduler.run_pending()
            # It goes by the local wall clock: when that is set back, the next look would be late.
            if (scheduler.idle_seconds or 0.0) > LOOK_S:
                self._arm(scheduler)

    def _arm(self, scheduler: schedule.Scheduler) -> None:
        scheduler.clear()
        scheduler.every(LOOK_S).seconds.do(self._look)

    def _look(self) -> None:
        try:
            self.catch_up()
        except JournalError as err:
            if isinstance(err, JournalDamaged):
                self._journal.damaged()
            if not self._stopping.is_set():
                self._health.failed(SUBJECT, err)
        else:
            self._health.well(SUBJECT)
        self._live()

    def _live(self) -> None:
        """Note a sign of life, here and in the journal."""
        self.alive_at = time.monotonic()
        self._journal.beat("reports")

    def catch_up(self) -> int:
        """Write all that is due now; gives the number of lines written.

        The journal's thread has to run. Raises JournalError; what was not written then is still
        due.
        """
        # Read before the question: a leap in between is no time that anybody has looked at.
        now_us = self._clock.now_us()
        if self._leaps.is_in_doubt():
            return 0
        with self._open_reader() as reader:
            if not reader.unfinished_reports() and next(self._due(reader, now_us), None) is None:
                return 0
            # Points up to a period's end may wait for their commit, and so may ledger entries whose
            # commit took too long for the look before.
            self._journal.flush()
            written = self._ledger.settle(reader.unfinished_reports())
            blocked = {entry.file_name for entry in reader.unfinished_reports()}
            reports = (r for r in self._due(reader, now_us) if file_name(r) not in blocked)
            while chunk := list(islice(reports, LINES_AT_ONCE)):
                written += self._ledger.write(chunk)
        if written:
            logger.info("reports: %d lines written to %s", written, self._configuration.files)
        return written

    def _due(self, reader: JournalReader, now_us: int) -> Iterator[Report]:
        """The reports to be written, computed one by one; ends early when the job has to stop."""
        general = self._configuration.general
        running_s = self._clock.monotonic() - self._began
        for device in self._configuration.devices.values():
            for rule, period in due(reader, device, general, now_us, running_s):
                if self._stopping.is_set():
                    return
                self._live()  # years of reports take a while
                yield report_of(reader, device, general, rule, period)
