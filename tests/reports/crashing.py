"""A process of its own that looks once; its fault point kills it on the way.

``python -m tests.reports.crashing FOLDER NOW``; with ``torn`` after that, it dies while it appends.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from source.reports import files
from tests.fakes import FakeClock
from tests.reports.house import configuration, job, us
from tests.running import running_journal


def append_half(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text[: len(text) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, now: str, *how: str) -> None:
    """Open the journal as the daemon does, and look once."""
    if how == ("torn",):
        files.append = append_half  # type: ignore[assignment]
    clock = FakeClock(us(now))
    with running_journal(folder, clock) as journal:
        job(journal, clock, configuration(folder)).catch_up()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
