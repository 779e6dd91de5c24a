"""A home in memory: what its sockets measure, what a database holds, and what must come out.

It knows nothing of the program's arithmetic: energy is what flowed since the poll that is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from source.errors import BatchTooLarge, DeviceUnreachable, PointsRejected, SinkUnavailable
from source.model import US_PER_S, Point, Reading
from tests.fakes import FakeClock

INTERVAL_S = 600.0
GAP_S = 3.5 * INTERVAL_S
Kind: TypeAlias = Literal["counter", "counter in RAM", "power"]
SinkFault: TypeAlias = Literal["well", "down", "reset", "large", "crash", "crash after", "stop"]


class Crash(BaseException):
    """The power fails."""


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll as the home knows it."""

    device: str
    time_us: int
    good: bool
    counter_wh: float | None = None
    boots: int = 0
    power_w: float = 0.0

    def energy_since(self, before: Poll | None) -> float | None:
        """What its point has to say, where ``before`` is the last good one that is stored."""
        if not self.good or before is None:
            return None
        if self.counter_wh is None or before.counter_wh is None:
            span_s = (self.time_us - before.time_us) / US_PER_S
            if span_s > GAP_S:
                return None
            return (self.power_w + before.power_w) / 2 * span_s / 3600
        if self.boots != before.boots:
            return self.counter_wh
        return self.counter_wh - before.counter_wh


@dataclass
class Socket:
    """A virtual socket, read as a handler reads one."""

    name: str
    kind: Kind
    clock: FakeClock
    power_w: float = 60.0
    flowed_wh: float = 0.0
    """Since its counter began."""
    boots: int = 0
    booted_at: float = 0.0
    answers: bool = True
    last: Poll | None = None
    """The poll that was read last."""

    def flow(self, energy_wh: float) -> None:
        self.flowed_wh += energy_wh
        self.power_w = 10.0 + energy_wh

    def reboot(self) -> None:
        """Its counter begins anew; what flowed since the last poll nobody knows any more."""
        self.boots += 1
        self.flowed_wh = 0.0
        self.booted_at = self.clock.monotonic()

    def read(self) -> Reading:
        time_us = self.clock.now_us()
        if not self.answers:
            self.last = Poll(self.name, time_us, good=False)
            raise DeviceUnreachable("no answer")
        if self.kind == "power":
            self.last = Poll(self.name, time_us, good=True, power_w=self.power_w)
            return Reading(power_w=self.power_w)
        self.last = Poll(self.name, time_us, True, self.flowed_wh, self.boots)
        in_ram = self.kind == "counter in RAM"
        uptime_s = self.clock.monotonic() - self.booted_at if in_ram else None
        # Without its power: else what flowed before a reboot would be estimated, and counted too.
        return Reading(
            counter_wh=self.flowed_wh,
            uptime_s=uptime_s,
            counter_in_ram=in_ram,
        )


@dataclass
class MemorySink:
    """A database that does what the script says, then what its rules say; outlives the logger."""

    name: str = "memory"
    stored: dict[tuple[str, int], dict[str, object]] = field(default_factory=dict)
    changed: list[Point] = field(default_factory=list)
    """Points that came again with other fields."""
    script: list[SinkFault] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)
    """Devices whose points it refuses for good."""
    limit: int = 1_000

    def write(self, points: Sequence[Point]) -> None:
        fault = self.script.pop(0) if self.script else "well"
        if fault == "crash":
            raise Crash
        if fault == "down":
            raise SinkUnavailable("down")
        if len(points) > self.limit or (fault == "large" and len(points) > 1):
            raise BatchTooLarge("too large")
        good = [point for point in points if point.device not in self.bad]
        for point in good:
            self._keep(point)
        if fault == "reset":
            raise SinkUnavailable("reset after storing")
        if fault == "crash after":
            raise Crash
        if len(good) < len(points):
            raise PointsRejected("no such device")

    def _keep(self, point: Point) -> None:
        fields = dict(point.fields)
        if self.stored.setdefault((point.device, point.time_us), fields) != fields:
            self.changed.append(point)

    def close(self) -> None:
        """Nothing is open."""
