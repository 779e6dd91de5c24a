"""Charts as SVG: bars, curves and ranges over the parts of a period.

Colours are classes of the page's style sheet, so that they follow its scheme and the printer. Each
chart has a title and a description for those who do not see it; a table beside it has its figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from source.reports.page.canvas import Canvas
from source.reports.page.markup import Attributes, Markup, element
from source.reports.page.scale import CHAR_PX, Scale, decimals_of, label_step, round_ticks

TOP, BOTTOM, RIGHT = 22.0, 26.0, 6.0
"""Room around the drawing, in px: for the unit above it and the labels below it."""
LABEL_DROP = 19.0
STRIP_PX = 4.0
TICK_PX = 38.0
"""About so far apart are the lines of the grid."""
BAR_SHARE = 0.72
"""Of the room from one bar's middle to the next one's."""
SHARP_PX = 2.0
"""Radius of a bar's corners."""
TickText: TypeAlias = Callable[[float, int], str]
"""Writes a number with so many decimals."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a chart shows, for people."""

    title: str
    description: str
    unit: str
    """Above the vertical axis."""
    tick_text: TickText


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; what goes below zero stands there."""

    label: str
    """Below the axis, where there is room."""
    told: str
    """All of it in words, shown when the pointer rests on it."""
    up: float
    down: float = 0.0
    """0 or more."""
    guessed: float = 0.0
    """The part of ``up`` that is estimated: hatched."""
    missing: float = 0.0
    """The share of its time of which nothing is known: empty in a strip below it."""
    strong: bool = False
    """Its label stands out."""


@dataclass(frozen=True, slots=True)
class Range:
    """Lowest, mean and highest of a part."""

    label: str
    told: str
    low: float
    mean: float
    high: float
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a curve."""

    label: str
    """Empty where none is wanted."""
    value: float
    guessed: bool = False
    """Drawn dashed."""


def bar_chart(canvas: Canvas, subject: Subject, kind: str, bars: Sequence[Bar]) -> Markup:
    """Bars; ``kind`` names their class in the style sheet."""
    scale = _scale(canvas, -max(b.down for b in bars), max(b.up for b in bars))
    left = _left(scale, subject)
    room = (canvas.width - left - RIGHT) / len(bars)
    drawn = [
        _bar(scale, kind, bar, left + room * (place + (1.0 - BAR_SHARE) / 2), room)
        for place, bar in enumerate(bars)
    ]
    labels = [(bar.label, bar.strong) for bar in bars]
    below = _labels(canvas, labels, left, room, shift=0.5)
    return _drawing(canvas, subject, scale, left, *drawn, *below)


def range_chart(canvas: Canvas, subject: Subject, ranges: Sequence[Range]) -> Markup:
    """From the lowest to the highest of each part, with a mark at its mean."""
    lowest, highest = min(r.low for r in ranges), max(r.high for r in ranges)
    scale = _scale(canvas, lowest, highest, from_zero=False)
    left = _left(scale, subject)
    room = (canvas.width - left - RIGHT) / len(ranges)
    drawn = [
        _range(scale, one, left + room * (place + (1.0 - BAR_SHARE) / 2), room * BAR_SHARE)
        for place, one in enumerate(ranges)
    ]
    labels = [(one.label, one.strong) for one in ranges]
    below = _labels(canvas, labels, left, room, shift=0.5)
    return _drawing(canvas, subject, scale, left, *drawn, *below)


def step_chart(
    canvas: Canvas, subject: Subject, kind: str, steps: Sequence[Step], *, from_zero: bool = True
) -> Markup:
    """A curve that keeps each value for its step; the area down to zero is filled, where the axis
    begins there."""
    lowest, highest = min(s.value for s in steps), max(s.value for s in steps)
    scale = _scale(canvas, lowest, highest, from_zero=from_zero)
    left = _left(scale, subject)
    room = (canvas.width - left - RIGHT) / len(steps)
    drawn = [
        *([_area(scale, steps, left, room, kind)] if from_zero else []),
        *_lines(scale, steps, left, room, kind),
    ]
    below = _labels(canvas, [(step.label, False) for step in steps], left, room, shift=0.0)
    return _drawing(canvas, subject, scale, left, *drawn, *below)


# --- the parts of a drawing ---


def _scale(canvas: Canvas, low: float, high: float, *, from_zero: bool = True) -> Scale:
    count = max(2, round((canvas.height - TOP - BOTTOM) / TICK_PX))
    if from_zero:
        low, high = min(0.0, low), max(0.0, high)
    return Scale(round_ticks(low, high, count), TOP, canvas.height - BOTTOM)


def _left(scale: Scale, subject: Subject) -> float:
    """Room for the widest tick."""
    digits = decimals_of(scale.ticks)
    return max(len(subject.tick_text(t, digits)) for t in scale.ticks) * CHAR_PX + 10.0


def _drawing(
    canvas: Canvas, subject: Subject, scale: Scale, left: float, *content: Markup
) -> Markup:
    return canvas.drawing(
        subject.title,
        subject.description,
        element("text", {"class": "unit", "x": 0, "y": 11}, subject.unit),
        *_grid(canvas, subject, scale, left),
        *content,
        *_zero(canvas, scale, left),
    )


def _grid(canvas: Canvas, subject: Subject, scale: Scale, left: float) -> list[Markup]:
    digits = decimals_of(scale.ticks)
    drawn = []
    for tick in scale.ticks:
        y = scale.y(tick)
        text: Attributes = {"class": "tick", "x": left - 6.0, "y": y + 4.0, "text_anchor": "end"}
        drawn.append(element("text", text, subject.tick_text(tick, digits)))
        if tick:
            drawn.append(_line(left, canvas.width - RIGHT, y, "grid"))
    return drawn


def _zero(canvas: Canvas, scale: Scale, left: float) -> list[Markup]:
    """The line at zero, over the bars; not where the axis is all above or below it."""
    if not scale.ticks[0] <= 0.0 <= scale.ticks[-1]:
        return []
    return [_line(left, canvas.width - RIGHT, scale.y(0.0), "zero")]


def _line(x1: float, x2: float, y: float, kind: str) -> Markup:
    return element("line", {"class": kind, "x1": x1, "x2": x2, "y1": y, "y2": y})


def _labels(
    canvas: Canvas,
    labels: Sequence[tuple[str, bool]],
    left: float,
    room: float,
    *,
    shift: float,
) -> list[Markup]:
    """As many as fit; at the middle (``shift`` 0.5) or the beginning (0) of their parts."""
    wanted = [place for place, (label, _) in enumerate(labels) if label]
    apart = room * (wanted[1] - wanted[0] if len(wanted) > 1 else 1)
    every = label_step([label for label, _ in labels], apart)
    return [
        element(
            "text",
            {
                "class": "label strong" if labels[place][1] else "label",
                "x": left + room * (place + shift),
                "y": canvas.height - BOTTOM + LABEL_DROP,
                "text_anchor": "middle",
            },
            labels[place][0],
        )
        for place in wanted[::every]
    ]


def _bar(scale: Scale, kind: str, bar: Bar, x: float, room: float) -> Markup:
    width = room * BAR_SHARE
    zero, top = scale.y(0.0), scale.y(bar.up)
    drawn = [element("title", None, bar.told)]
    # The whole height takes the pointer, also over a bar that is small or absent.
    whole: Attributes = {"x": x, "width": width, "y": TOP, "height": scale.bottom_px - TOP}
    drawn.append(element("rect", {"class": "touch", **whole}))
    if bar.up > 0.0:
        drawn.append(_rect(x, top, width, zero - top, kind))
    if bar.guessed > 0.0:
        hatched = min(bar.guessed, bar.up)
        y = scale.y(hatched)
        box: Attributes = {"x": x, "y": y, "width": width, "height": zero - y}
        drawn.append(element("rect", {"class": "guess", **box}))
    if bar.down > 0.0:
        drawn.append(_rect(x, zero, width, scale.y(-bar.down) - zero, "down"))
    if bar.missing > 0.0:
        strip: Attributes = {"x": x, "y": scale.bottom_px + 1.5, "height": STRIP_PX}
        known = width * (1.0 - bar.missing)
        drawn.append(element("rect", {"class": "all", **strip, "width": width}))
        drawn.append(element("rect", {"class": "known", **strip, "width": known}))
    return element("g", None, *drawn)


def _rect(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    place: Attributes = {"x": x, "y": y, "width": width, "height": height}
    return element("rect", {"class": kind, **place, "rx": min(SHARP_PX, width / 3)})


def _range(scale: Scale, one: Range, x: float, width: float) -> Markup:
    top, mean = scale.y(one.high), scale.y(one.mean)
    height = max(1.0, scale.y(one.low) - top)
    band: Attributes = {
        "class": "band",
        "x": x,
        "y": top,
        "width": width,
        "height": height,
        "rx": SHARP_PX,
    }
    return element(
        "g",
        None,
        element("title", None, one.told),
        element("rect", band),
        _line(x, x + width, mean, "mean"),
    )


def _area(scale: Scale, steps: Sequence[Step], left: float, room: float, kind: str) -> Markup:
    path = [f"M{left:.1f},{scale.y(0.0):.1f}"]
    path += [
        f"V{scale.y(step.value):.1f}H{left + room * place:.1f}"
        for place, step in enumerate(steps, 1)
    ]
    return element("path", {"class": f"{kind} area", "d": f"{''.join(path)}V{scale.y(0.0):.1f}Z"})


def _lines(
    scale: Scale, steps: Sequence[Step], left: float, room: float, kind: str
) -> list[Markup]:
    """One path for each row of steps that are alike: guessed ones are dashed."""
    paths: list[tuple[bool, list[str]]] = []
    for place, step in enumerate(steps):
        x, y = left + room * place, scale.y(step.value)
        if not paths or paths[-1][0] != step.guessed:
            paths.append((step.guessed, [f"M{x:.1f},{y:.1f}"]))
        paths[-1][1].append(f"V{y:.1f}H{x + room:.1f}")
    return [
        element("path", {"class": f"{kind} line{' dashed' if guessed else ''}", "d": "".join(path)})
        for guessed, path in paths
    ]
