"""What a point takes on the disk, and what a group commit writes."""

from __future__ import annotations

from bench.figures import Unavailable
from bench.process import file_system
from bench.run import Run
from bench.sections.daemon import ALONE
from source.journal.prepared import prepare
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, Point, Reading
from source.polling.energy import EnergyMeter
from source.simulator.row import row_of_sockets
from source.timing import SystemClock

POINTS, STEP_S = 100_000, 10
CHUNK = 5_000
BEGIN_S = 1_735_689_600  # 2025-01-01, any day will do


def measure(run: Run) -> None:
    for kind in ("plug-s", "3em"):
        run.sheet.add(
            f"size on disk of a point, {kind}",
            bytes_per_point(run, kind),
            "bytes",
            note=f"of {POINTS:,} at {STEP_S} s, index and quarter hours included",
        )
    try:
        window = run.window(ALONE)
    except Unavailable as err:
        run.sheet.lacks("bytes written", err)
        return
    run.sheet.add("commits a second, 50 sockets at 1 s", window.commits / window.seconds, "1/s")
    run.sheet.add(
        "written to disk for a commit",
        window.written_bytes / max(1, window.commits) / 1000,
        "kB",
        note=f"{window.points / max(1, window.commits):.0f} points, on {file_system(run.folder)},"
        " checkpoints of the log included",
    )


def bytes_per_point(run: Run, kind: str) -> float:
    """Size of a journal that holds ``POINTS`` polls of one socket, divided by them."""
    path = run.new_folder(f"size-{kind}") / JOURNAL_FILE
    journal = Journal(path, clock=SystemClock())
    journal.open()
    socket = row_of_sockets(kind, 1, BEGIN_S)[0]
    meter = EnergyMeter("Socket", STEP_S * US_PER_S, None)
    for first in range(0, POINTS, CHUNK):
        begin_s = BEGIN_S + first * STEP_S
        readings = socket.readings(begin_s, STEP_S, CHUNK)
        times_us = range(begin_s * US_PER_S, 2**62, STEP_S * US_PER_S)
        metered = (_metered(meter, r, t) for r, t in zip(readings, times_us, strict=False))
        journal.load([prepare("Socket", metered)])
    journal.close()
    return path.stat().st_size / POINTS


def _metered(meter: EnergyMeter, reading: Reading, time_us: int) -> tuple[Point, Checkpoint | None]:
    point, checkpoint = meter.measure(reading, time_us)
    meter.accept(checkpoint)
    return point, checkpoint
