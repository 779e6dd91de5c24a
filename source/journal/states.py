"""The state of each device's energy meter, committed with the point that was computed from it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from source.model import Checkpoint

T = TypeVar("T")

_COLUMNS = (
    "time_us, power_w, counter_wh, counter_returned_wh, uptime_s, phases, mac, address,"
    " still_wh, still_us, counted_wh, is_armed"
)


def put_states(db: sqlite3.Connection, states: Iterable[tuple[int, Checkpoint]]) -> None:
    """The newest one of each device, by its number."""
    db.executemany(
        f"INSERT OR REPLACE INTO checkpoint (device_id, {_COLUMNS})"  # noqa: S608 (constants)
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                device_id,
                state.time_us,
                state.power_w,
                state.counter_wh,
                state.counter_returned_wh,
                state.uptime_s,
                json.dumps(dict(state.phases)),
                state.mac,
                state.address,
                state.still_wh,
                state.still_us,
                state.counted_wh,
                state.is_armed,
            )
            for device_id, state in states
        ],
    )


def states(db: sqlite3.Connection) -> dict[str, Checkpoint]:
    """All of them, by device. Raises DatabaseError where a damaged disk left no sense in one."""
    rows = db.execute(
        f"SELECT name, {_COLUMNS} FROM checkpoint"  # noqa: S608 (constants)
        " JOIN device ON device.id = device_id"
    )
    return {name: _state(*values) for name, *values in rows}


def loaded(text: str, shape: Callable[[Any], T]) -> T:
    """What JSON in the journal tells. Raises DatabaseError where that is not of this shape."""
    try:
        return shape(json.loads(text))
    except (TypeError, ValueError, AttributeError, LookupError) as err:
        raise sqlite3.DatabaseError(f"malformed text in the journal: {text!r:.200}") from err


def _phases(found: Any) -> dict[str, tuple[float, float]]:
    return {phase: (float(pair[0]), float(pair[1])) for phase, pair in found.items()}


def _state(*values: Any) -> Checkpoint:
    time_us, power_w, counter_wh, returned_wh, uptime_s, phases, mac, address, *still = values
    still_wh, still_us, counted_wh, is_armed = still
    return Checkpoint(
        time_us,
        power_w,
        counter_wh,
        returned_wh,
        uptime_s,
        loaded(phases, _phases),
        mac,
        address,
        still_wh,
        still_us,
        counted_wh,
        bool(is_armed),
    )
