"""How much time lies between two readings (pure)."""

from __future__ import annotations

from source.model import FIRST_YEAR_US, US_PER_S, Checkpoint, Reading

SLACK_US = 10 * US_PER_S
DAY_US = 86_400 * US_PER_S


def span_us(last: Checkpoint, reading: Reading, time_us: int, elapsed_us: int | None) -> int:
    """The time since the last accepted reading.

    ``elapsed_us`` is that time on a clock that never jumps. None where that reading was another
    process's: then it goes by the stamps. The wall clock may have been set back in between, or not
    have been set at all; a socket that ran on knows better.
    """
    if elapsed_us is None:
        elapsed_us = max(0, time_us - last.time_us) if last.time_us >= FIRST_YEAR_US else 0
        slept_us = DAY_US
    elif time_us - last.time_us <= elapsed_us + SLACK_US:
        return elapsed_us
    else:
        # The wall clock was set, or the machine slept, and the other clock stood still with it.
        slept_us = min(time_us - last.time_us, DAY_US)
    if reading.uptime_s is None or last.uptime_s is None:
        return elapsed_us
    return max(elapsed_us, min(round((reading.uptime_s - last.uptime_s) * US_PER_S), slept_us))
