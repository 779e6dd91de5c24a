"""How many points go into one request."""

from __future__ import annotations

GROW_AFTER = 20


class BatchSize:
    """Halves when a batch was too large; doubles again, up to the limit, after some full ones."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._successes = 0
        self.points = limit

    def too_large(self, sent: int) -> None:
        """So many points were too large for one request."""
        self.points = max(1, min(self.points, sent // 2))
        self._successes = 0

    def fitted(self, sent: int) -> None:
        """So many points were taken in one request."""
        if sent < self.points or self.points == self._limit:
            return
        self._successes += 1
        if self._successes >= GROW_AFTER:
            self._successes = 0
            self.points = min(self._limit, 2 * self.points)
