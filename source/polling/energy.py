"""The energy meter of one device: readings in, points with energy out (pure).

Where the socket has a counter, energy is the counter's way since the last good point, so failed
polls and a stopped logger lose nothing. Without one it is power × real elapsed time (trapezoid),
and nothing is invented across a gap. An answer that lacks a counter which the socket has otherwise
brings no energy: that waits for the next whole one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from source.config.models import PowerOn
from source.model import US_PER_S, Checkpoint, FieldValue, Point, Reading
from source.polling.account import Account
from source.polling.between import Between
from source.polling.counter import REBOOT_SLACK_S, lacks_a_counter
from source.polling.flow import Flow
from source.polling.metering import AUTO, COUNTER, POWER, Metering
from source.polling.phases import add_phases, counters_of
from source.polling.power import phase_powers
from source.polling.span import DAY_US, span_us
from source.polling.switching import switched

GAP_INTERVALS = 3.5
"""A span longer than this many poll intervals is a gap: two polls may fail, and with the half an
interval more it does not depend on a millisecond."""
RESTART_SLACK_S = 600.0
"""Over a restart the span goes by the wall clock. After a power cut a machine without a clock of
its own goes on at the time of the cut, while the sockets are up as long as the machine is."""
PATIENCE_S, PATIENCE_POLLS = 3600.0, 3
"""For so long, and so many answers, the energy waits for a counter that is not sent any more."""
NO_PHASES: Mapping[str, tuple[float, float]] = {}
NO_POWERS: Mapping[str, float] = {}
NO_FLOW = Flow(None)


@dataclass(slots=True)  # not frozen at run time, like the values of the model: one for each poll
class _Measured:
    """What was measured last, and may yet be accepted."""

    reading: Reading
    since_us: int
    """The time from the last accepted reading to it."""
    is_good: bool
    counts: bool
    """Its energy is counted, and does not wait for a later reading."""


class EnergyMeter:
    """Turns the readings of one device into points.

    ``measure`` and ``failure`` store nothing; ``accept`` moves the meter on once the point is
    safely with the journal. A point that is not accepted is covered by the next one's energy.
    """

    def __init__(
        self,
        device: str,
        interval_us: int,
        checkpoint: Checkpoint | None,
        metering: Metering | None = None,
    ) -> None:
        """``metering`` is that of a device whose entry and type say nothing, where left out."""
        metering = metering or Metering()
        self._device = device
        self._interval_us = interval_us
        self._gap_us = round(GAP_INTERVALS * interval_us)
        self._patience = max(PATIENCE_POLLS, round(PATIENCE_S * US_PER_S / max(1, interval_us)))
        self._power_on = metering.power_on
        self._separates = metering.separates_phases
        self._source = metering.energy_source
        self._limit_w = metering.limit_w
        self._account = Account(metering, interval_us, self._gap_us)
        self._last = checkpoint
        self._measured: _Measured | None = None
        self._waited = 0
        self._good_us = 0
        """Time from the last accepted reading to the last good one."""
        self._powers_w: Mapping[str, float] = NO_POWERS
        self._is_armed = (
            self._power_on is not None and checkpoint is not None and checkpoint.is_armed
        )
        self._switched_on = False
        """Seen, and in no point that is stored."""

    @property
    def sends_counter(self) -> bool:
        """False where there is none, and where one has been waited for in vain for long."""
        if self._last is None or self._last.counter_wh is None:
            return False
        return self._waited < self._patience

    def accept(self, checkpoint: Checkpoint | None) -> bool:
        """The point that was measured last, and came with ``checkpoint``, is stored.

        Whether its reading is the one from which the next elapsed time counts.
        """
        if self._measured is None:
            return False
        measured = self._measured
        self._switched_on = False
        last, self._last = self._last, checkpoint or self._last
        if measured.counts:
            self._waited = self._good_us = 0
            if self._separates:
                self._powers_w = phase_powers(measured.reading.phases)
            return True
        if measured.is_good:
            self._good_us = measured.since_us
            self._waited += last is not None and lacks_a_counter(measured.reading, last)
        return False

    def failure(self, time_us: int) -> Point:
        """The point of a failed poll: no numbers."""
        return Point(
            device=self._device,
            time_us=time_us,
            fields={"fetch_success": False},
            interval_us=self._interval_us,
        )

    def measure(
        self, reading: Reading, time_us: int, elapsed_us: int | None = None
    ) -> tuple[Point, Checkpoint | None]:
        """The point of a good poll, and the meter state that belongs to it.

        ``elapsed_us`` is the time since the last accepted reading on a clock that never jumps; None
        where that reading was another process's, then the stamps decide. The state is None for a
        reading that the socket itself calls invalid: its values are kept, its energy waits. So does
        that of a reading that lacks a counter, or a power that the energy is to come from; then the
        state is None or, where the appliance was switched, the one before with that. With another
        MAC address than before the meter begins anew.
        """
        last, power_w = self._before(reading), self._power_w(reading)
        since_us = 0
        if self._last is not None:
            since_us = span_us(self._last, reading, time_us, elapsed_us)
        is_good = is_valid(reading)
        waits = is_good and last is not None and self._waits(reading, last, power_w)
        counts = is_good and not waits
        self._measured = _Measured(reading, since_us, is_good, counts)
        if self._power_on is not None and is_good and power_w is not None:
            self._switch(self._power_on, power_w)
        flow = (
            self._flow(reading, last, power_w, time_us, since_us, elapsed_us) if counts else NO_FLOW
        )
        point = Point(
            self._device,
            time_us,
            self._fields(reading, flow, last if counts else None, since_us),
            flow.span_us,
            self._interval_us,
            flow.estimated or flow.span_us > self._gap_us,
            since_us - self._good_us if is_good and since_us > self._good_us else 0,
            self._switched_on,
        )
        if counts:
            return point, self._checkpoint(reading, power_w, time_us, last, flow)
        return point, self._waiting()

    def _flow(
        self,
        reading: Reading,
        last: Checkpoint | None,
        power_w: float | None,
        time_us: int,
        since_us: int,
        elapsed_us: int | None,
    ) -> Flow:
        if last is None:
            return Flow(reading.energy_wh if self._source == AUTO else None)
        slack_s, wall_us = RESTART_SLACK_S, 0
        if elapsed_us is not None:
            slack_s, wall_us = REBOOT_SLACK_S, min(time_us - last.time_us, DAY_US)
        return self._account.flow(
            Between(last, reading, power_w, self._powers_w, since_us, slack_s, wall_us)
        )

    def _power_w(self, reading: Reading) -> float | None:
        """The power, unless it can't be real."""
        power_w = reading.power_w
        if power_w is None or not -self._limit_w <= power_w <= self._limit_w:
            return None
        return power_w

    def _before(self, reading: Reading) -> Checkpoint | None:
        """The state that the reading goes on from; None where it is that of another socket."""
        last = self._last
        if last is None or last.mac == reading.mac or None in (last.mac, reading.mac):
            return last
        return None

    def _waits(self, reading: Reading, last: Checkpoint, power_w: float | None) -> bool:
        """Whether the energy waits for a later answer, which tells what this one lacks."""
        if self._source != POWER and lacks_a_counter(reading, last):
            return self._source == COUNTER or self._waited < self._patience
        if power_w is not None or last.power_w is None or self._source == COUNTER:
            return False
        return self._source == POWER or (reading.counter_wh is None and reading.energy_wh is None)

    def _switch(self, rule: PowerOn, power_w: float) -> None:
        """Follow the appliance; what no stored point tells is told by the next one."""
        self._is_armed, is_on = switched(rule, power_w, is_armed=self._is_armed)
        self._switched_on = self._switched_on or is_on

    def _fields(
        self, reading: Reading, flow: Flow, last: Checkpoint | None, since_us: int
    ) -> dict[str, FieldValue]:
        fields: dict[str, FieldValue] = {"fetch_success": True}
        if reading.is_valid is not None:
            fields["is_valid"] = reading.is_valid
        if reading.power_w is not None:
            fields["power"] = reading.power_w
        if flow.energy_wh is not None:
            fields["energy_wh"] = flow.energy_wh
        if flow.returned_wh != 0.0:
            fields["energy_returned_wh"] = flow.returned_wh
        if flow.set_aside_wh != 0.0:
            fields["energy_set_aside_wh"] = flow.set_aside_wh
        if reading.counter_wh is not None:
            fields["counter_wh"] = reading.counter_wh
        if reading.counter_returned_wh is not None:
            fields["counter_returned_wh"] = reading.counter_returned_wh
        if reading.phases:
            add_phases(fields, reading, self._phases_before(last), self._phase_limit_wh(since_us))
        fields.update(reading.extra)
        return fields

    def _phases_before(self, last: Checkpoint | None) -> Mapping[str, tuple[float, float]]:
        """Where the counters of the phases go on; nowhere if no counter is to be counted."""
        return NO_PHASES if last is None or self._source == POWER else last.phases

    def _phase_limit_wh(self, since_us: int) -> float:
        return self._limit_w * (since_us / US_PER_S + REBOOT_SLACK_S) / 3600

    def _checkpoint(
        self,
        reading: Reading,
        power_w: float | None,
        time_us: int,
        last: Checkpoint | None,
        flow: Flow,
    ) -> Checkpoint:
        """The state after a reading; which socket was read is known from before, until it tells."""
        return Checkpoint(
            time_us,
            power_w,
            reading.counter_wh,
            reading.counter_returned_wh,
            reading.uptime_s,
            counters_of(reading.phases) if reading.phases else NO_PHASES,
            None if last is None else last.mac,
            None if last is None else last.address,
            flow.still_wh,
            flow.still_us,
            flow.counted_wh,
            self._is_armed,
        )

    def _waiting(self) -> Checkpoint | None:
        """The state before; None where it is the very same, since no point changed it."""
        last = self._last
        if last is None or last.is_armed is self._is_armed:
            return None
        return replace(last, is_armed=self._is_armed)


def is_valid(reading: Reading) -> bool:
    """False where the socket says that its values, or those of a phase, are not to be trusted."""
    if reading.is_valid is False:
        return False
    # A loop and not all() of a generator: the demo's fill does this 100,000 times a second.
    for phase in reading.phases.values():  # noqa: SIM110
        if phase.is_valid is False:
            return False
    return True
