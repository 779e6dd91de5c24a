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
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Report
from source.reports.calculation import Calculation
from source.reports.due import Due
from source.reports.export import Exports
from source.reports.ledger import Ledger
from source.reports.looks import looked
from source.reports.names import file_name
from source.tariffs.book import PriceBook
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
        self._ledger = Ledger(configuration=configuration, journal=journal, health=health)
        self._exports = Exports(
            configuration=configuration, journal=journal, health=health, ledger=self._ledger
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
        looked(
            self.catch_up,
            journal=self._journal,
            health=self._health,
            subject=SUBJECT,
            stopping=self._stopping,
        )
        self._live()

    def _live(self) -> None:
        """Note a sign of life, here and in the journal."""
        self.alive_at = time.monotonic()
        self._journal.beat("reports")

    def catch_up(self) -> int:
        """Write all that is due now; gives the number of lines written to text files.

        The journal's thread has to run. Raises JournalError; what was not written then is still
        due.
        """
        # Read before the question: a leap in between is no time that anybody has looked at.
        now_us = self._clock.now_us()
        if self._leaps.is_in_doubt():
            return 0
        with self._open_reader() as reader:
            due = self._due(reader, now_us)
            if not self._has_work(reader, due):
                return 0
            # Points up to a period's end may wait for their commit, and so may ledger entries whose
            # commit took too long for the look before.
            self._journal.flush()
            written = self._ledger.settle(reader.unfinished_reports())
            blocked = {entry.file_name for entry in reader.unfinished_reports()}
            reports = (r for r in self._reports(due) if file_name(r) not in blocked)
            self._exports.export(reader, self._goes_on)
            while chunk := list(islice(reports, LINES_AT_ONCE)):
                written += self._ledger.write(chunk)
                self._exports.export(reader, self._goes_on)
            self._ledger.forget()
        if written:
            logger.info("reports: %d lines written to %s", written, self._configuration.files)
        return written

    def _due(self, reader: JournalReader, now_us: int) -> Due:
        """What is due now, at the prices that are known now."""
        book = PriceBook(self._configuration, reader.prices)
        calculation = Calculation(reader, book, self._configuration)
        running_s = self._clock.monotonic() - self._began
        return Due(reader, calculation, self._configuration, now_us, running_s)

    def _has_work(self, reader: JournalReader, due: Due) -> bool:
        if reader.unfinished_reports() or reader.unexported_results():
            return True
        return self._goes_on() and next(due.orders(), None) is not None

    def _reports(self, due: Due) -> Iterator[Report]:
        """The reports to be written, computed one by one; ends early when the job has to stop."""
        reports = due.reports()
        while self._goes_on() and (report := next(reports, None)) is not None:
            yield report

    def _goes_on(self) -> bool:
        self._live()  # years of reports take a while
        return not self._stopping.is_set()
