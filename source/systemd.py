"""What systemd is told: that the program is ready, reloads, stops, and that it lives.

The protocol is that of sd_notify(3): one datagram to the socket that NOTIFY_SOCKET names. Without
that variable, as in Docker, nothing is told.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from source.model import US_PER_S
from source.text import shorten

SOCKET, WATCHDOG, WATCHDOG_PROCESS = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"


class Notifier:
    """Tells systemd; never waits and never fails. To be used by the main thread."""

    def __init__(
        self,
        address: str | None = None,
        *,
        watchdog_s: float | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = address
        self._watchdog_s = watchdog_s
        self._monotonic = monotonic
        self._next_sign = 0.0
        self._status = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Notifier:
        """As systemd asks for it; one that tells nobody where the program was started otherwise."""
        address = environ.get(SOCKET, "")
        if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
            return cls()
        return cls(address, watchdog_s=_watchdog_s(environ))

    @property
    def patience_s(self) -> float:
        """So long may the journal's or the reports' thread give no sign of life."""
        return float("inf") if self._watchdog_s is None else self._watchdog_s / 2

    def ready(self, status: str = "") -> None:
        """The start, or a reload, is done."""
        self._status = status
        self._send("READY=1", _status_line(status))

    def status(self, text: str) -> None:
        """What ``systemctl status`` shows, told where it has changed."""
        if text != self._status:
            self._status = text
            self._send(_status_line(text))

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """While the configuration is read again."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            yield
        finally:
            self._send("READY=1")

    def stopping(self) -> None:
        """The stop has begun."""
        self._send("STOPPING=1", _status_line("stopping"))

    def alive(self, silent_s: float = 0.0) -> None:
        """The main loop goes round; to be called about once a second.

        ``silent_s`` is for how long the part of the program that was silent longest (the journal's
        thread, that of the reports) has given no sign of life. Where that is too long, systemd
        hears nothing more, and starts the program again.
        """
        now = self._monotonic()
        if self._watchdog_s is None or now < self._next_sign or silent_s > self.patience_s:
            return
        self._next_sign = now + self._watchdog_s / 4
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if self._address is None or sys.platform == "win32":
            return
        message = "\n".join(filter(None, lines)).encode(errors="backslashreplace")
        path = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        # A systemd that does not listen, or is too busy, is no matter of the program.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(message, path)


def _status_line(text: str) -> str:
    return f"STATUS={shorten(text)}" if text else ""


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    """How often systemd wants a sign of life at least; None where it wants none of this process."""
    time_us, process = environ.get(WATCHDOG, ""), environ.get(WATCHDOG_PROCESS, "")
    if not time_us.isdecimal() or int(time_us) == 0 or process not in ("", str(os.getpid())):
        return None
    return int(time_us) / US_PER_S
