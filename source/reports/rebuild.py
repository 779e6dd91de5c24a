"""What the reports lack: periods without figures, and figures that do not stand in their files.

What stands in a file is never touched; a line that comes later stands after those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from source.config.models import Configuration, DeviceConfig
from source.journal.reader import JournalReader
from source.model import Period, PeriodKind, Report, Result, Written
from source.period import Rule, ends_between
from source.reports import documents, files
from source.reports.calculation import Calculation
from source.reports.csvfile import key_of, standing_keys
from source.reports.due import Due, beginning_us, house_beginning_us
from source.reports.export import FOLDER, csv_path
from source.reports.figures import by_revision, figures_in, result_of
from source.reports.house import KINDS, TOTAL, house_rules, overlap, removed
from source.reports.names import text_name
from source.reports.period import rules_of
from source.reports.reported import as_reported
from source.reports.rows import Rows
from source.tariffs.book import PriceBook

FIGURES, TEXT, CSV, JSON = "figures", "text line", "CSV line", "JSON document"


@dataclass(frozen=True, slots=True)
class Lack:
    """What is not there of a period."""

    device: str
    kind: PeriodKind
    period: Period
    what: tuple[str, ...]


@dataclass(slots=True)
class Found:
    """What a device lacks, and what has to be done so that it is written."""

    lacks: list[Lack] = field(default_factory=list)
    new: list[Result] = field(default_factory=list)
    """Figures to be entered."""
    again: list[Result] = field(default_factory=list)
    """Figures to be marked as not exported."""


class Rebuild:
    """Looks for what is lacking of the periods that have a part in a span of time."""

    def __init__(
        self, reader: JournalReader, configuration: Configuration, span: Period, now_us: int
    ) -> None:
        self._reader = reader
        self._configuration = configuration
        self._general = configuration.general
        self._span = span
        self._now_us = now_us
        self._calculation = Calculation(
            reader, PriceBook(configuration, reader.prices), configuration
        )
        self._due = Due(reader, self._calculation, configuration, now_us, inf)
        gone = [name for name in reader.devices() if name not in configuration.devices]
        self._devices = {**configuration.devices, **{name: removed(name) for name in gone}}

    @property
    def device_count(self) -> int:
        """How many steps ``lacking`` takes before the last one."""
        return len(self._devices)

    def lacking(
        self, device: str | None = None, done: Callable[[int], None] = lambda _: None
    ) -> Iterator[Found]:
        """Of each device, and at last of the house total; or of one device alone."""
        for name, entry in self._devices.items():
            if device in (None, name):
                yield self._of_device(entry)
            done(1)
        if device in (None, TOTAL):
            yield self._of_house()

    def _of_device(self, device: DeviceConfig) -> Found:
        found = Found()
        written = self._reader.reports(device.name)
        results = self._reader.results(device.name)
        rules = {rule.kind: rule for rule in rules_of(device, self._general)}
        for kind in KINDS:
            lines = {entry.period: entry for entry in written if entry.kind == kind}
            known = {result.period for result in results if result.kind == kind}
            lacking = lines.keys() - known
            if rule := rules.get(kind):
                begin_us = beginning_us(self._reader, device.name, rule)
                reported = lines.keys() | known
                lacking |= set(self._holes(rule, begin_us, self._last_us(device), reported))
            for period in sorted(filter(self._is_meant, lacking), key=_end):
                if period in lines or self._due.is_ready(device, period):
                    report = self._calculation.of_device(device, kind, period)
                    self._add(found, report, lines.get(period))
        return self._add_files(found, device.name, results, written)

    def _of_house(self) -> Found:
        found = Found()
        results = self._reader.results(TOTAL)
        for rule in house_rules(self._configuration):
            known = {result.period for result in results if result.kind == rule.kind}
            begin_us = house_beginning_us(self._reader, self._calculation, rule)
            holes = self._holes(rule, begin_us, self._due.house_end_us(), known)
            for period in filter(self._is_meant, holes):
                if self._due.is_house_ready(period):
                    self._add(found, self._calculation.of_house(rule.kind, period))
        return self._add_files(found, TOTAL, results, ())

    def _last_us(self, device: DeviceConfig) -> int:
        """Now, or the last point of a device that is polled no more."""
        span = self._calculation.span(device)
        return self._now_us if span is None else min(self._now_us, span.end_us)

    def _holes(
        self, rule: Rule, begin_us: int | None, last_us: int, known: Iterable[Period]
    ) -> list[Period]:
        """The periods of a rule that have ended and that no other one covers; the last of them
        begins before ``last_us``."""
        if begin_us is None:
            return []
        holes: list[Period] = []
        cursor_us = begin_us
        for period in [*sorted(known, key=_end), Period(self._now_us, self._now_us)]:
            if cursor_us < period.start_us:
                holes += _tiles(rule, cursor_us, period.start_us, self._now_us)
            cursor_us = max(cursor_us, period.end_us)
        return [hole for hole in holes if hole.start_us < last_us]

    def _is_meant(self, period: Period) -> bool:
        return overlap(period, self._span) is not None

    def _add(self, found: Found, report: Report, line: Written | None = None) -> None:
        """``line`` is how the period was reported before figures were kept."""
        figures = figures_in(self._configuration, report)
        if line is not None:
            figures = as_reported(line, figures)
        found.new.append(result_of(report, figures))
        found.lacks.append(Lack(report.device, report.kind, report.period, (FIGURES,)))

    def _add_files(
        self, found: Found, device: str, results: Sequence[Result], written: Sequence[Written]
    ) -> Found:
        meant = [one for one in results if one.exported and self._is_meant(one.period)]
        if meant:
            standing = Standing(self._configuration, device, meant, written)
            for result in meant:
                what = standing.lacking(result)
                if what:
                    found.again.append(result)
                    found.lacks.append(Lack(device, result.kind, result.period, what))
        return found


class Standing:
    """What stands in the files of a device."""

    def __init__(
        self,
        configuration: Configuration,
        device: str,
        results: Sequence[Result],
        written: Sequence[Written],
    ) -> None:
        """``written`` are the lines that the ledger knows; raises ReportError where a file can't be
        read."""
        self._folder = configuration.files
        self._zone = configuration.general.zone
        path = csv_path(self._folder, device)
        self._keys = standing_keys(files.content_of(path), path.name)
        self._newest = {(one.kind, one.period): one.revision for one in by_revision(results)}
        self._lines = {(one.kind, one.period.end_us) for one in written}
        self._rows: dict[PeriodKind, Rows] = {}

    def lacking(self, result: Result) -> tuple[str, ...]:
        """The files in which a result does not stand, and should."""
        found = {
            TEXT: self._stands_in_text(result),
            CSV: key_of(result) in self._keys,
            JSON: self._is_document(result),
        }
        return tuple(what for what, stands in found.items() if not stands)

    def _stands_in_text(self, result: Result) -> bool:
        end_us = result.period.end_us
        if (result.kind, end_us) not in self._lines:
            return True  # it never had a line
        if result.kind not in self._rows:
            content = files.content_of(self._folder / text_name(result.device, result.kind))
            self._rows[result.kind] = Rows(content, self._zone)
        # One that was corrected is not written after its correction, which tells what it said.
        return result.revision <= max(self._rows[result.kind].revisions(end_us), default=-1)

    def _is_document(self, result: Result) -> bool:
        if result.revision < self._newest[result.kind, result.period]:
            return True  # replaced
        path = documents.document_path(result.device, result.kind, result.period, self._zone)
        return documents.revision_in(self._folder / FOLDER / path) == result.revision


def _tiles(rule: Rule, start_us: int, end_us: int, now_us: int) -> Iterator[Period]:
    """A hole, cut where the rule's periods end; what has not ended yet is left out."""
    for each_us in ends_between(rule, start_us, end_us):
        yield Period(start_us, each_us)
        start_us = each_us
    if start_us < end_us < now_us:
        yield Period(start_us, end_us)


def _end(period: Period) -> int:
    return period.end_us
