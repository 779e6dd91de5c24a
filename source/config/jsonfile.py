"""Reads a JSON file that a person wrote, and says exactly where it is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path

from source.config.findings import Place

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
Pairs = list[tuple[str, object]]


def exact_number(text: str) -> object:
    """A JSON number with a point, as Decimal; for ``parse_float``."""
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent with twenty digits
        return float(text)


def read_object(
    path: Path,
    place: Place,
    parse_float: Callable[[str], object] = float,
    content: bytes | None = None,
) -> dict[str, object] | None:
    """The object in the file; None, with a problem noted at ``place``, where there is none.

    ``content`` is read in the place of the file's, where it is given. Raises FileNotFoundError.
    """
    raw = _read(path, place) if content is None else content
    text = None if raw is None else _decoded(raw, place)
    if text is None:
        return None
    if not text.strip():
        place.problem("is empty; the shortest valid content is {}")
        return None
    repeats: list[tuple[dict[str, object], str]] = []
    found = _parsed(text, place, parse_float, repeats)
    if isinstance(found, dict):
        _note_repeats(found, repeats, place)
        return found
    if found is not None:
        place.problem(
            "must be an object: names and values between { and }, no list or single value"
        )
    return None


def _read(path: Path, place: Place) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except IsADirectoryError:
        place.problem(
            "is a folder where a file should be; Docker creates one for a mount whose file is"
            " missing: stop, remove the folder, create the file, start again"
        )
        return None
    except OSError as err:
        place.problem(f"can't be read: {err.strerror or err}; check owner and permissions")
        return None


def _decoded(raw: bytes, place: Place) -> str | None:
    if raw.startswith(UTF16_MARKS):
        place.problem("is saved as UTF-16; save it as UTF-8")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = raw.count(b"\n", 0, err.start) + 1
        place.problem(f"line {line} is not UTF-8; save the file with the encoding UTF-8")
        return None


def _parsed(
    text: str,
    place: Place,
    parse_float: Callable[[str], object],
    repeats: list[tuple[dict[str, object], str]],
) -> object:
    """What ``text`` says; None where it is no JSON (a file that says null is a problem as well)."""

    def collect(pairs: Pairs) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                repeats.append((found, key))
            found[key] = value
        return found

    try:
        content = json.loads(text, object_pairs_hook=collect, parse_float=parse_float)
    except json.JSONDecodeError as err:
        place.problem(
            f"line {err.lineno}, column {err.colno}: no valid JSON ({err.msg}); each name and text"
            " needs double quotes, and a comma stands between two entries, none after the last"
        )
    except ValueError:
        place.problem("holds a number with thousands of digits")
    except RecursionError:
        place.problem("is nested too deeply")
    else:
        if content is None:
            place.problem("must be an object, the shortest is {}", "null")
        return content
    return None


def _note_repeats(
    content: dict[str, object], repeats: list[tuple[dict[str, object], str]], place: Place
) -> None:
    """Problems for keys that stand twice in one object: JSON keeps the last and drops the rest."""
    for holder, key in dict.fromkeys((id(found), key) for found, key in repeats):
        where = _find(content, holder, place)
        where.at(key).problem("stands there twice; remove or rename one of the two")


def _find(content: object, wanted: int, place: Place) -> Place:
    """The place of the object with the identity ``wanted``; ``place`` where it was dropped."""
    todo = [(place, content)]  # no recursion: what can be parsed may be nested deeper than that
    while todo:
        where, value = todo.pop()
        if id(value) == wanted:
            return where
        if isinstance(value, dict):
            todo.extend((where.at(key), item) for key, item in value.items())
        elif isinstance(value, list):
            todo.extend((where.at(str(index)), item) for index, item in enumerate(value))
    return place
