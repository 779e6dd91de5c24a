"""How punctual polls were: each socket has its own grid of times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from source.model import US_PER_S, Point

FIRST_OF_ALL = 0.01
"""The grid of a socket goes through its most punctual polls; a few that are earlier by a jump of
the clock do not set it."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """Of all polls of all these sockets; in s after the time of the grid."""

    polls: int
    missed: int
    failed: int
    p50_s: float
    p99_s: float
    max_s: float

    @property
    def missed_share(self) -> float:
        return self.missed / max(1, self.polls + self.missed)


def lateness(sockets: Mapping[str, Sequence[Point]], interval_s: float) -> Lateness:
    """``sockets``: the points of each in order of time, of one life of the program."""
    late: list[float] = []
    polls = missed = failed = 0
    for points in sockets.values():
        phases_s = [point.time_us / US_PER_S for point in points]
        ticks = [round((at - phases_s[0]) / interval_s) for at in phases_s]
        offsets = [at - tick * interval_s for at, tick in zip(phases_s, ticks, strict=True)]
        grid_s = sorted(offsets)[int(FIRST_OF_ALL * len(offsets))]
        late += [max(0.0, offset - grid_s) for offset in offsets]
        polls += len(points)
        missed += ticks[-1] + 1 - len(set(ticks))
        failed += sum(not point.success for point in points)
    late.sort()
    p50, p99 = (late[int(share * (len(late) - 1))] for share in (0.5, 0.99))
    return Lateness(polls, missed, failed, p50, p99, late[-1])
