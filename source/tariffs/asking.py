"""One call of a provider, in a thread of its own: it ends at a deadline, whatever it hangs in."""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue
from typing import TypeAlias

from source.config.tariffs import Market as MarketConfig
from source.errors import PricesUnavailable
from source.tariffs.market import Market, Wish
from source.tariffs.registry import TariffRegistry
from source.tariffs.web import LIMIT_S, WebClient

Outcome: TypeAlias = "dict[int, int] | PricesUnavailable"
SLICE_S = 0.2
GRACE_S = 3.0
"""For what a provider does beside its requests."""
SHOWN_OF_TOKEN = 3
"""Characters at its beginning that may be in a message: they tell nothing."""


class Stopped(Exception):
    """Nobody wants the prices any more."""


class Asking:
    """Calls the provider of a market once."""

    def __init__(
        self, registry: TariffRegistry, config: MarketConfig, wish: Wish, limit_s: float = LIMIT_S
    ) -> None:
        self._registry = registry
        self._provider = config.provider
        self._limit_s = limit_s
        self._web = WebClient(limit_s)
        self._market = Market(config, wish, self._web)
        self._outcome: SimpleQueue[Outcome] = SimpleQueue()
        self._has_come_back = False
        # daemon: a provider that never returns must not keep the process alive after the stop.
        self._thread = threading.Thread(
            target=self._call, name=f"prices:{config.provider}", daemon=True
        )

    @property
    def is_running(self) -> bool:
        """The provider has not come back, perhaps long after anybody waited for it."""
        # Its thread ends a moment after the answer is here.
        return self._thread.is_alive() and not self._has_come_back

    def prices(self, stopping: threading.Event) -> dict[int, int]:
        """Billionths of the currency per kWh, by quarter hour.

        Raises PricesUnavailable, and Stopped soon after ``stopping`` is set.
        """
        self._thread.start()
        try:
            outcome = self._awaited(stopping)
        finally:
            self._web.abort()
        if isinstance(outcome, PricesUnavailable):
            raise outcome
        return outcome

    def _awaited(self, stopping: threading.Event) -> Outcome:
        deadline = time.monotonic() + self._limit_s + GRACE_S
        while not stopping.is_set():
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                late = f"has not returned within {self._limit_s + GRACE_S:g} s"
                return PricesUnavailable(f"provider {self._provider!r} {late}")
            # What it waits for in the net ends now at the latest.
            if left_s <= GRACE_S:
                self._web.abort()
            try:
                return self._outcome.get(timeout=min(SLICE_S, left_s))
            except Empty:
                continue
        raise Stopped

    def _call(self) -> None:
        outcome: Outcome = PricesUnavailable("ended by an error that is a bug in the program")
        try:
            outcome = self._registry.prices(self._provider, self._market)
        except PricesUnavailable as err:
            outcome = self._without_token(err)
        finally:
            self._has_come_back = True
            self._outcome.put(outcome)

    def _without_token(self, err: PricesUnavailable) -> PricesUnavailable:
        """For the log: servers repeat what they were sent, plugins name what they ask for."""
        text, token = str(err), self._market.token or ""
        # Its beginning too: what is told of an answer is cut somewhere.
        for length in range(len(token), SHOWN_OF_TOKEN, -1):
            text = text.replace(token[:length], "***")
        return PricesUnavailable(text)
