"""Sentences with values in them, translated where they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the catalogue and the values for its ``{names}``."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def told(self, translate: Translate) -> str:
        """The sentence; a value that is foreign text stays as it is."""
        return translate(self.text).format_map(self.values) if self.text else ""
