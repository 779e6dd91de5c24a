"""What is found while the configuration is read: the problems and warnings of all its files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from source.errors import Problem

VALUE_LIMIT = 80


def readable(text: str) -> str:
    """Foreign text, cut, in which every character can be seen: controls and the like escaped.

    Blanks stay as they are: one too many may be what is wrong.
    """
    escaped = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    line = "".join(islice(escaped, VALUE_LIMIT + 1))
    return line if len(line) <= VALUE_LIMIT else f"{line[: VALUE_LIMIT - 1]}…"


def shown(value: object) -> str:
    """A value of a file as JSON writes it, shortened; what may hold a password is not shown.

    That is the inside of lists and objects, a user's name and password before an address, and what
    stands behind the question mark of one.
    """
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        _, at_sign, rest = value.rpartition("@")
        text = f"***@{rest}" if at_sign else value
        if "://" in value:
            text = re.sub("[?#].+", lambda found: f"{found[0][0]}***", text, flags=re.DOTALL)
        return f'"{readable(text)}"'
    return readable(json.dumps(value) if isinstance(value, bool | None) else str(value))


@dataclass(slots=True)
class Findings:
    """Collects, so that a user learns of everything at once."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    idle_keys: dict[str, None] = field(default_factory=dict)
    """Keys that are known and kept without effect, in the order in which they were met."""

    def at(self, source: str) -> Place:
        """A file, or another place that settings come from."""
        return Place(self, source)

    def all_warnings(self) -> tuple[str, ...]:
        """The warnings, with a single one for all keys without effect."""
        if not self.idle_keys:
            return tuple(self.warnings)
        keys = ", ".join(self.idle_keys)
        return (*self.warnings, f"{keys}: kept, but this version does not act on them yet")


@dataclass(frozen=True, slots=True)
class Place:
    """A key in a file: where a problem or a warning is."""

    findings: Findings
    source: str
    path: str = ""

    def at(self, key: str) -> Place:
        """A key below this one."""
        step = readable(key)
        return Place(self.findings, self.source, f"{self.path}.{step}" if self.path else step)

    def problem(self, allowed: str, value: str = "") -> None:
        """Note a problem; ``value`` is the text to show, none where there is no value."""
        self.findings.problems.append(Problem(self.source, self.path, value, allowed))

    def warn(self, text: str) -> None:
        where = f"{self.source}: {self.path}" if self.path else self.source
        self.findings.warnings.append(f"{where}: {text}")

    def without_effect(self, key: str) -> None:
        """Note a key that this version knows and keeps, but does not act on."""
        self.findings.idle_keys[key] = None
