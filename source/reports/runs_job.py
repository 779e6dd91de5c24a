"""The thread that finds the runs of appliances in the points as they come, and in older ones.

What is found goes into the journal together with how far it was looked, in one transaction; what
was not stored is found again. Old points are kept for ``raw_days`` and are seen long before that: a
rule that is new finds the runs of that time, but none of the years before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from source.config.models import DeviceConfig, RunRule
from source.faultpoint import reached
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import FIRST_YEAR_US, US_PER_S, Run
from source.reports.looks import looked
from source.reports.runs import RunDetector, runs_in
from source.text import counted
from source.timing import Clock, LeapWatch

logger = logging.getLogger(__name__)

LOOK_S = 30.0
SLICE_US = 86_400 * US_PER_S
"""So much of the past is in memory at a time."""
SLICE_PAUSE_S = 0.02
"""Between two slices: the polls come first."""
NOTE_US = 3600 * US_PER_S
"""How far it was looked is noted at this pace where no run is found: each note is a write."""
SUBJECT = "runs"


def detector_of(reader: JournalReader, entry: DeviceConfig, rule: RunRule) -> RunDetector:
    """A detector that goes on where the journal says that the device was looked at last."""
    idle_us = reader.runs_scanned_us(entry.name) or 0
    return RunDetector(entry.name, rule, round(entry.update_time_s * US_PER_S), idle_us)


def slices(
    reader: JournalReader, device: str, after_us: int, now_us: int
) -> Iterator[tuple[int, int]]:
    """Spans of time ``(after, until]`` that cover the device's committed points after an instant.

    The last one ends with the newest point: one that waits for its commit comes after that. Points
    in the future are those of a clock that was wrong, and so are those of long ago.
    """
    first_us, newest = reader.first_us(device, FIRST_YEAR_US), reader.latest(device)
    if first_us is None or not newest:
        return
    after_us, until_us = max(after_us, first_us - 1), min(newest[0].time_us, now_us)
    while after_us < until_us:
        end_us = min(after_us + SLICE_US, until_us)
        yield after_us, end_us
        after_us = end_us


@dataclass(frozen=True, slots=True)
class Known:
    """The runs of a device as of now."""

    over: Sequence[Run]
    """Oldest first."""
    under_way: Sequence[Run] = ()
    """One, or none."""
    is_fresh: bool = False
    """The newest reading is so young that it may well go on."""
    has_rule: bool = False


def known_runs(
    reader: JournalReader, device: str, entry: DeviceConfig | None, now_us: int
) -> Known:
    """What the journal's list has, and what the points tell that came after it."""
    if entry is None or entry.run is None:
        return Known(reader.runs(device))
    detector = detector_of(reader, entry, entry.run)  # first: what is stored in between is found
    found: list[Run] = []
    for after_us, until_us in slices(reader, device, detector.idle_us, now_us):
        found += runs_in(detector, reader.points(device, after_us, until_us))
    stored = reader.runs(device)
    known = {run.start_us for run in stored}
    over = [*stored, *(run for run in found if run.start_us not in known)]
    current = detector.under_way
    # Over meanwhile, and stored.
    is_open = current is not None and current.start_us not in known
    under_way = (current,) if current is not None and is_open else ()
    return Known(over, under_way, detector.is_news_within(now_us), has_rule=True)


class _Scan:
    """How far one device was looked at."""

    def __init__(self, reader: JournalReader, entry: DeviceConfig, rule: RunRule) -> None:
        self._device = entry.name
        self._detector = detector_of(reader, entry, rule)
        self._looked_us = self._noted_us = self._detector.idle_us

    def go_on(self, reader: JournalReader, now_us: int) -> Iterator[list[Run]]:
        """Slice by slice, the runs that are over."""
        for after_us, until_us in slices(reader, self._device, self._looked_us, now_us):
            found = list(runs_in(self._detector, reader.points(self._device, after_us, until_us)))
            self._looked_us = until_us
            yield found

    def news(self, found: Sequence[Run]) -> int | None:
        """Until when nothing is open, where that is to be noted now; None: later will do."""
        idle_us = self._detector.idle_us
        if not found and idle_us - self._noted_us < NOTE_US:
            return None
        self._noted_us = idle_us
        return idle_us


class RunsJob:
    """Keeps the journal's list of runs up to date, for all devices that have a rule for them."""

    def __init__(
        self,
        *,
        journal: Journal,
        open_reader: Callable[[], JournalReader],
        devices: Sequence[DeviceConfig],
        health: Health,
        clock: Clock,
        leaps: LeapWatch | None = None,
    ) -> None:
        """``leaps`` outlives this job, so that a doubted clock is not trusted after a reload."""
        self._journal = journal
        self._open_reader = open_reader
        self._devices = devices
        self._health = health
        self._clock = clock
        self._leaps = leaps or LeapWatch(clock)
        self._scans: dict[str, _Scan] = {}
        self._stopping = threading.Event()

    def run(self, stopping: threading.Event) -> None:
        """Look at once and every ``LOOK_S`` seconds, until ``stopping`` is set."""
        self._stopping = stopping
        self._try()
        while not stopping.wait(LOOK_S):
            self._try()

    def _try(self) -> None:
        is_well = looked(
            self.look,
            journal=self._journal,
            health=self._health,
            subject=SUBJECT,
            stopping=self._stopping,
        )
        if not is_well:  # some of what was found may not be stored: it is looked for again
            self._scans.clear()

    def look(self) -> int:
        """Store the runs that are over now; gives how many. The journal's thread has to run.

        Raises JournalError.
        """
        now_us = self._clock.now_us()
        if self._leaps.is_in_doubt():
            return 0
        count = 0
        with self._open_reader() as reader:
            for entry in self._devices:
                if entry.run is not None:
                    count += self._look_at(reader, entry, entry.run, now_us)
        return count

    def _look_at(
        self, reader: JournalReader, entry: DeviceConfig, rule: RunRule, now_us: int
    ) -> int:
        scan = self._scans.get(entry.name)
        if scan is None:
            scan = self._scans[entry.name] = _Scan(reader, entry, rule)
        count, pause_s = 0, 0.0
        for found in scan.go_on(reader, now_us):
            if self._stopping.wait(pause_s):
                break
            pause_s = SLICE_PAUSE_S
            if (idle_us := scan.news(found)) is not None:
                reached("runs: found")
                self._journal.put_runs(entry.name, found, idle_us)
                reached("runs: stored")
                count += len(found)
        if count:
            logger.info("%s: %s found", entry.name, counted(count, "finished run"))
        return count
