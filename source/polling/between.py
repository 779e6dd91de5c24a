"""Two readings in a row: what an account of the energy between them goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from source.model import Checkpoint, Reading
from source.polling.flow import Flowed

Pairs: TypeAlias = tuple[list[tuple[float, float]], list[tuple[float, float]]]
"""What counters showed before and show now: those of what was taken, those of what was fed in."""


@dataclass(slots=True)  # not frozen at run time, like the values of the model: one for each poll
class Between:
    """The state after a reading, the next reading, and the time from the one to the other."""

    last: Checkpoint
    reading: Reading
    power_w: float | None
    """Of the second one; None where it is not known or can't be real."""
    last_powers_w: Mapping[str, float]
    """Of each phase at the first one; empty where they are not known."""
    span_us: int
    slack_s: float
    """By how much the span may be too short."""
    wall_us: int
    """The same span by the wall clock; 0 where the span goes by that one anyway."""

    @property
    def uncounted_wh(self) -> float:
        """What the power says has flowed past a counter that stood, and was not counted yet."""
        still_wh, counted_wh = self.last.still_wh, self.last.counted_wh
        return still_wh - counted_wh if abs(still_wh) > abs(counted_wh) else 0.0

    @property
    def is_still(self) -> bool:
        """Whether the counters show what they showed before."""
        reading, last = self.reading, self.last
        return (
            reading.counter_wh is not None
            and reading.counter_wh == last.counter_wh
            and reading.counter_returned_wh == last.counter_returned_wh
        )

    def grown(self, flowed: Flowed | None) -> tuple[float, int]:
        """What has flowed past a counter that stands, in Wh, and in which time in µs.

        ``flowed`` is of this span, None where it is not known. That counts as time all the same,
        since a slow counter's next step covers it.
        """
        last = self.last
        if flowed is None:
            return last.still_wh, last.still_us + self.span_us
        taken_wh, returned_wh = flowed
        if self.reading.counter_returned_wh is None:
            returned_wh = 0.0  # this counter does not count it
        if taken_wh == 0.0 == returned_wh:
            return last.still_wh, last.still_us
        return last.still_wh + taken_wh - returned_wh, last.still_us + self.span_us

    def total_pairs(self) -> Pairs:
        """The counters of the whole socket."""
        reading, last = self.reading, self.last
        taken, returned = [], []
        if reading.counter_wh is not None and last.counter_wh is not None:
            taken.append((last.counter_wh, reading.counter_wh))
        if reading.counter_returned_wh is not None and last.counter_returned_wh is not None:
            returned.append((last.counter_returned_wh, reading.counter_returned_wh))
        return taken, returned

    def phase_pairs(self) -> Pairs:
        """The counters of each phase; those of the whole socket where a phase has none."""
        taken, returned = [], []
        for name, phase in self.reading.phases.items():
            before = self.last.phases.get(name)
            if before is None or phase.counter_wh is None:
                return self.total_pairs()
            taken.append((before[0], phase.counter_wh))
            returned.append((before[1], phase.counter_returned_wh or 0.0))
        return taken, returned
