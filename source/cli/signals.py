"""Signals: the first one stops the daemon in order, and no stop takes longer than it may."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType

from source.logsetup import flush

logger = logging.getLogger(__name__)

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT") if hasattr(signal, name))
HANG_UP: int | None = getattr(signal, "SIGHUP", None)
LAST_WORDS_S = 0.2
_WOKEN = 0


class Signals:
    """Turns the signals that end a process into the event that stops the daemon.

    It has a thread of its own, which the interpreter wakes from within the signal: it hears a
    signal too while the main thread is busy with a statement that takes minutes.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self.on_hang_up: Callable[[], None] | None = None
        """Called in the thread of this class at each SIGHUP; must not wait."""
        self._stopping = stopping
        self._inbox, self._outbox = socket.socketpair()
        self._outbox.setblocking(False)
        self._limit: tuple[float, int] | None = None
        self._deadline: float | None = None
        self._code = 0

    def listen(self) -> None:
        """Install the handlers; from the main thread only. Works as process 1 of a container."""
        threading.Thread(target=self._obey, name="signals", daemon=True).start()
        signal.set_wakeup_fd(self._outbox.fileno(), warn_on_full_buffer=False)
        for number in (*ENDING, HANG_UP):
            if number is not None:
                signal.signal(number, self._receive)

    def limit_stop(self, limit_s: float, code: int) -> None:
        """From now on the process ends at the latest so long after the first signal that ends it,
        with this exit code, whatever still runs in it."""
        self._limit = (limit_s, code)

    def end_within(self, limit_s: float, code: int) -> None:
        """The process ends at the latest so long after now."""
        self._code = code
        self._deadline = time.monotonic() + limit_s
        self._outbox.send(bytes([_WOKEN]))

    def _receive(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # Neither the event nor the log is touched here: the signal may have interrupted the main
        # thread while it holds their locks, and would wait for itself. The thread does the rest.
        if number == signal.SIGINT:
            # The second Ctrl-C ends the program at once.
            signal.signal(signal.SIGINT, signal.default_int_handler)

    # --- the thread ---

    def _obey(self) -> None:
        while (number := self._next()) is not None:
            if number in ENDING:
                self._stop(signal.Signals(number).name)
            elif number == HANG_UP:
                self._hang_up()
        flush(LAST_WORDS_S)
        os._exit(self._code)

    def _next(self) -> int | None:
        """The next signal's number; None when the time is up."""
        left_s = None if self._deadline is None else max(0.001, self._deadline - time.monotonic())
        self._inbox.settimeout(left_s)
        try:
            return self._inbox.recv(1)[0]
        except TimeoutError:
            logger.warning("the process ends without waiting for: %s", ", ".join(_threads()))
            return None

    def _stop(self, name: str) -> None:
        if self._limit is not None and self._deadline is None:
            limit_s, self._code = self._limit
            self._deadline = time.monotonic() + limit_s
        logger.info("%s: stopping", name)
        self._stopping.set()

    def _hang_up(self) -> None:
        if self.on_hang_up is None:
            logger.info("SIGHUP: ignored; restart the program to read its files again")
        else:
            self.on_hang_up()


def _threads(limit: int = 10) -> list[str]:
    """The names of what still runs, but for the log and the signals."""
    names = [thread.name for thread in threading.enumerate()]
    kept = [name for name in names if name != "signals" and not name.startswith("log:")]
    return kept[:limit] + (["…"] if len(kept) > limit else [])
