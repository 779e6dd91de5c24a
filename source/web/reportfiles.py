"""The files that reports stand in: which there are, and which of them may be downloaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from source.config.names import file_stem
from source.model import US_PER_S
from source.reports.export import FOLDER

TEXT_FILE = re.compile(r".+_(day|month|year)\.txt", re.DOTALL)
KINDS = ("day", "month", "year")
DOCUMENT_DEPTH = 4
"""reports/<device>/<kind>/<period>.json"""


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file of reports."""

    name: str
    """Its path in the files folder, with slashes."""
    bytes: int
    changed_s: float


def report_files(files: Path, device: str | None = None) -> list[ReportFile]:
    """All of them, or those of a device, newest first; what can't be read is left out."""
    found = [one for path in _paths(files, device) if (one := _looked(files, path)) is not None]
    return sorted(found, key=lambda one: (-one.changed_s, one.name))


def report_file(files: Path, name: str) -> Path | None:
    """The file of a name that ``report_files`` gives; None for any other name, whatever is there.

    No name leads out of the folder, by dots or by a link.
    """
    path = PurePosixPath(name)
    if not _is_name(path) or "\0" in name or str(path) != name:
        return None
    found = files / path
    try:
        is_inside = found.resolve().is_relative_to(files.resolve())
        return found if is_inside and found.is_file() else None
    except (OSError, ValueError):
        return None


def _is_name(path: PurePosixPath) -> bool:
    parts = path.parts
    if any(part in {"", ".", ".."} or "\\" in part for part in parts) or path.is_absolute():
        return False
    if len(parts) == 1:
        return TEXT_FILE.fullmatch(parts[0]) is not None
    if parts[0] != FOLDER:
        return False
    if len(parts) == DOCUMENT_DEPTH:
        return parts[2] in KINDS and parts[3].endswith(".json")
    return len(parts) == 2 and parts[1].endswith(".csv")


def _paths(files: Path, device: str | None) -> Iterator[Path]:
    stem = "*" if device is None else _escaped(file_stem(device))
    for kind in KINDS:
        yield from files.glob(f"{stem}_{kind}.txt")
    yield from (files / FOLDER).glob(f"{stem}.csv")
    for folder in (files / FOLDER).glob(stem):
        for kind in KINDS:
            yield from (folder / kind).glob("*.json")


def _escaped(stem: str) -> str:
    """As a pattern that stands for the very name."""
    return re.sub(r"([*?[])", r"[\1]", stem)


def _looked(files: Path, path: Path) -> ReportFile | None:
    name = path.relative_to(files).as_posix()
    if report_file(files, name) is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return ReportFile(name, status.st_size, status.st_mtime_ns / 1000 / US_PER_S)
