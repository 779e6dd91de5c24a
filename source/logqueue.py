"""Log lines on their way out: no thread that logs ever waits for a pipe or a disk.

Each place the log goes to has a bounded queue and a thread of its own. A terminal that nobody
reads, or a disk that hangs, holds up that thread and nothing else, the log's other place included.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from source.text import shorten

logger = logging.getLogger(__name__)

LIMIT_CHARS = 2_000_000
"""Of lines that wait for one place; further ones are left out and counted."""
PIECE_CHARS = 32_000
RETRY_S = 60.0
"""After a failed write; what comes meanwhile is left out there."""
FLUSH_S = 0.4
"""For each place when the program ends."""


class Target(Protocol):
    """A place that lines are written to; used by one thread only."""

    place: object
    """What tells it from others: a path, or a stream."""
    name: str
    """As messages call it."""

    def write(self, text: str) -> None:
        """Write whole lines. Raises OSError; may take as long as it likes."""
        ...

    def close(self) -> None: ...


class Lines:
    """The bounded queue of one place; has what QueueHandler wants of a queue."""

    def __init__(self, limit_chars: int = LIMIT_CHARS) -> None:
        self._limit_chars = limit_chars
        self._changed = threading.Condition()
        self._waiting: list[str] = []
        self._chars = 0
        self._left_out = 0
        self._is_busy = False
        self._is_closed = False

    def put_nowait(self, line: str) -> None:
        """Take a line, or count it where too many wait."""
        with self._changed:
            if self._is_closed or self._chars + len(line) > self._limit_chars:
                self._left_out += 1
                return
            self._waiting.append(line)
            self._chars += len(line)
            self._changed.notify_all()

    def get(self) -> tuple[list[str], int] | None:
        """All lines that wait, and how many were left out after them; None when it is closed.

        Waits for the first one. Who got them counts as busy until the next call.
        """
        with self._changed:
            self._is_busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._left_out or self._is_closed)
            if not self._waiting and self._is_closed:
                return None
            lines, left_out = self._waiting, self._left_out
            self._waiting, self._chars, self._left_out, self._is_busy = [], 0, 0, True
            return lines, left_out

    def close(self) -> None:
        """Take no more; what waits is still given out."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def wait_until_written(self, timeout_s: float) -> bool:
        """Whether all that was put before is written, in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._waiting or self._is_busy), timeout_s)


class QueuedHandler(logging.handlers.QueueHandler):
    """Formats in the thread that logs, and hands the text over; traceback and secrets included."""

    def __init__(
        self,
        target: Target,
        *,
        limit_chars: int = LIMIT_CHARS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines = Lines(limit_chars)
        super().__init__(self._lines)
        self.target = target
        self._monotonic = monotonic
        self._failing_since: float | None = None
        self._retry_at = 0.0
        self._missing = 0

    def start(self) -> None:
        """Start the thread that writes; it ends after ``close``."""
        # daemon: one that hangs in a write must not keep the process alive.
        threading.Thread(target=self.write_all, name=f"log:{self.target.name}", daemon=True).start()

    def prepare(self, record: logging.LogRecord) -> Any:
        return f"{self.format(record)}\n"

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """A message that can't be formatted becomes one that can."""
        kind = sys.exc_info()[0]
        text = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        self._say(
            record.levelno,
            "a message can't be formatted (%s in %s, line %d): %r",
            "error" if kind is None else kind.__name__,
            Path(record.pathname).name,
            record.lineno,
            shorten(text),
        )

    def flush(self) -> None:
        """Wait for the lines to be written, but not for long; logging calls it at the end."""
        self.wait_until_written(FLUSH_S)

    def wait_until_written(self, timeout_s: float) -> bool:
        """Whether all that was logged before is written, in time."""
        return self._lines.wait_until_written(timeout_s)

    def close(self) -> None:
        """The thread writes what it has and ends; not waited for."""
        self._lines.close()
        super().close()

    # --- the thread that writes ---

    def write_all(self) -> None:
        """Write until it is closed."""
        while (batch := self._lines.get()) is not None:
            self._write(*batch)
        self.target.close()

    def _write(self, lines: list[str], left_out: int) -> None:
        if left_out:
            lines.append(self._left_out_line(left_out))
        for piece in pieces(lines):
            if self._failing_since is not None and self._monotonic() < self._retry_at:
                self._missing += len(piece)
                continue
            try:
                self.target.write("".join(piece))
            except OSError as err:
                self._missing += len(piece)
                self._failed(err)
            else:
                self._succeeded()

    def _failed(self, err: OSError) -> None:
        now = self._monotonic()
        self._retry_at = now + RETRY_S
        if self._failing_since is None:
            self._failing_since = now
            logger.warning("%s can't be written, the log goes on without it: %s", self.target, err)

    def _succeeded(self) -> None:
        if self._failing_since is None:
            return
        self._failing_since = None
        missing, self._missing = self._missing, 0
        logger.warning("%s is written again, %d log lines left out", self.target, missing)

    def _left_out_line(self, count: int) -> str:
        return self._formatted(logging.WARNING, "… %d log lines left out", count)

    def _say(self, level: int, message: str, *values: object) -> None:
        self._lines.put_nowait(self._formatted(level, message, *values))

    def _formatted(self, level: int, message: str, *values: object) -> str:
        record = logging.LogRecord(__name__, level, __file__, 0, message, values, None)
        return f"{self.format(record)}\n"


def pieces(lines: list[str]) -> list[list[str]]:
    """The lines in groups that are written at once."""
    groups: list[list[str]] = []
    chars = PIECE_CHARS
    for line in lines:
        if chars + len(line) > PIECE_CHARS:
            groups.append([])
            chars = 0
        groups[-1].append(line)
        chars += len(line)
    return groups
