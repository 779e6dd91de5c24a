"""The real program, ``python main.py run``, as a child: started, killed and stopped at will."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from source.faultpoint import VARIABLE

ROOT = Path(__file__).resolve().parents[2]
THEIRS = ("DB_", "SSL", "VERIFY_SSL", "ISDL_", "PYTHON")
"""What would configure the program."""
LIMIT_S = 60.0
STOP_LIMIT_S = 10.0
"""That of Docker; a stop that takes longer breaks a promise."""


def until(
    condition: Callable[[], object], what: str | Callable[[], str], limit_s: float = LIMIT_S
) -> None:
    """Return when the condition holds. Raises AssertionError that tells what did not happen."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            told = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {limit_s:g} s: {told}")
        time.sleep(0.02)


def end_in_order() -> None:
    """SIGTERM ends this program with what it has started, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


class Logger:
    """One program over one folder, in as many lives as it takes."""

    def __init__(self, files: Path, environ: Mapping[str, str]) -> None:
        kept = {key: text for key, text in os.environ.items() if not key.startswith(THEIRS)}
        self._environ = {**kept, "TZ": "UTC", "WEB": "off", "NO_PROXY": "127.0.0.1", **environ}
        self._files = files
        self._process: subprocess.Popen[bytes] | None = None
        self.log = files.parent / f"{files.name}.log"
        """What all its lives said."""
        self.starts_us: list[int] = []
        self.stops_s: list[float] = []

    def start(self, fault_point: str = "") -> None:
        """Start it; with ``fault_point`` it kills itself there."""
        assert self._process is None, "the life before has not ended"
        self.starts_us.append(time.time_ns() // 1000)
        self._process = self.spawn(fault_point)

    def spawn(self, fault_point: str = "") -> subprocess.Popen[bytes]:
        """One more process over the same folder, which the caller has to end."""
        environ = {**self._environ, VARIABLE: fault_point} if fault_point else self._environ
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(ROOT / "main.py"), "run", "--files", str(self._files)],
                cwd=self._files,  # beside main.py there may be a .env of a real database
                env=environ,
                stdout=log,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """The power fails."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def died(self, limit_s: float) -> int | None:
        """Wait for its own end; gives the exit code (negative: a signal), None where it lives."""
        assert self._process is not None
        try:
            code = self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None
        self._process = None
        return code

    def stop(self, number: int = signal.SIGTERM) -> str:
        """Ask it to end; gives what was wrong with that, as a sentence, or nothing."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(number)
        code = self.died(STOP_LIMIT_S + 5.0)
        self.stops_s.append(time.monotonic() - began)
        if code is None:
            self.kill()
            return f"it did not stop within {STOP_LIMIT_S + 5:g} s"
        if code != 0:
            return f"it stopped with exit code {code}: {self.log_end()}"
        if self.stops_s[-1] > STOP_LIMIT_S:
            return f"its stop took {self.stops_s[-1]:.1f} s, at most {STOP_LIMIT_S:g} s"
        return ""

    def log_end(self, size: int = 600) -> str:
        return self.log.read_text("utf-8", "replace")[-size:]
