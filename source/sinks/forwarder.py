"""One thread per sink: copies the journal to it, in order, from a cursor that outlives restarts.

Delivery is at least once: the cursor moves after the sink has the points, and what was sent when
the program ended in between is sent again. The key (device, time) makes a repeat harmless.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from source.errors import BatchTooLarge, JournalError, PointsRejected, SinkError, SinkUnavailable
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Point
from source.sinks.batching import BatchSize
from source.sinks.protocol import EveryPointRejected, Sink
from source.sinks.refusals import Refusals
from source.timing import backoff_s

logger = logging.getLogger(__name__)

BATCH_LIMIT = 5_000
BACKOFF_FIRST_S, BACKOFF_LIMIT_S = 2.0, 60.0
"""With jitter: one second and more, then up to a minute."""
RETRY_AFTER_LIMIT_S = 600.0
SLICE_S = 0.5
IDLE_S = 60.0
"""The journal is looked at this often even if nobody tells of new points."""

Batch: TypeAlias = Sequence[tuple[int, Point]]


@dataclass(slots=True)
class _Delivery:
    """A batch on its way, and how far the search for its bad points has come."""

    batch: Batch
    parts: list[Batch]
    """What is still to be written, the last one first."""
    is_full: bool
    refused: list[tuple[int, str]] = field(default_factory=list)
    """Sequence number and reason of each point refused for good."""


class Forwarder:
    """Copies points to one sink as they come, and whatever it missed while it was away.

    A sink that can't take points delays its own copy and nothing else.
    """

    def __init__(
        self,
        *,
        sink: Sink,
        journal: Journal,
        health: Health,
        batch_limit: int = BATCH_LIMIT,
        min_pause_s: float = 1.0,
        last_try_s: float = 2.0,
        jitter: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        """``min_pause_s`` gathers live points into batches; a backlog is sent without pauses.

        ``last_try_s`` is how long batches are still begun after the stop. ``pause`` waits for an
        event, at most so many seconds.
        """
        self._sink = sink
        self._journal = journal
        self._health = health
        self._min_pause_s = min_pause_s
        self._last_try_s = last_try_s
        self._jitter = jitter
        self._monotonic = monotonic
        self._pause = pause
        self._size = BatchSize(batch_limit)
        self._refusals = Refusals(sink.name, monotonic)
        self._suspects: frozenset[str] = frozenset()
        self._delivery: _Delivery | None = None
        self._failures = 0
        self._not_before = monotonic()
        self._reader: JournalReader | None = None
        self._cursor = 0

    def run(self, stopping: threading.Event) -> None:
        """Forward until ``stopping`` is set, then once more what is there."""
        news = self._journal.subscribe()
        try:
            while not stopping.is_set():
                news.clear()
                pause_s, caught_up = self._turn(stopping)
                if self._failures and stopping.is_set():
                    return  # a server that hangs is not waited for twice
                if pause_s > 0:
                    self._pause(stopping, pause_s)
                if caught_up:
                    _wait_for(news, stopping)
            self._last_try()
        finally:
            self._close_reader()
            self._sink.close()

    def _turn(self, stopping: threading.Event) -> tuple[float, bool]:
        """One batch; gives the seconds to pause, and whether to wait for new points after them."""
        try:
            more = self._forward(stopping)
        except SinkError as err:
            retry_after_s = err.retry_after_s if isinstance(err, SinkUnavailable) else None
            return self._failed(err, retry_after_s or 0.0), False
        except JournalError as err:
            self._close_reader()
            return self._failed(f"the journal can't be read or written: {err}"), False
        return (0.0, False) if more else (self._min_pause_s, True)

    def _failed(self, reason: object, retry_after_s: float = 0.0) -> float:
        self._health.failed(self._sink.name, reason)
        wished_s = min(retry_after_s, RETRY_AFTER_LIMIT_S)
        delay_s = backoff_s(self._failures, BACKOFF_FIRST_S, BACKOFF_LIMIT_S, self._jitter)
        self._failures += 1
        self._not_before = self._monotonic() + wished_s
        return max(delay_s, wished_s)

    def _succeeded(self) -> None:
        self._failures = 0
        self._health.well(self._sink.name)

    # --- one batch ---

    def _forward(self, stopping: threading.Event) -> bool:
        """Send the next batch; True if there is more to send at once."""
        # One that failed is continued: a search begun anew each time might never come to its end.
        is_continued = self._delivery is not None
        delivery = self._delivery = self._delivery or self._begin()
        if delivery is None or not self._deliver(delivery, stopping):
            return False
        refused = sorted(delivery.refused)
        if refused:
            self._journal.set_aside(self._sink.name, refused)
        if refused or self._suspects:
            self._remember(delivery.batch, refused)
        self._acknowledge(delivery.batch)
        self._delivery = None
        self._succeeded()
        return delivery.is_full or is_continued  # more may have come in the meantime

    def _begin(self) -> _Delivery | None:
        limit = self._size.points
        batch = self._read(limit)
        return _Delivery(batch, self._first_parts(batch), len(batch) == limit) if batch else None

    def _remember(self, batch: Batch, refused: Sequence[tuple[int, str]]) -> None:
        """Tell of refused points; their devices are suspect until a batch of theirs is taken."""
        devices = {seq: point.device for seq, point in batch}
        self._refusals.add((devices[seq], reason) for seq, reason in refused)
        bad = {devices[seq] for seq, _ in refused}
        self._suspects = (self._suspects - frozenset(devices.values())) | bad

    def _deliver(self, delivery: _Delivery, stopping: threading.Event) -> bool:
        """Write what is still to be written of a batch; False where the stop came before the end.

        Nothing is acknowledged then. A part whose write raises SinkUnavailable is still to be
        written; sending its points again does no harm.
        """
        while parts := delivery.parts:
            if stopping.is_set():
                return False
            parts[-1:] = self._write(parts[-1], delivery.refused)
        return True

    def _first_parts(self, batch: Batch) -> list[Batch]:
        """The whole batch; devices that were refused last go apart, which saves a search."""
        if not self._suspects:
            return [batch]
        suspect = [entry for entry in batch if entry[1].device in self._suspects]
        others = [entry for entry in batch if entry[1].device not in self._suspects]
        return [part for part in (suspect, others) if part]

    def _write(self, part: Batch, refused: list[tuple[int, str]]) -> list[Batch]:
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
            # Bad points come from one device mostly; side by side they are found together.
            reason, divided = str(err), sorted(part, key=_device)
        else:
            self._size.fitted(len(part))
            return []
        if len(part) == 1:
            refused.append((part[0][0], reason))
            return []
        middle = len(part) // 2
        return [divided[middle:], divided[:middle]]

    def _last_try(self) -> None:
        """After the stop: send what is there while time is left, search for nothing."""
        deadline = self._monotonic() + self._last_try_s
        if self._monotonic() < self._not_before:
            return  # the sink itself asked not to be disturbed
        try:
            while self._monotonic() <= deadline and (batch := self._read(self._size.points)):
                self._sink.write([point for _, point in batch])
                self._acknowledge(batch)
                self._succeeded()
        except (SinkError, JournalError) as err:
            logger.info(
                "%s: what it does not have yet is sent after the next start: %s",
                self._sink.name,
                err,
            )

    # --- the journal ---

    def _read(self, limit: int) -> Batch:
        if self._reader is None:
            # Opened here and not earlier: a connection belongs to the thread that opens it.
            self._reader = JournalReader(self._journal.path)
            self._cursor = max(self._cursor, self._reader.acknowledged(self._sink.name))
        return self._reader.points_after(self._cursor, limit)

    def _acknowledge(self, batch: Batch) -> None:
        self._cursor = batch[-1][0]
        self._journal.acknowledge(self._sink.name, self._cursor)

    def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


def _device(entry: tuple[int, Point]) -> str:
    return entry[1].device


def _wait_for(news: threading.Event, stopping: threading.Event) -> None:
    """Wait until there are new points; notices the stop within half a second."""
    for _ in range(round(IDLE_S / SLICE_S)):
        if stopping.is_set() or news.wait(SLICE_S):
            return
