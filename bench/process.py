"""What the system knows of a process: CPU, memory, bytes written. Linux only (``/proc``)."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Unavailable

END_S = 15.0
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """A process's account at one moment."""

    at_s: float
    """Monotonic."""
    cpu_s: float
    """User and system time."""
    rss_mb: float
    written_bytes: int
    """What the process caused to be sent to the storage layer, so far."""


def usage(pid: int) -> Usage:
    """The account of a process. Raises Unavailable."""
    folder = PROC / str(pid)
    try:
        numbers = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
        rss_kb = _entry(folder / "status", "VmRSS:")
        written = _entry(folder / "io", "write_bytes:")
    except OSError as err:
        raise Unavailable(f"process {pid} can't be looked at: {err}") from err
    ticks = int(numbers[11]) + int(numbers[12])
    cpu_s = ticks / os.sysconf("SC_CLK_TCK")
    return Usage(time.monotonic(), cpu_s, rss_kb * 1024 / 1e6, written)


def peak_mb(pid: int | str = "self") -> float:
    """The most memory that a process has ever held. (``getrusage`` would tell its parent's too.)"""
    return _entry(PROC / str(pid) / "status", "VmHWM:") * 1024 / 1e6


def file_system(folder: Path) -> str:
    """The kind of file system that a folder lies on, such as ext4."""
    best, kind = "", "unknown"
    for line in (PROC / "self/mounts").read_text("utf-8").splitlines():
        _, place, found, *_ = line.split()
        if folder.resolve().is_relative_to(place) and len(place) >= len(best):
            best, kind = place, found
    return kind


def end(process: subprocess.Popen[bytes]) -> float:
    """Ask a process to end, and see to it; gives the seconds that it took."""
    began = time.monotonic()
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return time.monotonic() - began


def _entry(path: Path, name: str) -> int:
    for line in path.read_text("utf-8").splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0
