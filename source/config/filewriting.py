"""Writes a file so that at every moment it is either the one before or the new one, whole."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from source.errors import EditFailed

MARK = ".new"
"""How the name of a file ends that is not yet in its place."""
NOT_MOVABLE = (errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES, errno.EROFS)
"""What renaming says of a file that is mounted alone, or in a folder that may not be changed."""
IN_PLACE = (
    "was written in place, since it is mounted alone or its folder can't be changed; a power cut at"
    " that moment would have damaged it"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """New content beside the file that it is for."""

    target: Path
    """The file itself, where the path is a link to it."""
    new: Path | None
    """None: it can only be written in place."""
    content: bytes


def prepare(path: Path, content: bytes, mode: int | None = None) -> Prepared:
    """Write ``content`` beside ``path``, to the disk. Raises EditFailed where there is no room.

    ``mode`` are the permissions of the file; None for those it has, or the usual ones.
    """
    target = Path(os.path.realpath(path))
    new = target.with_name(f".{target.name}{MARK}")
    try:
        _write_new(new, content, _status(target), mode)
    except OSError as err:
        with suppress(OSError):
            new.unlink()
        if err.errno in NOT_MOVABLE and target.is_file():
            return Prepared(target, None, content)
        raise EditFailed(f"{path.name} can't be written: {err.strerror or err}") from err
    return Prepared(target, new, content)


def put(prepared: Prepared) -> str:
    """Put it in its place; gives what is to be told of it, or ``""``. Raises EditFailed."""
    target = prepared.target
    try:
        if prepared.new is not None and _moved(prepared.new, target):
            return ""
        _overwrite(target, prepared.content)
    except OSError as err:
        raise EditFailed(f"{target.name} can't be written: {err.strerror or err}") from err
    finally:
        drop(prepared)
    return f"{target.name} {IN_PLACE}"


def drop(prepared: Prepared) -> None:
    """Remove what is not put in its place."""
    if prepared.new is not None:
        with suppress(OSError):
            prepared.new.unlink()


def _moved(new: Path, target: Path) -> bool:
    """Whether it could be renamed."""
    try:
        new.replace(target)
    except OSError as err:
        if err.errno not in NOT_MOVABLE or not target.is_file():
            raise
        return False
    _sync_folder(target.parent)
    return True


def _write_new(new: Path, content: bytes, before: os.stat_result | None, mode: int | None) -> None:
    """As a new file of the same owner and permissions; one that a power cut left there goes."""
    with suppress(FileNotFoundError):
        new.unlink()
    # Nobody else reads it before it has the permissions of the one that it replaces.
    usual = 0o666 if before is None and mode is None else 0o600
    with open(new, "xb", opener=lambda name, flags: os.open(name, flags, usual)) as file:
        file.write(content)
        file.flush()
        if before is not None and mode is None:
            new.chmod(stat.S_IMODE(before.st_mode))
        elif mode is not None:
            new.chmod(mode)
        _keep_owner(new, before)
        os.fsync(file.fileno())


def _keep_owner(new: Path, before: os.stat_result | None) -> None:
    """Raises PermissionError: then the file is better written in place than given away."""
    now = new.stat()
    if before is None or (before.st_uid, before.st_gid) == (now.st_uid, now.st_gid):
        return
    if hasattr(os, "chown"):
        os.chown(new, before.st_uid, before.st_gid)


def _overwrite(target: Path, content: bytes) -> None:
    """In place; where that fails half-way, with what stood there before."""
    with target.open("r+b") as file:
        before = file.read()
        try:
            _fill(file.fileno(), content)
        except OSError:
            with suppress(OSError):
                _fill(file.fileno(), before)
            raise


def _fill(number: int, content: bytes) -> None:
    os.lseek(number, 0, os.SEEK_SET)
    left = memoryview(content)
    while left:
        left = left[os.write(number, left) :]
    os.ftruncate(number, len(content))
    os.fsync(number)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    """So that a power cut does not undo the renaming; not every file system can do it."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
