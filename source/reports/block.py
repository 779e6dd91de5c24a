"""A table of texts with its title and notes, for text and page alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Head:
    """Of a column."""

    text: str
    right: bool = True
    is_name: bool = False
    """Of a device: it may be long."""
    spare: int = 0
    """Left out where there is no room for all; the highest first, 0 never."""


@dataclass(frozen=True, slots=True)
class Block:
    """A table below its title, and what is to be said of it."""

    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)
    has_heads: bool = True
    foot: Sequence[str] | None = None
    """The sum of the rows."""
