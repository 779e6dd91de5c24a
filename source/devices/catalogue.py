"""What the built-in code and the user's plugin file register by name, each name once per file."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from source.errors import PluginError
from source.text import shorten


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a function was written down."""

    file: str
    line: int

    @classmethod
    def of(cls, function: Callable[..., object]) -> Origin:
        code = getattr(inspect.unwrap(function), "__code__", None)
        if code is None:  # an object with __call__, a function written in C
            return cls("device_plugin.py", 0)
        return cls(code.co_filename, code.co_firstlineno)

    @property
    def place(self) -> str:
        return f"{Path(self.file).name}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered function."""

    origin: Origin


R = TypeVar("R", bound=Registration)


class Catalogue(Generic[R]):
    """Registrations by name. The user's stands in for a built-in one of the same name."""

    def __init__(self, what: str, built_in: Path) -> None:
        """``what`` one of them is called in messages; ``built_in`` is the folder of our own."""
        self._what = what
        self._built_in = built_in
        self._found: dict[str, R] = {}
        self.problems: list[PluginError] = []
        """Registrations that were refused."""
        self.is_closed = False
        """Further registrations have no effect: the plugin file took too long."""
        self.replaced: dict[str, str] = {}
        """Built-in ones that the user's plugin file has taken over, each with the new place."""

    def names(self) -> tuple[str, ...]:
        """Of all that are registered."""
        return tuple(sorted(self._found))

    def place_of(self, name: str) -> str:
        """Where a function stands, ``device_plugin.py, line 12``; empty if there is none."""
        found = self._found.get(name)
        return found.origin.place if found else ""

    def is_built_in(self, name: str) -> bool:
        """False where it is the user's, or unknown."""
        found = self._found.get(name)
        return found is not None and Path(found.origin.file).parent == self._built_in

    def _named(self, name: str) -> R | None:
        """What is registered under a name."""
        return self._found.get(name)

    def _register(self, name: object, function: object, made: Callable[[Origin], R]) -> None:
        """Add what ``made`` gives; a problem is noted where it can't be, or is there already."""
        if self.is_closed:
            return
        if not isinstance(name, str) or not name.strip() or not callable(function):
            given = f"{shorten(repr(name), 60)} = {shorten(repr(function), 60)}"
            self.problems.append(PluginError(f"{given} is no {self._what}"))
            return
        self._add(name.strip(), made(Origin.of(function)))  # as it is read from the files

    def _add(self, name: str, fresh: R) -> None:
        known, origin = self._found.get(name), fresh.origin
        if known is not None and known.origin.file == origin.file:
            both = f"lines {known.origin.line} and {origin.line}"
            message = f"{Path(origin.file).name}: the {self._what} {name!r} is registered twice"
            message = f"{message} ({both}), the first one is used; rename one of the two"
            self.problems.append(PluginError(message))
            return
        if known is not None:
            self.replaced[name] = origin.place
        self._found[name] = fresh
