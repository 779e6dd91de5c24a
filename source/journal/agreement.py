"""Do the quarter hours agree with the raw points they were summed up from?"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from source.journal.codec import SUCCESS
from source.journal.intervals import shares
from source.journal.rebuild import REPLACE_LOAD, load_of
from source.model import QUARTER_US

TOLERANCE_WH = 1e-4
"""Sums of floats in another order."""
_WITHIN = f"(time_us - span_us) / {QUARTER_US} >= (time_us - 1) / {QUARTER_US}"
_RETURNED = "max(ifnull(energy_returned_wh, 0.0), -energy_wh, 0.0)"
_SUMS = f"""
    SELECT device_id, (time_us - 1) / {QUARTER_US}, sum(flags & {SUCCESS}), count(*),
        ifnull(sum(energy_wh + {_RETURNED}) FILTER (WHERE flags & {SUCCESS} AND {_WITHIN}), 0.0),
        ifnull(sum({_RETURNED}) FILTER (WHERE flags & {SUCCESS} AND {_WITHIN}), 0.0),
        count(energy_wh)
    FROM point GROUP BY 1, 2
"""  # noqa: S608 (constants)
_ACROSS = f"""
    SELECT device_id, time_us, span_us, energy_wh + {_RETURNED}, {_RETURNED} FROM point
    WHERE energy_wh IS NOT NULL AND flags & {SUCCESS} AND NOT {_WITHIN}
"""  # noqa: S608 (constants)
_NOTED = """
    SELECT device_id, quarter, good_polls, failed_polls, energy_wh, returned_wh
    FROM interval ORDER BY device_id, quarter DESC
"""


@dataclass(slots=True)
class _Sums:
    good: int = 0
    polls: int = 0
    energy_wh: float = 0.0
    returned_wh: float = 0.0
    metered: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """One quarter hour, as noted and as its raw points say."""

    device_id: int
    quarter: int
    noted_wh: float
    computed_wh: float
    agrees: bool


def differing(compared: Iterable[Compared]) -> list[Compared]:
    return [one for one in compared if not one.agrees]


def loads_compared(db: sqlite3.Connection) -> list[Compared]:
    """All quarter hours whose raw points are complete, with those whose energy reaches into them.

    Raises sqlite3.Error.
    """
    sums = _sums(db)
    first = _first_quarters(sums)
    found: list[Compared] = []
    device, knows_later = -1, True
    for device_id, quarter, good, failed, energy_wh, returned_wh in db.execute(_NOTED):
        if device_id != device:
            device, knows_later = device_id, True
        if quarter < first.get(device_id, quarter + 1):
            continue
        own = sums.get((device_id, quarter), _Sums())
        is_complete = own.polls >= good + failed
        if is_complete and knows_later:
            agrees = (
                (own.good, own.polls) == (good, good + failed)
                and abs(own.energy_wh - energy_wh) <= TOLERANCE_WH
                and abs(own.returned_wh - returned_wh) <= TOLERANCE_WH
            )
            net = own.energy_wh - own.returned_wh
            found.append(Compared(device_id, quarter, energy_wh - returned_wh, net, agrees))
        # Energy reaches back from the next point that brings some, and no farther.
        knows_later = is_complete if own.metered else is_complete and knows_later
    return found


def mend_loads(db: sqlite3.Connection) -> int:
    """Compute the quarter hours again that disagree; gives how many."""
    wrong = differing(loads_compared(db))
    rows = [load_of(db, one.device_id, one.quarter) for one in wrong]
    db.executemany(REPLACE_LOAD, [row for row in rows if row is not None])
    return len(rows)


def _sums(db: sqlite3.Connection) -> Mapping[tuple[int, int], _Sums]:
    sums: dict[tuple[int, int], _Sums] = defaultdict(_Sums)
    for device_id, quarter, *values in db.execute(_SUMS):
        sums[device_id, quarter] = _Sums(*values)
    for device_id, time_us, span_us, taken_wh, returned_wh in db.execute(_ACROSS):
        for quarter, share in shares(time_us - span_us, time_us):
            own = sums[device_id, quarter]
            own.energy_wh += taken_wh * share
            own.returned_wh += returned_wh * share
    return sums


def _first_quarters(sums: Mapping[tuple[int, int], _Sums]) -> dict[int, int]:
    """Of each device the quarter hour in which its raw points begin."""
    first: dict[int, int] = {}
    for (device_id, quarter), own in sums.items():
        if own.polls:
            first[device_id] = min(quarter, first.get(device_id, quarter))
    return first
