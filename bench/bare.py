"""The yardstick: a bare ``http.client`` loop over the sockets, and its CPU time a poll."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from itertools import cycle

TIMEOUT_S = 5.0


def bare_poll(address: str) -> object:
    """Open, ask, read, decode, close: what the least program has to do."""
    connection = HTTPConnection(address, timeout=TIMEOUT_S)
    connection.request("GET", "/status")
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def cpu_ms(poll: Callable[[], object], count: int) -> float:
    """CPU of this thread in ms for one of so many calls, one after the other."""
    began = time.thread_time()
    for _ in range(count):
        poll()
    return 1000.0 * (time.thread_time() - began) / count


def bare_cpu_ms(addresses: Sequence[str], seconds: float) -> float:
    """As fast as it goes, for so long."""
    turn, polls = cycle(addresses), 0
    began, end = time.thread_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        bare_poll(next(turn))
        polls += 1
    return 1000.0 * (time.thread_time() - began) / polls


def paced_cpu_ms(addresses: Sequence[str], seconds: float, per_s: float) -> float:
    """At the pace of a daemon: between two polls the thread sleeps, and its caches grow cold."""
    began_cpu, began = time.thread_time(), time.monotonic()
    turn, polls = cycle(addresses), 0
    while (due := began + polls / per_s) < began + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        bare_poll(next(turn))
        polls += 1
    return 1000.0 * (time.thread_time() - began_cpu) / polls
