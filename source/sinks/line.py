"""InfluxDB line protocol: how a Point becomes one line of text (pure).

What the server's parser (1.x) allows was tried out against it: a tag value keeps every character
but a line break and a backslash at its end, a quoted string keeps all, a field's name can't hold a
backslash.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from source.model import FieldValue, Point

MEASUREMENT = "census"
UNNAMED = "_"
CACHE_LIMIT = 10_000

_SPECIAL = {",": "\\,", "=": "\\=", " ": "\\ "}
_TAG = str.maketrans({**_SPECIAL, "\n": "\\n"})
_FIELD_NAME = str.maketrans({**_SPECIAL, "\n": "_", "\\": "_"})
_STRING = str.maketrans({'"': '\\"', "\\": "\\\\"})


class LineEncoder:
    """Writes points as lines; remembers how names are escaped."""

    def __init__(self) -> None:
        self._heads: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def lines(self, points: Iterable[Point]) -> list[str]:
        """One line for each point that has a field; time in nanoseconds."""
        line = self.line
        return [text for text in map(line, points) if text]

    def line(self, point: Point) -> str:
        """The line of one point; empty where no field can be written (InfluxDB wants one)."""
        names = self._names
        parts = []
        for field, value in point.fields.items():
            if type(value) is float:
                if value - value != 0.0:  # not a number, or infinite: InfluxDB knows neither
                    continue
                text = repr(value)
            else:
                text = _text(value)
                if not text:
                    continue
            try:
                parts.append(names[field] + text)
            except KeyError:
                parts.append(self._name(field) + text)
        if not parts:
            return ""
        try:
            head = self._heads[point.device]
        except KeyError:
            head = self._head(point.device)
        return f"{head} {','.join(parts)} {point.time_us}000"

    def _head(self, device: str) -> str:
        if len(self._heads) >= CACHE_LIMIT:
            self._heads.clear()
        head = self._heads[device] = f"{MEASUREMENT},device={tag_value(device)}"
        return head

    def _name(self, field: str) -> str:
        if len(self._names) >= CACHE_LIMIT:
            self._names.clear()
        name = self._names[field] = f"{field_name(field)}="
        return name


def tag_value(text: str) -> str:
    """A device's name as tag value; never empty.

    A line break becomes ``\\n`` (two characters). A backslash at the end would escape what follows
    it; a space behind it keeps it.
    """
    escaped = _encodable(text).translate(_TAG)
    return (f"{escaped}\\ " if escaped.endswith("\\") else escaped) or UNNAMED


def field_name(text: str) -> str:
    """A field's name; never empty."""
    name = _encodable(text).translate(_FIELD_NAME) or UNNAMED
    # The server drops a field of this name, and says nothing where the point has others.
    return "time_" if name == "time" else name


def _text(value: FieldValue) -> str:
    """A value that is not exactly a float; empty where it can't be written."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return f'"{_encodable(value).translate(_STRING)}"'
    return _number(value)


def _number(value: object) -> str:
    """Always as a float: ``1i`` would make the field an integer for ever, and floats a conflict."""
    if not isinstance(value, (int, float)):
        return ""
    try:
        number = float(value)
    except OverflowError:
        return ""
    return repr(number) if math.isfinite(number) else ""


def _encodable(text: str) -> str:
    """Half a surrogate pair (JSON may hold one) can't be sent as UTF-8: a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
