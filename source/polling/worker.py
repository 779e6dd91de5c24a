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
from source.polling.energy import EnergyMeter, is_valid
from source.polling.identity import Identity
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
    ) -> None:
        """``mac`` and ``address`` are those of the device's entry. ``health`` is that of the
        sockets, by name; ``queue_health`` of the program's own parts, so that no socket's name can
        be taken for one of those."""
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
        self._meter = EnergyMeter(device, round(interval_s * US_PER_S), checkpoint)
        self._identity = Identity(mac, address, checkpoint)
        self._refused = ""
        self._last_stamp_us = 0
        self._metered_at: float | None = None
        self._seen = False
        self._is_valid = True
        self._has_counter = checkpoint is not None and checkpoint.counter_wh is not None
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
        self._meter.accept(checkpoint)
        self._identity.learn(reading.mac)
        if checkpoint is not None:
            self._metered_at = now
            self._tell_counter(has_counter=checkpoint.counter_wh is not None)
        self._tell(reading)

    def _tell(self, reading: Reading) -> None:
        """Log what is new about the socket."""
        self._refused = ""
        if not self._seen:
            self._seen = True
            power = "unknown power" if reading.power_w is None else f"{reading.power_w:g} W"
            logger.info("%s: first reading, %s", self.device, power)
        valid = is_valid(reading)
        if valid is not self._is_valid:
            self._is_valid = valid
            if valid:
                logger.info("%s: its values are valid again", self.device)
            else:
                logger.warning(
                    "%s: says that its values are not valid; they are stored, their energy is not"
                    " counted",
                    self.device,
                )

    def _tell_counter(self, *, has_counter: bool) -> None:
        if self._has_counter and not has_counter:
            logger.warning(
                "%s: sends its counter no more; energy is computed from its power until it does",
                self.device,
            )
        self._has_counter = has_counter

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
