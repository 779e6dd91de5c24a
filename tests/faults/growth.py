"""Whether a process grows: memory, threads and file descriptors over time, from ``/proc``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A process at one moment."""

    at_s: float
    rss_mb: float
    threads: int
    files: int
    cpu_s: float

    def __str__(self) -> str:
        return (
            f"{self.at_s:6.0f} s  {self.rss_mb:6.1f} MB  {self.threads} threads"
            f"  {self.files} files  {self.cpu_s:.0f} s CPU"
        )


@dataclass(frozen=True, slots=True)
class Slopes:
    """What the straight line through all samples gains an hour."""

    mb_per_hour: float
    threads_per_hour: float
    files_per_hour: float


def sample(pid: int, at_s: float) -> Sample:
    """The process now."""
    folder = Path(f"/proc/{pid}")
    entries = dict(
        line.split(":", 1) for line in (folder / "status").read_text("utf-8").splitlines()
    )
    numbers = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
    return Sample(
        at_s=at_s,
        rss_mb=int(entries["VmRSS"].split()[0]) * 1024 / 1e6,
        threads=int(entries["Threads"]),
        files=len(os.listdir(folder / "fd")),  # noqa: PTH208 (many of them are gone at once)
        cpu_s=(int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK"),
    )


def slopes(samples: Sequence[Sample]) -> Slopes:
    """Least squares; 0 where there are fewer than two samples."""
    return Slopes(
        _per_hour(samples, lambda one: one.rss_mb),
        _per_hour(samples, lambda one: one.threads),
        _per_hour(samples, lambda one: one.files),
    )


def _per_hour(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    if len(samples) < 2:
        return 0.0
    mean_s = sum(one.at_s for one in samples) / len(samples)
    mean = sum(map(value, samples)) / len(samples)
    spread = sum((one.at_s - mean_s) ** 2 for one in samples)
    together = sum((one.at_s - mean_s) * (value(one) - mean) for one in samples)
    return HOUR_S * together / spread
