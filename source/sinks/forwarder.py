"""One thread per sink: copies the journal to it, in order, from a cursor that outlives restarts.

Delivery is at least once: the cursor moves after the sink has the points, and what was sent when
the program ended in between is sent again. The key (device, time) makes a repeat harmless.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from source.errors import (
    BatchTooLarge,
    JournalDamaged,
    JournalError,
    PointsRejected,
    SinkError,
    SinkUnavailable,
)
from source.faultpoint import reached
from source.health import Health
from source.journal.store import Journal
from source.sinks.batching import BatchSize
from source.sinks.delivery import Courier, Delivery
from source.sinks.place import JournalPlace, OutOfPlace
from source.sinks.protocol import Sink
from source.sinks.refusals import Refusals
from source.timing import backoff_s

logger = logging.getLogger(__name__)

BATCH_LIMIT = 2_000
"""More would take more memory and gain no speed."""
LONG_BACKLOG = 20_000
"""Points; with more of them the newest ones are sent ahead."""
BACKOFF_FIRST_S, BACKOFF_LIMIT_S = 2.0, 45.0
"""With jitter: one second and more, then up to three quarters of a minute. A sink that is back is
to show the newest values within a minute."""
RETRY_AFTER_LIMIT_S = 600.0
SLICE_S = 0.5
IDLE_S = 60.0
"""The journal is looked at this often even if nobody tells of new points."""


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
        long_backlog: int = LONG_BACKLOG,
        min_pause_s: float = 1.0,
        last_try_s: float = 2.0,
        jitter: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        """``min_pause_s`` gathers live points into batches; a backlog is sent without pauses.

        ``last_try_s`` is how long the sink may take after the stop. ``pause`` waits for an event,
        at most so many seconds.
        """
        self._sink = sink
        self._journal = journal
        self._health = health
        self._long_backlog = long_backlog
        self._min_pause_s = min_pause_s
        self._last_try_s = last_try_s
        self._jitter = jitter
        self._monotonic = monotonic
        self._pause = pause
        self._size = BatchSize(batch_limit)
        self._courier = Courier(sink, self._size)
        self._refusals = Refusals(sink.name, monotonic)
        self._place = JournalPlace(journal, sink.name)
        self._delivery: Delivery | None = None
        self._failures = 0
        self._not_before = monotonic()
        self._ahead = 0
        self._ahead_at = monotonic()
        self._ends_at: float | None = None

    def run(self, stopping: threading.Event) -> None:
        """Forward until ``stopping`` is set, then once more what is there."""
        news = self._journal.subscribe()
        self._sink.left_s = lambda: self._left_s(stopping)
        self._sink.on_loss = self._begin_again
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
            self._last_try(stopping)
        finally:
            self._journal.unsubscribe(news)
            self._place.close()
            self._sink.close()

    def _left_s(self, stopping: threading.Event) -> float:
        """How long the sink may be waited for: its own limits alone count before the stop."""
        if not stopping.is_set():
            return math.inf
        if self._ends_at is None:
            self._ends_at = self._monotonic() + self._last_try_s
        return self._ends_at - self._monotonic()

    def _turn(self, stopping: threading.Event) -> tuple[float, bool]:
        """One batch; gives the seconds to pause, and whether to wait for new points after them."""
        try:
            more = self._forward(stopping)
        except SinkError as err:
            if stopping.is_set():
                self._put_off(err)
                self._failures += 1
                return 0.0, False
            retry_after_s = err.retry_after_s if isinstance(err, SinkUnavailable) else None
            return self._failed(err, retry_after_s or 0.0), False
        except JournalError as err:
            self._place.close()
            if isinstance(err, JournalDamaged):
                self._journal.damaged()
            return self._failed(f"the journal can't be read or written: {err}"), False
        except OutOfPlace:
            self._delivery, self._ahead = None, 0
            return 0.0, False
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
        if delivery is None:
            if self._failures:
                self._succeeded()  # the journal's failure: one of the sink leaves a delivery
            return False
        # The size before the sink is asked, which may change it.
        is_full = len(delivery.batch) >= self._size.points
        if not self._courier.deliver(delivery, stopping):
            return False
        reached("forward: written")
        self._finish(delivery)
        return is_full or is_continued  # more may have come in the meantime

    def _begin(self) -> Delivery | None:
        self._send_ahead()
        batch = self._place.next(self._size.points)
        reached("forward: read")
        return self._courier.packed(batch) if batch else None

    def _finish(self, delivery: Delivery) -> None:
        """Note what the sink has taken, and what it has not."""
        if delivery.refused:
            self._place.set_aside(sorted(delivery.refused))
            reached("forward: set aside")
            self._tell(delivery)
        self._place.acknowledge(delivery.batch)
        reached("forward: acknowledged")
        self._delivery = None
        self._succeeded()

    def _begin_again(self) -> None:
        """The sink has lost what it had, of the batch on its way too."""
        delivery = self._delivery
        self._place.begin_again(in_batch=delivery is not None and delivery.is_begun)

    def _tell(self, delivery: Delivery) -> None:
        devices = {seq: point.device for seq, point in delivery.batch}
        self._refusals.add((devices[seq], reason) for seq, reason in delivery.refused)

    def _send_ahead(self) -> None:
        """With a long backlog the newest points come first, now and then: they are looked at.

        The cursor stays where it is, so they are sent again when it is their turn.
        """
        now = self._monotonic()
        if now < self._ahead_at or self._place.backlog() < self._long_backlog:
            return
        self._ahead_at = now + self._min_pause_s
        batch = self._place.newest(self._size.points, self._ahead)
        if batch:
            with suppress(BatchTooLarge, PointsRejected):  # all is sorted out in its turn
                self._sink.write([point for _, point in batch])
            self._ahead = batch[-1][0]

    def _last_try(self, stopping: threading.Event) -> None:
        """After the stop: send what is there while time is left, search for nothing."""
        if self._monotonic() < self._not_before:
            return  # the sink itself asked not to be disturbed
        try:
            while self._left_s(stopping) > 0 and (batch := self._place.next(self._size.points)):
                self._sink.write([point for _, point in batch])
                self._place.acknowledge(batch)
                self._succeeded()
        except (SinkError, JournalError, OutOfPlace) as err:
            self._put_off(err)

    def _put_off(self, reason: object) -> None:
        logger.info(
            "%s: what it does not have yet is sent after the next start: %s",
            self._sink.name,
            reason,
        )


def _wait_for(news: threading.Event, stopping: threading.Event) -> None:
    """Wait until there are new points; notices the stop within half a second."""
    for _ in range(round(IDLE_S / SLICE_S)):
        if stopping.is_set() or news.wait(SLICE_S):
            return
