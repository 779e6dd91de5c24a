"""A home in memory: what its sockets measure, what a database holds, and what must come out.

It knows nothing of the program's arithmetic: energy is what flowed since the poll that is stored,
as far as the socket can tell.
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
    power_w: float = 0.0
    counter_wh: float | None = None
    booted_us: int = 0
    """When the counter began; 0 where it never began anew."""

    def energy_since(self, before: Poll | None) -> float | None:
        """What its point has to say, where ``before`` is the last good one that is stored."""
        if not self.good or before is None:
            return None
        if self.counter_wh is None or before.counter_wh is None:
            if _seconds(before.time_us, self.time_us) > GAP_S:
                return None
            mean_w = (before.power_w + self.power_w) / 2
            return mean_w * _seconds(before.time_us, self.time_us) / 3600
        if self.booted_us == before.booted_us:
            return self.counter_wh - before.counter_wh
        to_boot_s = _seconds(before.time_us, self.booted_us)
        if to_boot_s > GAP_S:
            return self.counter_wh
        return self.power_w * to_boot_s / 3600 + self.counter_wh


def _seconds(start_us: int, end_us: int) -> float:
    return (end_us - start_us) / US_PER_S


@dataclass
class Socket:
    """A virtual socket, read as a handler reads one."""

    name: str
    kind: Kind
    clock: FakeClock
    power_w: float = 60.0
    answers: bool = True
    last: Poll | None = None
    """The poll that was read last."""

    def __post_init__(self) -> None:
        self._flowed_wh = 0.0
        """Since its counter began, up to the last change of the power."""
        self._changed_at = self._booted_at = self.clock.monotonic()
        self._booted_us = 0

    def switch(self, power_w: float) -> None:
        """From now on it takes so much.

        One that reboots always takes the same, so that it is plain what flowed up to the reboot.
        """
        if self.kind != "counter in RAM":
            self._flowed_wh, self._changed_at = self._counter_wh(), self.clock.monotonic()
            self.power_w = power_w

    def reboot(self) -> None:
        """Its counter begins anew."""
        self._flowed_wh = 0.0
        self._changed_at = self._booted_at = self.clock.monotonic()
        self._booted_us = self.clock.now_us()

    def _counter_wh(self) -> float:
        flows_s = self.clock.monotonic() - self._changed_at
        return self._flowed_wh + self.power_w * flows_s / 3600

    def read(self) -> Reading:
        time_us = self.clock.now_us()
        if not self.answers:
            self.last = Poll(self.name, time_us, good=False)
            raise DeviceUnreachable("no answer")
        if self.kind == "power":
            self.last = Poll(self.name, time_us, True, self.power_w)
            return Reading(power_w=self.power_w)
        counter_wh, in_ram = self._counter_wh(), self.kind == "counter in RAM"
        self.last = Poll(self.name, time_us, True, self.power_w, counter_wh, self._booted_us)
        return Reading(
            power_w=self.power_w,
            counter_wh=counter_wh,
            uptime_s=self.clock.monotonic() - self._booted_at if in_ram else None,
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
