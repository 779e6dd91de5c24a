"""Where things stand in the text of a JSON file: the line and column of a key, and of a problem."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from source.config.findings import readable
from source.errors import Problem

TOKEN = re.compile(
    r"\s*(?:(?P<string>\"[^\"\\]*(?:\\.[^\"\\]*)*\")|(?P<open>[\[{])|(?P<close>[\]}])"
    r"|(?P<sign>[,:])|(?P<scalar>[^\s,:\[\]{}\"]+))",
    re.DOTALL,
)
TOLD = re.compile(r"line (\d+)(?:, column (\d+))?")
"""How the reader begins to tell where a text is no JSON."""
ENDLESS = re.compile(r"[0-9]{1000,}")
DEEPEST = 200
"""Deeper than that nothing is looked for; no file of ours comes near it."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a text, both counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Entry:
    """A value in a text."""

    path: Path
    start: int
    """Where its key begins; in a list where the value itself does."""
    value: int
    end: int
    """Behind the value; where the text ends too early, at its end."""
    is_scalar: bool = True


@dataclass(slots=True)
class _Open:
    """A container that is not closed yet."""

    path: Path
    is_object: bool
    entry: Entry | None
    place: int = 0
    key: tuple[str, int] | None = None
    wants_key: bool = True


@dataclass(slots=True)
class _Walk:
    text: str
    opened: list[_Open] = field(default_factory=list)
    found: list[Entry] = field(default_factory=list)
    gave_up_at: int | None = None


def entries(text: str) -> list[Entry]:
    """Every value but the outermost, in the order of the text; as far as it is JSON."""
    return _walk(text).found


def is_looked_through(text: str) -> bool:
    """Whether ``entries`` finds all of it: it is not nested too deeply."""
    return _walk(text).gave_up_at is None


class Spots:
    """Where the keys of a text stand, by the paths that problems name."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        walk = _walk(text)
        self._gave_up_at = walk.gave_up_at
        # Of a key that stands there twice JSON keeps the last.
        self._starts = {_shown(entry.path): entry.start for entry in walk.found}

    def at(self, offset: int) -> Spot:
        line = bisect_right(self._lines, offset)
        return Spot(line, offset - self._lines[line - 1] + 1)

    def of_key(self, key: str) -> Spot:
        """Of a key; of what is above it where it is missing itself."""
        while key and key not in self._starts:
            key = key.rpartition(".")[0]
        return self.at(self._starts[key] if key else self._first())

    def of(self, problem: Problem) -> Spot:
        """Where what is wrong stands."""
        if problem.key:
            return self.of_key(problem.key)
        told = TOLD.match(problem.allowed)
        if told:
            return Spot(int(told[1]), int(told[2] or 1))
        endless = ENDLESS.search(self._text) if "digits" in problem.allowed else None
        if endless:
            return self.at(endless.start())
        if "nested" in problem.allowed and self._gave_up_at is not None:
            return self.at(self._gave_up_at)
        return self.at(self._first())

    def of_warning(self, text: str) -> Spot | None:
        """Of a warning without the name of its file; None where it is about no key of the text."""
        heads = [match.start() for match in re.finditer(":", text)]
        for end in reversed(heads):
            if text[:end] in self._starts:
                return self.of_key(text[:end])
        for end in heads:
            # The key itself may be missing: the entry that lacks it then.
            if text[:end].rpartition(".")[0] in self._starts:
                return self.of_key(text[:end])
        return None

    def of_idle(self, key: str) -> Spot | None:
        """Of the first key of that name, wherever it stands."""
        for path, start in self._starts.items():
            if path == key or path.endswith(f".{key}"):
                return self.at(start)
        return None

    def _first(self) -> int:
        return len(self._text) - len(self._text.lstrip()) if self._text.strip() else 0


def _shown(path: Path) -> str:
    """As ``Place.at`` puts a path together."""
    return ".".join(readable(str(step)) for step in path)


def _walk(text: str) -> _Walk:
    walk = _Walk(text)
    for match in _tokens(text):
        kind, start = str(match.lastgroup), match.start(str(match.lastgroup))
        if kind == "close":
            _close(walk, match.end())
        elif kind == "sign":
            _go_on(walk, match[kind])
        elif not _is_key(walk, kind, start, match[kind]):
            _value(walk, kind, start, match.end(), match[kind])
        if len(walk.opened) > DEEPEST:
            walk.gave_up_at = start
            break
    return walk


def _tokens(text: str) -> Iterator[re.Match[str]]:
    position = 0
    while (match := TOKEN.match(text, position)) is not None:
        position = match.end()
        yield match


def _is_key(walk: _Walk, kind: str, start: int, token: str) -> bool:
    """Whether this was a key, which is noted then."""
    top = walk.opened[-1] if walk.opened else None
    if top is None or not top.is_object or not top.wants_key or kind != "string":
        return False
    top.key, top.wants_key = (_name(token), start), False
    return True


def _name(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token[1:-1]


def _value(walk: _Walk, kind: str, start: int, end: int, token: str) -> None:
    entry = _entry(walk, start, end, is_scalar=kind != "open")
    if entry is not None:
        walk.found.append(entry)
    if kind == "open":
        path = () if entry is None else entry.path
        if entry is not None:
            entry.end = len(walk.text)
        walk.opened.append(_Open(path, token.startswith("{"), entry))


def _entry(walk: _Walk, start: int, end: int, *, is_scalar: bool) -> Entry | None:
    if not walk.opened:
        return None
    top = walk.opened[-1]
    if not top.is_object:
        return Entry((*top.path, top.place), start, start, end, is_scalar)
    if top.key is None:
        return None
    name, key_start = top.key
    return Entry((*top.path, name), key_start, start, end, is_scalar)


def _close(walk: _Walk, end: int) -> None:
    if walk.opened:
        entry = walk.opened.pop().entry
        if entry is not None:
            entry.end = end


def _go_on(walk: _Walk, sign: str) -> None:
    """A comma: the next key, or the next place of a list."""
    if sign == "," and walk.opened:
        top = walk.opened[-1]
        top.place += 1
        top.key, top.wants_key = None, True
