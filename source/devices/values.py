"""Takes single values out of a socket's JSON, checked: the right kind and finite, or BadPayload."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from source.errors import BadPayload
from source.text import shorten

LIMIT = 1e12
"""No power, counter or voltage of a home or a company comes near it."""
FLAGS: Mapping[str, bool] = {"true": True, "false": False}
_MAC = re.compile(r"([0-9A-Fa-f]{2}[:.-]?){5}[0-9A-Fa-f]{2}")
LONGEST_MAC = len("E8:DB:84:A1:B2:C3")
_NO_MACS = frozenset({"000000000000", "FFFFFFFFFFFF"})


def _no_number(word: str) -> float:
    raise BadPayload(f"its answer holds {word}, which is no number")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def parsed(body: bytes) -> Any:
    """The JSON in a body. Raises BadPayload, which shows how the body begins."""
    try:
        return _DECODER.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        start = shorten(body[:80].decode("utf-8", "replace"), 60)
        what = f"begins with {start!r}" if body else "is empty"
        raise BadPayload(f"its answer is not JSON, it {what}") from None


def child(value: object, key: str) -> object:
    """The value under ``key`` of an object."""
    if not isinstance(value, dict):
        raise BadPayload(f"its answer is {_kind(value)} where an object with {key!r} is expected")
    if key not in value:
        raise BadPayload(f"its answer has no {key!r}")
    return value[key]


def items(value: object, key: str, at_least: int) -> list[object]:
    """The list under ``key`` of an object, with so many elements or more."""
    found = child(value, key)
    if not isinstance(found, list):
        raise BadPayload(f"{key!r} is {_kind(found)}, not a list")
    if len(found) < at_least:
        raise BadPayload(f"{key!r} has {len(found)} elements, {at_least} are expected")
    return found


def number(value: object, key: str) -> float:
    """The number under ``key`` of an object."""
    return as_float(child(value, key), key)


def optional_number(value: object, key: str) -> float | None:
    """The number under ``key``; None where the key is missing or null."""
    found = value.get(key) if isinstance(value, dict) else child(value, key)
    return None if found is None else as_float(found, key)


def optional_flag(value: object, key: str) -> bool | None:
    """The boolean under ``key``, which some firmware sends as text; None where it is missing."""
    found = value.get(key) if isinstance(value, dict) else child(value, key)
    if found is None or isinstance(found, bool):
        return found
    flag = FLAGS.get(found.lower()) if isinstance(found, str) else None
    if flag is None:
        raise BadPayload(f"{key!r} is {shown(found)}, not true or false")
    return flag


def mac_of(value: object) -> str | None:
    """A MAC address as twelve capital hex digits; None for what is none.

    It tells which socket answers, no more: nonsense in its place is no reason to refuse an answer.
    """
    # The length first: what a socket sends must not fill the memory of the cache.
    return _mac(value) if type(value) is str and len(value) <= LONGEST_MAC else None


@lru_cache(maxsize=1024)
def _mac(text: str) -> str | None:
    if not _MAC.fullmatch(text):
        return None
    mac = re.sub("[:.-]", "", text).upper()
    return None if mac in _NO_MACS else mac


def as_float(value: object, what: str) -> float:
    """A finite number of a plausible size as float; a boolean or a text is none."""
    if type(value) is float and -LIMIT < value < LIMIT:
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if -LIMIT < value < LIMIT:
            return float(value)
        if not isinstance(value, float) or math.isfinite(value):
            raise BadPayload(f"{what!r} is {shown(value)}, far beyond anything a socket measures")
    raise BadPayload(f"{what!r} is {shown(value)}, not a number")


def shown(value: object) -> str:
    """A foreign value for a message, shortened."""
    try:
        return shorten(repr(value), 60)
    except Exception:  # noqa: BLE001 (marked place: a foreign object's own __repr__)
        return f"a value of type {type(value).__name__}"


def _kind(value: object) -> str:
    names: Mapping[type, str] = {list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), shown(value))
