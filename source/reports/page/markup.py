"""HTML and SVG built from elements: text is escaped because it is text, not by remembering to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TypeAlias

VOID = frozenset({"meta", "br", "hr"})
"""HTML elements without an end tag."""
Value: TypeAlias = str | float | int | None
"""Of an attribute; None leaves it out."""
Attributes: TypeAlias = Mapping[str, Value]
"""``_`` in a name stands for ``-``, one at its end for nothing."""


class Markup(str):
    """A text that is markup already."""

    __slots__ = ()


def element(name: str, attributes: Attributes | None = None, *content: str) -> Markup:
    """An element; content that is no Markup is escaped."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value), quote=True)}"'
        for key, value in (attributes or {}).items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{told}>")
    return Markup(f"<{name}{told}>{joined(content)}</{name}>")


def joined(content: Iterable[str]) -> Markup:
    """Markup and texts, one after the other."""
    return Markup(
        "".join(one if isinstance(one, Markup) else escape(one, quote=False) for one in content)
    )


def _text(value: str | float | int) -> str:
    """Coordinates to a tenth of a pixel: a page has thousands of them."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
