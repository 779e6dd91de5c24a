"""The rows that stand in a report file already, by the ends of their periods (pure).

The file is a second witness beside the journal's ledger: a ledger that was lost with a damaged
journal, or that is older than the file since a backup was restored, makes no row come twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias
from zoneinfo import ZoneInfo

from source.config.zones import zone_named
from source.reports.period import local_text
from source.reports.table import PERIOD_IN, is_header_of

CELLS = 5
"""Of a whole row; the last two are the columns below one header."""
_PERIOD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_Section: TypeAlias = dict[str, "Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in a file."""

    text: str
    """With its line end, where it has one."""
    offset: int
    """In bytes from the file's beginning."""


class Rows:
    """Finds the row of a period in the content of a file."""

    def __init__(self, content: bytes, zone: ZoneInfo) -> None:
        """``zone`` is the one in force: that of rows without a header above them."""
        named = ((_zone_of(name, zone), rows) for name, rows in _sections(content).items())
        # Rows of a zone that nobody knows witness nothing: rather one twice than one missing.
        self._sections = [(of_rows, rows) for of_rows, rows in named if of_rows is not None]

    def ending(self, end_us: int) -> Row | None:
        """The row whose period ends at an instant, whatever zone its header names."""
        for zone, rows in self._sections:
            row = rows.get(local_text(end_us, zone))
            if row is not None:
                return row
        return None


def _sections(content: bytes) -> Mapping[str, _Section]:
    """The rows by the zone that the header above them names, and by the text of their end."""
    sections: dict[str, _Section] = {}
    name = ""
    lines = content.splitlines(keepends=True)
    for offset, line in zip(accumulate(map(len, lines), initial=0), lines, strict=False):
        text = line.decode(errors="replace")
        cells = [cell.strip() for cell in text.split("|")[1:-1]]
        if cells and cells[0].startswith(PERIOD_IN):
            name = cells[0].removeprefix(PERIOD_IN)
        elif len(cells) >= CELLS and (period := _PERIOD.fullmatch(cells[0])):
            sections.setdefault(name, {})[period[1]] = Row(text, offset)
    return sections


def _zone_of(name: str, zone: ZoneInfo) -> ZoneInfo | None:
    return zone if not name or is_header_of(name, zone) else zone_named(name)
