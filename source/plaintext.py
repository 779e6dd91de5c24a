"""Tables as plain text, as wide as they need to be; foreign names made safe to print (pure)."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

GAP = "  "
CUT = "…"
NAME_CELLS = 48
"""The longest name of a device in a table; JSON has it whole."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head and how its cells stand."""

    head: str
    right: bool = False
    longest: int = 0
    """Cells above which a text is shortened; 0 means never."""
    spare: int = 0
    """Left out where a terminal has no room for all; the highest first, 0 never."""


Row = Sequence[str]


def table_lines(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    """The lines of a table for files and pipes."""
    return plain_lines(columns, shown_rows(columns, rows))


def shown_rows(columns: Sequence[Column], rows: Sequence[Row]) -> list[Row]:
    """The rows without characters that would command the terminal, and long cells shortened."""
    cells = [[visible(row[index]) for row in rows] for index in range(len(columns))]
    short = [
        shortened(of_column, column.longest) if column.longest else of_column
        for column, of_column in zip(columns, cells, strict=True)
    ]
    return list(zip(*short, strict=True))


def shortened(texts: Sequence[str], longest: int) -> list[str]:
    """The texts, none longer than ``longest`` cells; those that differ still differ."""
    short = {text: _cut(text, longest) for text in texts}
    often = Counter(short.values())
    return [
        short[text] if often[short[text]] == 1 else _cut_with_digest(text, longest)
        for text in texts
    ]


def _cut(text: str, longest: int) -> str:
    """Head and tail of a long text: names often differ at their end."""
    if cells_of(text) <= longest:
        return text
    tail = longest // 3 + 1
    return f"{_fitting(text, longest - tail - 1)}{CUT}{_fitting(text[::-1], tail)[::-1]}"


def _cut_with_digest(text: str, longest: int) -> str:
    if cells_of(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{_fitting(text, longest - len(digest) - 1)}{CUT}{digest}"


def _fitting(text: str, cells: int) -> str:
    """As much of the beginning as fits into so many columns of a terminal."""
    taken = 0
    for place, char in enumerate(text):
        taken += cells_of(char)
        if taken > cells:
            return text[:place]
    return text


def plain_lines(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    """The head and a line for each row, without spaces at the end."""
    table = [[column.head for column in columns], *rows]
    widths = [max(cells_of(row[index]) for row in table) for index in range(len(columns))]
    return [
        GAP.join(
            _padded(cell, width, column.right)
            for cell, width, column in zip(row, widths, columns, strict=True)
        ).rstrip()
        for row in table
    ]


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - cells_of(text))
    return space + text if right else text + space


def cells_of(text: str) -> int:
    """The columns of a terminal that the text takes: Chinese and emoji two, accents alone none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def visible(text: str) -> str:
    """Foreign text without characters that would command the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
