"""A meter that is fed by hand, reading by reading, as a worker does it."""

from __future__ import annotations

from source.model import US_PER_S, Checkpoint, Point, Reading
from source.polling.energy import EnergyMeter
from source.polling.metering import Metering
from tests.fakes import START_US, TEN_S


class Metered:
    """Ten seconds between two polls, unless it is told otherwise."""

    def __init__(self, metering: Metering | None = None, state: Checkpoint | None = None) -> None:
        self.state = state
        self.points: list[Point] = []
        self._now_us = START_US if state is None else state.time_us
        self._metered_us: int | None = None
        self._start(metering)

    def _start(self, metering: Metering | None) -> None:
        self._meter = EnergyMeter("Fridge", TEN_S, self.state, metering)
        self._metered_us = None

    def restart(self, metering: Metering | None = None) -> None:
        """Another process, or a reload, goes on from the state that is stored."""
        self._start(metering)

    def poll(self, reading: Reading, after_s: float = 10.0, *, stored: bool = True) -> Point:
        """One answer; ``stored`` is False where the journal does not take its point."""
        self._now_us += round(after_s * US_PER_S)
        elapsed_us = None if self._metered_us is None else self._now_us - self._metered_us
        point, state = self._meter.measure(reading, self._now_us, elapsed_us)
        if stored:
            self.state = state or self.state
            if self._meter.accept(state):
                self._metered_us = self._now_us
            self.points.append(point)
        return point

    def wait(self, seconds: float) -> None:
        """Polls fail, or no one polls."""
        self._now_us += round(seconds * US_PER_S)

    @property
    def energy_wh(self) -> float:
        return sum(float(point.fields.get("energy_wh", 0.0)) for point in self.points)


def wh(point: Point) -> float | None:
    """The energy of a point, cleared of binary fractions."""
    energy = point.fields.get("energy_wh")
    return None if energy is None else round(float(energy), 9)


def returned_wh(point: Point) -> float | None:
    returned = point.fields.get("energy_returned_wh")
    return None if returned is None else round(float(returned), 9)
