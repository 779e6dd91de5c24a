"""A process of its own that looks once; its fault point kills it on the way.

``python -m tests.reports.crashing FOLDER NOW``; with ``torn`` after that, it dies while it appends
to a text file, with ``torn csv`` or ``torn document`` in the others; ``price 0.31`` is the price.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from source.reports import documents, files
from tests.fakes import FakeClock
from tests.reports.house import configuration, job, us
from tests.running import running_journal

APPEND = files.append


def append_half(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text[: len(text) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


def append_half_of_csv(path: Path, text: bytes) -> None:
    if path.suffix == ".csv":
        append_half(path, text)
    APPEND(path, text)


def write_half(folder: Path, texts: Mapping[Path, str]) -> None:
    for path, text in texts.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.with_suffix(".json.new").write_text(text[: len(text) // 2], "utf-8")
        os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, now: str, *how: str) -> None:
    """Open the journal as the daemon does, and look once."""
    general = {}
    for each in how:
        if each == "torn":
            files.append = append_half  # type: ignore[assignment]
        elif each == "torn csv":
            files.append = append_half_of_csv  # type: ignore[assignment]
        elif each == "torn document":
            documents.put = write_half  # type: ignore[assignment]
        else:
            general = {"price_kwh": Decimal(each.removeprefix("price "))}
    clock = FakeClock(us(now))
    with running_journal(folder, clock) as journal:
        job(journal, clock, configuration(folder, general)).catch_up()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
