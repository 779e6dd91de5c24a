"""One thread per socket: wait for the tick, read, meter, hand over to the journal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from source.errors import DeviceError, JournalError
from source.health import Health
from source.journal.store import Journal
from source.model import US_PER_S, Reading
from source.polling.energy import EnergyMeter
from source.timing import Clock, Ticker

logger = logging.getLogger(__name__)

QUEUE = "journal queue"


class Worker:
    """Polls one socket on a fixed grid. A failed poll is a point too; the next tick tries again."""

    def __init__(
        self,
        *,
        device: str,
        interval_s: float,
        offset_s: float,
        read: Callable[[], Reading],
        timeout_s: float,
        close: Callable[[], None],
        journal: Journal,
        health: Health,
        queue_health: Health,
        clock: Clock,
    ) -> None:
        """``health`` is that of the sockets, by name; ``queue_health`` of the program's own parts,
        so that no socket's name can be taken for one of those."""
        self.device = device
        self.timeout_s = timeout_s
        """The time that a poll may take, if its handler keeps to it."""
        self._read = read
        self._close = close
        self._journal = journal
        self._health = health
        self._queue_health = queue_health
        self._clock = clock
        self._ticker = Ticker(interval_s, offset_s, clock.monotonic)
        self._meter = EnergyMeter(device, round(interval_s * US_PER_S), journal.checkpoint(device))
        self._last_stamp_us = 0
        self._metered_at: float | None = None
        self._seen = False
        self._is_metered = True
        self.busy_since: float | None = None
        """Monotonic time at which the running poll began; None between polls."""

    def run(self, stopping: threading.Event) -> None:
        """Poll until ``stopping`` is set."""
        try:
            while not stopping.wait(self._ticker.delay()):
                self.poll()
                self._ticker.advance()
        finally:
            self._close()

    def poll(self) -> None:
        """One poll, from the question to the journal's queue."""
        self.busy_since = self._clock.monotonic()
        try:
            reading = self._read()
        except DeviceError as err:
            self._health.failed(self.device, err)
            self._store_failure()
        else:
            self._store(reading)
            self._health.well(self.device, "polls")
        finally:
            self.busy_since = None

    def _store(self, reading: Reading) -> None:
        now = self._clock.monotonic()
        elapsed_us = None
        if self._metered_at is not None:
            elapsed_us = round((now - self._metered_at) * US_PER_S)
        point, checkpoint = self._meter.measure(reading, self._stamp_us(), elapsed_us)
        try:
            self._journal.append(point, checkpoint)
        except JournalError as err:
            # The meter stays where it was: the next point that is taken covers this one's energy.
            self._queue_health.failed(QUEUE, err)
            return
        self._queue_health.well(QUEUE, "points")
        self._meter.accept(checkpoint)
        if checkpoint is not None:
            self._metered_at = now
        self._tell(reading, is_metered=checkpoint is not None)

    def _tell(self, reading: Reading, *, is_metered: bool) -> None:
        """Log what is new about the socket."""
        if not self._seen:
            self._seen = True
            power = "unknown power" if reading.power_w is None else f"{reading.power_w:g} W"
            logger.info("%s: first reading, %s", self.device, power)
        if is_metered is not self._is_metered:
            self._is_metered = is_metered
            if is_metered:
                logger.info("%s: its values are valid again", self.device)
            else:
                logger.warning(
                    "%s: says that its values are not valid; they are stored, their energy is not"
                    " counted",
                    self.device,
                )

    def _store_failure(self) -> None:
        try:
            self._journal.append(self._meter.failure(self._stamp_us()))
        except JournalError as err:
            self._queue_health.failed(QUEUE, err)

    def _stamp_us(self) -> int:
        """Now; never the same twice, since (device, time) is a point's key."""
        now_us = self._clock.now_us()
        if now_us == self._last_stamp_us:
            now_us += 1
        self._last_stamp_us = now_us
        return now_us
