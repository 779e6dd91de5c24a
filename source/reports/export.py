"""The files for other programs: ``files/reports/<device>.csv`` and a JSON document per period.

What is to stand there are the figures in the journal that are not marked as exported. They are
marked when they do; a crash in between repeats a step that changes nothing then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby, islice
from pathlib import Path

from source.config.models import Configuration
from source.config.names import file_stem
from source.errors import ReportError
from source.faultpoint import reached
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Result
from source.reports import documents, files
from source.reports.csvfile import Line, key_of, missing_bytes
from source.reports.figures import by_revision, csv_cells, from_text
from source.reports.ledger import Ledger, previous_of
from source.reports.names import subject

FOLDER = "reports"
AT_ONCE = 500


class Exports:
    """Makes figures stand in every file that they belong in."""

    def __init__(
        self, *, configuration: Configuration, journal: Journal, health: Health, ledger: Ledger
    ) -> None:
        self._folder = configuration.files / FOLDER
        self._zone = configuration.general.zone
        self._journal = journal
        self._health = health
        self._ledger = ledger

    def export(self, reader: JournalReader, is_wanted: Callable[[], bool]) -> int:
        """Write all that is not exported yet, as long as it ``is_wanted``; gives how many results
        were. What a file refuses is told to Health and tried again. Raises JournalError."""
        count = 0
        for results in _chunks(reader.unexported_results()):
            if not is_wanted():
                break
            ready = self._ledger.stand(reader, results)
            done = self._tried(results[0].device, partial(self._put, reader, ready))
            if done:
                self._journal.finish_results(done)
                reached("result: finished")
            count += len(done)
        return count

    def _put(self, reader: JournalReader, results: Sequence[Result]) -> list[Result]:
        """Line and document of results of one device. Raises ReportError."""
        if not results:
            return []
        device, results = results[0].device, sorted(results, key=_order)
        path = self._folder / csv_name(device)
        self._folder.mkdir(exist_ok=True)
        missing = missing_bytes(
            files.content_of(path), [self._line(result) for result in results], path.name
        )
        if missing:
            files.append(path, missing)
        reached("result: line appended")
        texts = {
            documents.document_path(device, one.kind, one.period, self._zone): documents.document(
                one, previous_of(reader, one), self._zone
            )
            for one in self._newest(reader, results)
        }
        documents.put(self._folder, texts)
        reached("result: document written")
        self._health.well(subject(path.name))
        return list(results)

    def _line(self, result: Result) -> Line:
        figures, period = from_text(result.figures), result.period
        cells = csv_cells(result.kind, period, figures, self._zone, result.revision)
        return Line(key_of(result), cells)

    def _newest(self, reader: JournalReader, results: Sequence[Result]) -> Iterator[Result]:
        """The newest figures of each period; those may be exported before the older ones are."""
        newest = {(one.kind, one.period.end_us): one for one in by_revision(results)}
        for result in newest.values():
            end_us = result.period.end_us
            every = reader.results(
                result.device, kind=result.kind, after_us=end_us - 1, until_us=end_us
            )
            yield max(every, key=lambda one: one.revision, default=result)

    def _tried(self, device: str, work: Callable[[], list[Result]]) -> list[Result]:
        try:
            return work()
        except (ReportError, OSError) as err:
            self._health.failed(subject(csv_name(device)), err)
            return []


def csv_name(device: str) -> str:
    """The name of a device's file in ``FOLDER``."""
    return f"{file_stem(device)}.csv"


def csv_path(folder: Path, device: str) -> Path:
    """Where a device's file stands, in the files folder."""
    return folder / FOLDER / csv_name(device)


def _order(result: Result) -> tuple[int, int, str]:
    """First figures before corrections, and the oldest first; a day before its month."""
    return result.revision, result.period.end_us, result.kind


def _chunks(results: Sequence[Result]) -> Iterator[list[Result]]:
    """Those of one device at a time, and not too many, oldest first."""
    for _, group in groupby(results, key=lambda one: one.device):
        ordered = iter(sorted(group, key=_order))
        while chunk := list(islice(ordered, AT_ONCE)):
            yield chunk
