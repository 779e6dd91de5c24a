"""Figures are written to their files by a command, where no daemon runs that would do it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from source.config.models import Configuration
from source.errors import JournalInUse, ReportError
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.reports.export import Exports
from source.reports.ledger import Ledger
from source.service import Service
from source.timing import Clock

COMMIT_INTERVAL_S = 0.1
KEPT_DAYS, UNLIMITED_BYTES = 36_500, 2**62
"""Nothing is deleted by the way: what the sinks have is not asked here."""
STOP_S = 10.0


def is_waiting(reader: JournalReader) -> bool:
    """Whether something is entered that does not stand in its files yet."""
    return bool(reader.unfinished_reports() or reader.unexported_results())


def write_files(configuration: Configuration, clock: Clock) -> bool:
    """Write all figures that do not stand in their files yet; False, and nothing is done, where the
    daemon runs, which does so by itself.

    Raises JournalError, and ReportError where a file can't be written; the figures are kept, and
    are tried again by the daemon.
    """
    try:
        with _running(configuration, clock) as journal:
            health = Health(clock.monotonic)
            ledger = Ledger(configuration=configuration, journal=journal, health=health)
            exports = Exports(
                configuration=configuration, journal=journal, health=health, ledger=ledger
            )
            with JournalReader(journal.path) as reader:
                ledger.settle(reader.unfinished_reports())
                exports.export(reader, lambda: True)
                left = len(reader.unexported_results())
    except JournalInUse:
        return False
    if left:
        raise ReportError(f"{left} figures are not in their files yet, see the warnings above")
    return True


@contextmanager
def _running(configuration: Configuration, clock: Clock) -> Iterator[Journal]:
    """The journal, open for writing, with its thread. Raises JournalInUse where it is in use."""
    journal = Journal(
        configuration.files / JOURNAL_FILE,
        clock=clock,
        commit_interval_s=COMMIT_INTERVAL_S,
        raw_days=KEPT_DAYS,
        max_bytes=UNLIMITED_BYTES,
    )
    journal.open()
    writer = Service("journal", journal)
    writer.start()
    try:
        yield journal
    finally:
        writer.stop()
        writer.join(time.monotonic() + STOP_S)
        journal.close()
