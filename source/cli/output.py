"""How commands print: tables, for terminals and for files and pipes, and JSON."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Sequence
from typing import Literal

import click

from source.plaintext import Column, Row, cells_of, shown_rows, table_lines

RICH_GAP = 2
"""Cells beside a column on a terminal."""
FOLDED_CELLS = 14
"""A name is folded over lines down to this width before a column is left out."""
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


def print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    """A table with colours on a terminal; elsewhere plain text as wide as it needs to be.

    Gives the heads of the columns that are left out since the terminal is too narrow.
    """
    if sys.stdout.isatty():
        return _print_rich(columns, shown_rows(columns, rows))
    click.echo("\n".join(table_lines(columns, rows)))
    return []


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
