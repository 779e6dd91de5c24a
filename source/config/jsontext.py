"""JSON as it is edited: numbers exactly as they stand, everything in its order."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

INDENT = "  "


@dataclass(frozen=True, slots=True)
class Written:
    """A number with a point, as it is written."""

    text: str


def plain_number(text: str) -> object:
    """A number with a point for those who want floats; one beyond all floats as a text."""
    number = float(text)
    return number if math.isfinite(number) else text


def text_of(value: object) -> str:
    """``value`` as a file: indented by two, with a line end behind it.

    Raises ValueError for NaN and the like, which JSON does not know.
    """
    return _text(value, "") + "\n"


def merged(new: object, old: object) -> object:
    """``new``, with numbers that have not changed as they are written in ``old``, and keys that are
    in both in the order of ``old``, before the further ones."""
    if isinstance(new, Mapping):
        before = old if isinstance(old, Mapping) else {}
        order = [key for key in before if key in new]
        order += [key for key in new if key not in before]
        return {key: merged(new[key], before.get(key)) for key in order}
    if isinstance(new, list | tuple):
        olds = old if isinstance(old, list | tuple) else []
        pairs = zip(new, [*olds, *[None] * len(new)], strict=False)
        return [merged(one, other) for one, other in pairs]
    if isinstance(old, Written) and _number(new) is not None and _number(new) == _number(old):
        return old
    return new


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    text = value.text if isinstance(value, Written) else repr(value)
    if isinstance(value, Written | int | float):
        try:
            return Decimal(text)
        except InvalidOperation:
            return None
    return value if isinstance(value, Decimal) else None


def _text(value: object, indent: str) -> str:
    inner = indent + INDENT
    if isinstance(value, Written):
        return value.text
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        rows = [f"{_quoted(key)}: {_text(one, inner)}" for key, one in value.items()]
        return _block("{", rows, "}", indent)
    if isinstance(value, list | tuple):
        return _block("[", [_text(one, inner) for one in value], "]", indent)
    return _quoted(value)


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _block(begin: str, rows: list[str], end: str, indent: str) -> str:
    if not rows:
        return begin + end
    inner = indent + INDENT
    return f"{begin}\n{inner}" + f",\n{inner}".join(rows) + f"\n{indent}{end}"
