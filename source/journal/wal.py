"""The write-ahead log beside the journal, read without SQLite: which of its frames are sound.

The format is that of SQLite's documentation, "WAL-mode File Format". SQLite itself stops reading at
the first damaged frame, and applies a log that belongs to another file without a question.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO

HEADER = struct.Struct(">8I")
FRAME = struct.Struct(">6I")
MAGICS = {0x377F0682: "<", 0x377F0683: ">"}
"""Each with the byte order of its checksums."""
PAGE_SIZES = {512 << n for n in range(8)}


@dataclass(frozen=True, slots=True)
class Wal:
    """What a log holds; only frames of committed transactions count."""

    page_size: int
    offsets: dict[int, int] = field(default_factory=dict)
    """Of each page number: where in the log its newest sound image begins."""
    first_images: tuple[int, ...] = ()
    """Where each image of page 1 begins."""
    pages: int = 0
    """The database's size after the newest commit; 0 where there is no commit."""
    has_hole: bool = False
    """Commits lie behind a damaged frame: SQLite would lose them without a word."""


@dataclass(frozen=True, slots=True)
class _Frame:
    page: int
    commit_pages: int
    offset: int
    is_sound: bool
    """Its checksum fits to that of the frame before it."""
    is_certain: bool
    """So do those of all frames before it: what SQLite asks for."""


def wal_of(journal: Path) -> Path:
    """The log that belongs to a journal's file."""
    return Path(f"{journal.resolve()}-wal")  # where the journal is a link, it lies by the file


def read_wal(path: Path) -> Wal | None:
    """What the log holds; None where there is none, or nothing in it. Raises OSError."""
    try:
        with path.open("rb") as file:
            return wal_in(file)
    except FileNotFoundError:
        return None


def wal_in(file: IO[bytes]) -> Wal | None:
    """What an open log holds."""
    header = file.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    magic, _, page_size, *_ = HEADER.unpack(header)
    if page_size not in PAGE_SIZES:
        page_size = 4096
    order = MAGICS.get(magic, "<")
    frames = list(_frames(file, header, page_size, order))
    return _applied(page_size, frames) if frames else None


def _frames(file: IO[bytes], header: bytes, page_size: int, order: str) -> Iterator[_Frame]:
    """All frames of the log's newest round; older ones behind them have other salts."""
    *_, salt_1, salt_2, sum_1, sum_2 = HEADER.unpack(header)
    salts = (salt_1, salt_2)
    is_certain = checksum(header[:24], order, (0, 0)) == (sum_1, sum_2)
    before = (sum_1, sum_2)
    offset = HEADER.size
    while len(frame := file.read(FRAME.size + page_size)) == FRAME.size + page_size:
        page, commit_pages, *rest = FRAME.unpack_from(frame)
        stored = (rest[2], rest[3])
        if offset == HEADER.size and not is_certain:
            salts = (rest[0], rest[1])  # the header is damaged
        if (rest[0], rest[1]) == salts:
            expected = checksum(frame[:8], order, before)
            is_sound = checksum(frame[FRAME.size :], order, expected) == stored and page > 0
        else:
            is_sound = False
        is_certain = is_certain and is_sound
        yield _Frame(page, commit_pages, offset + FRAME.size, is_sound, is_certain)
        before = stored
        offset += len(frame)


def _applied(page_size: int, frames: list[_Frame]) -> Wal | None:
    """The newest image of each page up to the last commit that counts."""
    commits = [n for n, frame in enumerate(frames) if frame.commit_pages and frame.is_sound]
    certain = [n for n in commits if frames[n].is_certain]
    has_hole = _has_hole(frames, commits)
    counting = commits if has_hole else certain
    if not counting:
        return None
    last = counting[-1]
    taken = [frame for frame in frames[: last + 1] if frame.is_sound]
    return Wal(
        page_size=page_size,
        offsets={frame.page: frame.offset for frame in taken},
        first_images=tuple(frame.offset for frame in taken if frame.page == 1),
        pages=frames[last].commit_pages,
        has_hole=has_hole,
    )


def _has_hole(frames: list[_Frame], commits: list[int]) -> bool:
    """Whether a commit follows on the one that the first damaged frame belongs to.

    A power cut can tear the last transaction only: each is on the disk before the next begins.
    """
    bad = next((n for n, frame in enumerate(frames) if not frame.is_certain), None)
    if bad is None:
        return False
    later = [n for n in commits if n >= bad]
    return len(later) > (0 if frames[bad].commit_pages and not frames[bad].is_sound else 1)


def checksum(content: bytes, order: str, seed: tuple[int, int]) -> tuple[int, int]:
    """SQLite's checksum of 8-byte units, continued from ``seed``."""
    one, two = seed
    words = iter(_words(order, len(content) // 4).unpack(content))
    for word, other in zip(words, words, strict=True):
        one = (one + word + two) & 0xFFFFFFFF
        two = (two + other + one) & 0xFFFFFFFF
    return one, two


@lru_cache(maxsize=16)
def _words(order: str, count: int) -> struct.Struct:
    return struct.Struct(f"{order}{count}I")
