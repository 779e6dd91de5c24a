"""A chart's place on the page: its title, its colours explained, and its two drawings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from source.model import QUARTER_US
from source.reports.page.canvas import Canvas
from source.reports.page.markup import Markup, element
from source.reports.writing import Writing

WIDE, NARROW = 920.0, 360.0
TALL, LOW = 230.0, 180.0
Draw: TypeAlias = Callable[[Canvas], Markup]


def both(
    title: str,
    ident: str,
    draw: Draw,
    *,
    heights: tuple[float, float] = (TALL, LOW),
    keys: Sequence[tuple[str, str]] = (),
) -> Markup:
    """``keys`` are the colours that are to be explained, by their classes."""
    return element(
        "div",
        {"class": "chart"},
        element("h3", None, title) if title else Markup(""),
        _legend(keys) if keys else Markup(""),
        element("div", {"class": "wide"}, draw(Canvas(f"{ident}-wide", WIDE, heights[0]))),
        element("div", {"class": "narrow"}, draw(Canvas(f"{ident}-narrow", NARROW, heights[1]))),
    )


def _legend(keys: Sequence[tuple[str, str]]) -> Markup:
    entries = []
    for kinds, text in keys:
        boxes = (
            element("rect", {"class": kind, "width": 12, "height": 12, "rx": 2})
            for kind in kinds.split("+")
        )
        key = element("svg", {"viewBox": "0 0 12 12", "aria_hidden": "true"}, *boxes)
        entries.append(element("li", None, key, text))
    return element("ul", {"class": "legend keys"}, *entries)


def hour_label(writing: Writing, quarter: int) -> str:
    """The label of a quarter hour that begins with a full hour."""
    clock = writing.notation.local(quarter * QUARTER_US)
    return "" if clock.minute else f"{clock:%H}"
