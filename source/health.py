"""The state of each subject (socket, sink, journal, report); logs changes of it, nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from source.text import duration_text, shorten

logger = logging.getLogger(__name__)

OFFLINE_AFTER = 3
STUCK_AFTER_S, STUCK_TIMEOUTS = 60.0, 2
"""A poll that takes longer than that, and than so many of its time-outs, comes to no end."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one subject."""

    failures: int = 0
    """Failures in a row; 0 means well."""
    since: float = 0.0
    """Monotonic time of the first of them."""
    reason: str = ""


class Health:
    """Remembers failures per subject and tells what changed.

    The first failure is a WARNING, the third in a row an ERROR ("off-line"), the first success
    after either an INFO with the duration. Nothing in between is logged above DEBUG.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._states: dict[str, State] = {}
        self._lock = threading.Lock()

    def state(self, subject: str) -> State:
        with self._lock:
            return self._states.get(subject, State())

    def failing(self) -> dict[str, State]:
        """What does not go well now, by subject."""
        with self._lock:
            return {subject: one for subject, one in self._states.items() if one.failures}

    def failed(self, subject: str, reason: object) -> None:
        """A try of ``subject`` failed for ``reason``."""
        text = shorten(reason)
        with self._lock:
            before = self._states.get(subject, State())
            since = before.since if before.failures else self._monotonic()
            state = replace(before, failures=before.failures + 1, since=since, reason=text)
            self._states[subject] = state
        if state.failures == 1:
            logger.warning("%s: failed: %s", subject, text)
        elif state.failures == OFFLINE_AFTER:
            logger.error("%s: off-line, %d tries failed: %s", subject, OFFLINE_AFTER, text)
        elif text != before.reason:
            logger.debug("%s: still failing: %s", subject, text)

    def well(self, subject: str, tries: str = "tries") -> None:
        """A try of ``subject`` succeeded; ``tries`` is what its tries are called in the log."""
        # Hot path: no lock where there is nothing to change (reading a dict is atomic).
        before = self._states.get(subject)
        if before is None or before.failures == 0:
            return
        with self._lock:
            self._states[subject] = State()
        lasted = duration_text(self._monotonic() - before.since)
        failures = before.failures
        logger.info("%s: back on-line after %s, %d %s failed", subject, lasted, failures, tries)
