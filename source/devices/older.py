"""Handlers of the older form: what they are given, and how what they return becomes a Reading.

Such a handler takes the device's entry as a dict and returns a list with one point:
``[{"measurement": "census", "tags": {"device": …}, "time": …, "fields": {"power": …, …}}]``.
"""

from __future__ import annotations

from collections.abc import Mapping

from source.devices.values import LIMIT, as_float, shown
from source.errors import DeviceUnreachable, HandlerFailed
from source.model import FieldValue, Reading
from source.text import shorten


class WatchHen:
    """Takes what an older handler tells of its tries; the reason goes into the poll's failure."""

    def __init__(self) -> None:
        self.reason = ""

    def normal_processing(self) -> None:
        """The try succeeded."""
        self.reason = ""

    def failure_processing(self, kind: object, error: object, context: object = "") -> None:
        """The try failed: the error's type, the error itself, and what it prevented."""
        self.reason = shorten(f"{kind}: {error} {context}".strip())


def reading_of_points(points: list[object], device: str, reason: str) -> Reading:
    """The Reading in the points that an older handler returned.

    ``reason`` is what the handler said of a failed try. Raises DeviceUnreachable where the point
    tells of a failure, HandlerFailed where it is none.
    """
    fields = _fields(points, device)
    if fields.pop("fetch_success", True) is not True:
        raise DeviceUnreachable(reason or "its handler says that the fetch failed")
    values = {name: _field(name, value) for name, value in fields.items() if value is not None}
    if not values:
        raise HandlerFailed("its handler returned a point without any value")
    return Reading(
        power_w=_number(values, "power"),
        energy_wh=_number(values, "energy_wh"),
        counter_wh=_number(values, "counter_wh"),
        counter_returned_wh=_number(values, "counter_returned_wh"),
        is_valid=_flag(values, "is_valid"),
        extra=values,
    )


def _fields(points: list[object], device: str) -> dict[str, object]:
    """A copy of the fields of the one point there has to be."""
    if len(points) != 1:
        raise HandlerFailed(f"its handler returned a list of {len(points)} points, one is expected")
    point = points[0]
    fields = point.get("fields") if isinstance(point, Mapping) else None
    if not isinstance(point, Mapping) or not isinstance(fields, Mapping):
        raise HandlerFailed(f"its handler returned {shown(point)}, a point without 'fields'")
    tags = point.get("tags")
    tag = tags.get("device") if isinstance(tags, Mapping) else None
    if tag not in (None, device):
        raise HandlerFailed(f"its handler returned a point of another device, {shown(tag)}")
    return {str(name): value for name, value in fields.items()}


def _field(name: str, value: object) -> FieldValue:
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)) and -LIMIT < value < LIMIT:
        return float(value)
    raise HandlerFailed(f"its handler returned {name} = {shown(value)}, no finite number")


def _number(values: dict[str, FieldValue], name: str) -> float | None:
    """Take a number out of the values; None where it is missing."""
    return as_float(values.pop(name), name) if name in values else None


def _flag(values: dict[str, FieldValue], name: str) -> bool | None:
    value = values.pop(name, None)
    if value is None or isinstance(value, bool):
        return value
    return str(value).lower() in ("true", "1.0")
