"""Report lines, each appended exactly once, whatever ends the program in between.

The journal's ledger is told first what will be appended where, then the file gets it, then the
ledger is told that it stands there. After a crash the file itself shows how far that came. It also
shows what the ledger does not know, since the journal was damaged or an older copy of it restored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from source.config.models import General
from source.config.names import file_stem
from source.errors import ReportError
from source.faultpoint import reached
from source.health import Health
from source.journal.store import Journal
from source.model import Report, Written
from source.reports import files, table
from source.reports.rows import Rows

logger = logging.getLogger(__name__)


class Ledger:
    """Appends the lines of reports to the files of a folder."""

    def __init__(self, *, folder: Path, general: General, journal: Journal, health: Health) -> None:
        self._folder = folder
        self._general = general
        self._journal = journal
        self._health = health

    def write(self, reports: Sequence[Report]) -> int:
        """Append reports, of each file oldest first; gives how many lines were appended.

        A line that stands in its file already is entered in the ledger alone. A file that can't be
        written is told to Health, the others go on. Raises JournalError.
        """
        planned: list[Written] = []
        for file_name, group in _grouped(reports).items():
            planned += self._tried(file_name, partial(self._plan, file_name, group))
        if not planned:
            return 0
        self._journal.begin_reports(planned)
        reached("report: entered")
        return self.settle(planned)

    def settle(self, entries: Sequence[Written]) -> int:
        """Make every entry that was begun stand in its file once; gives how many do now.

        One that is ``done`` stood there before and is not counted. Raises JournalError.
        """
        finished: list[Written] = []
        for file_name, group in files.by_file(entries).items():
            settled = self._tried(file_name, partial(self._settle_file, file_name, group))
            if settled:
                self._health.well(subject(file_name))
            finished += settled
        if finished:
            self._journal.finish_reports(finished)
            reached("report: finished")
        return sum(not entry.done for entry in finished)

    def _tried(self, file_name: str, work: Callable[[], list[Written]]) -> list[Written]:
        """What ``work`` gives; nothing where the file does not let it."""
        try:
            return work()
        except ReportError as err:
            self._health.failed(subject(file_name), err)
            return []

    def _plan(self, file_name: str, reports: Sequence[Report]) -> list[Written]:
        """The ledger entries for lines that stand in a file, ``done``, and for new ones after them.

        Raises ReportError.
        """
        content = files.content_of(self._folder / file_name)
        rows, entries, new = self._rows(content), [], []
        for report in reports:
            row = rows.ending(report.period.end_us)
            if row is None:
                new.append(report)
            else:
                entries.append(_entry(report, file_name, row.text, row.offset, is_done=True))
        if entries:
            logger.info("%s: %d lines that it has are new to the journal", file_name, len(entries))
        return entries + self._new_entries(file_name, content, new)

    def _new_entries(
        self, file_name: str, content: bytes, reports: Sequence[Report]
    ) -> list[Written]:
        general = self._general
        before, power_on = self._opening(content)
        entries, offset = [], len(content)
        for report in reports:
            try:
                row = table.row(report, general.zone, general.currency, power_on)
            except ArithmeticError as err:  # no such energy is ever measured: a damaged journal
                raise ReportError(f"{file_name}: {report.totals.energy_wh} Wh? {err}") from err
            entries.append(_entry(report, file_name, before + row, offset))
            offset, before = offset + len((before + row).encode()), ""
        return entries

    def _settle_file(self, file_name: str, entries: Sequence[Written]) -> list[Written]:
        """Complete what the file lacks of the entries; gives them."""
        path = self._folder / file_name
        content = files.content_of(path)
        missing, changed = b"", []
        for entry in entries:
            rest = files.missing_text(content + missing, entry)
            if rest is None:
                changed.append(entry)
            else:
                missing += rest
        if missing:
            files.append(path, missing)
        if changed:
            self._begin_anew(path, content + missing, changed)
        reached("report: appended")
        return list(entries)

    def _begin_anew(self, path: Path, content: bytes, entries: Sequence[Written]) -> None:
        """Append rows for which the file was not left as the ledger knows it."""
        rows = self._rows(content)
        lacking = [entry for entry in entries if rows.ending(entry.period.end_us) is None]
        if not lacking:
            return
        before, _ = self._opening(content)
        moved, offset = [], len(content)
        for entry in lacking:
            moved.append(replace(entry, text=before + files.row_of(entry), offset=offset))
            offset, before = offset + len(moved[-1].text.encode()), ""
        self._journal.begin_reports(moved)
        files.append(path, b"".join(entry.text.encode() for entry in moved))

    def _opening(self, content: bytes) -> tuple[str, bool]:
        return table.opening(content.decode(errors="replace"), self._general.zone)

    def _rows(self, content: bytes) -> Rows:
        return Rows(content, self._general.zone)


def file_name(report: Report) -> str:
    """The name of the file of a device's reports of one kind."""
    return f"{file_stem(report.device)}_{report.kind}.txt"


def subject(file_name: str) -> str:
    """What a report file is called in Health and in the log."""
    return f"report {file_name}"


def _entry(
    report: Report, file_name: str, text: str, offset: int, *, is_done: bool = False
) -> Written:
    return Written(report.device, report.kind, report.period, file_name, text, offset, is_done)


def _grouped(reports: Iterable[Report]) -> dict[str, list[Report]]:
    groups: dict[str, list[Report]] = {}
    for report in reports:
        groups.setdefault(file_name(report), []).append(report)
    return groups
