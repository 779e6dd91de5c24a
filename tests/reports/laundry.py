"""A washing machine's points: written by hand, and as polls of a virtual socket give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from source.config.models import RunRule
from source.model import US_PER_S, Checkpoint, FieldValue, Point, Run
from source.polling.energy import EnergyMeter
from source.reports.runs import RunDetector, runs_in
from source.simulator.load_curve import LoadCurve
from source.simulator.plug_s import VirtualPlugS
from tests.fakes import START_US

WASHER = "Washing machine"
MINUTE_US = 60 * US_PER_S
RULE = RunRule(start_w=20.0, end_w=5.0, end_after_s=300.0)


def at(minute: float) -> int:
    """An instant, by the minute since the start."""
    return START_US + round(minute * MINUTE_US)


def minute_point(
    minute: float, power_w: float, energy_wh: float | None = None, span_min: float = 1.0
) -> Point:
    """A reading; what it took is the power over the span unless another energy is given."""
    fields: dict[str, FieldValue] = {"fetch_success": True, "power": power_w}
    fields["energy_wh"] = power_w * span_min / 60.0 if energy_wh is None else energy_wh
    return Point(WASHER, at(minute), fields, round(span_min * MINUTE_US), MINUTE_US)


def failed(minute: float) -> Point:
    return Point(WASHER, at(minute), {"fetch_success": False}, 0, MINUTE_US)


def minutes(powers_w: Iterable[float], first: int = 1) -> list[Point]:
    """A reading each minute."""
    return [minute_point(minute, power_w) for minute, power_w in enumerate(powers_w, first)]


def detector(rule: RunRule = RULE, interval_s: float = 60.0, idle_us: int = 0) -> RunDetector:
    return RunDetector(WASHER, rule, round(interval_s * US_PER_S), idle_us)


def found(
    points: Iterable[Point], rule: RunRule = RULE, interval_s: float = 60.0, idle_us: int = 0
) -> list[Run]:
    """The runs that are over by the end of the points."""
    return list(runs_in(detector(rule, interval_s, idle_us), points))


def polled(
    curve: LoadCurve, start_s: float, end_s: float, interval_s: float, lost: float, seed: int
) -> Iterator[tuple[Point, Checkpoint | None]]:
    """The points of a socket with this load, of which a share of the polls fails."""
    chance = Random(f"{seed} {interval_s}")
    socket = VirtualPlugS(curve, start_s - 60.0)
    meter = EnergyMeter(WASHER, round(interval_s * US_PER_S), None)
    at_s = start_s + chance.uniform(0.0, interval_s)
    while at_s <= end_s:
        time_us = round(at_s * US_PER_S)
        if chance.random() < lost:
            yield meter.failure(time_us), None
        else:
            point, checkpoint = meter.measure(socket.reading(at_s), time_us)
            meter.accept(checkpoint)
            yield point, checkpoint
        at_s += interval_s
