"""Faults of the disk under the running program: what was measured waits and is stored later."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.logger import (
    RESOLUTION_WH,
    House,
    energy_difference_wh,
    house,
    lines_complaints,
    longest_gap_s,
    lost_and_doubled,
    sums_complaints,
)
from tests.faults.outcome import Outcome, Promise, Scenario

DAY_S = 86_400.0
DISK = "size=4m"
DEVICES = ("Fridge", "Washer")
PAUSE_S = 0.5
"""By which a poll may be late on a machine that is busy with tests."""
STOP_LIMIT_S = 10.0
TINY = 4_096
"""Bytes: no write of the journal ends below."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A file system of its own; None where this user may not make one."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", str(folder)]
    if (
        sys.platform != "linux"
        or subprocess.run(command, capture_output=True, check=False).returncode
    ):
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


class FullDisk:
    """Takes all the room there is, and gives it back."""

    def __init__(self, home: House) -> None:
        self._file = home.folder / "filler"

    def begin(self) -> None:
        # Block by block until there is none: also what the program frees meanwhile.
        with suppress(OSError), self._file.open("ab", buffering=0) as file:
            while True:
                file.write(b"x" * 4_096)
        with suppress(OSError), self._file.open("ab", buffering=0) as file:
            while True:
                file.write(b"x")

    def end(self) -> None:
        self._file.unlink()


class WriteErrors:
    """The system refuses to write beyond the first few bytes of any file."""

    def __init__(self, home: House) -> None:
        self._home = home

    def begin(self) -> None:
        self._limit(TINY)

    def end(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        child = self._home.child
        if child is None or child.poll() is not None:
            return
        _, hard = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (size, hard))


Fault = FullDisk | WriteErrors


def waits_and_is_stored(name: str, home: House, fault: Fault, times: int) -> Outcome:
    """Polls go on over the fault and over midnight; afterwards nothing is missing."""
    home.run_until_polled()
    seen = []
    for n in range(1, times + 1):
        seen += home.points()
        fault.begin()
        home.until_more_requests(5)
        home.clocks.sleep(DAY_S)
        home.until_more_requests(10)
        fault.end()
        home.until_more_points(more=30)
        home.until_lines(n)
    code, stop_s = home.stop()
    points = home.points()
    lost, doubled = lost_and_doubled(seen, points)
    asked = sum(home.requests(device) for device in home.addresses)
    complaints = [*sums_complaints(home), *lines_complaints(home)]
    if code or stop_s > STOP_LIMIT_S:
        complaints.append(f"stop after {stop_s:.1f} s with exit code {code}")
    if not home.said("journal: failed"):
        complaints.append("the fault was not told")
    return Outcome(
        name,
        times,
        lost + asked - len(points),
        doubled,
        energy_difference_wh(points),
        longest_gap_s(points, nights_s=DAY_S),
        Promise(energy_wh=RESOLUTION_WH, stop_s=PAUSE_S),
        tuple(complaints),
    )


def stopped(name: str, home: House, fault: Fault) -> Outcome:
    """The stop is in time, and says with its exit code and how many that points are lost."""
    home.run_until_polled()
    seen = home.points()
    fault.begin()
    home.until_more_requests(10)
    code, stop_s = home.stop()
    fault.end()
    complaints = []
    if code != 1:
        complaints.append(f"exit code {code}")
    if not home.said("points could not be stored"):
        complaints.append("nobody said how many points are lost")
    first = len(home.points())
    home.run_until_polled()
    home.stop()
    points = home.points()
    lost, doubled = lost_and_doubled(seen, points)
    complaints += sums_complaints(home)
    return Outcome(
        name,
        1,
        lost + max(0, len(seen) - first),
        doubled,
        energy_difference_wh(points),
        stop_s,
        Promise(energy_wh=RESOLUTION_WH, stop_s=STOP_LIMIT_S),
        tuple(complaints),
    )


def full_disk(folder: Path, times: int) -> list[Outcome]:
    with small_disk(folder / "disk") as disk:
        if disk is None:
            return [Outcome("disk full (needs the right to mount)", 1)]
        clocks = folder / "clock"
        with house(disk / "files", *DEVICES, clock_file=clocks) as home:
            filled = waits_and_is_stored("disk full", home, FullDisk(home), times)
        with house(disk / "more", *DEVICES, clock_file=clocks) as home:
            return [filled, stopped("stop while the disk is full", home, FullDisk(home))]


def write_errors(folder: Path, times: int) -> list[Outcome]:
    with house(folder / "files", *DEVICES) as home:
        refused = waits_and_is_stored("write errors", home, WriteErrors(home), times)
    with house(folder / "more", *DEVICES) as home:
        return [refused, stopped("stop during write errors", home, WriteErrors(home))]


def refused_starts(folder: Path, times: int) -> list[Outcome]:
    """A disk that takes nothing at the start: exit code 1 at once, with the reason."""
    outcomes = []
    with small_disk(folder / "disk") as disk:
        if disk is not None:
            for name, begin, end in (
                ("start on a read-only disk", "remount,ro", "remount,rw"),
                ("start on a full disk", "", ""),
            ):
                with house(disk / name.replace(" ", "-"), *DEVICES, log_file=False) as home:
                    full = FullDisk(home)
                    full.begin() if not begin else _mount(disk, begin)
                    outcomes.append(_refused(name, home, times))
                    full.end() if not end else _mount(disk, end)
                    outcomes.append(_starts_again(f"{name}, later", home))
    with house(folder / "mine", *DEVICES, log_file=False) as home:
        home.folder.chmod(0o555)
        outcomes.append(_refused("start without permission", home, times, humble=True))
        home.folder.chmod(0o755)
        outcomes.append(_starts_again("start without permission, later", home))
    return outcomes


def _mount(disk: Path, option: str) -> None:
    subprocess.run(["mount", "-o", option, str(disk)], check=True)


def _refused(name: str, home: House, times: int, *, humble: bool = False) -> Outcome:
    complaints = []
    for _ in range(times):
        home.start(humble=humble)
        code = home.killed()
        text = "".join(home.log)
        if code != 1 or "isdl.db" not in text or "Traceback" in text:
            complaints.append(f"exit code {code}: {text[-300:]}")
    return Outcome(name, times, complaints=tuple(complaints))


def _starts_again(name: str, home: House) -> Outcome:
    home.run_until_polled()
    code, stop_s = home.stop()
    points = home.points()
    complaints = sums_complaints(home) + ([f"exit code {code}"] if code else [])
    promise = Promise(energy_wh=RESOLUTION_WH, stop_s=STOP_LIMIT_S)
    difference = energy_difference_wh(points)
    return Outcome(name, 1, 0, 0, difference, stop_s, promise, tuple(complaints))


SCENARIOS = (
    Scenario("disk full", full_disk, quick=1, full=20, beside=True),
    Scenario("disk write errors", write_errors, quick=1, full=20, beside=True),
    Scenario("disk at the start", refused_starts, quick=1, full=5, beside=True),
)
