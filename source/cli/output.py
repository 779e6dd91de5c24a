"""How commands print: tables, for terminals and for files and pipes, and JSON."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import click

GAP = "  "
STYLES = {
    "ok": "green",
    "failed": "bold red",
    "failing": "yellow",
    "off-line": "bold red",
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


Row = Sequence[str]


def print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """A table with colours on a terminal; elsewhere plain text as wide as it needs to be."""
    shown = [[visible(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(columns, shown)
    else:
        click.echo("\n".join(plain_lines(columns, shown)))


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


def _print_rich(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    # Imported here: only a terminal needs it.
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, header_style="bold", show_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        justify: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(column.head, justify=justify, no_wrap=column.right, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    Console().print(table)
