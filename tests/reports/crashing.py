"""A process of its own that looks once and kills itself at a chosen place.

``python -m tests.reports.crashing FOLDER NOW PLACE``
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from source.journal.store import Journal
from source.reports import files
from tests.fakes import FakeClock
from tests.reports.house import configuration, job, us

PLACES = (
    "before begin_reports",
    "after begin_reports",
    "half append",
    "before finish_reports",
    "after finish_reports",
)


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wrapped(method: Callable[..., Any], when: str) -> Callable[..., Any]:
    def call(*args: Any) -> None:
        if when == "before":
            die()
        method(*args)
        die()

    return call


def append_half(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text[: len(text) // 2])
    die()


def main(folder: Path, now: str, place: str) -> None:
    """Open the journal as the daemon does, and look once."""
    when, _, what = place.partition(" ")
    journal = Journal(folder / "isdl.db", clock=FakeClock(us(now)), commit_interval_s=0.02)
    if what == "append":
        files.append = append_half  # type: ignore[assignment]
    elif what:
        setattr(journal, what, wrapped(getattr(journal, what), when))
    journal.open()
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    job(journal, FakeClock(us(now)), configuration(folder)).catch_up()
    stopping.set()
    thread.join()
    journal.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
