"""How a Point becomes a row of the journal, and a row a Point again, unchanged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from source.model import FieldValue, Point

SUCCESS, HAS_VALID, VALID, ESTIMATED, SWITCHED_ON = 1, 2, 4, 8, 16
ALL_FLAGS = 31

FLOAT_COLUMNS = (
    "power",
    "energy_wh",
    "counter_wh",
    "counter_returned_wh",
    "device_temperature",
    "energy_returned_wh",
    "energy_set_aside_wh",
)
"""Fields with a column of their own; the others share ``extra``."""

COLUMNS = "device_id, time_us, span_us, flags, " + ", ".join(FLOAT_COLUMNS) + ", fieldset_id, extra"
LOST_NAME = "device {}"
"""Of a device whose name can't be read any more."""
_IN_COLUMNS = frozenset((*FLOAT_COLUMNS, "fetch_success", "is_valid"))
# One encoder for all: json.dumps would build a new one for each point.
_encode = json.JSONEncoder(separators=(",", ":")).encode

Row: TypeAlias = tuple[Any, ...]


def flags_of(point: Point) -> int:
    """The booleans of a point in one small number."""
    fields = point.fields
    flags = SUCCESS if fields.get("fetch_success") is True else 0
    valid = fields.get("is_valid")
    if valid is not None:
        flags |= HAS_VALID | VALID if valid else HAS_VALID
    if point.switched_on:
        flags |= SWITCHED_ON
    return flags | ESTIMATED if point.estimated else flags


def row_of(
    seq: int, device_id: int, point: Point, fieldset_id: Callable[[tuple[str, ...]], int]
) -> Row:
    """The row of a point; ``fieldset_id`` numbers the names of its further fields."""
    fields = point.fields
    get = fields.get
    values = (
        seq,
        device_id,
        point.time_us,
        point.span_us,
        flags_of(point),
        get("power"),
        get("energy_wh"),
        get("counter_wh"),
        get("counter_returned_wh"),
        get("device_temperature"),
        get("energy_returned_wh"),
        get("energy_set_aside_wh"),
    )
    if len(fields) <= len(_IN_COLUMNS) and _IN_COLUMNS.issuperset(fields):
        return (*values, None, None)
    names = _further(tuple(fields))
    return (*values, fieldset_id(names), _encode([fields[name] for name in names]))


@lru_cache(maxsize=256)
def _further(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names that have no column of their own."""
    return tuple(name for name in names if name not in _IN_COLUMNS)


def point_of(row: Row, device: str, names: Mapping[int, tuple[str, ...]]) -> Point:
    """The point of a row that was selected as ``COLUMNS`` (without seq)."""
    _, time_us, span_us, flags, *floats, fieldset_id, extra = row
    fields: dict[str, FieldValue] = {"fetch_success": bool(flags & SUCCESS)}
    if flags & HAS_VALID:
        fields["is_valid"] = bool(flags & VALID)
    present = zip(FLOAT_COLUMNS, floats, strict=True)
    fields.update((name, value) for name, value in present if value is not None)
    if extra is not None:
        fields.update(zip(names[fieldset_id], json.loads(extra), strict=True))
    return Point(
        device=device,
        time_us=time_us,
        fields=fields,
        span_us=span_us,
        estimated=bool(flags & ESTIMATED),
        switched_on=bool(flags & SWITCHED_ON),
    )


def readable_point(row: Row, device: str, names: Mapping[int, tuple[str, ...]]) -> Point:
    """As ``point_of``, without the further fields where they can't be read any more.

    SQLite knows no checksums: what a damaged disk made of a row must not hold up all others.
    """
    try:
        return point_of(row, device, names)
    except (KeyError, TypeError, ValueError):
        return point_of((*row[:-2], None, None), device, names)


def names_of(text: str) -> tuple[str, ...]:
    """The names of a field set; none where they can't be read any more."""
    try:
        return tuple(json.loads(text))
    except (TypeError, ValueError):
        return ()
