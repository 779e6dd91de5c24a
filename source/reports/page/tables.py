"""Tables of the page, and the small bars in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from source.model import Totals
from source.reports.figures import Figures
from source.reports.page.markup import Markup, element
from source.reports.writing import Writing, missing_percent

SCALE = 1000
"""Of the drawings of shares; they are stretched to the room there is."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head and the class of its cells."""

    head: str
    kind: str | None = None


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    *,
    foot: Sequence[str] | None = None,
    strong: Sequence[bool] = (),
    kind: str | None = None,
) -> Markup:
    """A table whose rows begin with their name; it scrolls by itself where it is too wide."""
    heads = (element("th", {"scope": "col", "class": c.kind}, c.head) for c in columns)
    marks = iter(strong)
    body = (_row(columns, row, "strong" if next(marks, False) else None) for row in rows)
    parts = [
        element("thead", None, element("tr", None, *heads)),
        element("tbody", None, *body),
    ]
    if foot is not None:
        parts.append(element("tfoot", None, _row(columns, foot, None)))
    whole = element("table", {"class": kind}, *parts)
    return element("div", {"class": "scroll", "tabindex": 0, "role": "group"}, whole)


def _row(columns: Sequence[Column], cells: Sequence[str], kind: str | None) -> Markup:
    name = element("th", {"scope": "row", "class": columns[0].kind}, cells[0])
    others = (
        element("td", {"class": column.kind}, cell)
        for column, cell in zip(columns[1:], cells[1:], strict=True)
    )
    return element("tr", {"class": kind}, name, *others)


# --- the figures of a row ---


def figure_columns(writing: Writing) -> list[Column]:
    """Of what ``figure_cells`` gives."""
    heads = (Column(head) for head, _ in writing.figure_heads())
    return [*heads, Column(writing.words.compact_head, "data")]


def figure_cells(writing: Writing, figures: Figures) -> list[str]:
    """Energy and money, and how complete they are."""
    return [*writing.figure_cells(figures), completeness(writing, figures.totals)]


def completeness(writing: Writing, totals: Totals) -> Markup:
    """A small bar and the shares in figures."""
    return element(
        "div", None, meter(writing, totals), element("span", None, writing.compact(totals))
    )


def meter(writing: Writing, totals: Totals, kind: str = "meter") -> Markup:
    """A bar: measured filled, estimated hatched, missing empty."""
    measured = SCALE * totals.measured_percent / 100.0
    estimated = SCALE * totals.estimated_percent / 100.0
    told = writing.completeness(totals)
    return element(
        "svg",
        {
            "class": kind,
            "viewBox": f"0 0 {SCALE} 8",
            "preserveAspectRatio": "none",
            "role": "img",
            "aria_label": told,
        },
        element("title", None, told),
        _box("all", 0, SCALE),
        _box("known", 0, measured + estimated),
        _box("guess", measured, estimated),
    )


def shares(writing: Writing) -> Markup:
    """Each device of the house with a bar as long as its part of the energy, beside the longest."""
    view, notation = writing.view, writing.notation
    longest = max((one.energy_percent for one in view.devices), default=0.0)
    entries = [
        element(
            "li",
            None,
            element("span", {"class": "name"}, one.device),
            _share_bar(one.energy_percent / longest if longest else 0.0),
            element("span", {"class": "number"}, notation.percent(one.energy_percent)),
        )
        for one in view.devices
    ]
    title = element("h3", None, writing.words.shares)
    return element("div", {"class": "chart"}, title, element("ul", {"class": "shares"}, *entries))


def _share_bar(length: float) -> Markup:
    width = SCALE * min(1.0, max(0.0, length))
    return element(
        "svg",
        {"viewBox": f"0 0 {SCALE} 10", "preserveAspectRatio": "none", "aria_hidden": "true"},
        element("rect", {"class": "track", "width": SCALE, "height": 10}),
        element("rect", {"class": "energy", "width": float(width), "height": 10}),
    )


def legend(writing: Writing, totals: Totals) -> Markup:
    """What the bar's three looks mean, with their shares."""
    words, percent = writing.words, writing.notation.percent
    entries = (
        (words.measured, totals.measured_percent, (_sample("known"),)),
        (words.estimated, totals.estimated_percent, (_sample("known"), _sample("guess"))),
        (words.missing, missing_percent(totals), (_sample("all"),)),
    )
    return element(
        "ul",
        {"class": "legend"},
        *(
            element("li", None, _key(boxes), f"{word} ", element("strong", None, percent(share)))
            for word, share, boxes in entries
        ),
    )


def _key(boxes: Sequence[Markup]) -> Markup:
    return element("svg", {"class": "meter", "viewBox": "0 0 22 11", "aria_hidden": "true"}, *boxes)


def _sample(kind: str) -> Markup:
    return element("rect", {"class": kind, "width": 22, "height": 11})


def _box(kind: str, x: float, width: float) -> Markup:
    return element("rect", {"class": kind, "x": float(x), "width": float(width), "height": 8})
