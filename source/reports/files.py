"""What stands in a report file, and what has to be appended to it. Nothing is ever rewritten."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from source.errors import ReportError
from source.model import Written


def content_of(path: Path) -> bytes:
    """All of a file; nothing where there is none. Raises ReportError."""
    with _told(path):
        if not path.exists():
            return b""
        if not path.is_file():
            raise ReportError(f"{path.name} is no file: move away what stands in its place")
        return path.read_bytes()


def append(path: Path, text: bytes) -> None:
    """Append, and return when it is on the disk. Raises ReportError; a part may stand then."""
    with _told(path):
        is_new = not path.exists()
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(path.parent)


def missing_text(content: bytes, entry: Written) -> bytes | None:
    """What of a ledger entry's text is not in its file; None where it can't be completed.

    It can't where somebody changed the file after the entry was made.
    """
    text = entry.text.encode()
    found = content[entry.offset : entry.offset + len(text)]
    if found == text:
        return b""
    is_at_end = entry.offset <= len(content) == entry.offset + len(found)
    return text[len(found) :] if is_at_end and text.startswith(found) else None


def row_of(entry: Written) -> str:
    """The row of a ledger entry, without a header that came before it."""
    return entry.text.splitlines(keepends=True)[-1]


def by_file(entries: Sequence[Written]) -> dict[str, list[Written]]:
    """Ledger entries by file name, each file's in the order in which they stand there."""
    files: dict[str, list[Written]] = {}
    for entry in sorted(entries, key=lambda e: (e.offset, e.period.end_us)):
        files.setdefault(entry.file_name, []).append(entry)
    return files


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise ReportError(f"{path.name} can't be written: {err.strerror or err}") from err


def sync_folder(folder: Path) -> None:
    """Make a new file's name last too; Windows has no such thing."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
