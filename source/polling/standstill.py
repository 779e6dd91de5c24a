"""A counter that does not move while power flows: broken, or only slow (pure).

There are counters of 0.1 kWh a step and some that are renewed every ten minutes. Their steps must
be counted to the last Wh, although the power may have been counted in their place before.
"""

from __future__ import annotations

from source.model import US_PER_S

STILL_US, STILL_INTERVALS = 300 * US_PER_S, 3
STILL_WH = 20.0
CAUGHT_UP = 1 / 3
"""A step of at least this share of what the power brought makes up for it: one that is both coarse
and late lags behind by almost two steps. A counter that was broken goes on where it stood."""


def stands(still_wh: float, still_us: int, interval_us: int) -> bool:
    """Whether so much has flowed past a counter that its power is to be counted.

    One long interval proves nothing: what was on at its begin may have been off right after.
    """
    if abs(still_wh) < STILL_WH:
        return False
    return still_us >= max(STILL_US, STILL_INTERVALS * interval_us)


def caught_up(step_wh: float, still_wh: float) -> bool:
    """Whether a counter's step, signed, makes up for what the power says has flowed before it."""
    return abs(still_wh) < STILL_WH or step_wh / still_wh >= CAUGHT_UP


def settled(step_wh: float, still_wh: float, counted_wh: float) -> tuple[float, float]:
    """What of a counter's step is to be counted, and how much too much has been counted before.

    That is left for the next step, so that the sum comes to the counter's own. All are signed,
    negative is fed in.
    """
    before_wh = counted_wh
    if not caught_up(step_wh, still_wh):
        before_wh = counted_wh - still_wh if abs(counted_wh) > abs(still_wh) else 0.0
    if before_wh != 0.0 and 0.0 < step_wh / before_wh < 1.0:
        return 0.0, before_wh - step_wh
    return step_wh - before_wh, 0.0
