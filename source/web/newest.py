"""The newest points of each device, read by their sequence numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from source.config.models import Configuration
from source.journal.polls import NEWEST_POLLS, Poll
from source.journal.reader import JournalReader
from source.model import US_PER_S, Period
from source.period import day_of
from source.timing import Clock
from source.web.overviewmodels import LastHour
from source.web.yielding import in_slices

MINUTE_US = 60 * US_PER_S
MINUTES = 60
AHEAD_US = 5 * US_PER_S
"""What lies further in the future was measured before the clock was set back."""
CATCH_UP = 20_000
"""Points; where there are more, each socket's newest ones are looked up anew."""


@dataclass(slots=True)
class Device:
    """What is known of the newest points of one device."""

    newest: list[Poll] = field(default_factory=list)
    """Newest first; those in the future last."""
    last_good_us: int | None = None
    minutes: dict[int, tuple[float, int]] = field(default_factory=dict)
    """Sum and number of the power values of each of the last minutes."""

    def add(self, poll: Poll, now_us: int) -> None:
        """A point that was stored later than all before."""
        latest_us = now_us + AHEAD_US
        self.newest.append(poll)
        self.newest.sort(key=lambda one: (one.time_us > latest_us, -one.time_us))
        del self.newest[NEWEST_POLLS:]
        if poll.success and not poll.time_us < (self.last_good_us or 0) <= latest_us:
            self.last_good_us = poll.time_us
        if poll.power_w is not None:
            minute = (poll.time_us - 1) // MINUTE_US
            total_w, count = self.minutes.get(minute, (0.0, 0))
            self.minutes[minute] = (total_w + poll.power_w, count + 1)

    def last_hour(self, now_us: int) -> LastHour:
        last_minute = (now_us - 1) // MINUTE_US
        first = last_minute - MINUTES + 1
        for minute in [one for one in self.minutes if one < first]:
            del self.minutes[minute]
        values: list[float | None] = [None] * MINUTES
        for minute, (total_w, count) in self.minutes.items():
            if first <= minute <= last_minute:
                values[minute - first] = round(total_w / count, 2)
        return LastHour(start_s=first * 60, power_w=values)


class Newest:
    """Knows them of all devices; belongs to who holds the lock of the live hub.

    ``forget`` is called with the name of a device (None: of all) whose sums up to midnight are not
    right any more.
    """

    def __init__(self, clock: Clock, forget: Callable[[str | None], None]) -> None:
        self._clock = clock
        self._forget = forget
        self._seq: int | None = None
        """Of the newest point that was read; None: begin anew."""
        self._configuration: Configuration | None = None
        """With which they were read."""
        self._devices: dict[str, Device] = {}

    def __getitem__(self, name: str) -> Device:
        """Of a device that was configured when they were read last."""
        return self._devices[name]

    def catch_up(self, reader: JournalReader, configuration: Configuration) -> None:
        """Read what has come since the last time. Raises JournalError."""
        last_seq = reader.last_seq()
        missed = None if self._seq is None else last_seq - self._seq
        if configuration is not self._configuration:
            missed = None  # a device may have gone with its data, and be there again
            self._configuration = configuration
        if missed is None or not 0 <= missed <= CATCH_UP:
            self._forget(None)
            self._devices.clear()
            self._seq = last_seq
        elif missed:
            assert self._seq is not None  # noqa: S101 (see above)
            self._add(reader.polls_after(self._seq, CATCH_UP), configuration)
        for name in in_slices(configuration.devices):
            if name not in self._devices:
                self._devices[name] = self._looked_up(reader, name, last_seq)
        for name in [one for one in self._devices if one not in configuration.devices]:
            del self._devices[name]

    def _add(self, polls: Sequence[Poll], configuration: Configuration) -> None:
        zone = configuration.general.zone
        now_us = self._clock.now_us()
        midnight_us = day_of(now_us, zone).start_us
        for poll in polls:
            device = self._devices.get(poll.device)
            if device is not None:
                device.add(poll, now_us)
            if poll.time_us - poll.span_us < midnight_us:
                self._forget(poll.device)
            self._seq = poll.seq

    def _looked_up(self, reader: JournalReader, name: str, last_seq: int) -> Device:
        """As of a sequence number: what is newer is added when it is read by its number."""
        now_us = self._clock.now_us()
        found = reader.newest_polls(name, NEWEST_POLLS + 2, now_us + AHEAD_US)
        newest = [one for one in found if one.seq <= last_seq]
        good_us = [one.time_us for one in newest if one.success]
        start_us = (now_us // MINUTE_US - MINUTES) * MINUTE_US
        return Device(
            newest[:NEWEST_POLLS],
            max(good_us) if good_us else reader.metered_until_us(name),
            reader.minutes(name, Period(start_us, now_us), last_seq),
        )
