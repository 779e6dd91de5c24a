"""The heat map: mean power by weekday and hour, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from source.reports.page.canvas import Canvas
from source.reports.page.markup import Attributes, Markup, element, joined
from source.reports.page.scale import CHAR_PX, label_step
from source.reports.rhythm import Week

LABEL_PX, LEGEND_PX = 20.0, 26.0
GAP_PX = 2.0
BOLD_PX = 8.5
"""Width of a bold character, on the safe side."""
FAINTEST, STRONGEST = 0.06, 1.0
"""Opacity of no power and of the highest one: darker than light paper, brighter than a dark
screen."""
LEGEND_CELLS, LEGEND_CELL_PX = 6, 22.0


@dataclass(frozen=True, slots=True)
class HeatText:
    """What the map says, for people."""

    title: str
    description: str
    weekdays: Sequence[str]
    told: Sequence[Sequence[str]]
    """Each hour in words, shown when the pointer rests on it."""
    lowest: str
    highest: str
    """The ends of the legend."""
    fed_in: str
    """How what is fed in is marked."""


def heat_map(canvas: Canvas, text: HeatText, week: Week) -> Markup:
    """Seven rows of 24 cells, hours above them and a legend below."""
    left = max(map(len, text.weekdays)) * BOLD_PX + 12.0
    width = (canvas.width - left) / 24
    height = (canvas.height - LABEL_PX - LEGEND_PX) / 7
    bound = max((abs(w) for row in week for w in row if w is not None), default=0.0)
    cells = [
        _cell(
            (left + width * hour, LABEL_PX + height * day, width, height),
            week[day][hour],
            bound,
            text.told[day][hour],
        )
        for day in range(7)
        for hour in range(24)
    ]
    return canvas.drawing(
        text.title,
        text.description,
        *_hours(left, width),
        *_days(text.weekdays, left, height),
        *cells,
        *_legend(canvas, text, left, week),
    )


def _cell(
    place: tuple[float, float, float, float], power_w: float | None, bound: float, told: str
) -> Markup:
    x, y, width, height = place
    attributes: Attributes = {
        "class": _kind(power_w),
        "x": x,
        "y": y,
        "width": width - GAP_PX,
        "height": height - GAP_PX,
        "rx": 2,
        "style": None if power_w is None else f"fill-opacity:{_opacity(power_w, bound):.3f}",
    }
    drawn = element("rect", attributes, element("title", None, told) if told else Markup(""))
    if power_w is None or power_w >= 0.0:
        return drawn
    # What is fed in is told by more than its colour.
    middle, y_middle = x + (width - GAP_PX) / 2, y + (height - GAP_PX) / 2
    mark = element("path", {"class": "mark", "d": f"M{middle - 2.5:.1f},{y_middle:.1f}h5"})
    return joined([drawn, mark])


def _kind(power_w: float | None) -> str:
    if power_w is None:
        return "none"
    return "heat" if power_w >= 0.0 else "heat down"


def _opacity(power_w: float, bound: float) -> float:
    share = abs(power_w) / bound if bound else 0.0
    return FAINTEST + (STRONGEST - FAINTEST) * share


def _hours(left: float, width: float) -> list[Markup]:
    every = max(3, label_step(["00"], width))
    return [
        element(
            "text",
            {"class": "label", "x": left + width * hour, "y": LABEL_PX - 7.0},
            f"{hour:02}",
        )
        for hour in range(0, 24, every)
    ]


def _days(weekdays: Sequence[str], left: float, height: float) -> list[Markup]:
    return [
        element(
            "text",
            {
                "class": "label strong" if day > 4 else "label",
                "x": left - 8.0,
                "y": LABEL_PX + height * day + height / 2 + 3.0,
                "text_anchor": "end",
            },
            name,
        )
        for day, name in enumerate(weekdays)
    ]


def _legend(canvas: Canvas, text: HeatText, left: float, week: Week) -> list[Markup]:
    """From the lowest to the highest mean power; where some is fed in, from below zero."""
    known = [power_w for row in week for power_w in row if power_w is not None]
    if not known:
        return []
    low, high = min(0.0, *known), max(0.0, *known)
    bound = max(-low, high)
    y = canvas.height - 14.0
    begin = left + len(text.lowest) * CHAR_PX + 14.0
    cells = []
    for place in range(LEGEND_CELLS):
        power_w = low + (high - low) * place / (LEGEND_CELLS - 1)
        box = (begin + place * LEGEND_CELL_PX, y, LEGEND_CELL_PX, 12.0 + GAP_PX)
        cells.append(_cell(box, power_w, bound, ""))
    end = begin + LEGEND_CELLS * LEGEND_CELL_PX + 8.0
    highest = f"{text.highest} ({text.fed_in})" if low < 0.0 else text.highest
    return [
        element("text", {"class": "label", "x": left, "y": y + 10.0}, text.lowest),
        *cells,
        element("text", {"class": "label", "x": end, "y": y + 10.0}, highest),
    ]
