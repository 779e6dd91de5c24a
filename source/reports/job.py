"""The thread that writes the reports: at its start, at the request time, and whenever one is due.

What is due is computed from the journal at every look, never remembered: a look that was missed,
repeated or failed does no harm.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from itertools import islice

import schedule

from source.config.models import Configuration
from source.errors import JournalError
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
    ) -> None:
        self._journal = journal
        self._open_reader = open_reader
        self._configuration = configuration
        self._health = health
        self._clock = clock
        self._began = clock.monotonic()
        self._leaps = LeapWatch(clock)
        self._ledger = Ledger(
            folder=configuration.files,
            general=configuration.general,
            journal=journal,
            health=health,
        )
        self._stopping = threading.Event()

    def run(self, stopping: threading.Event) -> None:
        """Look at once and every ``LOOK_S`` seconds, until ``stopping`` is set."""
        self._stopping = stopping
        scheduler = schedule.Scheduler()
        self._look()
        self._arm(scheduler)
        while not stopping.wait(STEP_S):
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
            if not self._stopping.is_set():
                self._health.failed(SUBJECT, err)
        else:
            self._health.well(SUBJECT)

    def catch_up(self) -> int:
        """Write all that is due now; gives the number of lines written.

        The journal's thread has to run. Raises JournalError; what was not written then is still
        due.
        """
        if self._leaps.is_in_doubt():
            return 0
        with self._open_reader() as reader:
            if not reader.unfinished_reports() and next(self._due(reader), None) is None:
                return 0
            # Points up to a period's end may wait for their commit, and so may ledger entries whose
            # commit took too long for the look before.
            self._journal.flush()
            written = self._ledger.settle(reader.unfinished_reports())
            blocked = {entry.file_name for entry in reader.unfinished_reports()}
            reports = (r for r in self._due(reader) if file_name(r) not in blocked)
            while chunk := list(islice(reports, LINES_AT_ONCE)):
                written += self._ledger.write(chunk)
        if written:
            logger.info("reports: %d lines written to %s", written, self._configuration.files)
        return written

    def _due(self, reader: JournalReader) -> Iterator[Report]:
        """The reports to be written, computed one by one; ends early when the job has to stop."""
        general, now_us = self._configuration.general, self._clock.now_us()
        running_s = self._clock.monotonic() - self._began
        for device in self._configuration.devices.values():
            for rule, period in due(reader, device, general, now_us, running_s):
                if self._stopping.is_set():
                    return
                yield report_of(reader, device, general, rule, period)
