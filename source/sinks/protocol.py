"""What a sink is: a place outside this machine that takes a copy of every point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from source.errors import PointsRejected
from source.model import Point


class Sink(Protocol):
    """Takes points; knows nothing of the journal, of cursors, threads and repeats.

    The key of a point is (device, time): writing it again must change nothing.
    """

    name: str
    """Stable over restarts: the journal keeps the sink's cursor under it."""
    left_s: Callable[[], float]
    """How long a write may still take, to be asked again and again while it waits; at 0 it ends
    with SinkUnavailable. The forwarder sets it: what is waited for after a stop has an end."""
    on_loss: Callable[[], None]
    """To be called before a place that is missing is made anew, or one that is found empty is
    written to: what it held is gone. The forwarder sets it, and then begins again with the first
    point that the journal has."""

    def write(self, points: Sequence[Point]) -> None:
        """Return when every point is stored; a point without fields counts as stored.

        Raises SinkUnavailable (nothing is known, send all again later), BatchTooLarge (none is
        stored) or PointsRejected (some are refused for good, the others may be stored or not).
        """
        ...

    def close(self) -> None:
        """Let go of connections; a later write opens them again."""
        ...


class EveryPointRejected(PointsRejected):
    """The sink refused each single point of the batch for good: there is no good one to find."""
