"""Fault points: places at which a test lets the process die, as a power cut would.

A test sets the variable to ``name`` or ``name:n``; the n-th time (the first, where no number is
given) that the place of this name is reached the process is killed. Nothing else is done there.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import lru_cache
from itertools import count

VARIABLE = "ISDL_FAULT_POINT"


def reached(name: str) -> None:
    """The program has come to the place ``name``."""
    _watcher()(name)


@lru_cache(maxsize=1)
def _watcher() -> Callable[[str], None]:
    wanted, _, number = os.environ.get(VARIABLE, "").rpartition(":")
    if not number.isdigit():  # a name may hold a colon itself
        wanted, number = os.environ.get(VARIABLE, ""), "1"
    if not wanted:
        return lambda _: None
    last, passed = int(number), count(1)

    def watch(name: str) -> None:
        if name == wanted and next(passed) >= last:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    return watch
