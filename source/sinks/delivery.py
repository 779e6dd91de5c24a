"""A batch on its way to a sink, and the search for the points in it that the sink refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from source.errors import BatchTooLarge, PointsRejected
from source.model import Point
from source.sinks.batching import BatchSize
from source.sinks.place import Batch
from source.sinks.protocol import EveryPointRejected, Sink

TOO_OLD = "retention policy"
"""Stands in InfluxDB's reason where points are older than what it keeps."""


@dataclass(slots=True)
class Delivery:
    """How far a batch and the search for its bad points have come."""

    batch: Batch
    parts: list[Batch]
    """What is still to be written, the last one first."""
    refused: list[tuple[int, str]] = field(default_factory=list)
    """Sequence number and reason of each point refused for good."""

    @property
    def is_begun(self) -> bool:
        """Whether a part of it is done with."""
        return sum(map(len, self.parts)) < len(self.batch)


class Courier:
    """Writes batches to a sink. Devices of which points were refused travel apart from the others,
    until a batch of theirs is taken: that saves a search each time."""

    def __init__(self, sink: Sink, size: BatchSize) -> None:
        self._sink = sink
        self._size = size
        self._suspects: frozenset[str] = frozenset()

    def packed(self, batch: Batch) -> Delivery:
        """A batch, ready for ``deliver``."""
        suspect = [entry for entry in batch if _device(entry) in self._suspects]
        if not suspect:
            return Delivery(batch, [batch])
        others = [entry for entry in batch if _device(entry) not in self._suspects]
        return Delivery(batch, [part for part in (suspect, others) if part])

    def deliver(self, delivery: Delivery, stopping: threading.Event) -> bool:
        """Write what is still to be written of a batch; False where the stop came before the end.

        Raises SinkUnavailable; then it can be called again, and goes on where it was. Sending
        points again does no harm.
        """
        while parts := delivery.parts:
            if stopping.is_set():
                return False
            parts[-1:] = self._write(parts[-1], delivery.refused)
        self._remember(delivery)
        return True

    def _write(self, part: Batch, refused: list[tuple[int, str]]) -> Sequence[Batch]:
        """Write a part; gives its two halves where it must be divided."""
        try:
            self._sink.write([point for _, point in part])
        except BatchTooLarge as err:
            self._size.too_large(len(part))
            reason, divided = str(err), part
        except EveryPointRejected as err:
            refused += [(seq, str(err)) for seq, _ in part]
            return []
        except PointsRejected as err:
            reason = str(err)
            divided = sorted(part, key=_order_of_search(reason))
        else:
            self._size.fitted(len(part))
            return []
        if len(part) == 1:
            refused.append((part[0][0], reason))
            return []
        middle = len(part) // 2
        return [divided[middle:], divided[:middle]]

    def _remember(self, delivery: Delivery) -> None:
        bad = {seq for seq, _ in delivery.refused}
        if not bad and not self._suspects:
            return
        devices = {point.device for _, point in delivery.batch}
        refused = {point.device for seq, point in delivery.batch if seq in bad}
        self._suspects = (self._suspects - devices) | refused


def _order_of_search(reason: str) -> Callable[[tuple[int, Point]], Any]:
    """So sorted, bad points lie side by side and are found together.

    They come from one device mostly; those that are too old are the oldest of all devices.
    """
    return _time if TOO_OLD in reason else _device


def _device(entry: tuple[int, Point]) -> str:
    return entry[1].device


def _time(entry: tuple[int, Point]) -> int:
    return entry[1].time_us
