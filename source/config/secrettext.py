"""Texts of JSON files without their secrets, and with them again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from source.config.positions import Entry, Path, entries, is_looked_through
from source.config.secretwords import (
    HIDDEN,
    SECRET_WORDS,
    SHORT_WORDS,
    is_secret,
    is_secret_value,
)

STAND_IN = json.dumps(HIDDEN)
BROKEN_VALUE = r'"(?:[^"\\\n]|\\.)*"?|[^\s,{}\[\]"]+'
BROKEN_WORDS = "|".join((*SECRET_WORDS, SHORT_WORDS))
BROKEN_PAIR = re.compile(
    rf'((?:{BROKEN_WORDS})[^":\n]{{0,30}}"?\s{{0,20}}:\s{{0,20}})(\[[^\]]*|\{{[^}}]*|{BROKEN_VALUE})',
    re.IGNORECASE,
)
"""A secret in a text that is no JSON any more, where nobody knows what belongs to what. Of bounded
length: a text may hold millions of characters that nearly look so."""
BROKEN_LOGIN = re.compile(r"(?:\\?/){2}[^/\s\"]*@")
NOT_MOVED: Mapping[str, str] = {}


def hidden_text(text: str) -> str:
    """``text`` with ``HIDDEN`` in the place of each secret; line for line the same."""
    result = _with(text, ((entry, STAND_IN) for entry in entries(text) if _is_secret(entry, text)))
    if _is_json(text) and is_looked_through(text):
        return result
    return BROKEN_LOGIN.sub(f"//{HIDDEN}@", BROKEN_PAIR.sub(_broken_hidden, result))


def _broken_hidden(match: re.Match[str]) -> str:
    """With the lines that it had."""
    return match[1] + STAND_IN + "\n" * match[2].count("\n")


def revealed_text(text: str, current: str, moved: Mapping[str, str] = NOT_MOVED) -> str:
    """``text`` with the secrets that ``current`` has in the places of ``HIDDEN``.

    ``moved``: the names that outermost keys have in ``current``, where it is another one.
    """
    known = _Known()
    for entry in entries(current):
        if _is_secret(entry, current):
            known.add(entry.path, current[entry.value : entry.end])
    return _with(text, _found(text, known, moved))


def still_hidden(text: str) -> list[Path]:
    """The keys for whose ``HIDDEN`` no secret was found: of an address too, whose key tells
    nothing."""
    return [one.path for one in entries(text) if text[one.value : one.end] == STAND_IN]


def _found(text: str, known: _Known, moved: Mapping[str, str]) -> Iterable[tuple[Entry, str]]:
    for entry in entries(text):
        if text[entry.value : entry.end] == STAND_IN:
            head = moved.get(str(entry.path[0]), entry.path[0])
            secret = known.of((head, *entry.path[1:]))
            if secret is not None:
                yield entry, secret


@dataclass(slots=True)
class _Known:
    """The secrets of a text."""

    by_path: dict[Path, str] = field(default_factory=dict)
    alike: dict[Path, set[str]] = field(default_factory=dict)
    """By paths in which all places in lists are one."""

    def add(self, path: Path, secret: str) -> None:
        self.by_path[path] = secret
        self.alike.setdefault(_without_places(path), set()).add(secret)

    def of(self, path: Path) -> str | None:
        """Places in a list shift: where all secrets there are the same it is that one."""
        alike = self.alike.get(_without_places(path), set())
        return next(iter(alike)) if len(alike) == 1 else self.by_path.get(path)


def _without_places(path: Path) -> Path:
    return tuple(0 if isinstance(step, int) else step for step in path)


def _is_secret(entry: Entry, text: str) -> bool:
    if not entry.is_scalar:
        return False
    token = text[entry.value : entry.end]
    if token in ("null", "true", "false", '""'):
        return False
    if any(isinstance(step, str) and is_secret(step) for step in entry.path):
        return True
    return is_secret_value(_value(token))


def _value(token: str) -> object:
    """What a scalar says: it may be written with escapes that hide what it is."""
    try:
        return json.loads(token, strict=False)
    except (ValueError, RecursionError):
        return token


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _with(text: str, changes: Iterable[tuple[Entry, str]]) -> str:
    parts, done = [], 0
    for entry, new in changes:
        parts += [text[done : entry.value], new]
        done = entry.end
    return "".join([*parts, text[done:]])
