"""Tells what is new about a socket, once for each change: the log of the polls that were stored."""

from __future__ import annotations

import logging

from source.model import US_PER_S, Checkpoint, Point, Reading
from source.polling.energy import is_valid
from source.polling.metering import COUNTER, POWER, Metering
from source.polling.standstill import caught_up, stands
from source.text import duration_text

logger = logging.getLogger(__name__)


class Teller:
    """Knows what was told of one socket."""

    def __init__(
        self, device: str, interval_us: int, metering: Metering, checkpoint: Checkpoint | None
    ) -> None:
        """What ``checkpoint`` shows was told by the process before."""
        self._device = device
        self._interval_us = interval_us
        self._metering = metering
        self._last = checkpoint
        self._seen = False
        self._is_valid = True
        self._is_real = True
        self._is_slow = False
        self._has_counter = checkpoint is not None and checkpoint.counter_wh is not None
        self._stands = checkpoint is not None and self._is_standing(checkpoint)

    def stored(
        self, reading: Reading, point: Point, checkpoint: Checkpoint | None, *, sends_counter: bool
    ) -> None:
        """A poll's point is stored, with the meter's state where that moved on."""
        self._tell_power(reading)
        self._tell_validity(reading)
        if self._metering.energy_source != POWER:
            self._tell_counter(has_counter=sends_counter)
            self._tell_jump(point, sends_counter=sends_counter)
            if checkpoint is not None:
                self._tell_way(checkpoint)
                self._tell_standstill(checkpoint)
        self._seen = True
        if checkpoint is not None:
            self._last = checkpoint

    def _tell_power(self, reading: Reading) -> None:
        if not self._seen:
            power = "unknown power" if reading.power_w is None else f"{reading.power_w:g} W"
            logger.info("%s: first reading, %s", self._device, power)
        is_real = reading.power_w is None or abs(reading.power_w) <= self._metering.limit_w
        if self._is_real and not is_real:
            logger.warning(
                "%s: says %g W, but more than %g W does not flow through it (max_power_w): no"
                " energy is computed from such a power",
                self._device,
                reading.power_w,
                self._metering.max_power_w,
            )
        self._is_real = is_real

    def _tell_validity(self, reading: Reading) -> None:
        valid = is_valid(reading)
        if valid is self._is_valid:
            return
        self._is_valid = valid
        if valid:
            logger.info("%s: its values are valid again", self._device)
        else:
            logger.warning(
                "%s: says that its values are not valid; they are stored, their energy is not"
                " counted",
                self._device,
            )

    def _tell_counter(self, *, has_counter: bool) -> None:
        only_counter = self._metering.energy_source == COUNTER
        if only_counter and not has_counter and (self._has_counter or not self._seen):
            logger.warning(
                '%s: sends no counter; with "energy_source": "counter" no energy is counted',
                self._device,
            )
        elif self._has_counter and not has_counter:
            logger.warning(
                "%s: sends its counter no more; energy is computed from its power until it does",
                self._device,
            )
        self._has_counter = has_counter

    def _tell_jump(self, point: Point, *, sends_counter: bool) -> None:
        jump_wh = point.fields.get("energy_set_aside_wh")
        if isinstance(jump_wh, float):
            logger.warning(
                "%s: its %s by %.6g Wh within %s, but more than %g W does not flow through it: not"
                " counted; if more can, set max_power_w in its entry",
                self._device,
                "counter jumped" if sends_counter else "energy grew",
                jump_wh,
                duration_text(point.gap_us / US_PER_S),
                self._metering.max_power_w,
            )

    def _tell_way(self, checkpoint: Checkpoint) -> None:
        before_wh = None if self._last is None else self._last.counter_wh
        now_wh = checkpoint.counter_wh
        if before_wh is not None and now_wh is not None and now_wh < before_wh:
            logger.info(
                "%s: its counter went back from %.6g Wh to %.6g Wh: a reboot, a reset, or its end",
                self._device,
                before_wh,
                now_wh,
            )

    def _tell_standstill(self, checkpoint: Checkpoint) -> None:
        is_standing = self._is_standing(checkpoint)
        if is_standing is self._stands:
            return
        self._stands = is_standing
        if self._is_slow:
            return
        if not is_standing:
            self._tell_that_it_moves(checkpoint)
        elif self._metering.energy_source == COUNTER:
            logger.warning(
                "%s: its counter stands still while power flows; with"
                ' "energy_source": "counter" that energy is not counted',
                self._device,
            )
        else:
            logger.warning(
                "%s: its counter stands still while power flows; energy is computed from its power"
                " until it moves again",
                self._device,
            )

    def _is_standing(self, checkpoint: Checkpoint) -> bool:
        return stands(checkpoint.still_wh, checkpoint.still_us, self._interval_us)

    def _tell_that_it_moves(self, checkpoint: Checkpoint) -> None:
        logger.info("%s: its counter moves again", self._device)
        last = self._last
        if last is None or last.counter_wh is None or checkpoint.counter_wh is None:
            return
        step_wh = checkpoint.counter_wh - last.counter_wh
        if last.counted_wh != 0.0 and caught_up(step_wh, last.still_wh):
            # It is only slow, and would be told again with each of its steps.
            self._is_slow = True
