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
from source.polling.energy import GAP_INTERVALS, EnergyMeter

MeterOf = Callable[[str, int, "Checkpoint | None"], EnergyMeter]
"""From the device's name, its interval in µs and the state that is stored."""

_FOR_EVER_US = 2**62


@dataclass(frozen=True, slots=True)
class Seen:
    """A good reading, as the journal has it."""

    time_us: int
    power_w: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the journal knows of a device, and what it can't know."""

    period: Period
    """From the first good reading to the last one: what is split at midnight is no matter here."""
    flow: Flow
    good: Sequence[Seen]
    """The good readings."""
    gap_us: int
    """Readings farther apart than this have an outage between them."""
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
    good = [Seen(point.time_us, float(point.fields["power"])) for point in points]
    period, interval_us = Period(good[0].time_us, good[-1].time_us), round(interval_s * US_PER_S)
    totals = reader.totals(name, period, interval_us)
    outages = tuple(_around(good, span) for span in (*days.outages, days.off))
    return Recorded(
        period,
        (totals.energy_wh, totals.returned_wh),
        good,
        round(GAP_INTERVALS * interval_us),
        tuple(one for one in outages if one.end_us not in metered_us),
    )


def _around(good: Sequence[Seen], span: tuple[float, float]) -> Period:
    start_us, end_us = (round(edge_s * US_PER_S) for edge_s in span)
    times_us = [one.time_us for one in good]
    before_us = max((t_us for t_us in times_us if t_us <= start_us), default=times_us[0])
    after_us = min((t_us for t_us in times_us if t_us >= end_us), default=times_us[-1])
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


def balanced_outside(truth: Truth, what: Recorded, *, seen: bool) -> Flow:
    """What flowed; in the outages only by how much one direction outweighed the other, since more
    the counters of three phases do not tell of their sum.

    With ``seen`` so too between two polls, unless the sum has changed its sign from the one to the
    other: what it did to and fro in between polls can't know.
    """
    taken_wh = returned_wh = 0.0
    for before, now in pairwise(what.good):
        taken, returned = flow_in(truth, Period(before.time_us, now.time_us))
        is_known = now.time_us - before.time_us <= what.gap_us
        if seen:
            is_known = is_known and before.power_w * now.power_w < 0.0
        unknown = 0.0 if is_known else min(taken, returned)
        taken_wh += taken - unknown
        returned_wh += returned - unknown
    return taken_wh, returned_wh


def nominal_wh(answers: Sequence[tuple[Poll, Reading | None]], interval_s: float) -> float:
    """As older programs do it: power × the interval that was set, at each but the first answer."""
    readings = [reading for _, reading in answers if reading is not None]
    return sum((one.power_w or 0.0) * interval_s / 3600.0 for one in readings[1:])
