"""A journal whose thread is driven by tests, and a second program that is in its way."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from source.journal.reader import JournalReader
from source.journal.store import Journal

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 15.0


@contextmanager
def thread_of(journal: Journal) -> Iterator[None]:
    """Its thread runs inside; afterwards the journal is closed."""
    with running(journal):
        yield
    journal.close()


@contextmanager
def running(journal: Journal) -> Iterator[None]:
    """Its thread runs inside; the journal stays open."""
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


def becomes_true(condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not condition() and time.monotonic() < deadline:
        pause.wait(0.01)
    return bool(condition())


def seqs(path: Path) -> list[int]:
    with JournalReader(path) as reader:
        return [seq for seq, _ in reader.points_after(0, 1_000_000)]


@contextmanager
def locked_by_another(path: Path, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
    """Another connection is inside a transaction."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(begin)
    db.execute("SELECT count(*) FROM meta").fetchone()
    try:
        yield db
    finally:
        db.close()


def process(program: str, *arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program in the project's folder, to its end."""
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environ},
    )
