"""Threads share what the C library keeps of memory."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MANY_THREADS = """
import ctypes, sys, threading
from source.memory import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
together = threading.Barrier(20)
def work():
    together.wait()
    kept = [bytes(100_000) for _ in range(5)]
    together.wait()
threads = [threading.Thread(target=work) for _ in range(20)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
ctypes.CDLL(None).malloc_stats()
"""


def arenas(how: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", MANY_THREADS, how],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return len(re.findall(rb"^Arena \d+:", ran.stderr, re.MULTILINE))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="there are arenas in glibc only")
def test_twenty_threads_take_their_memory_from_two_arenas() -> None:
    assert arenas("shared") <= 2
    assert arenas("apart") > 2
