"""What is written to the disk in a day, which is what an SD card lives on."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Unavailable
from bench.process import file_system, usage
from bench.run import Run
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, Point, Reading
from source.polling.energy import EnergyMeter
from source.simulator.row import row_of_sockets

SOCKETS, STEP_S = 10, 10
COMMITS_S = {1: 3_600, 10: 2_400, 60: 1_440}
"""Seconds between two commits, and how many are measured: an hour, seven hours, a day."""
BEGIN_S = 1_735_689_600  # 2025-01-01, any day will do
DAY_S = 86_400
SECTOR_BYTES = 512


class DayClock:
    """Stands still until it is moved: a day goes by as fast as the disk takes it."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def now_us(self) -> int:
        return round((BEGIN_S + self.passed_s) * US_PER_S)

    def monotonic(self) -> float:
        return self.passed_s


def measure(run: Run) -> None:
    kind = file_system(run.folder)
    if kind == "tmpfs":
        raise Unavailable(f"{run.folder} lies in memory")
    for interval_s, commits in COMMITS_S.items():
        process, device = written_bytes(run, interval_s, commits)
        points = commits * interval_s * SOCKETS // STEP_S
        days = commits * interval_s / DAY_S
        name = f"commit_interval_s {interval_s}"
        run.sheet.add(f"{name}: written a point", process / points / 1000, "kB")
        run.sheet.add(
            f"{name}: written a day, {SOCKETS} sockets at {STEP_S} s",
            process / days / 1e6,
            "MB",
            note=f"{points:,} points in {commits:,} commits, on {kind}",
        )
        if device is not None:
            run.sheet.add(f"{name}: by the disk's own counter", device / days / 1e6, "MB a day")


def written_bytes(run: Run, interval_s: int, commits: int) -> tuple[int, int | None]:
    """What so many commits write: as the kernel counts it for this process, and for the disk.

    The disk's counter includes the file system's own log, and whatever else the machine writes;
    None where it can't be told.
    """
    folder = run.new_folder(f"card-{interval_s}")
    clock = DayClock()
    meters = [EnergyMeter(f"Socket {n}", STEP_S * US_PER_S, None) for n in range(SOCKETS)]
    readings = [
        socket.readings(BEGIN_S, STEP_S, commits * interval_s // STEP_S + 1)
        for socket in row_of_sockets("plug-s", SOCKETS, BEGIN_S)
    ]
    with running(folder, clock) as journal:
        before, disk_before = usage(os.getpid()).written_bytes, disk_bytes(folder)
        for _ in range(commits):
            for _ in range(interval_s):
                number = int(clock.passed_s) % SOCKETS  # one of ten sockets each second
                clock.passed_s += 1.0
                store(journal, meters[number], next(readings[number]), clock.now_us())
            journal.flush()
    after, disk_after = usage(os.getpid()).written_bytes, disk_bytes(folder)
    disk = None if disk_before is None or disk_after is None else disk_after - disk_before
    return after - before, disk


@contextmanager
def running(folder: Path, clock: DayClock) -> Iterator[Journal]:
    """A journal that commits when it is told to."""
    journal = Journal(folder / JOURNAL_FILE, clock=clock, commit_interval_s=3600.0)
    journal.open()
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    try:
        yield journal
    finally:
        stopping.set()
        thread.join()
        journal.close()


def store(journal: Journal, meter: EnergyMeter, reading: Reading, time_us: int) -> None:
    measured: tuple[Point, Checkpoint | None] = meter.measure(reading, time_us)
    journal.append(*measured)
    meter.accept(measured[1])


def disk_bytes(folder: Path) -> int | None:
    """The bytes written so far to the disk that a folder lies on."""
    device = folder.stat().st_dev
    path = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")
    try:
        return int(path.read_text("utf-8").split()[6]) * SECTOR_BYTES
    except (OSError, IndexError, ValueError):
        return None
