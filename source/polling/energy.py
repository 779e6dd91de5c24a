"""The energy meter of one device: readings in, points with energy out (pure).

Where the socket has a counter, energy is the counter's way since the last good point, so failed
polls and a stopped logger lose nothing. Without one it is power × real elapsed time (trapezoid),
and nothing is invented across a gap. An answer that lacks a counter which the socket has otherwise
brings no energy: that waits for the next whole one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from source.model import (
    FIRST_YEAR_US,
    US_PER_S,
    Checkpoint,
    FieldValue,
    Phase,
    Point,
    Reading,
)

GAP_INTERVALS = 3.5
"""A span longer than this many poll intervals is a gap: two polls may fail, and with the half an
interval more it does not depend on a millisecond."""
REBOOT_SLACK_S = 10.0
RESTART_SLACK_S = 600.0
"""Over a restart the span goes by the wall clock. After a power cut a machine without a clock of
its own goes on at the time of the cut, while the sockets are up as long as the machine is."""
ROLL_OVER_SHARE = 0.9
PATIENCE_S, PATIENCE_POLLS = 3600.0, 3
"""For so long, and so many answers, the energy waits for a counter that is not sent any more."""
PLAUSIBLE_W = 100_000.0
"""More than any connection of a home or a small company carries."""
US_PER_HOUR = 3600 * US_PER_S
DAY_US = 24 * US_PER_HOUR


@dataclass(frozen=True, slots=True)
class _PhaseFields:
    """The known field names of one phase: ``power_a``, ``energy_wh_a``, …"""

    power: str
    power_factor: str
    current: str
    voltage: str
    is_valid: str
    energy_wh: str


@lru_cache(maxsize=64)
def _fields_of(phase: str) -> _PhaseFields:
    return _PhaseFields(*(f"{name}_{phase}" for name in _PhaseFields.__slots__))


class EnergyMeter:
    """Turns the readings of one device into points.

    ``measure`` and ``failure`` change nothing; ``accept`` moves the meter on once the point is
    safely with the journal. A point that is not accepted is covered by the next one's energy.
    """

    def __init__(self, device: str, interval_us: int, checkpoint: Checkpoint | None) -> None:
        self._device = device
        self._interval_us = interval_us
        self._gap_us = round(GAP_INTERVALS * interval_us)
        self._patience = max(PATIENCE_POLLS, round(PATIENCE_S * US_PER_S / max(1, interval_us)))
        self._last = checkpoint
        self._waited = 0

    def accept(self, checkpoint: Checkpoint | None) -> None:
        """The point that came with ``checkpoint`` is stored."""
        if checkpoint is None:
            self._waited += 1
        else:
            self._last = checkpoint
            self._waited = 0

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
        reading that the socket itself calls invalid, or that lacks a counter: its values are kept,
        its energy waits. With another MAC address than before the meter begins anew.
        """
        fields: dict[str, FieldValue] = {"fetch_success": True}
        if reading.is_valid is not None:
            fields["is_valid"] = reading.is_valid
        if reading.power_w is not None:
            fields["power"] = reading.power_w
        last, span_us = self._before(reading), 0
        counts = is_valid(reading) and not self._waits(reading, last)
        if last is not None and counts:
            span_us = _since(last, reading, time_us) if elapsed_us is None else elapsed_us
            if reading.energy_wh is not None:  # of one interval, however long ago the last one was
                span_us = min(span_us, self._interval_us)
            slack_s = RESTART_SLACK_S if elapsed_us is None else REBOOT_SLACK_S
            energy_wh = self._energy_wh(reading, last, span_us, slack_s)
        else:
            energy_wh = reading.energy_wh if counts else None
        if energy_wh is None:
            span_us = 0
        else:
            fields["energy_wh"] = energy_wh
        if reading.counter_wh is not None:
            fields["counter_wh"] = reading.counter_wh
        if reading.counter_returned_wh is not None:
            fields["counter_returned_wh"] = reading.counter_returned_wh
        if reading.phases:
            _add_phases(fields, reading, last if counts else None, span_us)
        fields.update(reading.extra)
        point = Point(
            self._device, time_us, fields, span_us, self._interval_us, span_us > self._gap_us
        )
        return point, _checkpoint(reading, time_us, last) if counts else None

    def _before(self, reading: Reading) -> Checkpoint | None:
        """The state that the reading goes on from; None where it is that of another socket."""
        last = self._last
        if last is None or last.mac == reading.mac or None in (last.mac, reading.mac):
            return last
        return None

    def _waits(self, reading: Reading, last: Checkpoint | None) -> bool:
        if last is None or reading.energy_wh is not None or not _lacks_a_counter(reading, last):
            return False
        return self._waited < self._patience

    def _energy_wh(
        self, reading: Reading, last: Checkpoint, span_us: int, slack_s: float
    ) -> float | None:
        """Energy since the last accepted reading, negative when more was fed in than taken.

        ``slack_s`` is by how much the span may be too short.
        """
        if reading.energy_wh is not None:
            return reading.energy_wh
        if reading.counter_wh is None or last.counter_wh is None:
            return self._from_power(reading, last, span_us)
        if _is_another(reading, last, span_us / US_PER_S + slack_s):
            return 0.0
        if _has_rebooted(reading, last, span_us):
            return reading.counter_wh - (reading.counter_returned_wh or 0.0)
        limit_wh = _limit_wh(span_us)
        taken = _delta(last.counter_wh, reading.counter_wh, reading, limit_wh)
        if reading.counter_returned_wh is None or last.counter_returned_wh is None:
            return taken
        return taken - _delta(
            last.counter_returned_wh, reading.counter_returned_wh, reading, limit_wh
        )

    def _from_power(self, reading: Reading, last: Checkpoint, span_us: int) -> float | None:
        if reading.power_w is None or last.power_w is None or span_us > self._gap_us:
            return None
        return (reading.power_w + last.power_w) / 2 * span_us / US_PER_HOUR


def _since(last: Checkpoint, reading: Reading, time_us: int) -> int:
    """The time since another process's reading, by the stamps.

    The wall clock may have been set back in between, or not have been set at all; a socket that ran
    on knows better.
    """
    span_us = max(0, time_us - last.time_us) if last.time_us >= FIRST_YEAR_US else 0
    if reading.uptime_s is None or last.uptime_s is None:
        return span_us
    return max(span_us, min(round((reading.uptime_s - last.uptime_s) * US_PER_S), DAY_US))


def is_valid(reading: Reading) -> bool:
    """False where the socket says that its values, or those of a phase, are not to be trusted."""
    if reading.is_valid is False:
        return False
    # A loop and not all() of a generator: the demo's fill does this 100,000 times a second.
    for phase in reading.phases.values():  # noqa: SIM110
        if phase.is_valid is False:
            return False
    return True


def _lacks_a_counter(reading: Reading, last: Checkpoint) -> bool:
    """Whether a counter is missing that was there before.

    Counted from the power, and then from the counter all the same, its energy would be there twice;
    forgotten, that of a gap behind it would be lost.
    """
    if reading.counter_wh is None and last.counter_wh is not None:
        return True
    if reading.counter_returned_wh is None and last.counter_returned_wh is not None:
        return True
    for name, (_, returned_wh) in last.phases.items():
        phase = reading.phases.get(name)
        if phase is None or phase.counter_wh is None:
            return True
        if phase.counter_returned_wh is None and returned_wh > 0.0:
            return True
    return False


def _has_rebooted(reading: Reading, last: Checkpoint, span_us: int) -> bool:
    """Whether a counter that lives in RAM began anew since the last reading."""
    if not reading.counter_in_ram or reading.uptime_s is None:
        return False
    if last.uptime_s is not None and reading.uptime_s < last.uptime_s:
        return True
    return reading.uptime_s < span_us / US_PER_S - REBOOT_SLACK_S


def _is_another(reading: Reading, last: Checkpoint, at_most_s: float) -> bool:
    """Whether the counter in RAM is that of another socket, so that nothing follows from it.

    A lower uptime, but longer than the time since the last reading can be, is no reboot.
    """
    if not reading.counter_in_ram or reading.uptime_s is None or last.uptime_s is None:
        return False
    return last.uptime_s > reading.uptime_s > at_most_s


def _delta(before: float, now: float, reading: Reading, limit_wh: float) -> float:
    """The way of a counter, never negative; after a reset it is what the counter shows now.

    Where that is more than can have flowed it is not counted: the counter was set back to what it
    had saved before a power cut, or it is another socket's.
    """
    way = now if now < before else now - before
    modulus = reading.counter_modulus_wh
    if now < before and modulus is not None and before > ROLL_OVER_SHARE * modulus:
        way = now + modulus - before
    return way if way <= limit_wh else 0.0


def _limit_wh(span_us: int) -> float:
    """More than can have flowed since the last reading."""
    return PLAUSIBLE_W * (span_us / US_PER_S + REBOOT_SLACK_S) / 3600


def _checkpoint(reading: Reading, time_us: int, last: Checkpoint | None) -> Checkpoint:
    """The state after a reading; which socket was read is known from before, until it tells."""
    phases: Mapping[str, tuple[float, float]] = {}
    if reading.phases:
        phases = {
            name: (phase.counter_wh, phase.counter_returned_wh or 0.0)
            for name, phase in reading.phases.items()
            if phase.counter_wh is not None
        }
    return Checkpoint(
        time_us,
        reading.power_w,
        reading.counter_wh,
        reading.counter_returned_wh,
        reading.uptime_s,
        phases,
        None if last is None else last.mac,
        None if last is None else last.address,
    )


def _add_phases(
    fields: dict[str, FieldValue], reading: Reading, last: Checkpoint | None, span_us: int
) -> None:
    """The values of each phase under the known field names: ``power_a``, ``energy_wh_a``, …"""
    limit_wh = _limit_wh(span_us)
    for name, phase in reading.phases.items():
        names = _fields_of(name)
        if phase.power_w is not None:
            fields[names.power] = phase.power_w
        if phase.power_factor is not None:
            fields[names.power_factor] = phase.power_factor
        if phase.current_a is not None:
            fields[names.current] = phase.current_a
        if phase.voltage_v is not None:
            fields[names.voltage] = phase.voltage_v
        if phase.is_valid is not None:
            fields[names.is_valid] = phase.is_valid
        before = None if last is None else last.phases.get(name)
        if before is not None and phase.counter_wh is not None:
            fields[names.energy_wh] = _phase_wh(before, phase, reading, limit_wh)


def _phase_wh(
    before: tuple[float, float], phase: Phase, reading: Reading, limit_wh: float
) -> float:
    taken = _delta(before[0], phase.counter_wh or 0.0, reading, limit_wh)
    return taken - _delta(before[1], phase.counter_returned_wh or 0.0, reading, limit_wh)
