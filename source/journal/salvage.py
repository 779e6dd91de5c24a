"""All rows that can still be read out of a damaged journal, page by page.

A page belongs to the table whose tree leads to it; where a tree is broken, to the table whose rows
its own look like. So no damaged page takes others with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from source.journal.pages import (
    INDEX_INTERIOR,
    INDEX_LEAF,
    TABLE_INTERIOR,
    TABLE_LEAF,
    Image,
    Record,
    children,
    kind_of,
    records,
)
from source.journal.tables import Table, index_roots, tables

STRANGER, SCHEMA, FREE, INDEX = 0, 253, 254, 255
"""Owners of pages that are no table; tables count from 1."""
NO_TABLES = (SCHEMA, FREE, INDEX)
WITH_ROWS = (TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR)
LARGE = ("point", "interval", "report", "price", "result", "run")
"""Of these a page may have no way to it, though all of their tree looks well."""
SAMPLE_ROWS = 12
Numbered: TypeAlias = tuple[int, Record | None]
Found: TypeAlias = tuple[Table, list[Record]]
"""Rows of one page."""


@dataclass(slots=True)
class Losses:
    """What could not be read."""

    pages: int = 0
    rows: int = 0
    """That made no sense, on pages that can be read."""
    of: set[str] = field(default_factory=set)
    """Tables whose tree is broken."""
    thin: set[str] = field(default_factory=set)
    """Tables that lack something, as far as it can be told."""

    def note(self, table: str, rows: int) -> None:
        """So many rows of a table make no sense."""
        self.rows += rows
        if rows:
            self.thin.add(table)


class Salvage:
    """Reads one damaged file, with its log; ``rows`` gives what is in it."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self._tables = tables()
        self._owner = bytearray(image.count + 1)
        self.losses = Losses(pages=image.cut_pages)
        roots = self._roots()
        for number, table in enumerate(self._tables, 1):
            if not self._claim(roots.get(table.name, table.root), number, table.has_rowid):
                self._note_broken(table)
        for name, root in index_roots().items():  # (name, number) of a device is no cursor
            self._claim(roots.get(name, root), INDEX, is_table=False)
        self._knows_free = self._claim_free()

    def rows(self) -> Iterator[Found]:
        """The rows of each page; those of pages that a tree leads to come first."""
        strangers: list[int] = []
        for number in range(1, self._image.count + 1):
            owner = self._owner[number]
            page = self._image.page(number)
            if number == 1 or owner in NO_TABLES or kind_of(page, number) not in WITH_ROWS:
                self._note_unread(number, page)
                continue
            if owner == STRANGER:
                strangers.append(number)
                continue
            table = self._tables[owner - 1]
            taken, bad = _taken(table, page, list(records(self._image, page, number)))
            if taken or not bad:
                self.losses.note(table.name, bad)
                yield table, taken
            else:
                self._note_broken(table)
                strangers.append(number)
        yield from self._of_strangers(strangers)

    # --- whose a page is ---

    def _roots(self) -> dict[str, int]:
        """The first page of each table as the file's own schema tells."""
        roots: dict[str, int] = {}
        numbers = [1]
        for number in numbers:
            page = self._image.page(number)
            if kind_of(page, number) == TABLE_INTERIOR and len(numbers) < 100:
                numbers += [n for n in children(page, number) if 1 < n <= self._image.count]
            roots.update(self._schema_on(page, number))
        return {name: root for name, root in roots.items() if 1 < root <= self._image.count}

    def _schema_on(self, page: bytes, number: int) -> dict[str, int]:
        """The first pages of the tables that are described on a page; it is no table's then."""
        found = {
            row[1]: row[3]
            for _, row in records(self._image, page, number)
            if row
            and len(row) == 5
            and row[0] in ("table", "index")
            and isinstance(row[1], str)
            and isinstance(row[3], int)
        }
        if found:
            self._owner[number] = SCHEMA
        return found

    def _claim(self, root: int, owner: int, is_table: bool) -> bool:
        """Mark the pages of a tree; False where it is broken."""
        interior, leaf = (TABLE_INTERIOR, TABLE_LEAF) if is_table else (INDEX_INTERIOR, INDEX_LEAF)
        is_whole = True
        waiting = [root]
        while waiting:
            number = waiting.pop()
            if not 1 < number <= self._image.count or self._owner[number] != STRANGER:
                is_whole = False
                continue
            page = self._image.page(number)
            if page[0] not in (interior, leaf):
                is_whole = False
                continue
            self._owner[number] = owner
            if page[0] == interior:
                waiting += children(page, number)
        return is_whole

    def _claim_free(self) -> bool:
        """Mark the pages that are in no use; False where their list is broken."""
        first = self._image.page(1)
        if not self._image.is_first_sane:
            return False
        trunk, count = (int.from_bytes(first[at : at + 4], "big") for at in (32, 36))
        while trunk:
            if not 1 < trunk <= self._image.count or self._owner[trunk] != STRANGER:
                return False
            self._owner[trunk] = FREE
            page = self._image.page(trunk)
            trunk, leaves = (int.from_bytes(page[at : at + 4], "big") for at in (0, 4))
            if leaves > len(page) // 4 - 2:
                return False
            for at in range(8, 8 + 4 * leaves, 4):
                leaf = int.from_bytes(page[at : at + 4], "big")
                if not 1 < leaf <= self._image.count or self._owner[leaf] != STRANGER:
                    return False
                self._owner[leaf] = FREE
            count -= leaves + 1
        return count == 0

    # --- what is on it ---

    def _of_strangers(self, numbers: Sequence[int]) -> Iterator[Found]:
        """Pages that no tree leads to: deleted rows too, where nobody knows which are free."""
        for number in numbers:
            page = self._image.page(number)
            found = list(records(self._image, page, number))
            table = self._best(page, found)
            if table is None:
                self._note_unread(number, page)
            elif table.name in self.losses.of or (self._knows_free and table.name in LARGE):
                taken, bad = _taken(table, page, found)
                self.losses.note(table.name, bad)
                yield table, taken

    def _best(self, page: bytes, found: Sequence[Numbered]) -> Table | None:
        """The table that most of a page's first rows look like; None where most look like none."""
        sample = found[:SAMPLE_ROWS]
        fitting = {table.name: len(_taken(table, page, sample)[0]) for table in self._tables}
        best = max(self._tables, key=lambda table: fitting[table.name])
        return best if 2 * fitting[best.name] > len(sample) else None

    def _note_broken(self, table: Table) -> None:
        self.losses.of.add(table.name)
        self.losses.thin.add(table.name)

    def _note_unread(self, number: int, page: bytes) -> None:
        """Count a page that is lost: one that is in use and none of those without rows."""
        if number == 1:
            self.losses.pages += not self._image.is_first_sane
        elif self._owner[number] == STRANGER and self._knows_free and page[0] not in (0, 2, 5, 10):
            self.losses.pages += 1


def _taken(table: Table, page: bytes, found: Sequence[Numbered]) -> tuple[list[Record], int]:
    """The rows of a page that can be ones of the table, and how many can't."""
    if (page[0] == TABLE_LEAF) != table.has_rowid:
        return [], 1
    taken = [
        row
        for rowid, record in found
        if record is not None and (row := table.row(rowid, record)) is not None
    ]
    return taken, len(found) - len(taken)
