"""Values over time for charts, summed up by SQLite: power and further fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from source.journal.codec import ESTIMATED, Row, names_of
from source.journal.intervals import ESTIMATED as ESTIMATED_US
from source.journal.intervals import MEASURED as MEASURED_US
from source.journal.intervals import quarter_of
from source.journal.polls import PollReader
from source.model import QUARTER_US, US_PER_S, Period

US_PER_HOUR = 3600 * US_PER_S
Reduced: TypeAlias = tuple[int, float, float, float]
"""Number of the bucket; lowest, mean and highest value in it."""

_RAW = f"""
    SELECT (time_us - 1 - ?) / ? AS bucket, min(power), avg(power), max(power),
        2 * sum(flags & {ESTIMATED}) >= {ESTIMATED} * count(*), min(time_us), max(time_us)
    FROM point WHERE device_id = ? AND time_us > ? AND time_us <= ? AND power IS NOT NULL
    GROUP BY bucket
"""  # noqa: S608 (constants)
_QUARTERS = f"""
    SELECT (quarter - ?) / ? AS bucket, min(power_min_w), total(power_sum_w / power_count),
        max(power_max_w), count(*), total({ESTIMATED_US})
    FROM interval WHERE device_id = ? AND quarter >= ? AND quarter < ? AND power_count > 0
    GROUP BY bucket
"""  # noqa: S608 (constants)
# Of a quarter hour without a power the energy may be known: from a counter, after the gap.
_KNOWN = f"({MEASURED_US} + {ESTIMATED_US})"
_MEAN_W = f"(energy_wh - returned_wh) * {US_PER_HOUR}.0 / {_KNOWN}"
_POWERLESS = f"""
    SELECT (quarter - ?) / ? AS bucket, min({_MEAN_W}), total({_MEAN_W}), max({_MEAN_W}), count(*),
        total({ESTIMATED_US})
    FROM interval WHERE device_id = ? AND quarter >= ? AND quarter < ? AND power_count = 0
        AND {_KNOWN} > 0
    GROUP BY bucket
"""  # noqa: S608 (constants)
_ESTIMATED_QUARTERS = f"""
    SELECT min(quarter), max(quarter) FROM interval
    WHERE device_id = ? AND quarter >= ? AND quarter <= ? AND {ESTIMATED_US} > 0
"""  # noqa: S608 (constants)
_ESTIMATED_POINTS = f"""
    SELECT time_us - span_us, time_us, energy_wh FROM point
    WHERE device_id = ? AND time_us > ? AND time_us <= ? AND flags & {ESTIMATED}
        AND span_us > 0 AND energy_wh IS NOT NULL
    ORDER BY time_us
"""  # noqa: S608 (constants)
_NEXT_POINT = f"""
    SELECT time_us - span_us, time_us, energy_wh, flags & {ESTIMATED} FROM point
    WHERE device_id = ? AND time_us > ? AND energy_wh IS NOT NULL ORDER BY time_us LIMIT 1
"""  # noqa: S608 (constants)


@dataclass(frozen=True, slots=True)
class PowerBucket:
    """The power in one of equal steps of time, in W."""

    number: int
    low_w: float
    mean_w: float
    high_w: float
    is_estimated: bool
    """At least half of what is known of it."""
    first_us: int
    """When the first value in it was measured."""
    last_us: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A gap whose energy is known from a counter: so much power on average."""

    period: Period
    mean_w: float


class SeriesReader(PollReader):
    """The part of the journal's reader that draws."""

    def raw_power(self, device: str, period: Period, step_us: int) -> list[PowerBucket]:
        """The power as it was measured, in steps from the period's start on; steps without any
        value are left out. Minimum and maximum are exact."""
        start_us, end_us = period.start_us, period.end_us
        rows = self._db.execute(
            _RAW, (start_us, step_us, self._device_id(device), start_us, end_us)
        ).fetchall()
        return [
            PowerBucket(number, low, mean, high, bool(estimated), first_us, last_us)
            for number, low, mean, high, estimated, first_us, last_us in rows
        ]

    def quarter_power(
        self,
        device: str,
        first_quarter: int,
        end_quarter: int,
        count: int,
        number_of_first: int = 0,
    ) -> list[PowerBucket]:
        """The power of quarter hours ``first … end - 1``, ``count`` of them in each step; where
        nothing was measured but the energy is known, its mean. The others are left out."""
        values = (first_quarter, count, self._device_id(device), first_quarter, end_quarter)
        found = {row[0]: row for row in self._db.execute(_QUARTERS, values).fetchall()}
        for row in self._db.execute(_POWERLESS, values).fetchall():
            found[row[0]] = _joined(found[row[0]], row) if row[0] in found else row
        step_us, start_us = count * QUARTER_US, first_quarter * QUARTER_US
        return [
            PowerBucket(
                number + number_of_first,
                total_w / quarters if low_w is None else low_w,
                total_w / quarters,
                total_w / quarters if high_w is None else high_w,
                2 * estimated_us >= quarters * QUARTER_US,
                start_us + number * step_us,
                start_us + (number + 1) * step_us,
            )
            for number, low_w, total_w, high_w, quarters, estimated_us in map(
                found.__getitem__, sorted(found)
            )
        ]

    def spreads(self, device: str, period: Period) -> list[Spread]:
        """The gaps that touch a period and whose energy is known as a sum, in order of time."""
        device_id = self._device_id(device)
        first, last = quarter_of(period.start_us + 1), quarter_of(period.end_us)
        found = self._db.execute(_ESTIMATED_QUARTERS, (device_id, first, last)).fetchone()
        if found[0] is None:
            return []
        start_us = max(period.start_us, found[0] * QUARTER_US)
        end_us = min(period.end_us, (found[1] + 1) * QUARTER_US)
        rows = self._db.execute(_ESTIMATED_POINTS, (device_id, start_us, end_us)).fetchall()
        following = self._db.execute(_NEXT_POINT, (device_id, end_us)).fetchone()
        if following is not None and following[3] and following[0] < end_us:
            rows.append(following[:3])
        return [
            Spread(Period(begin_us, time_us), energy_wh * US_PER_HOUR / (time_us - begin_us))
            for begin_us, time_us, energy_wh in rows
        ]

    def longest_interval_us(self, device: str, period: Period) -> int:
        """The longest poll interval that was in force in a period; 0 where nothing is recorded."""
        row = self._db.execute(
            "SELECT ifnull(max(interval_us), 0) FROM interval"
            " WHERE device_id = ? AND quarter >= ? AND quarter <= ?",
            (
                self._device_id(device),
                quarter_of(period.start_us + 1),
                quarter_of(period.end_us),
            ),
        ).fetchone()
        return int(row[0])

    def raw_begins_us(self, device: str) -> int | None:
        """When the oldest point was measured that is still kept."""
        row = self._db.execute(
            "SELECT min(time_us) FROM point WHERE device_id = ?", (self._device_id(device),)
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def has_polls(self, device: str, period: Period) -> bool:
        """Whether any whole quarter hour of a period has a poll, kept or deleted."""
        row = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM interval WHERE device_id = ? AND quarter >= ?"
            " AND quarter < ? AND good_polls + failed_polls > 0)",
            (
                self._device_id(device),
                period.start_us // QUARTER_US,
                period.end_us // QUARTER_US,
            ),
        ).fetchone()
        return bool(row[0])

    # --- further fields ---

    def fieldsets(self, device: str, period: Period) -> dict[int, tuple[str, ...]]:
        """The names of the further fields that the device's points of a period have, by number;
        looked up at the beginning, the middle and the end of it."""
        device_id = self._device_id(device)
        middle_us = (period.start_us + period.end_us) // 2
        found: dict[int, tuple[str, ...]] = {}
        for start_us, end_us, order in (
            (period.start_us, period.end_us, ""),
            (middle_us, period.end_us, ""),
            (period.start_us, period.end_us, "DESC"),
        ):
            row = self._db.execute(
                "SELECT fieldset_id, names FROM (SELECT fieldset_id FROM point"  # noqa: S608 (constants)
                " WHERE device_id = ? AND time_us > ? AND time_us <= ?"
                f" AND fieldset_id IS NOT NULL ORDER BY time_us {order} LIMIT 1)"
                " JOIN fieldset ON fieldset.id = fieldset_id",
                (device_id, start_us, end_us),
            ).fetchone()
            if row is not None:
                found[row[0]] = names_of(row[1])
        return found

    def field_values(
        self,
        device: str,
        period: Period,
        step_us: int,
        fieldset: int | None,
        places: Sequence[int],
        part_us: int | None = None,
    ) -> list[list[Reduced]]:
        """Values of the fields at ``places`` of a field set, of each one its steps; without a field
        set the device's temperature. ``part_us``: only what lies in the first part of each step."""
        values = [f"json_extract(extra, '$[{int(place)}]')" for place in places]
        if fieldset is None:
            values = ["device_temperature"]
        columns = ", ".join(f"min({value}), avg({value}), max({value})" for value in values)
        start_us, end_us = period.start_us, period.end_us
        rows = self._db.execute(
            f"SELECT (time_us - 1 - ?) / ? AS bucket, {columns} FROM point"  # noqa: S608 (numbers)
            " WHERE device_id = ? AND time_us > ? AND time_us <= ?"
            " AND (time_us - 1 - ?) % ? < ?"
            + (" AND fieldset_id = ? AND json_valid(extra)" if fieldset is not None else "")
            + " GROUP BY bucket",
            (
                start_us,
                step_us,
                self._device_id(device),
                start_us,
                end_us,
                start_us,
                step_us,
                step_us if part_us is None else part_us,
                *([fieldset] if fieldset is not None else []),
            ),
        ).fetchall()
        return [
            [
                (row[0], *row[1 + 3 * at : 4 + 3 * at])
                for row in rows
                if _are_numbers(row[1 + 3 * at : 4 + 3 * at])
            ]
            for at in range(len(values))
        ]


def _joined(one: Row, other: Row) -> Row:
    """Two parts of the same step."""
    number, low_w, total_w, high_w, quarters, estimated_us = one
    return (
        number,
        other[1] if low_w is None else min(low_w, other[1]),
        total_w + other[2],
        other[3] if high_w is None else max(high_w, other[3]),
        quarters + other[4],
        estimated_us + other[5],
    )


def _are_numbers(values: Sequence[object]) -> bool:
    return all(isinstance(value, int | float) for value in values)
