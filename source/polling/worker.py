"""One thread per socket: wait for the tick, read, meter, hand over to the journal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from source.errors import DeviceError, JournalError, WrongSocket
from source.health import Health
from source.journal.store import Journal
from source.model import US_PER_S, Reading
from source.polling.energy import EnergyMeter
from source.polling.identity import Identity
from source.polling.metering import Metering
from source.polling.teller import Teller
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
        mac: str | None = None,
        address: str | None = None,
        metering: Metering | None = None,
    ) -> None:
        """``mac``, ``address`` and ``metering`` are those of the device's entry. ``health`` is
        that of the sockets, by name; ``queue_health`` of the program's own parts, so that no
        socket's name can be taken for one of those."""
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
        checkpoint = journal.checkpoint(device)
        metering = metering or Metering()
        interval_us = round(interval_s * US_PER_S)
        self._meter = EnergyMeter(device, interval_us, checkpoint, metering)
        self._teller = Teller(device, interval_us, metering, checkpoint)
        self._identity = Identity(mac, address, checkpoint)
        self._refused = ""
        self._last_stamp_us = 0
        self._metered_at: float | None = None
        self.busy_since: float | None = None
        """Monotonic time at which the running poll began; None between polls."""
        self._storing = threading.Lock()
        self._is_abandoned = False

    def run(self, stopping: threading.Event) -> None:
        """Poll until ``stopping`` is set."""
        try:
            while not stopping.wait(self._ticker.delay()):
                self.poll()
                self._ticker.advance()
        finally:
            self._close()

    def abandon(self) -> None:
        """Store nothing any more: another worker polls this socket, this one's handler hangs."""
        with self._storing:
            self._is_abandoned = True

    def poll(self) -> None:
        """One poll, from the question to the journal's queue."""
        self.busy_since = self._clock.monotonic()
        try:
            reading = self._read()
            self._identity.check(reading.mac)
        except DeviceError as err:
            self._finish(partial(self._failed, err))
        else:
            self._finish(partial(self._succeeded, reading))
        finally:
            self.busy_since = None

    def _finish(self, store: Callable[[], None]) -> None:
        with self._storing:
            if not self._is_abandoned:
                store()

    def _failed(self, err: DeviceError) -> None:
        self._tell_failure(err)
        self._store_failure()

    def _succeeded(self, reading: Reading) -> None:
        self._store(reading)
        self._health.well(self.device, "polls")

    def _store(self, reading: Reading) -> None:
        now = self._clock.monotonic()
        elapsed_us = None
        if self._metered_at is not None:
            elapsed_us = round((now - self._metered_at) * US_PER_S)
        point, checkpoint = self._meter.measure(reading, self._stamp_us(), elapsed_us)
        if checkpoint is not None:
            checkpoint = self._identity.signed(checkpoint, reading.mac)
        try:
            self._journal.append(point, checkpoint)
        except JournalError as err:
            # The meter stays where it was: the next point that is taken covers this one's energy.
            self._queue_health.failed(QUEUE, err)
            return
        self._queue_health.well(QUEUE, "points")
        if self._meter.accept(checkpoint):
            self._metered_at = now
        self._identity.learn(reading.mac)
        self._refused = ""
        self._teller.stored(reading, point, checkpoint, sends_counter=self._meter.sends_counter)

    def _tell_failure(self, err: DeviceError) -> None:
        is_failing = self._health.state(self.device).failures > 0
        self._health.failed(self.device, err)
        if not isinstance(err, WrongSocket) or str(err) == self._refused:
            return
        self._refused = str(err)
        if is_failing:  # off-line already, for another reason: there is something to be done now
            logger.warning("%s: %s", self.device, err)

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
