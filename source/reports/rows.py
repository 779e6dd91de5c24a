"""The rows that stand in a report file already, by the ends of their periods (pure).

The file is a second witness beside the journal's ledger: a ledger that was lost with a damaged
journal, or that is older than the file since a backup was restored, makes no row come twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias
from zoneinfo import ZoneInfo

from source.config.zones import zone_named
from source.period import local_text
from source.reports.table import CORRECTION, PERIOD_IN, is_header_of

CELLS = 5
"""Of a whole row; the last two are the columns below one header."""
_PERIOD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_CORRECTION = re.compile(rf"{CORRECTION} (\d+),")
_Section: TypeAlias = dict[str, list["Row"]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in a file."""

    text: str
    """With its line end, where it has one."""
    offset: int
    """In bytes from the file's beginning."""

    @property
    def cells(self) -> list[str]:
        return _cells(self.text)

    @property
    def is_correction(self) -> bool:
        """It stands for an earlier row of the same period."""
        return self.revision > 0

    @property
    def revision(self) -> int:
        """The number of a correction; 0 for the first row of a period."""
        cells = self.cells
        found = _CORRECTION.match(cells[-1]) if len(cells) > CELLS else None
        return int(found[1]) if found else 0


class Rows:
    """Finds the row of a period in the content of a file."""

    def __init__(self, content: bytes, zone: ZoneInfo) -> None:
        """``zone`` is the one in force: that of rows without a header above them."""
        named = ((_zone_of(name, zone), rows) for name, rows in _sections(content).items())
        # Rows of a zone that nobody knows witness nothing: rather one twice than one missing.
        self._sections = [(of_rows, rows) for of_rows, rows in named if of_rows is not None]

    def ending(self, end_us: int) -> Row | None:
        """The first row whose period ends at an instant, whatever zone its header names."""
        return next(self._ending(end_us), None)

    def correction(self, end_us: int, text: str) -> Row | None:
        """The row of a correction that says the same as ``text``, but for the zone of its times."""
        wanted = _cells(text)[1:]
        for row in self._ending(end_us):
            if row.is_correction and row.cells[1:] == wanted:
                return row
        return None

    def revisions(self, end_us: int) -> set[int]:
        """Which lines there are of a period: 0 for the first one, n for its correction n."""
        return {row.revision for row in self._ending(end_us)}

    def _ending(self, end_us: int) -> Iterator[Row]:
        for zone, rows in self._sections:
            yield from rows.get(local_text(end_us, zone), ())


def _sections(content: bytes) -> Mapping[str, _Section]:
    """The rows by the zone that the header above them names, and by the text of their end."""
    sections: dict[str, _Section] = {}
    name = ""
    lines = content.splitlines(keepends=True)
    for offset, line in zip(accumulate(map(len, lines), initial=0), lines, strict=False):
        text = line.decode(errors="replace")
        cells = _cells(text)
        if cells and cells[0].startswith(PERIOD_IN):
            name = cells[0].removeprefix(PERIOD_IN)
        elif len(cells) >= CELLS and (period := _PERIOD.fullmatch(cells[0])):
            sections.setdefault(name, {}).setdefault(period[1], []).append(Row(text, offset))
    return sections


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.split("|")[1:-1]]


def _zone_of(name: str, zone: ZoneInfo) -> ZoneInfo | None:
    return zone if not name or is_header_of(name, zone) else zone_named(name)
