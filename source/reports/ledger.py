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
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TypeAlias, TypeVar

from source.config.models import Configuration
from source.errors import ReportError
from source.faultpoint import reached
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import PeriodKind, Report, Result, Written
from source.reports import files, table
from source.reports.figures import Figures, figures_in, from_text, result_of
from source.reports.house import TOTAL
from source.reports.names import counts_in, file_name, subject, text_name
from source.reports.period import rules_of
from source.reports.rows import Row, Rows

logger = logging.getLogger(__name__)

T = TypeVar("T")
LineKey: TypeAlias = tuple[str, PeriodKind, int]
"""Device, kind and end of a period."""


class Ledger:
    """Appends the lines of reports to the text files of a folder."""

    def __init__(self, *, configuration: Configuration, journal: Journal, health: Health) -> None:
        self._configuration = configuration
        self._folder = configuration.files
        self._general = configuration.general
        self._devices = configuration.devices
        self._journal = journal
        self._health = health
        self._standing: set[LineKey] = set()
        """Lines that this look has seen or made to stand in their files."""

    def write(self, reports: Sequence[Report]) -> int:
        """Enter reports and append their lines, of each file oldest first; gives how many lines
        were appended. The house total has no line, its figures are entered alone.

        A line that stands in its file already is entered in the ledger alone. A file that can't be
        written is told to Health, the others go on. Raises JournalError.
        """
        planned: list[Written] = []
        results: list[Result] = []
        for name, group in _grouped(reports).items():
            if not name:
                results += self._tried(f"{TOTAL}.csv", partial(self._results, group))
            elif entries := self._tried(name, partial(self._plan, name, group)):
                planned += entries
                results += self._results(group)
        if not results:
            return 0
        self._journal.begin_reports(planned, results)
        reached("report: entered")
        return self.settle(planned)

    def _results(self, reports: Sequence[Report]) -> list[Result]:
        return [result_of(report, figures_in(self._configuration, report)) for report in reports]

    def settle(self, entries: Sequence[Written]) -> int:
        """Make every entry that was begun stand in its file once; gives how many do now.

        One that is ``done`` stood there before and is not counted. Raises JournalError.
        """
        finished: list[Written] = []
        for name, group in files.by_file(entries).items():
            settled = self._tried(name, partial(self._settle_file, name, group))
            if settled:
                self._health.well(subject(name))
            finished += settled
        if finished:
            self._journal.finish_reports(finished)
            reached("report: finished")
        self._standing.update((e.device, e.kind, e.period.end_us) for e in finished)
        return sum(not entry.done for entry in finished)

    # --- lines of figures that the journal has already ---

    def stand(self, reader: JournalReader, results: Sequence[Result]) -> list[Result]:
        """The results whose lines stand in their text files now; a correction has a line of its
        own, after the first. One that needs no line counts too.

        A file that can't be written is told to Health, its results are left out. Raises
        JournalError.
        """
        ready = [result for result in results if result.device == TOTAL]
        groups: dict[str, list[Result]] = {}
        for result in results:
            if result.device == TOTAL:
                continue
            if result.revision == 0 and _key(result) in self._standing:
                ready.append(result)
            else:
                groups.setdefault(text_name(result.device, result.kind), []).append(result)
        busy = {entry.file_name for entry in reader.unfinished_reports()} if groups else set()
        for name, group in groups.items():
            if name not in busy:
                ready += self._tried(name, partial(self._stand_file, reader, name, group))
        return ready

    def forget(self) -> None:
        """The look is over; files may be changed by anybody until the next one."""
        self._standing.clear()

    def _stand_file(
        self, reader: JournalReader, name: str, results: Sequence[Result]
    ) -> list[Result]:
        """Revision by revision: the ledger has one place for all lines of a period."""
        device, kind = results[0].device, results[0].kind
        known = {e.period.end_us for e in reader.reports(device) if e.kind == kind}
        ready: list[Result] = []
        by_revision = attrgetter("revision")
        for _, group in groupby(sorted(results, key=by_revision), key=by_revision):
            same = list(group)
            entries = self._entries_of(reader, name, same, known)
            if entries:
                self._journal.begin_reports(entries)
                reached("correction: entered")
                self.settle(entries)
            if not self._standing >= {(e.device, e.kind, e.period.end_us) for e in entries}:
                break
            ready += same
        return ready

    def _entries_of(
        self, reader: JournalReader, name: str, results: Sequence[Result], known: set[int]
    ) -> list[Written]:
        """What has to be entered for results of one file: those that lack their line, or whose line
        the ledger does not know."""
        content = files.content_of(self._folder / name)
        rows, offset = self._rows(content), len(content)
        device, kind = results[0].device, results[0].kind
        before, power_on = self._opening(content, device, kind)
        is_ordered, entries = self._is_ordered(device, kind), []
        for result in sorted(results, key=lambda one: one.period.end_us):
            end_us = result.period.end_us
            first = rows.ending(end_us)
            if first is None and not is_ordered and end_us not in known:
                continue
            figures = from_text(result.figures)
            report = Report(device, kind, result.period, figures.totals, figures.bill)
            last = self._correction(reader, result)
            text = self._row(report, figures, power_on, last)
            found = rows.correction(end_us, text) if last else first
            if found is None:
                entries.append(_entry(report, name, before + text, offset))
                offset, before = offset + len((before + text).encode()), ""
            elif end_us not in known:
                entries.append(_entry(report, name, found.text, found.offset, is_done=True))
        return entries

    def _correction(self, reader: JournalReader, result: Result) -> str:
        previous = previous_of(reader, result)
        return "" if previous is None else table.correction_cell(result.revision, previous)

    def _is_ordered(self, device: str, kind: PeriodKind) -> bool:
        entry = self._devices.get(device)
        return entry is not None and any(r.kind == kind for r in rules_of(entry, self._general))

    # --- planning and appending ---

    def _tried(self, file_name: str, work: Callable[[], list[T]]) -> list[T]:
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
        if not reports:
            return []
        before, power_on = self._opening(content, reports[0].device, reports[0].kind)
        entries, offset = [], len(content)
        for report in reports:
            row = self._row(report, figures_in(self._configuration, report), power_on)
            entries.append(_entry(report, file_name, before + row, offset))
            offset, before = offset + len((before + row).encode()), ""
        return entries

    def _row(self, report: Report, figures: Figures, power_on: bool, last: str = "") -> str:
        is_wanted = counts_in(self._devices.get(report.device), report.kind)
        count = figures.totals.switch_ons if is_wanted else None
        try:
            return table.row(report, self._general.zone, figures.currency, power_on, count, last)
        except ArithmeticError as err:  # no such energy is ever measured: a damaged journal
            name = file_name(report)
            raise ReportError(f"{name}: {report.totals.energy_wh} Wh? {err}") from err

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
        lacking = [entry for entry in entries if _standing_row(rows, entry) is None]
        if not lacking:
            return
        before, _ = self._opening(content, lacking[0].device, lacking[0].kind)
        moved, offset = [], len(content)
        for entry in lacking:
            moved.append(replace(entry, text=before + files.row_of(entry), offset=offset))
            offset, before = offset + len(moved[-1].text.encode()), ""
        self._journal.begin_reports(moved)
        files.append(path, b"".join(entry.text.encode() for entry in moved))

    def _opening(self, content: bytes, device: str, kind: PeriodKind) -> tuple[str, bool]:
        power_on = counts_in(self._devices.get(device), kind)
        return table.opening(
            content.decode(errors="replace"), self._general.zone, power_on=power_on
        )

    def _rows(self, content: bytes) -> Rows:
        return Rows(content, self._general.zone)


def previous_of(reader: JournalReader, result: Result) -> Figures | None:
    """What was reported of a period before a correction; None for the first figures."""
    if result.revision == 0:
        return None
    end_us = result.period.end_us
    found = reader.results(result.device, kind=result.kind, after_us=end_us - 1, until_us=end_us)
    older = [one for one in found if one.revision < result.revision]
    return from_text(older[-1].figures) if older else None


def _key(result: Result) -> LineKey:
    return result.device, result.kind, result.period.end_us


def _standing_row(rows: Rows, entry: Written) -> Row | None:
    text = files.row_of(entry)
    end_us = entry.period.end_us
    if Row(text, 0).is_correction:
        return rows.correction(end_us, text)
    return rows.ending(end_us)


def _entry(
    report: Report, file_name: str, text: str, offset: int, *, is_done: bool = False
) -> Written:
    return Written(report.device, report.kind, report.period, file_name, text, offset, is_done)


def _grouped(reports: Iterable[Report]) -> dict[str, list[Report]]:
    groups: dict[str, list[Report]] = {}
    for report in reports:
        groups.setdefault(file_name(report), []).append(report)
    return groups
