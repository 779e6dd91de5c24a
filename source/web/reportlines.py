"""What was reported of which period, as the journal knows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from source.journal.reader import JournalReader
from source.model import Period, PeriodKind
from source.reports.documents import document_path
from source.reports.export import FOLDER, csv_name
from source.reports.files import row_of
from source.reports.house import TOTAL
from source.reports.iso import start_label
from source.reports.rows import Row


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text file; of the house total, whose figures stand in other files alone, none."""

    device: str
    kind: PeriodKind
    label: str
    period: Period
    file: str
    text: str
    is_correction: bool
    document: str
    """The JSON document of the period, as a path in the files folder."""


def lines_of(
    reader: JournalReader, zone: ZoneInfo, device: str | None, kind: PeriodKind | None
) -> list[Line]:
    """Of one device and kind or of all, the newest end first."""
    found = [*_written(reader, zone, device), *_of_house(reader, zone, device)]
    wanted = [one for one in found if kind is None or one.kind == kind]
    return sorted(wanted, key=lambda one: -one.period.end_us)


def _written(reader: JournalReader, zone: ZoneInfo, device: str | None) -> Iterator[Line]:
    for one in reversed(reader.reports(device)):
        text = row_of(one) if one.text else ""
        label = start_label(one.period.start_us, zone, one.kind)
        yield Line(
            one.device,
            one.kind,
            label,
            one.period,
            one.file_name,
            text.strip(),
            Row(text, 0).is_correction,
            _document(one.device, one.kind, one.period, zone),
        )


def _of_house(reader: JournalReader, zone: ZoneInfo, device: str | None) -> Iterator[Line]:
    if device not in {None, TOTAL}:
        return
    for one in reader.results(TOTAL):
        label = start_label(one.period.start_us, zone, one.kind)
        name = f"{FOLDER}/{csv_name(TOTAL)}"
        document = _document(TOTAL, one.kind, one.period, zone)
        yield Line(TOTAL, one.kind, label, one.period, name, "", one.revision > 0, document)


def _document(device: str, kind: PeriodKind, period: Period, zone: ZoneInfo) -> str:
    return (Path(FOLDER) / document_path(device, kind, period, zone)).as_posix()
