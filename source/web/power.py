"""The power of a device or of the house over time, in at most a thousand steps.

Each step has the lowest, mean and highest power that was measured in it, so a peak is seen at every
zoom. Of the house they are the sums of its devices' ones: it was never above or below.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel

from source.config.models import Configuration
from source.journal.reader import JournalReader
from source.journal.series import PowerBucket, Spread
from source.model import FIRST_YEAR_US, QUARTER_US, US_PER_S, Period
from source.reports.house import TOTAL
from source.timing import Clock
from source.web.kept import Kept
from source.web.powerplan import Plan, planned
from source.web.yielding import in_slices

SETTLED_US = 2 * 86_400 * US_PER_S
"""Before now; what comes in later for it is seen an hour later."""
PAST_S, MOST_KNOWN = 3600.0, 6
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


class Houses:
    """The past of the house's long charts: a year of 50 sockets is summed up once an hour."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: Kept[Past] = Kept(MOST_KNOWN, clock.monotonic)
        self._turn = threading.Lock()

    def steps(self, reader: JournalReader, plan: Plan) -> dict[int, Step | None]:
        """All steps of a plan. Raises JournalError."""
        if plan.is_raw:
            return _summed(
                [_filled(_series(reader, plan, name), plan) for name in in_slices(plan.names)]
            )
        with self._turn:  # whoever asks for the same meanwhile finds it known
            past = self._past(reader, plan)
        found = dict(past.steps)
        rest = replace(plan, skipped=past.until)
        for name in in_slices(plan.names):
            _add(found, _filled(_series(reader, rest, name), rest))
        return _summed([found])

    def _past(self, reader: JournalReader, plan: Plan) -> Past:
        key = (tuple(plan.names), plan.step_us, plan.period.start_us)
        known = self._known.get(key)
        if known is not None:
            return known
        settled = (self._clock.now_us() - SETTLED_US - plan.period.start_us) // plan.step_us
        until = max(0, min(settled, len(plan.numbers)))
        end_us = plan.period.start_us + until * plan.step_us
        before = replace(plan, period=Period(plan.period.start_us, end_us))
        steps: dict[int, Step] = {}
        for name in in_slices(plan.names if until else ()):
            _add(steps, _filled(_series(reader, before, name), before))
        return self._known.put(key, Past(until, steps), PAST_S)


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
