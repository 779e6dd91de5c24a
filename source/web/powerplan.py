"""Which steps a chart of power has: how long, from where on, and what they are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from source.config.models import Configuration
from source.journal.reader import JournalReader
from source.model import QUARTER_S, QUARTER_US, US_PER_S, Period
from source.reports.house import TOTAL, members

MOST_STEPS = 1000
STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 450, 900)
QUARTERS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 96, 192, 288, 672)
RAW_POINTS = 100_000
"""More are not read for one chart."""
GAP_INTERVALS = 3.5
"""So long without a value is a gap."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a chart is made."""

    names: Sequence[str]
    period: Period
    """On whole steps."""
    step_us: int
    is_raw: bool
    interval_us: int
    """The longest poll interval in it."""
    lead: int = 0
    """Steps that are read before and behind it: what a seldom poll told last holds on."""
    skipped: int = 0
    """Steps at its beginning that are not read, of quarter hours."""

    @property
    def read(self) -> Period:
        """What is read."""
        lead_us = self.lead * self.step_us
        return Period(self.period.start_us - lead_us, self.period.end_us + lead_us)

    @property
    def numbers(self) -> range:
        """The steps of the period among those that are read."""
        count = (self.period.end_us - self.period.start_us) // self.step_us
        return range(self.lead, self.lead + count)

    @property
    def gap_us(self) -> float:
        return GAP_INTERVALS * self.interval_us


def planned(
    reader: JournalReader, configuration: Configuration, device: str, period: Period, points: int
) -> Plan:
    """Single measurements where they are kept and not too many, else quarter hours."""
    names = [device]
    if device == TOTAL:
        names = [one.name for one in members(configuration, reader.devices())]
    zone = configuration.general.zone
    least_us = -(-(period.end_us - period.start_us) // max(1, min(points, MOST_STEPS)))
    step_us = raw_step_us(least_us)
    if step_us is not None:
        interval_us = _interval_us(reader, configuration, names, period)
        reads = len(names) * (period.end_us - period.start_us) / interval_us
        if reads <= RAW_POINTS and all(_is_kept(reader, name, period) for name in names):
            whole = on_steps(period, step_us, zone)
            lead = round(GAP_INTERVALS * interval_us / step_us) if device == TOTAL else 0
            return Plan(names, whole, step_us, True, interval_us, lead)
    step_us = quarters_in_step(least_us) * QUARTER_US
    return Plan(names, on_steps(period, step_us, zone), step_us, False, QUARTER_US)


def raw_step_us(least_us: int) -> int | None:
    """The shortest whole step that is long enough; None where quarter hours do."""
    return next((s * US_PER_S for s in STEPS_S if s * US_PER_S >= least_us), None)


def quarters_in_step(least_us: int) -> int:
    """How many quarter hours make the shortest whole step that is long enough."""
    found = next((count for count in QUARTERS if count * QUARTER_US >= least_us), None)
    week = QUARTERS[-1]
    return found or -(-least_us // (week * QUARTER_US)) * week


def on_steps(period: Period, step_us: int, zone: ZoneInfo) -> Period:
    """The period from one whole step of the zone's clocks to another; one step more at most."""
    shift_us = _ahead_us(period.start_us, zone) if step_us > QUARTER_US else 0
    start_us = (period.start_us + shift_us) // step_us * step_us - shift_us
    return Period(start_us, start_us - (start_us - period.end_us) // step_us * step_us)


def _ahead_us(time_us: int, zone: ZoneInfo) -> int:
    """How far the zone's clocks are ahead of UTC, in whole quarter hours."""
    offset = datetime.fromtimestamp(time_us / US_PER_S, zone).utcoffset()
    seconds = 0 if offset is None else int(offset.total_seconds())
    return seconds // QUARTER_S * QUARTER_US


def _interval_us(
    reader: JournalReader, configuration: Configuration, names: Sequence[str], period: Period
) -> int:
    """The longest poll interval in the period; the configured one where nothing is recorded."""
    known = max((reader.longest_interval_us(name, period) for name in names), default=0)
    configured = [configuration.devices[one] for one in names if one in configuration.devices]
    expected = max((round(one.update_time_s * US_PER_S) for one in configured), default=0)
    return known or expected or 10 * US_PER_S


def _is_kept(reader: JournalReader, name: str, period: Period) -> bool:
    """Whether no single measurement of the period has been deleted."""
    begins_us = reader.raw_begins_us(name)
    if begins_us is not None and begins_us <= period.start_us:
        return True
    until_us = period.end_us if begins_us is None else min(begins_us, period.end_us)
    start_us = -(-period.start_us // QUARTER_US) * QUARTER_US
    return not reader.has_polls(name, Period(start_us, until_us))
