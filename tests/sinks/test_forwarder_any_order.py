"""Whatever a sink does, in whatever order: each point is stored or set aside, none is missing."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from source.errors import BatchTooLarge, PointsRejected, SinkUnavailable
from source.journal.reader import JournalReader
from source.model import Point
from source.sinks.protocol import EveryPointRejected
from tests.fakes import FakeClock
from tests.running import running_journal
from tests.sinks.forwarding import Run, keep, series

Outcome: TypeAlias = Literal[
    "well", "down", "reset", "large", "crash", "crash after", "stop", "lost"
]


class Crash(BaseException):
    """The power fails."""


class MemorySink:
    """Does what the script says, then what its rules say."""

    name = "memory"

    def __init__(
        self, script: Sequence[Outcome], bad: set[int], limit: int, *, partial: bool
    ) -> None:
        self.stored: set[int] = set()
        self.run: Run | None = None
        self._script = list(script)
        self._bad = bad
        self._limit = limit
        self._partial = partial

    def write(self, points: Sequence[Point]) -> None:
        outcome = self._script.pop(0) if self._script else "well"
        self._before(outcome)
        if len(points) > self._limit or (outcome == "large" and len(points) > 1):
            raise BatchTooLarge("too large")
        numbers = {int(point.fields["power"]) for point in points}
        bad = numbers & self._bad
        if self._partial or not bad:
            self.stored |= numbers - bad
        if outcome == "reset":
            raise SinkUnavailable("reset")
        if outcome == "crash after":
            raise Crash
        if bad == numbers:
            raise EveryPointRejected("each is bad")
        if bad:
            raise PointsRejected("some are bad")

    def _before(self, outcome: Outcome) -> None:
        if outcome == "crash":
            raise Crash
        if outcome == "down":
            raise SinkUnavailable("down")
        if outcome == "lost":
            # All it had is gone, and it is made anew: the write itself goes on.
            self.stored.clear()
            self.on_loss()
        if outcome == "stop" and self.run:
            self.run.stopping.set()

    def close(self) -> None:
        """Nothing is open."""


@settings(max_examples=25, deadline=None)
@given(
    script=st.lists(
        st.sampled_from(
            ["well", "well", "down", "reset", "large", "crash", "crash after", "stop", "lost"]
        ),
        max_size=25,
    ),
    count=st.integers(1, 40),
    bad=st.sets(st.integers(0, 39), max_size=12),
    limit=st.integers(1, 12),
    batch_limit=st.integers(1, 15),
    partial=st.booleans(),
    long_backlog=st.integers(1, 40),
)
def test_every_point_ends_stored_or_set_aside(
    script: list[Outcome],
    count: int,
    bad: set[int],
    limit: int,
    batch_limit: int,
    partial: bool,
    long_backlog: int,
) -> None:
    sink = MemorySink(script, bad, limit, partial=partial)
    clock = FakeClock()
    with tempfile.TemporaryDirectory() as folder, running_journal(Path(folder), clock) as journal:
        keep(journal, [p for i in range(count) for p in series(1, f"d{i % 3}", first=i)])
        with JournalReader(journal.path) as reader:
            for _ in range(len(script) + 1):
                sink.run = Run(journal, sink, clock, batch_limit=batch_limit, last_try_s=2.0)
                sink.run.long_backlog = long_backlog
                try:
                    sink.run()
                except Crash:
                    journal.flush()
                aside = {seq - 1 for seq, _, _ in reader.rejected("memory")}
                done = set(range(reader.acknowledged("memory")))
                assert done <= sink.stored | aside, "acknowledged, yet neither stored nor set aside"
                if len(done) == count:
                    break
    assert len(done) == count
    assert aside == bad & set(range(count))
    assert sink.stored == set(range(count)) - bad
