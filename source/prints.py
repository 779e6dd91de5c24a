"""What plugins print, and what their own threads raise, becomes lines of the log.

Few enough of them: megabytes of prints harm nobody. Closing standard output is harmless too.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TextIO

from source.text import shorten

logger = logging.getLogger(__name__)

LINES, WINDOW_S = 50, 60.0
"""So many lines in so many seconds, of all that prints together."""
LONGEST = 500
"""Characters of a line that are logged."""


class Allowance:
    """How many lines may still be logged; says so when that is used up, and what it cost."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._window_ends = 0.0
        self._lines = 0

    def take(self) -> tuple[bool, str]:
        """Whether a line may be logged, and what is to be said first."""
        with self._lock:
            now, remark = self._monotonic(), ""
            if now >= self._window_ends:
                left_out = self._lines - LINES
                remark = f"… {left_out} printed lines left out" if left_out > 0 else ""
                self._window_ends, self._lines = now + WINDOW_S, 0
            self._lines += 1
            if self._lines == LINES + 1:
                remark = f"… more than {LINES} lines printed in a minute, the rest is left out"
            return self._lines <= LINES, remark


class Printed(io.TextIOBase):
    """Stands in place of ``sys.stdout`` or ``sys.stderr``: each line goes to the log."""

    def __init__(self, in_place_of: TextIO | None, level: int, allowance: Allowance) -> None:
        super().__init__()
        self.in_place_of = in_place_of
        """The stream that was there before."""
        self.buffer = PrintedBytes(self)
        self._level = level
        self._allowance = allowance
        self._of_thread = threading.local()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        return "backslashreplace"

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Does nothing: others print too."""

    def write(self, text: str) -> int:
        """Log the lines that are whole; the rest waits for the thread's next write."""
        begun: str = getattr(self._of_thread, "begun", "")
        *lines, rest = f"{begun}{text}".split("\n")
        # A line that never ends takes no memory.
        self._of_thread.begun = rest[:LONGEST]
        for line in lines:
            self._log(line)
        return len(text)

    def _log(self, line: str) -> None:
        # A plugin's log handler may write here what it is given: that would go round for ever.
        if not line.strip() or getattr(self._of_thread, "is_logging", False):
            return
        self._of_thread.is_logging = True
        try:
            self._log_within_limit(line)
        finally:
            self._of_thread.is_logging = False

    def _log_within_limit(self, line: str) -> None:
        may, remark = self._allowance.take()
        if remark:
            logger.warning("%s", remark)
        if may:
            who = threading.current_thread().name
            logger.log(self._level, "%s printed: %s", who, shorten(line, LONGEST))


class PrintedBytes(io.RawIOBase):
    """``sys.stdout.buffer``, for those who print bytes."""

    def __init__(self, printed: Printed) -> None:
        super().__init__()
        self._printed = printed

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Does nothing, as that of the text."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        taken = bytes(data)
        self._printed.write(taken.decode("utf-8", "backslashreplace"))
        return len(taken)


@contextmanager
def into_log() -> Iterator[None]:
    """While inside, what anybody prints goes to the log, as do the errors of foreign threads."""
    streams, hook = (sys.stdout, sys.stderr), threading.excepthook
    allowance = Allowance()
    sys.stdout = Printed(streams[0], logging.INFO, allowance)
    sys.stderr = Printed(streams[1], logging.WARNING, allowance)
    threading.excepthook = ThreadErrors(allowance).log
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        threading.excepthook = hook


class ThreadErrors:
    """Logs what ends a thread that is none of ours, with the place."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance

    def log(self, args: threading.ExceptHookArgs) -> None:
        """As ``threading.excepthook`` wants it."""
        if args.exc_type is SystemExit or not self._allowance.take()[0]:
            return
        logger.error(
            "thread %s ended by %s: %s (%s)",
            "?" if args.thread is None else args.thread.name,
            args.exc_type.__name__,
            shorten(args.exc_value),
            _place(args.exc_traceback),
        )


def _place(trace: TracebackType | None) -> str:
    """File and line in which the error was raised."""
    frames = traceback.extract_tb(trace)
    if not frames:
        return "nobody knows where"
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}"
