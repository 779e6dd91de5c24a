"""Polls of a socket go the program's way: energy meter, journal, totals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.accuracy.household import Days, Poll
from bench.accuracy.truth import Flow, Truth
from source.journal.prepared import prepare
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, Period, Point, Reading
from source.polling.energy import EnergyMeter

MeterOf = Callable[[str, int, "Checkpoint | None"], EnergyMeter]
"""From the device's name, its interval in µs and the state that is stored."""

_FOR_EVER_US = 2**62


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the journal knows of a device, and what it can't know."""

    period: Period
    """From the first good reading to the last one: what is split at midnight is no matter here."""
    flow: Flow
    good_us: Sequence[int]
    """When there were good readings."""
    blind: tuple[Period, ...]
    """Each outage that brought no energy: from the last good reading before it to the first one
    after it."""


def record(
    journal: Journal,
    name: str,
    interval_s: float,
    answers: Sequence[tuple[Poll, Reading | None]],
    meter_of: MeterOf,
) -> None:
    """Store all polls under a name, process by process."""
    interval_us = round(interval_s * US_PER_S)
    starts = [n for n, (poll, _) in enumerate(answers) if poll.is_first]
    for begin, end in zip(starts, [*starts[1:], len(answers)], strict=True):
        meter = meter_of(name, interval_us, journal.checkpoint(name))
        journal.load([prepare(name, _metered(meter, answers[begin:end]))])


def _metered(
    meter: EnergyMeter, answers: Sequence[tuple[Poll, Reading | None]]
) -> list[tuple[Point, Checkpoint | None]]:
    metered: list[tuple[Point, Checkpoint | None]] = []
    last_us = None
    for poll, reading in answers:
        if reading is None:
            metered.append((meter.failure(poll.stamp_us), None))
            continue
        elapsed_us = None if last_us is None else poll.stamp_us - last_us
        point, checkpoint = meter.measure(reading, poll.stamp_us, elapsed_us)
        meter.accept(checkpoint)
        last_us = last_us if checkpoint is None else poll.stamp_us
        metered.append((point, checkpoint))
    return metered


def recorded(reader: JournalReader, name: str, days: Days, interval_s: float) -> Recorded:
    """What came of it."""
    points = [point for point in reader.points(name, 0, _FOR_EVER_US) if point.success]
    metered_us = {point.time_us for point in points if "energy_wh" in point.fields}
    good_us = [point.time_us for point in points]
    period = Period(good_us[0], good_us[-1])
    totals = reader.totals(name, period, round(interval_s * US_PER_S))
    outages = tuple(_around(good_us, span) for span in (*days.outages, days.off))
    blind = tuple(one for one in outages if one.end_us not in metered_us)
    return Recorded(period, (totals.energy_wh, totals.returned_wh), good_us, blind)


def _around(good_us: Sequence[int], span: tuple[float, float]) -> Period:
    start_us, end_us = (round(edge_s * US_PER_S) for edge_s in span)
    before_us = max((t_us for t_us in good_us if t_us <= start_us), default=good_us[0])
    after_us = min((t_us for t_us in good_us if t_us >= end_us), default=good_us[-1])
    return Period(before_us, after_us)


def flow_in(truth: Truth, period: Period) -> Flow:
    """What really flowed in a period."""
    return truth(period.start_us / US_PER_S, period.end_us / US_PER_S)


def outside(truth: Truth, what: Recorded) -> Flow:
    """What really flowed, but not in the outages that brought no energy."""
    taken_wh, returned_wh = flow_in(truth, what.period)
    for one in what.blind:
        taken, returned = flow_in(truth, one)
        taken_wh, returned_wh = taken_wh - taken, returned_wh - returned
    return taken_wh, returned_wh


def balanced_by_reading(truth: Truth, what: Recorded) -> Flow:
    """What flowed, from reading to reading only by how much one direction outweighed the other:
    more the counters of three phases do not tell of their sum."""
    taken_wh = returned_wh = 0.0
    for start_us, end_us in pairwise(what.good_us):
        taken, returned = flow_in(truth, Period(start_us, end_us))
        taken_wh += max(0.0, taken - returned)
        returned_wh += max(0.0, returned - taken)
    return taken_wh, returned_wh


def nominal_wh(answers: Sequence[tuple[Poll, Reading | None]], interval_s: float) -> float:
    """As older programs do it: power × the interval that was set, at each but the first answer."""
    readings = [reading for _, reading in answers if reading is not None]
    return sum((one.power_w or 0.0) * interval_s / 3600.0 for one in readings[1:])
