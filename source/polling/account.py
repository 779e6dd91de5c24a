"""What is to be counted between two readings: by the counter, the handler, or the power (pure)."""

from __future__ import annotations

from dataclasses import replace

from source.model import US_PER_S
from source.polling.between import Between, Pairs
from source.polling.counter import (
    REBOOT_SLACK_S,
    Bounds,
    Turn,
    is_another,
    since_boot_s,
    turns_of,
)
from source.polling.flow import Flow, Flowed, flow_of
from source.polling.metering import COUNTER, POWER, Metering
from source.polling.power import US_PER_HOUR, ByPower
from source.polling.standstill import CAUGHT_UP, settled, stands


class Account:
    """Counts the energy of one device."""

    def __init__(self, metering: Metering, interval_us: int, gap_us: int) -> None:
        """Nothing is computed from the power across a span longer than ``gap_us``."""
        self._source = metering.energy_source
        self._separates = metering.separates_phases
        self._wh_per_us = metering.limit_w / US_PER_HOUR
        self._interval_us = interval_us
        self._power = ByPower(separates_phases=metering.separates_phases, gap_us=gap_us)

    def flow(self, between: Between) -> Flow:
        """The energy between two readings."""
        last, reading = between.last, between.reading
        now_wh, before_wh = reading.counter_wh, last.counter_wh
        if now_wh is None or before_wh is None or self._source == POWER:
            return self._without_counter(between)
        if not self._is_plain(between):
            return self._by_counters(between, now_wh, before_wh)
        # The usual case at once: the demo's fill does this 100,000 times a second.
        taken_wh = now_wh - before_wh
        if taken_wh == 0.0:
            return self._standing(between)
        if 0.0 < taken_wh <= self._wh_per_us * between.span_us:
            return Flow(taken_wh, between.span_us)
        return self._by_counters(between, now_wh, before_wh)

    def _is_plain(self, between: Between) -> bool:
        """Whether one counter tells it all, and the socket has not booted."""
        last, reading = between.last, between.reading
        if last.counted_wh != 0.0:
            return False
        if reading.counter_returned_wh != last.counter_returned_wh:
            return False
        if reading.phases and self._separates:
            return False
        return not reading.counter_in_ram or since_boot_s(reading, last, between.span_us) is None

    def _by_counters(self, between: Between, counter_wh: float, last_wh: float) -> Flow:
        reading, last = between.reading, between.last
        if self._separates and reading.phases:
            return self._from_turns(between, between.phase_pairs())
        taken_wh, returned_wh = counter_wh - last_wh, 0.0
        if reading.counter_returned_wh is not None and last.counter_returned_wh is not None:
            returned_wh = reading.counter_returned_wh - last.counter_returned_wh
        limit_wh = self._since_reading_wh(between)
        if not 0.0 <= taken_wh <= limit_wh or not 0.0 <= returned_wh <= limit_wh:
            return self._from_turns(between, between.total_pairs())
        if reading.counter_in_ram and since_boot_s(reading, last, between.span_us) is not None:
            return self._from_turns(between, between.total_pairs())
        return self._by_counter(between, taken_wh, returned_wh)

    # --- the counter ---

    def _since_reading_wh(self, between: Between) -> float:
        slack_us = between.slack_s * US_PER_S
        return self._wh_per_us * (between.span_us + between.last.still_us + slack_us)

    def _by_counter(self, between: Between, taken_wh: float, returned_wh: float) -> Flow:
        """The counter went on, or it stands."""
        last = between.last
        if taken_wh == 0.0 == returned_wh:
            return self._standing(between)
        if last.counted_wh != 0.0:
            step_wh = taken_wh - returned_wh
            energy_wh, too_much_wh = settled(step_wh, last.still_wh, last.counted_wh)
            return Flow(energy_wh, between.span_us, counted_wh=too_much_wh)
        if returned_wh == 0.0:
            return Flow(taken_wh, between.span_us)
        return flow_of(*self._billed(between, (taken_wh, returned_wh)), between.span_us)

    def _billed(self, between: Between, ways: Flowed) -> Flowed:
        """What of both directions is billed: all, unless phases are balanced."""
        if self._separates or not between.reading.phases:
            return ways
        return self._power.balanced(between, ways)

    def _standing(self, between: Between) -> Flow:
        """The counter has not moved; it may be that nothing flows."""
        last = between.last
        flowed = self._power.flowed(between)
        still_wh, still_us = between.grown(flowed)
        state = Flow(0.0, between.span_us, False, 0.0, 0.0, still_wh, still_us, last.counted_wh)
        if self._source == COUNTER or not stands(still_wh, still_us, self._interval_us):
            return state
        if flowed is None:
            return replace(state, energy_wh=None, span_us=0)
        return self._instead(between, flowed, state)

    def _instead(self, between: Between, flowed: Flowed, state: Flow) -> Flow:
        """The power counts, without what was counted too much; ``state`` is that of the counter."""
        counted_wh = between.last.counted_wh
        if abs(counted_wh) > abs(state.still_wh):
            return state
        further_wh = between.last.still_wh - counted_wh
        # What has waited flowed all the time since the counter stopped, not in this one interval.
        span_us = between.span_us if counted_wh else state.still_us
        flow = flow_of(*flowed, span_us, further_wh=further_wh)
        flow.still_wh, flow.still_us = state.still_wh, state.still_us
        flow.counted_wh = state.still_wh
        return flow

    def _from_turns(self, between: Between, pairs: Pairs) -> Flow:
        """Something happened to a counter, or there are several."""
        last, reading = between.last, between.reading
        if is_another(reading, last, between.span_us / US_PER_S + between.slack_s):
            return Flow(None)
        up_s = since_boot_s(reading, last, between.span_us)
        limit_wh = max(self._since_reading_wh(between), self._borne_out_wh(between))
        bounds = Bounds(limit_wh, self._since_boot_wh(up_s))
        turns = turns_of(pairs, reading, bounds)
        jumped_wh = turns.jumped_wh(bounds)
        if jumped_wh > 0.0 and between.span_us < between.wall_us:
            # The machine slept, and with it the clock that never jumps.
            awake = replace(between, span_us=between.wall_us, wall_us=0)
            return self._from_turns(awake, pairs)
        if jumped_wh > 0.0 or turns.has(Turn.WENT_BACK):
            return self._set_aside(between, jumped_wh)
        if turns.has(Turn.BEGAN_ANEW):
            began_s = up_s if turns.began_at_boot(bounds) else None
            return self._anew(between, self._billed(between, turns.ways), began_s)
        return self._by_counter(between, *turns.ways)

    def _borne_out_wh(self, between: Between) -> float:
        """The step of a coarse counter that follows from what the power says has flowed."""
        past_wh = abs(between.last.still_wh) + sum(self._power.flowed(between) or ())
        return past_wh / CAUGHT_UP

    def _since_boot_wh(self, up_s: float | None) -> float | None:
        if up_s is None:
            return None
        return self._wh_per_us * US_PER_S * (up_s + REBOOT_SLACK_S)

    def _set_aside(self, between: Between, aside_wh: float) -> Flow:
        """The counter can't be right: what the power says, unless that is not known either."""
        flowed = None if self._source == COUNTER else self._power.flowed(between)
        if flowed is None:
            return Flow(None, set_aside_wh=aside_wh)
        flow = flow_of(*flowed, between.span_us, further_wh=between.uncounted_wh)
        flow.set_aside_wh = aside_wh
        return flow

    def _anew(self, between: Between, ways: Flowed, up_s: float | None) -> Flow:
        """The counter began at zero, when the socket booted or at a time that is not known."""
        span_us = between.span_us
        up_us = None if up_s is None else round(up_s * US_PER_S)
        if self._source == COUNTER:
            return flow_of(*ways, span_us if up_us is None else up_us)
        if up_us is None:
            return self._at_least(between, ways)
        further_wh = between.uncounted_wh
        before = self._power.before_boot(between, span_us - up_us)
        if before is None:
            return flow_of(*ways, up_us, further_wh=further_wh)
        both = (ways[0] + before[0], ways[1] + before[1])
        flow = flow_of(*both, span_us, further_wh=further_wh)
        flow.estimated = True
        return flow

    def _at_least(self, between: Between, ways: Flowed) -> Flow:
        """What the counter shows flowed after it began anew; the power may tell of more."""
        flowed = self._power.flowed(between)
        by_counter = flow_of(*ways, between.span_us)
        if flowed is None:
            return by_counter
        by_power = flow_of(*flowed, between.span_us, further_wh=between.uncounted_wh)
        more = abs(by_power.energy_wh or 0.0) > abs(by_counter.energy_wh or 0.0)
        flow = by_power if more else by_counter
        flow.estimated = True
        return flow

    # --- no counter ---

    def _without_counter(self, between: Between) -> Flow:
        reading = between.reading
        if self._source == COUNTER:
            return Flow(None)
        if reading.energy_wh is not None and self._source != POWER:
            if abs(reading.energy_wh) > self._since_reading_wh(between):
                return self._set_aside(between, abs(reading.energy_wh))
            # Of one interval, however long ago the last reading was.
            return Flow(reading.energy_wh, min(between.span_us, self._interval_us))
        return self._from_power(between)

    def _from_power(self, between: Between) -> Flow:
        """The power alone; beside it is kept what a counter, asked again, has still to show."""
        flowed = self._power.flowed(between)
        uncounted_wh = between.uncounted_wh
        if flowed is not None:
            flow = flow_of(*flowed, between.span_us, further_wh=uncounted_wh)
        elif uncounted_wh != 0.0:
            flow = Flow(uncounted_wh, estimated=True)
        else:
            flow = Flow(None)
        if between.is_still:
            flow.still_wh, flow.still_us = between.grown(flowed)
            flow.counted_wh = flow.still_wh
        return flow
