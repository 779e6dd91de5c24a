"""What a counter did between two readings: it went on, began anew, or can't be right (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from source.model import US_PER_S, Checkpoint, Reading
from source.polling.between import Pairs
from source.polling.flow import Flowed

REBOOT_SLACK_S = 10.0
ROLL_OVER_SHARE = 0.9
SET_BACK_SHARE = 0.5
"""A counter in flash that shows more than this share of what it showed was not set to zero: after a
power cut it went back to what it had saved."""


class Turn(Enum):
    """What a counter did."""

    WENT_ON = "went on"
    BEGAN_ANEW = "began anew"
    JUMPED = "jumped"
    WENT_BACK = "went back"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What can have flowed at most, in Wh."""

    since_reading_wh: float
    since_boot_wh: float | None
    """None where the socket has not booted since the last reading, as far as is known."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What all counters of a socket did, and the way of each in Wh."""

    taken: Sequence[tuple[Turn, float]]
    returned: Sequence[tuple[Turn, float]]

    @property
    def ways(self) -> Flowed:
        """The sums over all counters."""
        return sum(way for _, way in self.taken), sum(way for _, way in self.returned)

    def has(self, turn: Turn) -> bool:
        """Whether one of them did this."""
        return any(one is turn for one, _ in (*self.taken, *self.returned))

    def jumped_wh(self, bounds: Bounds) -> float:
        """How far those jumped that did, or all together, further than one of them can; else 0."""
        jumped_wh = sum(way for turn, way in (*self.taken, *self.returned) if turn is Turn.JUMPED)
        if jumped_wh > 0.0 or len(self.taken) == 1:
            return jumped_wh
        return sum(way for way in self.ways if way > bounds.since_reading_wh)

    def began_at_boot(self, bounds: Bounds) -> bool:
        """Whether all that they show can have flowed since the socket booted."""
        if bounds.since_boot_wh is None or max(self.ways) > bounds.since_boot_wh:
            return False
        return all(
            turn is Turn.BEGAN_ANEW or way == 0.0 for turn, way in (*self.taken, *self.returned)
        )


def turns_of(pairs: Pairs, reading: Reading, bounds: Bounds) -> Turns:
    """What each counter did; ``reading`` tells the kind of them."""
    taken, returned = pairs
    return Turns(
        [turn_of(before, now, reading, bounds) for before, now in taken],
        [turn_of(before, now, reading, bounds) for before, now in returned],
    )


def turn_of(before: float, now: float, reading: Reading, bounds: Bounds) -> tuple[Turn, float]:
    """What a counter did, and its way in Wh, never negative; ``reading`` tells the kind of it."""
    if reading.counter_in_ram and bounds.since_boot_wh is not None and now <= bounds.since_boot_wh:
        return Turn.BEGAN_ANEW, now
    limit_wh = bounds.since_reading_wh
    if now >= before:
        way = now - before
        return (Turn.WENT_ON if way <= limit_wh else Turn.JUMPED), way
    modulus = reading.counter_modulus_wh
    if modulus is not None and before > ROLL_OVER_SHARE * modulus:
        way = now + modulus - before
        if 0.0 <= way <= limit_wh:
            return Turn.WENT_ON, way
    if now > limit_wh or (not reading.counter_in_ram and now > SET_BACK_SHARE * before):
        return Turn.WENT_BACK, 0.0
    return Turn.BEGAN_ANEW, now


def since_boot_s(reading: Reading, last: Checkpoint, span_us: int) -> float | None:
    """For how long the socket is up, where it booted since the last reading; None otherwise."""
    up_s = reading.uptime_s
    if up_s is None:
        return None
    if last.uptime_s is not None and up_s < last.uptime_s:
        return up_s
    return up_s if up_s < span_us / US_PER_S - REBOOT_SLACK_S else None


def is_another(reading: Reading, last: Checkpoint, at_most_s: float) -> bool:
    """Whether the counter in RAM is that of another socket, so that nothing follows from it.

    A lower uptime, but longer than the time since the last reading can be, is no reboot.
    """
    if not reading.counter_in_ram or reading.uptime_s is None or last.uptime_s is None:
        return False
    return last.uptime_s > reading.uptime_s > at_most_s


def lacks_a_counter(reading: Reading, last: Checkpoint) -> bool:
    """Whether a counter is missing that was there before.

    Counted from the power, and then from the counter all the same, its energy would be there twice;
    forgotten, that of a gap behind it would be lost.
    """
    if reading.counter_wh is None and last.counter_wh is not None:
        return True
    if reading.counter_returned_wh is None and last.counter_returned_wh is not None:
        return True
    for name, (_, returned_wh) in last.phases.items():
        phase = reading.phases.get(name)
        if phase is None or phase.counter_wh is None:
            return True
        if phase.counter_returned_wh is None and returned_wh > 0.0:
            return True
    return False
