"""The power of a device or of the house over time, in at most a thousand steps.

Each step has the lowest, mean and highest power that was measured in it, so a peak is seen at every
zoom. Of the house they are the sums of its devices' ones: it was never above or below.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from source.config.models import Configuration
from source.journal.reader import JournalReader
from source.journal.series import PowerBucket, Spread
from source.model import FIRST_YEAR_US, QUARTER_S, QUARTER_US, US_PER_S, Period
from source.reports.house import TOTAL, members
from source.timing import Clock

MOST_STEPS = 1000
STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 450, 900)
QUARTERS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 96, 192, 288, 672)
SETTLED_US = 2 * 86_400 * US_PER_S
"""Before now; what comes in later for it is seen an hour later."""
PAST_S, MOST_KNOWN = 3600.0, 6
RAW_POINTS = 100_000
"""More are not read for one chart."""
GAP_INTERVALS = 3.5
"""So long without a value is a gap."""
DIGITS = 3


class Power(BaseModel):
    """Power in W; null where nothing was measured."""

    device: str
    start_s: float
    end_s: float
    step_s: int
    source: str
    """raw: single measurements; quarter: quarter hours."""
    begins_s: float | None
    """When the records of the device begin."""
    time_s: list[float]
    """When each step begins; steps shorter than the poll interval that have no value are left
    out."""
    min_w: list[float | None]
    mean_w: list[float | None]
    max_w: list[float | None]
    estimated: list[int]
    """1: only the sum of a gap is known, from the socket's counter."""


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


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chart."""

    low_w: float
    mean_w: float
    high_w: float
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class Past:
    """The house's steps up to one of them, which do not change any more."""

    until: int
    steps: dict[int, Step]
    made_at: float


class Houses:
    """The past of the house's long charts: a year of 50 sockets is summed up once an hour."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[object, Past] = {}
        self._turn = threading.Lock()

    def steps(self, reader: JournalReader, plan: Plan) -> dict[int, Step | None]:
        """All steps of a plan. Raises JournalError."""
        if plan.is_raw:
            return _summed([_filled(_series(reader, plan, name), plan) for name in plan.names])
        with self._turn:  # whoever asks for the same meanwhile finds it known
            past = self._past(reader, plan)
        found = dict(past.steps)
        rest = replace(plan, skipped=past.until)
        for name in plan.names:
            _add(found, _filled(_series(reader, rest, name), rest))
        return _summed([found])

    def _past(self, reader: JournalReader, plan: Plan) -> Past:
        key = (tuple(plan.names), plan.step_us, plan.period.start_us)
        now = self._clock.monotonic()
        known = self._known.get(key)
        if known is not None and now - known.made_at < PAST_S:
            return known
        settled = (self._clock.now_us() - SETTLED_US - plan.period.start_us) // plan.step_us
        until = max(0, min(settled, len(plan.numbers)))
        end_us = plan.period.start_us + until * plan.step_us
        before = replace(plan, period=Period(plan.period.start_us, end_us))
        steps: dict[int, Step] = {}
        for name in plan.names if until else ():
            _add(steps, _filled(_series(reader, before, name), before))
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        found = self._known[key] = Past(until, steps, now)
        return found


def power_of(
    reader: JournalReader,
    configuration: Configuration,
    device: str,
    period: Period,
    points: int,
    houses: Houses,
) -> Power:
    """The chart of a device, or of the house (``TOTAL``). Raises JournalError."""
    plan = planned(reader, configuration, device, period, points)
    if device == TOTAL:
        steps = houses.steps(reader, plan)
    else:
        steps = _with_gaps(_series(reader, plan, device), plan)
    begins_us = [reader.first_us(name, FIRST_YEAR_US) for name in plan.names]
    numbers = sorted(number for number in steps if number in plan.numbers)
    start_us = plan.read.start_us
    found = [steps[number] for number in numbers]
    return Power(
        device=device,
        start_s=period.start_us / US_PER_S,
        end_s=period.end_us / US_PER_S,
        step_s=plan.step_us // US_PER_S,
        source="raw" if plan.is_raw else "quarter",
        begins_s=min((us / US_PER_S for us in begins_us if us is not None), default=None),
        time_s=[(start_us + number * plan.step_us) / US_PER_S for number in numbers],
        min_w=[None if one is None else round(one.low_w, DIGITS) for one in found],
        mean_w=[None if one is None else round(one.mean_w, DIGITS) for one in found],
        max_w=[None if one is None else round(one.high_w, DIGITS) for one in found],
        estimated=[int(one is not None and one.is_estimated) for one in found],
    )


# --- which steps ---


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


# --- one device ---


def _series(reader: JournalReader, plan: Plan, name: str) -> list[PowerBucket]:
    """The steps in which anything is known, in order."""
    if not plan.is_raw:
        first, end = plan.read.start_us // QUARTER_US, plan.read.end_us // QUARTER_US
        count = plan.step_us // QUARTER_US
        first += plan.skipped * count
        return reader.quarter_power(name, first, end, count, plan.skipped)
    measured = reader.raw_power(name, plan.read, plan.step_us)
    spreads = reader.spreads(name, plan.read)
    return _with_spreads(measured, spreads, plan) if spreads else measured


def _with_spreads(
    measured: Sequence[PowerBucket], spreads: Iterable[Spread], plan: Plan
) -> list[PowerBucket]:
    """With the steps of gaps whose energy is known."""
    found = {one.number: one for one in measured}
    start_us, step_us = plan.read.start_us, plan.step_us
    last = (plan.read.end_us - start_us) // step_us
    for spread in spreads:
        first = max(0, -(-(spread.period.start_us - start_us) // step_us))
        end = min(last, (spread.period.end_us - start_us) // step_us)
        watts = spread.mean_w
        for number in range(first, end):
            begin_us = start_us + number * step_us
            bucket = PowerBucket(number, watts, watts, watts, True, begin_us, begin_us + step_us)
            found.setdefault(number, bucket)
    return [found[number] for number in sorted(found)]


def _with_gaps(series: Sequence[PowerBucket], plan: Plan) -> dict[int, Step | None]:
    """The steps by number, None where there is a gap."""
    steps: dict[int, Step | None] = {}
    before: PowerBucket | None = None
    for one in series:
        if before is not None and one.first_us - before.last_us > plan.gap_us:
            steps.update(dict.fromkeys(range(before.number + 1, one.number)))
        steps[one.number] = _step(one)
        before = one
    return steps


def _step(one: PowerBucket) -> Step:
    return Step(one.low_w, one.mean_w, one.high_w, one.is_estimated)


# --- the house ---


def _filled(series: Sequence[PowerBucket], plan: Plan) -> dict[int, Step]:
    """Also the steps between two polls, so that a device that is polled seldom is in each sum."""
    steps: dict[int, Step] = {}
    before: PowerBucket | None = None
    for one in series:
        if before is not None and one.first_us - before.last_us <= plan.gap_us:
            for number in range(before.number + 1, one.number):
                steps[number] = _step(before)
        steps[one.number] = _step(one)
        before = one
    return steps


def _summed(each: Sequence[dict[int, Step]]) -> dict[int, Step | None]:
    """The sum of those that are known in each step; None between two where none is."""
    sums: dict[int, Step] = {}
    for steps in each:
        _add(sums, steps)
    if not sums:
        return {}
    return {number: sums.get(number) for number in range(min(sums), max(sums) + 1)}


def _add(sums: dict[int, Step], steps: dict[int, Step]) -> None:
    for number, one in steps.items():
        so_far = sums.get(number)
        sums[number] = one if so_far is None else _added(so_far, one)


def _added(first: Step, second: Step) -> Step:
    return Step(
        first.low_w + second.low_w,
        first.mean_w + second.mean_w,
        first.high_w + second.high_w,
        first.is_estimated or second.is_estimated,
    )
