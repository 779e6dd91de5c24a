"""What is said of points that a sink refused for good: at once, then at most hourly per device."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable

from source.text import shorten

logger = logging.getLogger(__name__)

SILENT_S = 3600.0


class Refusals:
    """Counts refused points per device, so that a device whose every point is refused can't fill
    the log."""

    def __init__(self, sink: str, monotonic: Callable[[], float]) -> None:
        self._sink = sink
        self._monotonic = monotonic
        self._untold: Counter[str] = Counter()
        self._silent_until: dict[str, float] = {}

    def add(self, refused: Iterable[tuple[str, str]]) -> None:
        """Device and reason of each refused point."""
        reasons = {}
        for device, reason in refused:
            self._untold[device] += 1
            reasons[device] = reason
        now = self._monotonic()
        for device, reason in reasons.items():
            if now >= self._silent_until.get(device, now):
                self._tell(device, reason)
                self._silent_until[device] = now + SILENT_S

    def _tell(self, device: str, reason: str) -> None:
        logger.error(
            "%s: refused %d points of %r for good; they stay in the journal, set aside: %s",
            self._sink,
            self._untold.pop(device),
            device,
            shorten(reason),
        )
