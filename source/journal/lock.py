"""One writer for each journal: a lock of the operating system, which goes with its process."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from source.errors import JournalError

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> None:
        file.seek(LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


LOCKED_BYTE = 1_000
"""On Windows a locked byte can't be read: not one of the process id's."""


def locked(journal: Path) -> IO[str] | None:
    """The lock for writing to a journal, held until it is closed.

    None where the file system knows no locks. Raises JournalError where another process holds it,
    and names that, or where the folder can't be written.
    """
    path = Path(f"{journal.resolve()}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="ascii")
    except OSError as err:
        raise JournalError(f"{path}: can't be written: {err.strerror or err}") from err
    try:
        _take(file)
    except (BlockingIOError, PermissionError):
        file.seek(0)
        holder = file.read(20).strip() or "unknown"
        file.close()
        raise JournalError(
            f"{journal}: another process writes to it, its id is {holder}; stop that one first"
        ) from None
    except OSError:  # network file systems without locks
        file.close()
        return None
    with suppress(OSError):  # a full disk: it is locked all the same
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
    return file
