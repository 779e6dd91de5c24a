"""The thread that fetches market prices ahead, and fills what the journal lacks of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from source.tariffs.errand import LOOK_S, Errand, Surroundings
from source.tariffs.sources import PriceSource

FILE_LOOK_S = 60.0
"""How soon a file that was changed is read again."""


class PriceFetcher:
    """Serves every source of market prices; one that fails delays no other for long."""

    def __init__(self, *, sources: Sequence[PriceSource], around: Surroundings) -> None:
        self._errands = [Errand(source, around) for source in sources]
        self._around = around

    def run(self, stopping: threading.Event) -> None:
        """Look at once and whenever a source is due, until ``stopping`` is set."""
        while not stopping.is_set():
            for errand in self._errands:
                errand.look(stopping)
                if stopping.is_set():
                    return
            self._around.pause(stopping, self._delay_s())

    def _delay_s(self) -> float:
        now = self._around.clock.monotonic()
        delays = [errand.due_at - now for errand in self._errands]
        if any(errand.has_file for errand in self._errands):
            delays.append(FILE_LOOK_S)
        return max(1.0, min([*delays, LOOK_S]))
