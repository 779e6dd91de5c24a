"""Keeps the memory of a program with hundreds of threads small."""

from __future__ import annotations

import ctypes
from contextlib import suppress

M_ARENA_MAX = -8
"""The parameter's number, see mallopt(3)."""
ARENAS = 2


def share_arenas() -> None:
    """Let all threads take their memory from two arenas; before any thread is started.

    glibc would give each thread, up to eight for a core, an arena of its own, and what a thread
    once needed for a large answer stays with its arena. Threads of Python mostly wait for each
    other anyway. Other C libraries have no arenas, or no such call: then nothing happens.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
