"""``python -m tests.faults.soak [--minutes 20] [--sockets 200]``: the long run.

All sockets are polled once a second while a part of them fails in every way and the database goes,
hangs and loses what it had. At the end nothing is missing and nothing has grown. Exit code 1 where
a bound is broken.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from source.simulator.fault import Fault
from tests.faults.child import end_in_order
from tests.faults.growth import Sample, sample, slopes
from tests.faults.house import House, house
from tests.faults.lateness import Lateness, lateness
from tests.faults.outcome import Outcome
from tests.influx_server import ServerMissing, influxd_path

INTERVAL_S = 1.0
FAULTY_SHARE = 0.2
"""Of the sockets; no other one is touched."""
INFLUX_FAULTS = range(4)
"""Stopped, killed, hung, its database dropped."""
INTRODUCED, INTRODUCED_S = tuple(Fault), 2.5
SAMPLE_S = 10.0
LOOK_S = 1.0
WARM_UP_S = 600.0
"""Memory grows in a few steps at first, with the largest backlog so far and the largest answers;
malloc keeps it then. A trend is told after that."""
TREND_S = 540.0
"""From less than this nothing can be concluded: a slope is printed, but breaks no bound."""
SOCKET_FAULT_S = (3.0, 60.0)
INFLUX_FAULT_S = (10.0, 60.0)
BETWEEN_SOCKET_FAULTS_S, BETWEEN_INFLUX_FAULTS_S = 4.0, 90.0
COPIED_S = 300.0

MAX_MB_PER_HOUR = 12.0
"""At 200 sockets and 720,000 polls an hour: 17 bytes a poll, less than any object takes."""
MAX_THREADS_PER_HOUR, MAX_FILES_PER_HOUR = 6.0, 30.0
"""Of short runs: a connection more or less at the end is a slope too."""
MAX_MISSED_SHARE = 0.001
MAX_P99_S, MAX_STOP_S = 0.1, 1.0


@dataclass
class Turmoil:
    """What is wrong just now, and until when."""

    home: House
    chance: random.Random
    faulty: Sequence[str]
    failing: dict[str, float] = field(default_factory=dict)
    next_socket_fault: float = 0.0
    next_influx_fault: float = 0.0
    mend_influx: tuple[float, Callable[[], None]] | None = None
    socket_faults: int = 0
    influx_faults: int = 0

    def go_on(self, now: float) -> None:
        """Begin and end faults that are due."""
        for name in [name for name, until in self.failing.items() if now >= until]:
            del self.failing[name]
            self._set(name, None)
        if now >= self.next_socket_fault:
            self._break_a_socket(now)
        if self.mend_influx is not None and now >= self.mend_influx[0]:
            self._mend()
        if now >= self.next_influx_fault:
            self._break_influx(now)

    def introduce(self) -> None:
        """Each fault once, of all sockets that may fail: what memory it takes to bear it is taken
        now, and no trend of the time after."""
        for kind in INFLUX_FAULTS:
            self._begin_influx_fault(kind, time.monotonic())
            for fault in INTRODUCED[kind :: len(INFLUX_FAULTS)]:
                for name in self.faulty:
                    self._set(name, fault)
                self.socket_faults += len(self.faulty)
                time.sleep(INTRODUCED_S)
            self._mend()
        for name in self.faulty:
            self._set(name, None)

    def mend(self) -> None:
        """All is well again."""
        for name in self.failing:
            self._set(name, None)
        self.failing.clear()
        if self.mend_influx is not None:
            self._mend()

    def _mend(self) -> None:
        assert self.mend_influx is not None
        self.mend_influx[1]()
        self.mend_influx = None

    def _break_a_socket(self, now: float) -> None:
        name, fault = self.chance.choice(self.faulty), self.chance.choice(list(Fault))
        self._set(name, fault)
        self.failing[name] = now + self.chance.uniform(*SOCKET_FAULT_S)
        self.next_socket_fault = now + self.chance.expovariate(1 / BETWEEN_SOCKET_FAULTS_S)
        self.socket_faults += 1

    def _break_influx(self, now: float) -> None:
        length_s = self.chance.uniform(*INFLUX_FAULT_S)
        self._begin_influx_fault(self.chance.choice(INFLUX_FAULTS), now + length_s)
        pause_s = self.chance.uniform(0.5, 1.5) * BETWEEN_INFLUX_FAULTS_S
        self.next_influx_fault = now + length_s + pause_s

    def _begin_influx_fault(self, kind: int, end: float) -> None:
        server = self.home.influx
        assert server is not None
        drop = partial(server.query, f'DROP DATABASE "{self.home.database}"')
        begin = (server.stop, server.kill, server.hang, drop)[kind]
        begin()
        self.mend_influx = (end, (server.start, server.start, server.go_on, _nothing)[kind])
        self.influx_faults += 1

    def _set(self, name: str, fault: Fault | None) -> None:
        self.home.sockets.fault(self.home.addresses[name], fault)


def _nothing() -> None:
    """A database that was dropped is made again by the program."""


@dataclass(frozen=True, slots=True)
class Result:
    """All that the long run found."""

    outcome: Outcome
    points: int
    samples: Sequence[Sample]
    settled: Sequence[Sample]
    """Those after the warm-up."""
    lateness: Lateness
    socket_faults: int
    influx_faults: int

    def broken(self) -> list[str]:
        """Each bound that is broken, as a sentence."""
        slope = slopes(self.settled)
        trends = (
            ("MB an hour", slope.mb_per_hour, MAX_MB_PER_HOUR),
            ("threads an hour", slope.threads_per_hour, MAX_THREADS_PER_HOUR),
            ("file descriptors an hour", slope.files_per_hour, MAX_FILES_PER_HOUR),
        )
        measured = (
            *(trends if self.has_trend else ()),
            ("of the healthy sockets' polls missed", self.lateness.missed_share, MAX_MISSED_SHARE),
            ("s late, p99 of the healthy sockets", self.lateness.p99_s, MAX_P99_S),
        )
        over = [f"{number:.4g} {what}, at most {m:g}" for what, number, m in measured if number > m]
        return [*self.outcome.broken, *over]

    @property
    def has_trend(self) -> bool:
        return self.settled[-1].at_s - self.settled[0].at_s >= TREND_S

    def text(self) -> str:
        """What was measured, a line for each kind."""
        late, slope = self.lateness, slopes(self.settled)
        first, last = self.settled[0], self.settled[-1]
        judged = "" if self.has_trend else " (too short a time to judge by)"
        lines = [
            f"faults          {self.socket_faults} of sockets, {self.influx_faults} of InfluxDB",
            f"points          {self.points}, {self.outcome.points_lost} lost,"
            f" {self.outcome.points_doubled} doubled or changed",
            f"energy          {self.outcome.energy_difference_wh:.6f} Wh difference at most"
            " between a socket's points and its counter",
            f"healthy sockets {late.polls} polls, {late.missed} missed, {late.failed} failed;"
            f" late: p50 {late.p50_s * 1e3:.1f} ms, p99 {late.p99_s * 1e3:.1f} ms,"
            f" max {late.max_s * 1e3:.0f} ms",
            f"memory          after the warm-up {first.rss_mb:.1f} MB, at the end"
            f" {last.rss_mb:.1f} MB,"
            f" slope {slope.mb_per_hour:+.2f} MB an hour{judged}",
            f"threads         after the warm-up {first.threads}, at the end {last.threads},"
            f" slope {slope.threads_per_hour:+.2f} an hour",
            f"files           after the warm-up {first.files}, at the end {last.files},"
            f" slope {slope.files_per_hour:+.2f} an hour",
            f"CPU             {last.cpu_s / max(1e-9, last.at_s):.1%} of one core",
        ]
        return "\n".join(lines)


def soak(folder: Path, minutes: float, sockets: int, seed: int) -> Result:
    """The run itself; prints a line for each sample."""
    with house(folder, plugs=sockets, interval_s=INTERVAL_S) as home:
        faulty = list(home.virtual)[: max(1, round(FAULTY_SHARE * sockets))]
        home.untouched -= set(faulty)
        turmoil = Turmoil(home, random.Random(seed), faulty)
        home.logger.start()
        home.until_polled(sockets)
        turmoil.introduce()
        samples = list(_samples(home, turmoil, minutes * 60.0))
        turmoil.mend()
        home.until_copied(COPIED_S)
        home.finish()
        late = lateness(home.points_of(sorted(home.untouched)), INTERVAL_S)
        outcome = home.outcome("soak", turmoil.socket_faults + turmoil.influx_faults, MAX_STOP_S)
        points = len(home.witness.points)
    settled = [one for one in samples if one.at_s >= WARM_UP_S] or samples
    return Result(
        outcome, points, samples, settled, late, turmoil.socket_faults, turmoil.influx_faults
    )


def _samples(home: House, turmoil: Turmoil, length_s: float) -> Iterator[Sample]:
    began = time.monotonic()
    next_sample = SAMPLE_S
    while (now := time.monotonic() - began) < length_s:
        turmoil.go_on(now)
        if now >= next_sample:
            next_sample += SAMPLE_S
            home.witness.look()
            one = sample(home.logger.pid, now)
            print(f"{one}  failing now: {len(turmoil.failing)} sockets", flush=True)
            yield one
        time.sleep(LOOK_S)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        influxd_path()
    except ServerMissing as err:
        print(err, file=sys.stderr)
        return 2
    end_in_order()
    _raise_file_limit()
    with _folder(options.keep) as folder:
        result = soak(folder, options.minutes, options.sockets, options.seed)
    print(f"\n{result.text()}")
    broken = result.broken()
    verdict = [f"BROKEN: {sentence}" for sentence in broken] or ["all kept"]
    print("\n".join(["", *verdict]))
    return 1 if broken else 0


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="isdl-soak-", dir=keep))
    try:
        yield folder
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _raise_file_limit() -> None:
    """The simulator in this process has a port and connections for each socket."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.soak", description="The long run, with faults at both ends."
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="how long (20)")
    parser.add_argument("--sockets", type=int, default=200, help="how many, each once a second")
    parser.add_argument("--seed", type=int, default=1, help="of the faults")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep all files here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
