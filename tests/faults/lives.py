"""The logger's lives over one folder: started, stopped, killed in the middle, started again."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.polling.worker import Worker
from source.timing import Clock
from tests.faults.home import INTERVAL_S, Socket

NEVER_S = 3600.0
"""Between commits that nobody asks for."""


class Life:
    """A journal with its thread, from a start to an end."""

    def __init__(self, folder: Path, clock: Clock, **settings: Any) -> None:
        self.folder = folder
        self.journal = Journal(
            folder / "isdl.db", clock=clock, commit_interval_s=NEVER_S, **settings
        )
        self.journal.open()
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.journal.run, args=(self._stopping,))
        self._thread.start()

    def worker(self, socket: Socket, interval_s: float = INTERVAL_S) -> Worker:
        return Worker(
            device=socket.name,
            interval_s=interval_s,
            offset_s=0.0,
            read=socket.read,
            timeout_s=1.0,
            close=lambda: None,
            journal=self.journal,
            health=Health(self._clock.monotonic),
            queue_health=Health(self._clock.monotonic),
            clock=self._clock,
        )

    def reader(self) -> JournalReader:
        return JournalReader(self.journal.path)

    def stop(self) -> None:
        """An orderly end: nothing is left uncommitted."""
        self._stopping.set()
        self.journal._intake.hurry.set()
        self._thread.join(10)
        assert not self._thread.is_alive()
        self.journal.close()

    def killed(self, folder: Path) -> None:
        """Leave in ``folder`` what a power cut would leave now.

        The files as they are between two commits: nobody writes while this holds SQLite's lock.
        """
        folder.mkdir()
        db = sqlite3.connect(self.journal.path, isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        for path in self.folder.iterdir():
            if path.is_file() and not path.name.endswith(("-shm", ".lock")):
                shutil.copy(path, folder)
        db.execute("ROLLBACK")
        db.close()
        self.stop()
        shutil.rmtree(self.folder)
