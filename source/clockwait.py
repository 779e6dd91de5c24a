"""Waits, at the start, for a clock that can be right.

A Raspberry Pi has no clock of its own: until it reaches the network it is 1970 for it, or the time
at which it was switched off. What is stored under such a time stands at the wrong place for ever.
"""

from __future__ import annotations

import logging
from datetime import datetime, timezone

from source.model import US_PER_S
from source.text import duration_text
from source.timing import Clock

logger = logging.getLogger(__name__)

RELEASED_US = 1_767_225_600 * US_PER_S
"""2026-01-01 00:00 UTC: this program is younger."""
SLACK_US = 86_400 * US_PER_S
"""So far a clock may lie behind what is known: somebody may have corrected it."""


class ClockWait:
    """Whether the wall clock is still waited for, at most ``limit_s`` seconds."""

    def __init__(self, clock: Clock, limit_s: float, newest_us: int) -> None:
        """``newest_us`` is a time that has certainly passed, such as that of a stored point."""
        self._clock = clock
        self._limit_s = limit_s
        self._earliest_us = max(RELEASED_US, newest_us - SLACK_US)
        self._began: float | None = None
        self._is_over = False

    def is_over(self) -> bool:
        """To be asked again and again; once True it stays so. Logs the begin and the end."""
        if not self._is_over:
            self._is_over = self._ends()
        return self._is_over

    def _ends(self) -> bool:
        now = self._clock.monotonic()
        if self._clock.now_us() >= self._earliest_us:
            if self._began is not None:
                waited = duration_text(now - self._began)
                logger.info("the clock is right now: %s UTC, after %s", self._time(), waited)
            return True
        if self._began is None:
            self._began = now
            logger.warning(
                "the clock says %s UTC, which can't be right; no socket is polled until it is"
                " right, for at most %s (clock_wait_s)",
                self._time(),
                duration_text(self._limit_s),
            )
        if now - self._began < self._limit_s:
            return False
        logger.error(
            "the clock still says %s UTC; polling begins all the same: what is measured is stored"
            " under this time until the clock is right",
            self._time(),
        )
        return True

    def _time(self) -> str:
        time_s = self._clock.now_us() / US_PER_S
        return datetime.fromtimestamp(time_s, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
