"""What an energy meter makes of two readings: the energy between them, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Flowed: TypeAlias = tuple[float, float]
"""Wh taken and Wh fed in."""


@dataclass(slots=True)  # not frozen at run time, like the values of the model: one for each poll
class Flow:
    """The energy since the last accepted reading, and the state of a counter that does not move."""

    energy_wh: float | None
    """Taken minus fed in; None where it is not known."""
    span_us: int = 0
    """It flowed in this time before the reading."""
    estimated: bool = False
    """A part of it is a guess."""
    returned_wh: float = 0.0
    """What was fed in, where both directions occurred and are billed apart."""
    set_aside_wh: float = 0.0
    """What a counter jumped further than can have flowed; not in the energy."""
    still_wh: float = 0.0
    still_us: int = 0
    counted_wh: float = 0.0
    """These three as in Checkpoint."""


def flow_of(taken_wh: float, returned_wh: float, span_us: int, *, further_wh: float = 0.0) -> Flow:
    """Energy in both directions, kept apart, and what else has to be counted, in either one."""
    energy_wh = taken_wh - returned_wh + further_wh
    both = returned_wh > 0.0 and energy_wh + returned_wh > 0.0
    return Flow(energy_wh, span_us, estimated=further_wh != 0.0, returned_wh=returned_wh * both)
