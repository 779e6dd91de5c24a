"""Which periods are to be reported: computed from the journal, so that none is missed or doubled.

A line begins where the device's last one ended, its first one at the device's first point. So lines
leave no gap, also where the request time, the zone or the day of the month was changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from source.config.models import DeviceConfig, General
from source.journal.reader import JournalReader
from source.model import FIRST_YEAR_US, US_PER_S, Period, Report
from source.reports.cost import flat_bill
from source.reports.period import Rule, ends_between, period_of, rules_of

PATIENCE_S = 60.0
PATIENCE_INTERVALS = 4
"""More than a gap has: the next poll may still bring energy across a period's end."""
PATIENCE_COMMITS = 2
COUNTER_PATIENCE_S = 86_400.0
"""For a socket that is away at a period's end and has a counter: when it comes back, its counter
tells what flowed before the end, and a line that is written cannot be mended."""


def unwritten(
    reader: JournalReader, device: DeviceConfig, rule: Rule, now_us: int
) -> Iterator[Period]:
    """The periods of a device that have ended and have no line yet, oldest first.

    A device that is no longer polled gets its last line for the period of its last point.
    """
    start_us = reader.last_report_end_us(device.name, rule.kind)
    if start_us is None:
        start_us = _beginning_us(reader, device.name, rule)
    if start_us is None:
        return
    last_us = now_us if device.enabled else _last_point_us(reader, device.name)
    for end_us in ends_between(rule, start_us, now_us):
        if start_us >= last_us:
            return
        yield Period(start_us, end_us)
        start_us = end_us


def is_settled(
    reader: JournalReader, device: DeviceConfig, general: General, age_s: float, running_s: float
) -> bool:
    """Whether the energy up to the end of a period, ``age_s`` ago, is not to be waited for.

    ``running_s`` is how long the sockets have been polled since the program's start.
    """
    patience_s = max(
        PATIENCE_S,
        PATIENCE_INTERVALS * device.update_time_s,
        PATIENCE_COMMITS * general.commit_interval_s,
    )
    if min(age_s, running_s) < patience_s:
        return False
    comes_back = device.enabled and reader.has_counter(device.name)
    return age_s >= COUNTER_PATIENCE_S or not comes_back


def due(
    reader: JournalReader, device: DeviceConfig, general: General, now_us: int, running_s: float
) -> Iterator[tuple[Rule, Period]]:
    """The periods of a device whose lines can be written now, of each kind oldest first.

    ``running_s`` is how long the sockets have been polled: after a start the first good point
    brings the energy of the time in which the program was off.
    """
    metered_us = reader.metered_until_us(device.name)
    for rule in rules_of(device, general):
        for period in unwritten(reader, device, rule, now_us):
            # A good point at the end or after it: its energy may span the end.
            is_known = metered_us is not None and metered_us >= period.end_us
            age_s = (now_us - period.end_us) / US_PER_S
            if not is_known and not is_settled(reader, device, general, age_s, running_s):
                break
            yield rule, period


def report_of(
    reader: JournalReader, device: DeviceConfig, general: General, rule: Rule, period: Period
) -> Report:
    """Energy, polls and cost of a device in a period, at the price in force."""
    totals = reader.totals(device.name, period, round(device.update_time_s * US_PER_S))
    return Report(device.name, rule.kind, period, totals, flat_bill(totals, general.price_kwh))


def _beginning_us(reader: JournalReader, device: str, rule: Rule) -> int | None:
    """Where a device's first period begins; its first point is the first one inside."""
    first_us = reader.first_us(device, FIRST_YEAR_US)  # what is earlier begins no period
    if first_us is None or period_of(rule, first_us).end_us == first_us:
        return first_us  # on an end: no line for the one instant before it
    return first_us - 1


def _last_point_us(reader: JournalReader, device: str) -> int:
    # The meter's state is kept for ever, the newest point as long as raw points are.
    newest = [point.time_us for point in reader.latest(device)]
    return max([*newest, reader.metered_until_us(device) or 0])
