"""One writer for each journal: a lock of the operating system, which goes with its process."""

from __future__ import annotations

import logging
import os
import socket
import sys
import weakref
from contextlib import suppress
from pathlib import Path
from typing import IO

from source.errors import JournalError, JournalInUse

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> None:
        file.seek(LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


logger = logging.getLogger(__name__)

LOCKED_BYTE = 1_000
"""On Windows a locked byte can't be read: not one of the process id's."""
HOLDER_LENGTH = 300


class JournalLock:
    """The right to write to a journal, from ``take`` to ``close``, or to the end of the process.

    Where the file system knows no locks it is held by everybody.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._path = Path(f"{journal.resolve()}.lock")
        self._file: IO[str] | None = None
        if hasattr(os, "register_at_fork"):
            # A plugin's child would hold it on after this process has ended.
            lock = weakref.ref(self)
            os.register_at_fork(after_in_child=lambda: _close(lock()))

    def take(self) -> None:
        """Raises JournalInUse, which names the holder, and JournalError where the folder can't be
        written."""
        file = self._opened()
        try:
            _take(file)
        except (BlockingIOError, PermissionError):
            text = _holder(file)
            file.close()
            raise JournalInUse(f"{self._journal}: another process writes to it, {text}") from None
        except OSError:  # network file systems without locks
            file.close()
            return
        self.close()
        self._file = file
        with suppress(OSError):  # a full disk: it is locked all the same
            file.seek(0)
            file.truncate()
            file.write(f"{os.getpid()} {socket.gethostname()}")
            file.flush()

    def is_in_place(self) -> bool:
        """Whether the file that is locked is still the one that another process would lock."""
        if self._file is None:
            return True
        try:
            here, there = os.fstat(self._file.fileno()), self._path.stat()
        except OSError:
            return False
        return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)

    def keep(self) -> None:
        """Lock again where the file that was locked is gone; raises as ``take`` does."""
        if not self.is_in_place():
            self.take()
            logger.warning("journal: its lock file was deleted or replaced; it is locked again")

    def close(self) -> None:
        """Give it up."""
        if self._file is not None:
            with suppress(OSError):  # the disk may be full when it is written out
                self._file.close()
            self._file = None

    def _opened(self) -> IO[str]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._path.open("a+", encoding="utf-8", errors="replace")
        except OSError as err:
            reason = err.strerror or err
            raise JournalError(f"{self._path}: can't be written: {reason}") from err


def locked(journal: Path) -> JournalLock:
    """The lock for writing to a journal, taken; raises as ``JournalLock.take`` does."""
    lock = JournalLock(journal)
    lock.take()
    return lock


def _holder(file: IO[str]) -> str:
    """Who holds a lock, and what to do. In a container the id is always 1: so the host's name."""
    file.seek(0)
    pid, _, host = file.read(HOLDER_LENGTH).strip().partition(" ")
    where = f" (it runs on {host!r})" if host else ""
    return f"its id is {pid or 'unknown'}; stop that one first{where}"


def _close(lock: JournalLock | None) -> None:
    if lock is not None:
        lock.close()
