"""The runs of an appliance, found in its points one after the other (pure).

A run begins where the power reaches ``start_w``. It is over when the power has stayed below
``end_w`` for ``end_after_s``, and ends with the last reading at ``end_w`` or above: a washer's soak
belongs to it, the standby after it does not. A failed poll is no news. A gap that is longer than
that is judged by its mean power, which the socket's counter tells: some power in it was at least as
high.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from source.config.models import RunRule
from source.journal.intervals import shares
from source.model import US_PER_S, Point, Run

US_PER_HOUR = 3600 * US_PER_S
PATIENCE_INTERVALS = 3.5
"""Two lost polls end no run, however short ``end_after_s`` is beside the poll interval."""
VALIDITY = ("is_valid", "is_valid_a", "is_valid_b", "is_valid_c")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a good poll says of the appliance."""

    time_us: int
    span_us: int
    power_w: float
    energy_wh: float | None
    """Taken in ``(time_us - span_us, time_us]``; None where nobody knows."""

    @property
    def mean_w(self) -> float:
        """Over the span; negative where it is not known."""
        if self.energy_wh is None or self.span_us <= 0:
            return -math.inf
        return self.energy_wh * US_PER_HOUR / self.span_us


def sample_of(point: Point) -> Sample | None:
    """None for a failed poll, and for values that the socket itself calls invalid."""
    fields = point.fields
    if not point.success or any(fields.get(name) is False for name in VALIDITY):
        return None
    energy_wh = _taken_wh(point)
    power_w = fields.get("power")
    if isinstance(power_w, float):
        return Sample(point.time_us, point.span_us, power_w, energy_wh)
    mean_w = Sample(point.time_us, point.span_us, 0.0, energy_wh).mean_w
    return None if mean_w < 0.0 else Sample(point.time_us, point.span_us, mean_w, energy_wh)


def _taken_wh(point: Point) -> float | None:
    net_wh = point.fields.get("energy_wh")
    if not isinstance(net_wh, float):
        return None
    returned_wh = point.fields.get("energy_returned_wh")
    return max(0.0, net_wh + returned_wh if isinstance(returned_wh, float) else net_wh)


@dataclass(slots=True)
class _UnderWay:
    """A run that has begun."""

    before_us: int
    """Time of the last reading before it."""
    start_us: int
    end_us: int
    """Of the last reading that surely belongs to it."""
    peak_w: float = 0.0
    quarters_wh: dict[int, float] = field(default_factory=dict)
    pending: list[Sample] = field(default_factory=list)
    """Since then: a pause, if it goes on, else what comes after it."""

    def extend(self, sample: Sample, *, is_gap: bool) -> None:
        """It goes on at least until this reading."""
        for one in (*self.pending, sample):
            self._count(one)
        self.pending.clear()
        self.end_us = sample.time_us
        self.peak_w = max(self.peak_w, sample.power_w, sample.mean_w if is_gap else 0.0)

    def _count(self, sample: Sample) -> None:
        if not sample.energy_wh:
            return
        for quarter, share in shares(sample.time_us - sample.span_us, sample.time_us):
            before_wh = self.quarters_wh.get(quarter, 0.0)
            self.quarters_wh[quarter] = before_wh + share * sample.energy_wh

    def run(self, device: str) -> Run:
        energy_wh = math.fsum(self.quarters_wh.values())
        quarters_wh = dict(self.quarters_wh)
        return Run(device, self.start_us, self.end_us, energy_wh, self.peak_w, quarters_wh)


class RunDetector:
    """Fed with all points of one device in order of time; says when a run is over."""

    def __init__(self, device: str, rule: RunRule, interval_us: int, idle_us: int = 0) -> None:
        """``idle_us``: the points up to then were seen, and no run was under way."""
        self._device = device
        self._rule = rule
        self._patience_us = max(
            round(rule.end_after_s * US_PER_S), round(PATIENCE_INTERVALS * interval_us)
        )
        self._seen_us = idle_us
        self._under_way: _UnderWay | None = None

    @property
    def idle_us(self) -> int:
        """From here on a new detector would find what this one has not given yet."""
        return self._seen_us if self._under_way is None else self._under_way.before_us

    @property
    def under_way(self) -> Run | None:
        """The run that is not over yet, as far as it is known to go."""
        return None if self._under_way is None else self._under_way.run(self._device)

    def is_news_within(self, now_us: int) -> bool:
        """Whether the last reading is so young that a run under way may well go on."""
        return now_us - self._seen_us <= self._patience_us

    def feed(self, point: Point) -> Run | None:
        """The next point; gives the run that is over since then, if there is one."""
        sample = sample_of(point)
        if sample is None or sample.time_us <= self._seen_us:
            return None
        over = self._go_on(sample)
        if self._under_way is None and self._reaches(sample, self._rule.start_w):
            self._begin(sample)
        self._seen_us = sample.time_us
        return over

    def _go_on(self, sample: Sample) -> Run | None:
        current = self._under_way
        if current is None:
            return None
        is_gap, belongs = self._is_gap(sample), self._reaches(sample, self._rule.end_w)
        bridges = is_gap and sample.mean_w >= self._rule.end_w
        if sample.time_us - current.end_us > self._patience_us and not bridges:
            self._under_way = None
            return current.run(self._device)
        if belongs:
            current.extend(sample, is_gap=is_gap)
        else:
            current.pending.append(sample)
        return None

    def _begin(self, sample: Sample) -> None:
        is_gap = self._is_gap(sample)
        start_us = max(self._seen_us, sample.time_us - sample.span_us)
        if is_gap and sample.mean_w < self._rule.end_w:  # it was off nearly all the time
            start_us = sample.time_us
            sample = Sample(sample.time_us, 0, sample.power_w, None)
        self._under_way = _UnderWay(self._seen_us, start_us, sample.time_us)
        self._under_way.extend(sample, is_gap=is_gap)

    def _is_gap(self, sample: Sample) -> bool:
        return sample.span_us > self._patience_us

    def _reaches(self, sample: Sample, limit_w: float) -> bool:
        """Whether the power was this high; over a gap its mean proves it."""
        if sample.power_w >= limit_w:
            return True
        return self._is_gap(sample) and sample.mean_w >= limit_w


def runs_in(detector: RunDetector, points: Iterable[Point]) -> Iterator[Run]:
    """The runs that are over by the end of ``points``."""
    for point in points:
        over = detector.feed(point)
        if over is not None:
            yield over
