"""The places that the log is written to: a terminal or pipe, and a file that rotates."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TextIO

LOG_BYTES = 1_000_000
LOG_FILES = 5
FIRST_OWN = 3
"""Descriptors below it are standard input, output and error."""
PAUSE_S = 0.05


class Console:
    """A stream such as standard error, on a descriptor of our own: whoever closes or replaces the
    stream, and whatever gets its number then, does not touch the log."""

    def __init__(self, stream: TextIO) -> None:
        self.place: object = stream
        self.name = "stderr"
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._descriptor = _own_descriptor(stream)

    def __str__(self) -> str:
        return "standard error"

    def write(self, text: str) -> None:
        if self._descriptor is None:
            self._write_to_stream(text)
            return
        # Not through the stream: a thread that hangs in its write holds its lock, and Python's end
        # would wait for that.
        rest = memoryview(text.encode(self._encoding, "backslashreplace"))
        while rest:
            rest = rest[_written(self._descriptor, rest) :]

    def _write_to_stream(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except ValueError as err:
            raise OSError(str(err)) from err

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


def _written(descriptor: int, data: memoryview) -> int:
    """How many bytes were written; none, after a pause, where the terminal is full and somebody
    else has made it non-blocking."""
    try:
        return os.write(descriptor, data)
    except BlockingIOError:
        time.sleep(PAUSE_S)
        return 0


def _own_descriptor(stream: TextIO) -> int | None:
    """A copy of the stream's descriptor; None where it has none, or Windows' console is better."""
    if sys.platform == "win32":
        return None
    try:
        stream.flush()
        return _above_standard(os.dup(stream.fileno()))
    except (OSError, ValueError):  # io.UnsupportedOperation is both
        return None


def _above_standard(descriptor: int) -> int:
    """The descriptor, or a copy of it where its number is one that prints go to.

    Such a number is free where somebody closed standard output; it leads to nowhere from now on.
    """
    if descriptor >= FIRST_OWN or sys.platform == "win32":
        return descriptor
    import fcntl  # noqa: PLC0415 (not on Windows)

    own = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, descriptor)
    if nowhere != descriptor:
        os.close(nowhere)
    return own


class LogFile:
    """A file that is moved to ``.1`` when it is full, that one to ``.2``, and so on.

    Each write looks whether the file is still the one that is open: somebody may have deleted or
    moved it.
    """

    def __init__(self, path: Path) -> None:
        self.place: object = path
        self.name = path.name
        self._path = path
        self._descriptor: int | None = None
        self._is_torn = False
        """The last write ended within a line: the disk was full."""

    def __str__(self) -> str:
        return str(self._path)

    def write(self, text: str) -> None:
        data = text.encode("utf-8", "backslashreplace")
        if self._is_torn:
            data = b"\n" + data
        descriptor = self._opened()
        size = os.fstat(descriptor).st_size
        if size and size + len(data) > LOG_BYTES:
            self._rotate()
            descriptor = self._opened()
        self._append(descriptor, data)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        if self._descriptor is not None and not self._is_in_place(self._descriptor):
            self.close()
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
            self._descriptor = _above_standard(os.open(self._path, flags, 0o666))
        return self._descriptor

    def _is_in_place(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except OSError:
            return False

    def _rotate(self) -> None:
        self.close()
        for number in range(LOG_FILES - 2, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _append(self, descriptor: int, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
            self._is_torn = bool(rest)
