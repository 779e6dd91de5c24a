"""How commands print: tables, for terminals and for files and pipes, and JSON."""

from __future__ import annotations

import hashlib
import json
import sys
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import click

GAP = "  "
CUT = "…"
RICH_GAP = 2
"""Cells beside a column on a terminal."""
FOLDED_CELLS = 14
"""A name is folded over lines down to this width before a column is left out."""
NAME_CELLS = 48
"""The longest name of a device in a table; JSON has it whole."""
STYLES = {
    "ok": "green",
    "failed": "bold red",
    "failing": "yellow",
    "off-line": "bold red",
    "stuck": "bold red",
    "disabled": "dim",
    "not tried": "dim",
    "waiting": "dim",
    "stopped": "dim",
}
"""Colours on a terminal, for cells that say in one word how something is."""


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


def print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    """A table with colours on a terminal; elsewhere plain text as wide as it needs to be.

    Gives the heads of the columns that are left out since the terminal is too narrow.
    """
    if sys.stdout.isatty():
        return _print_rich(columns, _shown(columns, rows))
    click.echo("\n".join(table_lines(columns, rows)))
    return []


def table_lines(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    """The lines of a table for files and pipes."""
    return plain_lines(columns, _shown(columns, rows))


def _shown(columns: Sequence[Column], rows: Sequence[Row]) -> list[Row]:
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


def fitting(columns: Sequence[Column], rows: Sequence[Row], room: int) -> list[int]:
    """The places of the columns that fit side by side, their heads broken over lines; those that
    nobody can spare stay in any case."""
    kept = list(range(len(columns)))
    widths = [
        _least_cells(column, [row[place] for row in rows]) for place, column in enumerate(columns)
    ]
    while sum(widths[place] + RICH_GAP for place in kept) > room:
        place = max(kept, key=lambda place: columns[place].spare)
        if not columns[place].spare:
            break
        kept.remove(place)
    return kept


def _least_cells(column: Column, cells: Sequence[str]) -> int:
    """Numbers are never folded; names are, where they have to be."""
    needed = max(map(cells_of, cells), default=0)
    if column.longest:
        needed = min(needed, FOLDED_CELLS)
    return max(needed, *map(cells_of, column.head.split(" ")))


def _cells(column: Column, cells: Sequence[str]) -> int:
    return max(map(cells_of, (column.head, *cells)))


def _broken(column: Column, cells: Sequence[str]) -> str:
    """The head in as many lines as keep it as narrow as the cells below it."""
    return "\n".join(textwrap.wrap(column.head, _least_cells(column, cells)))


def _print_rich(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    # Imported here: only a terminal needs it.
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, header_style="bold", show_edge=False, padding=(0, 1, 0, 0))
    console = Console()
    kept = fitting(columns, rows, console.width)
    wanted = sum(
        _cells(column, [row[n] for row in rows]) + RICH_GAP for n, column in enumerate(columns)
    )
    for place in kept:
        column = columns[place]
        justify: Literal["left", "right"] = "right" if column.right else "left"
        cells = [row[place] for row in rows]
        head = column.head if wanted <= console.width else _broken(column, cells)
        table.add_column(head, justify=justify, no_wrap=column.right, overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[n], style=STYLES.get(row[n], "")) for n in kept))
    console.print(table)
    return [c.head for place, c in enumerate(columns) if place not in kept and c.head]
