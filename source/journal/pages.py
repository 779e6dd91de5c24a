"""The pages and records of a database file, read without SQLite, which gives up where one is bad.

The format is that of SQLite's documentation, "Database File Format". Nothing here raises on account
of what a page holds: what makes no sense is left out.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from source.journal.wal import PAGE_SIZES, Wal, read_wal, wal_of

MAGIC = b"SQLite format 3\0"
USUAL_PAGE_SIZE = 4096
INDEX_INTERIOR, TABLE_INTERIOR, INDEX_LEAF, TABLE_LEAF = 2, 5, 10, 13
LEAVES = (TABLE_LEAF, INDEX_LEAF)
APPLICATION_ID_AT = 68
Value: TypeAlias = int | float | str | bytes | None
Record: TypeAlias = tuple[Value, ...]


def has_sane_header(page: bytes) -> bool:
    """Whether a first page begins as that of every database in this format does."""
    return (
        page[:16] == MAGIC
        and page_size_of(page) in PAGE_SIZES
        and page[18] in (1, 2)
        and page[19] in (1, 2)
        and page_size_of(page) - page[20] >= 480  # some systems' SQLite reserves some bytes
        and page[21:24] == b"\x40\x20\x20"
        and page[72:92] == bytes(20)
    )


def page_size_of(page: bytes) -> int:
    """The page size that a first page tells."""
    size = int.from_bytes(page[16:18], "big")
    return 65_536 if size == 1 else size


def _pages_told(page: bytes) -> int:
    """How many pages a first page says that there are; 0 where it does not know."""
    changes, pages, known_at = page[24:28], page[28:32], page[92:96]
    return int.from_bytes(pages, "big") if changes == known_at else 0


class Image:
    """The pages of a database as its file and the sound frames of its log give them."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._wal: Wal = read_wal(wal_of(path)) or Wal(page_size=0)
        self._file = path.open("rb")
        self._log = wal_of(path).open("rb") if self._wal.offsets else None
        first = self._file.read(100)
        self.is_first_sane = has_sane_header(first)
        self.page_size = page_size_of(first) if self.is_first_sane else USUAL_PAGE_SIZE
        if self._wal.page_size and not self.is_first_sane:
            self.page_size = self._wal.page_size
        size = path.stat().st_size
        self.usable_size = self.page_size - (first[20] if self.is_first_sane else 0)
        """Of each page; the rest is reserved for something else."""
        told = _pages_told(first) if self.is_first_sane else 0
        self.count = max(-(-size // self.page_size), *self._wal.offsets, self._wal.pages, 0)
        """Of pages."""
        self.cut_pages = max(0, told - self.count)
        """So many should be behind the end of the file."""

    def __enter__(self) -> Image:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._log is not None:
            self._log.close()

    def page(self, number: int) -> bytes:
        """A page; zeros where the file ends before it or the disk does not give it.

        The rest of a torn one is filled with what is neither text nor a sensible number.
        """
        size = self.page_size
        offset = self._wal.offsets.get(number) if self._wal.page_size == size else None
        file = self._file if offset is None or self._log is None else self._log
        try:
            file.seek((number - 1) * size if offset is None else offset)
            content = file.read(size)
        except OSError:
            return bytes(size)
        return content.ljust(size, b"\xff") if content else bytes(size)


def kind_of(page: bytes, number: int) -> int:
    """The kind of a b-tree's page; another number where it is none."""
    return page[100 if number == 1 else 0]


def children(page: bytes, number: int) -> Iterator[int]:
    """The pages below an interior page."""
    start = 100 if number == 1 else 0
    for at in _cells(page, start, 12):
        yield int.from_bytes(page[at : at + 4], "big")
    yield int.from_bytes(page[start + 8 : start + 12], "big")


def records(image: Image, page: bytes, number: int) -> Iterator[tuple[int, Record | None]]:
    """Row number and record of each row on a page; None for a record that makes no sense.

    The interior pages of an index hold rows as well.
    """
    start = 100 if number == 1 else 0
    kind = page[start]
    if kind not in (*LEAVES, INDEX_INTERIOR):
        return
    for at in _cells(page, start, 12 if kind == INDEX_INTERIOR else 8):
        rowid = 0
        at += 4 if kind == INDEX_INTERIOR else 0  # noqa: PLW2901 (a child's number comes first)
        length, at = _varint(page, at)  # noqa: PLW2901
        if kind == TABLE_LEAF:
            rowid, at = _varint(page, at)  # noqa: PLW2901
            rowid -= (rowid >> 63) << 64
        payload = _payload(image, page, at, length, is_table=kind == TABLE_LEAF)
        yield rowid, None if payload is None else record(payload)


def _cells(page: bytes, start: int, header: int) -> Iterator[int]:
    """Where the cells of a page begin, in the order of their keys."""
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    begin = start + header
    if begin + 2 * count > len(page):
        return
    for at in struct.unpack_from(f">{count}H", page, begin):
        if begin + 2 * count <= at <= len(page) - 4:
            yield at


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends."""
    if at < len(page) and page[at] < 0x80:
        return page[at], at + 1
    value = 0
    for n in range(9):
        byte = page[at + n] if at + n < len(page) else 0
        if n == 8:
            return (value << 8) | byte, at + 9
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at + n + 1
    return value, at + 9


def _payload(image: Image, page: bytes, at: int, length: int, *, is_table: bool) -> bytes | None:
    """The bytes of a record, with those on overflow pages."""
    usable = image.usable_size
    least = (usable - 12) * 32 // 255 - 23
    most = usable - 35 if is_table else (usable - 12) * 64 // 255 - 23
    if length <= most:
        return page[at : at + length] if 0 < length <= usable - at else None
    if length > usable * 1000:
        return None
    local = least + (length - least) % (usable - 4)
    local = local if local <= most else least
    content = page[at : at + local]
    following = int.from_bytes(page[at + local : at + local + 4], "big")
    while len(content) < length:
        if not 0 < following <= image.count:
            return None
        further = image.page(following)
        content += further[4 : min(usable, 4 + length - len(content))]
        following = int.from_bytes(further[:4], "big")
    return content


def record(payload: bytes) -> Record | None:
    """The values of a record; None where it makes no sense."""
    length, begin = (payload[0], 1) if payload[0] < 0x80 else _varint(payload, 0)
    if not begin <= length <= len(payload):
        return None
    plan = _plan(payload[begin:length])
    if plan is None:
        return None
    body, converters = plan
    if length + body.size != len(payload):
        return None
    try:
        values = body.unpack_from(payload, length)
        # A list first: a generator takes twice as long, and there are millions of rows.
        return tuple(
            [
                value if convert is None else convert(value)
                for value, convert in zip(values, converters, strict=True)
            ]
        )
    except UnicodeDecodeError:
        return None


def _integer(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


_FIXED: dict[int, tuple[str, Callable[[Any], Value] | None]] = {
    0: ("0s", lambda _: None),
    1: ("b", None),
    2: ("h", None),
    3: ("3s", _integer),
    4: ("i", None),
    5: ("6s", _integer),
    6: ("q", None),
    7: ("d", None),
    8: ("0s", lambda _: 0),
    9: ("0s", lambda _: 1),
}


@lru_cache(maxsize=4096)
def _plan(header: bytes) -> tuple[struct.Struct, tuple[Callable[[Any], Value] | None, ...]] | None:
    """How to take a record with this header apart; None where there is no such header."""
    forms: list[str] = []
    converters: list[Callable[[Any], Value] | None] = []
    at = 0
    while at < len(header):
        kind, at = _varint(header, at)
        if kind in _FIXED:
            form, convert = _FIXED[kind]
        elif 12 <= kind < 1 << 32:
            form, convert = f"{(kind - 12) // 2}s", bytes.decode if kind % 2 else None
        else:
            return None
        forms.append(form)
        converters.append(convert)
    return struct.Struct(">" + "".join(forms)), tuple(converters)
