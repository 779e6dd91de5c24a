"""How often somebody may try a password: less and less often, per address and altogether."""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5
"""Failures of an address that cost no waiting."""
LONGEST_S = 300.0
FORGET_S = 3600.0
"""After so long without a failure an address begins anew."""
MOST_ADDRESSES, MOST_KNOWN = 1000, 100
BURST, REFILL_S = 30.0, 10.0
"""Failures of all addresses together: so many at once, then one each so many seconds."""


@dataclass(slots=True)
class Tries:
    """The failures of one address."""

    failures: int
    last_s: float


class Throttle:
    """Counts each try before it is judged, so that many at once are no way around it.

    An address that has logged in before is not held up by the failures of others: who attacks must
    not lock out who lives here.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._tries: OrderedDict[str, Tries] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._left = BURST
        self._filled_s = monotonic()
        self._lock = threading.Lock()

    def attempt(self, address: str) -> int:
        """0 where the try may be judged now (it counts as failed until ``succeeded``), else the
        whole seconds to wait; a try that has to wait does not count."""
        key = group(address)
        with self._lock:
            now = self._monotonic()
            wait_s = max(self._wait_s(key, now), self._common_wait_s(key, now))
            if wait_s > 0:
                return math.ceil(wait_s)
            self._count(key, now)
            return 0

    def succeeded(self, address: str) -> None:
        """The last try of this address was right."""
        key = group(address)
        with self._lock:
            self._tries.pop(key, None)
            self._left = min(BURST, self._left + 1)
            self._known[key] = None
            self._known.move_to_end(key)
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)

    def _count(self, key: str, now: float) -> None:
        before = self._tries.get(key)
        failures = before.failures if before and now - before.last_s < FORGET_S else 0
        self._tries[key] = Tries(failures + 1, now)
        self._tries.move_to_end(key)
        while len(self._tries) > MOST_ADDRESSES:
            self._tries.popitem(last=False)
        self._left = max(0.0, self._left - 1)

    def _wait_s(self, key: str, now: float) -> float:
        tries = self._tries.get(key)
        if tries is None or tries.failures < FREE:
            return 0.0
        delay_s = min(LONGEST_S, 2.0 ** min(tries.failures - FREE, 20))
        return tries.last_s + delay_s - now

    def _common_wait_s(self, key: str, now: float) -> float:
        self._left = min(BURST, self._left + (now - self._filled_s) / REFILL_S)
        self._filled_s = now
        if key in self._known or self._left >= 1:
            return 0.0
        return (1 - self._left) * REFILL_S


def group(address: str) -> str:
    """Who counts as one: an IPv4 address, or the network of an IPv6 one, which has many."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found.packed[:8] + bytes(8), 64)))
    return str(found)
