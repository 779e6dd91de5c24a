"""What has just been measured: the newest points by number and by device, for a live display."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from source.journal.codec import SUCCESS
from source.model import Period

NEWEST_POLLS = 3
_EVER_US = 2**63 - 1
_COLUMNS = f"seq, device_id, time_us, span_us, flags & {SUCCESS}, power"
_MINUTES = """
    SELECT (time_us - 1) / 60000000 AS minute, sum(power), count(power) FROM point
    WHERE device_id = ? AND time_us > ? AND time_us <= ? AND seq <= ? AND power IS NOT NULL
    GROUP BY minute
"""


@dataclass(frozen=True, slots=True)
class Poll:
    """A point, as far as a live display needs it."""

    seq: int
    device: str
    time_us: int
    span_us: int
    success: bool
    power_w: float | None


class PollReader(ABC):
    """The part of the journal's reader that follows what comes in."""

    _db: sqlite3.Connection

    @abstractmethod
    def _device_id(self, name: str) -> int: ...

    @abstractmethod
    def _name_of(self, device_id: int) -> str: ...

    def polls_after(self, seq: int, limit: int) -> list[Poll]:
        """Up to ``limit`` points with a higher sequence number, in its order."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM point WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608 (constants)
            (seq, limit),
        ).fetchall()
        return [self._poll(*row) for row in rows]

    def newest_polls(
        self, device: str, limit: int = NEWEST_POLLS, until_us: int = _EVER_US
    ) -> list[Poll]:
        """The newest points of a device up to an instant, newest first."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM point"  # noqa: S608 (constants)
            " WHERE device_id = ? AND time_us <= ? ORDER BY time_us DESC LIMIT ?",
            (self._device_id(device), until_us, limit),
        ).fetchall()
        return [self._poll(*row) for row in rows]

    def minutes(
        self, device: str, period: Period, last_seq: int = _EVER_US
    ) -> dict[int, tuple[float, int]]:
        """Sum and number of the power values in each minute since 1970 that has any, of points up
        to a sequence number."""
        rows = self._db.execute(
            _MINUTES, (self._device_id(device), period.start_us, period.end_us, last_seq)
        ).fetchall()
        return {minute: (total_w, count) for minute, total_w, count in rows}

    def _poll(self, seq: int, device_id: int, *values: Any) -> Poll:
        time_us, span_us, success, power_w = values
        return Poll(seq, self._name_of(device_id), time_us, span_us, bool(success), power_w)
