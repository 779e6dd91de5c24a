"""``<device>.csv``: which lines it has, and what has to be appended (pure).

The file itself is the witness of what stands in it. A user may have saved it with another program:
the header tells the order of the columns, the separator, and with that the decimal sign.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from source.errors import ReportError
from source.model import US_PER_S, Result
from source.reports.figures import COLUMNS, Cell
from source.reports.iso import instant_us

LINE_END = "\r\n"
"""RFC 4180."""
BYTE_ORDER_MARK = "\ufeff"
KEY_COLUMNS = ("kind", "end", "revision")
Key: TypeAlias = tuple[str, int, int]
"""Kind, end in µs and revision."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How values are written."""

    separator: str = ","
    decimal_comma: bool = False


PLAIN, GERMAN = Dialect(), Dialect(";", decimal_comma=True)


@dataclass(frozen=True, slots=True)
class Line:
    """What is to stand in a file once."""

    key: Key
    cells: Sequence[Cell]
    """In the order of ``COLUMNS``."""


def key_of(result: Result) -> Key:
    """What the line of a result is known by; times in a file are whole seconds."""
    end_s = (result.period.end_us + US_PER_S // 2) // US_PER_S
    return result.kind, end_s * US_PER_S, result.revision


def text_of(cells: Iterable[Cell], dialect: Dialect = PLAIN) -> str:
    """One line with its line end."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=dialect.separator, lineterminator=LINE_END)
    writer.writerow([_text(cell, dialect) for cell in cells])
    return out.getvalue()


def missing_bytes(content: bytes, lines: Sequence[Line], name: str) -> bytes:
    """What has to be appended to a file, so that each of the lines stands in it once.

    The rest of a line that a crash has torn comes first. Raises ReportError where the file begins
    with something else than a header that has the columns of ``KEY_COLUMNS``.
    """
    header = text_of(COLUMNS).encode()
    if header.startswith(content):
        return header[len(content) :] + b"".join(text_of(line.cells).encode() for line in lines)
    layout = _Layout(content, name)
    standing = layout.keys()
    missing = [layout.text(line).encode() for line in lines if line.key not in standing]
    torn = layout.torn
    for place, text in enumerate(missing):
        if torn and text.startswith(torn):
            rest = text[len(torn) :]
            return rest + b"".join(missing[:place] + missing[place + 1 :])
    finished = layout.torn_text(line for line in lines if line.key in standing)
    if not missing:
        return finished
    return (finished or layout.line_break) + b"".join(missing)


def standing_keys(content: bytes, name: str) -> set[Key]:
    """The lines of a file. Raises ReportError as ``missing_bytes`` does."""
    return _Layout(content, name).keys() if content else set()


class _Layout:
    """How a file is laid out, and its lines."""

    def __init__(self, content: bytes, name: str) -> None:
        text = content.decode(errors="replace").removeprefix(BYTE_ORDER_MARK)
        head = text.splitlines()[0] if text.strip() else ""
        separator = max(",;\t", key=head.count)
        self._dialect = Dialect(separator, decimal_comma=separator == ";")
        self._names = next(csv.reader([head], delimiter=separator), [])
        if not set(KEY_COLUMNS) <= set(self._names):
            raise ReportError(
                f"{name}: its first line is no header with the columns"
                f" {', '.join(KEY_COLUMNS)}; move the file away, it is begun anew"
            )
        self._rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))[1:]
        self.torn = b"" if content.endswith(b"\n") else content.rpartition(b"\n")[2]
        """The last line, where it has no end."""

    @property
    def line_break(self) -> bytes:
        if not self.torn:
            return b""
        return b"\n" if self.torn.endswith(b"\r") else LINE_END.encode()

    def keys(self) -> set[Key]:
        """What stands in the file. A line that is not whole stands there only if it has all of its
        columns."""
        places = [self._names.index(column) for column in KEY_COLUMNS]
        found = set()
        for row in self._rows:
            if len(row) >= len(self._names):
                kind, end, revision = (row[place].strip() for place in places)
                end_us = instant_us(end)
                if end_us is not None and revision.isdecimal():
                    found.add((kind, end_us, int(revision)))
        return found

    def text(self, line: Line) -> str:
        """A line in the order of the file's own columns; those that are not ours stay empty."""
        ours = dict(zip(COLUMNS, line.cells, strict=True))
        return text_of([ours.get(name) for name in self._names], self._dialect)

    def torn_text(self, standing: Iterable[Line]) -> bytes:
        """The rest of a torn line that has all of its columns already."""
        if not self.torn:
            return b""
        for line in standing:
            text = self.text(line).encode()
            if text.startswith(self.torn):
                return text[len(self.torn) :]
        return b""


def _text(cell: Cell, dialect: Dialect) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        text = f"{cell:f}"
        return text.replace(".", ",") if dialect.decimal_comma else text
    return str(cell)
