"""A real journal on disk with its thread running."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from source.journal.store import Journal
from source.timing import Clock


@contextmanager
def running_journal(folder: Path, clock: Clock) -> Iterator[Journal]:
    journal = Journal(folder / "isdl.db", clock=clock, commit_interval_s=0.02)
    journal.open()
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    try:
        yield journal
    finally:
        stopping.set()
        thread.join(10)
        journal.close()
