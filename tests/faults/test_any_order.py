"""Poll, commit, crash, forward, delete, report, reload in any order: the promises hold.

The real meter, journal, forwarder and reports against a home in memory that says what has to come
out. ``ISDL_EXAMPLES`` gives how many orders are tried.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from source.model import US_PER_S, Period, Point
from source.reports import ledger
from tests.fakes import FakeClock
from tests.faults.home import Crash, MemorySink, Poll, SinkFault, Socket
from tests.faults.lives import Life
from tests.reports.house import cells, configuration, job, lines, periods
from tests.sinks.forwarding import Run

MEMORY = Path("/dev/shm")  # where there is one: no test of the disk, so it need not be slow
EVER = Period(0, 2**60)
INTERVAL_US = 600 * US_PER_S
RAW_DAYS = 1
HOURS_AWAY = 12.0
"""After a day without a poll the lines wait no longer: then they may lack what comes later."""
NAMES = ("Meter", "Plug", "Lamp")
names = st.sampled_from(NAMES)
faults = st.lists(
    st.sampled_from(["well", "well", "down", "reset", "large", "crash", "crash after"]), max_size=6
)
places = st.sampled_from(["report: entered", "report: appended", "report: finished"])


class AnyOrder(RuleBasedStateMachine):
    """One home over many lives of the logger."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.clock = FakeClock()
        self.sink = MemorySink()
        self.sockets = {
            "Meter": Socket("Meter", "counter", self.clock),
            "Plug": Socket("Plug", "counter in RAM", self.clock),
            "Lamp": Socket("Lamp", "power", self.clock),
        }
        self.waiting: list[Poll] = []
        self.committed: list[Point] = []
        """Each point that was ever seen committed; by its sequence number - 1."""
        self.good: dict[str, Poll] = {}
        """The newest good poll of each device that is committed."""
        self.ever_bad: set[str] = set()
        self.lives = 0
        self._begin(self.root / "0")

    def _begin(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.life = Life(folder, self.clock, raw_days=RAW_DAYS)
        self.life.journal.set_sinks([self.sink.name])
        self.reader = self.life.reader()
        self._see_commits()
        self.waiting = []
        self._use_configuration()

    def _use_configuration(self) -> None:
        entries = {name: {"update_time_s": 600.0, "cost_month": 1} for name in NAMES}
        configured = configuration(self.life.folder, **entries)
        self.job = job(self.life.journal, self.clock, configured)
        self.workers = {name: self.life.worker(socket) for name, socket in self.sockets.items()}

    def _see_commits(self) -> None:
        """What is committed now is what was polled, in that order, with what had to come out."""
        new = self.reader.points_after(len(self.committed), 1_000_000)
        assert len(new) <= len(self.waiting), "points that nobody polled"
        for (seq, point), poll in zip(new, self.waiting, strict=False):
            self.committed.append(point)
            assert seq == len(self.committed), "a committed point is gone"
            assert (point.device, point.time_us, point.success) == (
                poll.device,
                poll.time_us,
                poll.good,
            )
            expected = poll.energy_since(self.good.get(poll.device))
            assert point.fields.get("energy_wh") == pytest.approx(expected), poll
            if poll.good:
                self.good[poll.device] = poll
        del self.waiting[: len(new)]

    # --- what happens ---

    @rule(power_w=st.integers(0, 2000), names=st.sets(names))
    def poll(self, power_w: int, names: set[str]) -> None:
        """All sockets are switched, some are polled."""
        self.clock.advance(600)
        for name, socket in self.sockets.items():
            socket.switch(power_w)
            socket.answers = True
            if name in names:
                self._poll(name)

    @rule(name=names)
    def poll_in_vain(self, name: str) -> None:
        self.clock.advance(600)
        self.sockets[name].answers = False
        self._poll(name)

    def _poll(self, name: str) -> None:
        self.workers[name].poll()
        poll = self.sockets[name].last
        assert poll is not None
        self.waiting.append(poll)

    @rule(name=st.sampled_from(["Plug"]))
    def reboot(self, name: str) -> None:
        self.clock.advance(30)
        self.sockets[name].reboot()
        self.clock.advance(30)

    @rule()
    def commit(self) -> None:
        self.life.journal.flush()
        self._see_commits()
        assert self.waiting == []

    @rule()
    def crash(self) -> None:
        self.reader.close()
        self.lives += 1
        folder = self.root / str(self.lives)
        self.life.killed(folder)
        self._begin(folder)

    @rule()
    def restart(self) -> None:
        self.reader.close()
        self.life.stop()
        polled = len(self.committed) + len(self.waiting)
        self._begin(self.life.folder)
        assert len(self.committed) == polled, "a stop lost points"

    @rule(hours=st.integers(1, 9))
    def hours_pass(self, hours: int) -> None:
        newest_us = [poll.time_us for poll in self.good.values()]
        if newest_us and self.clock.now_us() - min(newest_us) > HOURS_AWAY * 3600 * US_PER_S:
            self.poll(1, set(NAMES))
            self.commit()
        self.clock.advance(hours * 3600)

    @rule(script=faults, batch_limit=st.integers(1, 20), limit=st.integers(1, 12))
    def forward(self, script: list[SinkFault], batch_limit: int, limit: int) -> None:
        self.sink.script, self.sink.limit = list(script), limit
        to_send = len(self.committed)
        try:
            Run(self.life.journal, self.sink, self.clock, batch_limit=batch_limit)()
        except Crash:
            self.crash()
        else:
            self._see_commits()
            self._check_sink(to_send)

    @rule(bad=st.sets(names, max_size=2))
    def the_sink_refuses(self, bad: set[str]) -> None:
        self.sink.bad = bad
        self.ever_bad |= bad

    @rule()
    def report(self) -> None:
        self.job.catch_up()
        self._see_commits()
        self._check_files()

    @rule(place=places)
    def crash_in_a_report(self, place: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ledger, "reached", _crash_at(place))
            try:
                self.job.catch_up()
            except Crash:
                self.crash()

    @rule()
    def delete_old_points(self) -> None:
        """As the thread does before a commit, once its pause is over."""
        self.clock.advance(120)
        self.commit()
        self.commit()
        kept = [point for _, point in self.reader.points_after(0, 1_000_000)]
        gone = self.committed[: len(self.committed) - len(kept)]
        assert kept == self.committed[len(gone) :], "deleted from the middle, or changed"
        young_us = self.clock.now_us() - RAW_DAYS * 86_400 * US_PER_S
        assert all(point.time_us <= young_us for point in gone), "deleted too early"
        assert self.reader.acknowledged(self.sink.name) >= len(gone), "deleted before it was sent"

    @rule()
    def reload(self) -> None:
        self._use_configuration()

    # --- what has to be true ---

    def _check_sink(self, count: int) -> None:
        """Promises 1 and 3: each of the first points is there once and unchanged, or set aside."""
        assert self.sink.changed == []
        rejected = self.reader.rejected(self.sink.name)
        assert {device for _, device, _ in rejected} <= self.ever_bad, "good points set aside"
        aside = {seq for seq, _, _ in rejected}
        expected = {(p.device, p.time_us): dict(p.fields) for p in self.committed}
        assert self.sink.stored.items() <= expected.items(), "points that are not committed"
        for seq, point in enumerate(self.committed[:count], 1):
            key = (point.device, point.time_us)
            assert key in self.sink.stored or seq in aside, f"{seq} is missing"

    def _check_sums(self) -> None:
        """Promises 2 and 4: the quarter hours hold all points that were ever committed."""
        for name in NAMES:
            points = [point for point in self.committed if point.device == name]
            total = self.reader.totals(name, EVER, INTERVAL_US)
            energies = [float(point.fields.get("energy_wh", 0.0)) for point in points]
            assert total.energy_wh == pytest.approx(sum(energies), abs=1e-6)
            polls = Counter(point.success for point in points)
            assert (total.good_polls, total.failed_polls) == (polls[True], polls[False])

    def _check_files(self) -> None:
        """Promise 5: each line once, none missing between two, and all energy is in one."""
        assert self.reader.unfinished_reports() == []
        for name in NAMES:
            for kind in ("day", "month"):
                path = self.life.folder / f"{name}_{kind}.txt"
                entries = [e for e in self.reader.reports(name) if e.kind == kind]
                content = path.read_bytes() if path.exists() else b""
                assert content == b"".join(entry.text.encode() for entry in entries)
                assert len(set(periods(path))) == len(lines(path)) == len(entries)
                for before, after in pairwise(entries):
                    assert before.period.end_us == after.period.start_us
                if entries:
                    # Nothing lies before the first line, which may begin within a quarter hour.
                    whole = Period(0, entries[-1].period.end_us)
                    total_wh = self.reader.totals(name, whole, INTERVAL_US).energy_wh
                    written_wh = 1000 * sum(float(cells(line)[1]) for line in lines(path))
                    assert written_wh == pytest.approx(total_wh, abs=0.5 * len(entries) + 0.01)

    def teardown(self) -> None:
        try:
            self.sink.bad = set()
            self.commit()
            self.forward([], 100, 100)
            self.report()
            self._check_sums()
        finally:
            self.reader.close()
            self.life.stop()
            shutil.rmtree(self.root)


def _crash_at(place: str) -> Callable[[str], None]:
    def reached(name: str) -> None:
        if name == place:
            raise Crash

    return reached


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=int(os.environ.get("ISDL_EXAMPLES", "40")),
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
