"""Tells of handlers that do not return: each hangs its own socket's thread and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from source.health import STUCK_AFTER_S, STUCK_TIMEOUTS
from source.polling.worker import Worker

logger = logging.getLogger(__name__)


class StuckHandlers:
    """Knows which sockets are stuck; says when one is, and when it is polled again."""

    def __init__(self, handler_of: Callable[[str], str]) -> None:
        """``handler_of`` gives, for a device, how its handler is called and where it stands."""
        self._handler_of = handler_of
        self._stuck: set[str] = set()

    def look(self, workers: Iterable[Worker], now_s: float) -> None:
        """Look at all workers that run; ``now_s`` is on their monotonic clock."""
        for worker in workers:
            limit_s = max(STUCK_AFTER_S, STUCK_TIMEOUTS * worker.timeout_s)
            since = worker.busy_since
            is_stuck = since is not None and now_s - since > limit_s
            if is_stuck is (worker.device in self._stuck):
                continue
            if is_stuck:
                self._tell(worker.device, limit_s)
            else:
                self._stuck.remove(worker.device)
                logger.info("%s: is polled again", worker.device)

    def _tell(self, device: str, limit_s: float) -> None:
        self._stuck.add(device)
        logger.error(
            "%s: the handler of its type (%s) has not returned for %.0f s; this socket is not"
            " polled until it does, all others are",
            device,
            self._handler_of(device),
            limit_s,
        )
