"""The journal's file and what lies beside it: how one takes the other's place, whatever comes
between.

While a new file is not complete it is called ``-part``, then ``-new``; only then the old one is
moved aside. So at each moment one of them is there, and a start knows how far it came.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from stat import S_IMODE

from source.errors import JournalError
from source.faultpoint import reached
from source.model import US_PER_S

SIDE_FILES = ("-wal", "-shm", "-journal")
DAMAGED, FOREIGN = "damaged", "foreign"


def part_of(path: Path) -> Path:
    """Where a new file is made."""
    return Path(f"{path.resolve()}-part")


def new_of(path: Path) -> Path:
    """Where a new file is complete and waits for its place."""
    return Path(f"{path.resolve()}-new")


def read_of(path: Path) -> Path:
    """Where a copy is made that is only read from, and then deleted."""
    return Path(f"{path.resolve()}-read")


def is_there(path: Path) -> bool:
    """Whether a start finds something: the journal, one that waits for its place, or a log."""
    return any(file.exists() for file in (path, new_of(path), Path(f"{path.resolve()}-wal")))


def remove(path: Path) -> None:
    """Delete a file and what belongs to it, as far as it is there. Raises OSError."""
    path.unlink(missing_ok=True)
    remove_beside(path)


def remove_beside(path: Path) -> None:
    """Delete what belongs to a file that is gone, or soon another one. Raises OSError."""
    for side in SIDE_FILES:
        Path(f"{path}{side}").unlink(missing_ok=True)


def aside_of(path: Path, reason: str, now_us: int) -> Path:
    """A free name for a file that is moved aside, e.g. ``isdl.db.damaged-20260131T120000Z``."""
    moment = datetime.fromtimestamp(now_us // US_PER_S, timezone.utc)
    name = f"{path}.{reason}-{moment:%Y%m%dT%H%M%SZ}"
    number, free = 1, Path(name)
    while free.exists() or any(Path(f"{free}{side}").exists() for side in SIDE_FILES):
        number += 1
        free = Path(f"{name}-{number}")
    return free


def begin_part(path: Path) -> Path:
    """The name for a new file, with nothing left there of an earlier try. Raises OSError."""
    part = part_of(path)
    remove(part)
    return part


def drop_parts(path: Path) -> None:
    """Delete what a try left that did not come to its end: its room may be wanted badly."""
    with suppress(OSError):
        remove(part_of(path))
        remove(read_of(path))


def put_in_place(path: Path, reason: str, now_us: int) -> Path | None:
    """Let the finished ``-part`` file take the journal's place; gives where the old one is now.

    None where there was none. Raises OSError.
    """
    path, part = path.resolve(), part_of(path)  # where it is a link, the file moves, not the link
    _as_before(part, path)
    sync(part)
    part.replace(new_of(path))
    sync(path.parent)
    reached("rescue: copied")
    aside = None
    if path.exists():
        aside = aside_of(path, reason, now_us)
        path.rename(aside)
        sync(path.parent)
    reached("rescue: set aside")
    _settle(path, aside or aside_of(path, reason, now_us))
    return aside


def resume(path: Path, now_us: int) -> bool:
    """Finish what an end of the program interrupted; True where a new file came into its place.

    Raises JournalError.
    """
    path, new = path.resolve(), new_of(path)
    try:
        if not new.exists():
            return False
        if path.exists():  # the old one was not moved yet: the cause is there, it begins anew
            new.unlink()
            return False
        _settle(path, _newest_aside(path) or aside_of(path, DAMAGED, now_us))
    except OSError as err:
        raise JournalError(f"{new}: can't be put in place: {err.strerror or err}") from err
    return True


def set_aside(file: Path, reason: str, now_us: int) -> Path:
    """Move one file out of the way; gives where it is now. Raises OSError."""
    aside = aside_of(file, reason, now_us)
    file.rename(aside)
    sync(file.parent)
    return aside


def sync(path: Path) -> None:
    """Return when a file's content, or a folder's names, are on the disk. Raises OSError."""
    if path.is_dir() and os.name != "posix":  # Windows has no such thing
        return
    number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _as_before(part: Path, path: Path) -> None:
    """Give a new file the rights and the owner of the old one, or the folder's owner: who restores
    it may be another user than the daemon's."""
    if os.name != "posix":
        return
    with suppress(OSError):  # only root may give it away
        like = (path if path.exists() else path.parent).stat()
        if path.exists():
            part.chmod(S_IMODE(like.st_mode))
        os.chown(part, like.st_uid, like.st_gid)


def _settle(path: Path, aside: Path) -> None:
    """The old file is out of the way: what belongs to it follows, then the new one comes."""
    for side in SIDE_FILES:
        beside = Path(f"{path}{side}")
        if beside.exists():
            beside.replace(f"{aside}{side}")
    new_of(path).rename(path)
    sync(path.parent)
    reached("rescue: in place")


def _newest_aside(path: Path) -> Path | None:
    moved = [
        file
        for file in path.parent.glob(f"{path.name}.*-*Z*")
        if not file.name.endswith((*SIDE_FILES, ".lock"))
    ]
    return max(moved, key=lambda file: file.stat().st_ctime_ns, default=None)
