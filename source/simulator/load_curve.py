"""A load curve: power in steps, and its exact integral at any time.

A curve is a catalogue of days, each made of steps of constant power, and an order in which the days
follow each other; after the last one the order starts anew. So a curve of a hundred years needs no
more room than its catalogue, never changes after it is built, and can be shared by threads.

Sums are kept in hundredths of a watt-second. Where powers are whole hundredths of a watt and steps
begin at whole seconds, every sum is a whole number far below 2**53: exact, also over a century.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from copy import copy
from itertools import accumulate, pairwise
from typing import TypeAlias

DAY_S = 86_400.0
UNITS_PER_W = 100.0
UNITS_PER_WH = 3600.0 * UNITS_PER_W

Step: TypeAlias = tuple[float, float]
"""Second of the day at which the step begins, and its power in W (negative: fed in)."""

Segment: TypeAlias = tuple[float, float, float, float, float]
"""A step at its place in time: begin and end in s, power in hundredths of a W, and what was taken
and what was fed in (never negative) from t = 0 until its begin, in hundredths of a Ws."""


class Day:
    """The steps of one day and the sums before each of them."""

    __slots__ = ("powers", "returned", "starts", "taken")

    def __init__(self, steps: Sequence[Step], day_s: float) -> None:
        starts = [*(float(start_s) for start_s, _ in steps), day_s]
        lengths = [end - start for start, end in pairwise(starts)]
        if starts[0] != 0.0 or min(lengths, default=0.0) <= 0.0:
            raise ValueError(f"steps must begin at 0 s, ascend, and begin before {day_s:g} s")
        powers = [_whole_if_near(power_w * UNITS_PER_W) for _, power_w in steps]
        parts = list(zip(powers, lengths, strict=True))
        self.starts = tuple(starts)
        self.powers = tuple(powers)
        self.taken = tuple(accumulate((max(0.0, p) * s for p, s in parts), initial=0.0))
        self.returned = tuple(accumulate((max(0.0, -p) * s for p, s in parts), initial=0.0))


def _whole_if_near(number: float) -> float:
    nearest = float(round(number))
    return nearest if abs(number - nearest) < 1e-6 else number


class LoadCurve:
    """Power and energy at any time ``t_s``, in seconds since the epoch (UTC).

    ``shift_s`` moves the days against UTC: with 7200 they begin at midnight of a zone at UTC+2.
    """

    def __init__(
        self,
        days: Sequence[Sequence[Step]],
        order: Sequence[int] = (0,),
        *,
        day_s: float = DAY_S,
        shift_s: float = 0.0,
    ) -> None:
        self._day_s = day_s
        self._days = tuple(Day(steps, day_s) for steps in days)
        self._order = tuple(order)
        self._taken = array("d", accumulate((self._days[n].taken[-1] for n in order), initial=0.0))
        self._returned = array(
            "d", accumulate((self._days[n].returned[-1] for n in order), initial=0.0)
        )
        self._place(shift_s)

    def _place(self, shift_s: float) -> None:
        self._shift_s = shift_s
        self._zero_taken = self._zero_returned = 0.0
        begin_s, _, power, taken, returned = self._segment(shift_s)
        self._zero_taken = taken + max(0.0, power) * (shift_s - begin_s)
        self._zero_returned = returned + max(0.0, -power) * (shift_s - begin_s)

    def shifted(self, shift_s: float) -> LoadCurve:
        """The same curve with another ``shift_s``; the tables are shared."""
        other = copy(self)
        other._place(shift_s)  # noqa: SLF001  (its own class)
        return other

    @property
    def feeds_in(self) -> bool:
        """The power is negative at some time."""
        return self._returned[-1] > 0.0

    def power_w(self, t_s: float) -> float:
        """Power in W; at a step's edge that of the new step."""
        return self._segment(t_s + self._shift_s)[2] / UNITS_PER_W

    def energy_wh(self, t_s: float) -> float:
        """Integral of the power since t = 0, in Wh: what was taken minus what was fed in."""
        taken_wh, returned_wh = self.counters_wh(t_s)
        return taken_wh - returned_wh

    def counters_wh(self, t_s: float) -> tuple[float, float]:
        """Wh taken and Wh fed in since t = 0: integrals of the positive and the negative power."""
        local_s = t_s + self._shift_s
        begin_s, _, power, taken, returned = self._segment(local_s)
        if power > 0.0:
            taken += power * (local_s - begin_s)
        else:
            returned -= power * (local_s - begin_s)
        return taken / UNITS_PER_WH, returned / UNITS_PER_WH

    def samples(
        self, start_s: float, step_s: float, count: int
    ) -> Iterator[tuple[float, float, float]]:
        """Power in W and both counters in Wh at ``start_s + n × step_s`` for n = 0 … count - 1.

        Exactly what ``power_w`` and ``counters_wh`` give, several times as fast.
        """
        shift_s = self._shift_s
        begin_s = end_s = power_w = power = taken = returned = 0.0
        for n in range(count):
            local_s = start_s + n * step_s + shift_s
            if not begin_s <= local_s < end_s:
                begin_s, end_s, power, taken, returned = self._segment(local_s)
                power_w = power / UNITS_PER_W
            units = power * (local_s - begin_s)
            if power > 0.0:
                yield power_w, (taken + units) / UNITS_PER_WH, returned / UNITS_PER_WH
            else:
                yield power_w, taken / UNITS_PER_WH, (returned - units) / UNITS_PER_WH

    def _segment(self, local_s: float) -> Segment:
        whole_days, day_time_s = divmod(local_s, self._day_s)
        rounds, place = divmod(int(whole_days), len(self._order))
        day = self._days[self._order[place]]
        index = bisect_right(day.starts, day_time_s, 1, len(day.powers)) - 1
        midnight_s = local_s - day_time_s
        return (
            midnight_s + day.starts[index],
            midnight_s + day.starts[index + 1],
            day.powers[index],
            rounds * self._taken[-1] + self._taken[place] + day.taken[index] - self._zero_taken,
            rounds * self._returned[-1]
            + self._returned[place]
            + day.returned[index]
            - self._zero_returned,
        )


def constant(power_w: float) -> LoadCurve:
    """Always the same power."""
    return LoadCurve([[(0.0, power_w)]])


def square(period_s: float, on_w: float, off_w: float = 0.0, duty: float = 0.5) -> LoadCurve:
    """``on_w`` for the first ``duty`` (0 … 1, exclusive) of each period, then ``off_w``."""
    return LoadCurve([[(0.0, on_w), (duty * period_s, off_w)]], day_s=period_s)
