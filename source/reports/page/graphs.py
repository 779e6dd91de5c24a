"""The charts of a view's energy, cost and power."""

from __future__ import annotations

from collections.abc import Iterator

from source.model import QUARTER_S, QUARTER_US
from source.reports.page.canvas import Canvas
from source.reports.page.charts import (
    Bar,
    Step,
    Subject,
    bar_chart,
    step_chart,
)
from source.reports.page.frame import both, hour_label
from source.reports.page.heat import HeatText, heat_map
from source.reports.page.markup import Markup, element
from source.reports.page.tables import Column, table
from source.reports.view import PartFigures
from source.reports.writing import Writing, missing_percent

WEEK = 246.0
QUARTERS_PER_HOUR = 3600 // QUARTER_S
SEEN_MISSING = 0.005


def energy_chart(writing: Writing) -> Markup:
    """Energy of each part; what is fed in below zero."""
    notation, words, view = writing.notation, writing.words, writing.view
    highest = max(view.parts, key=lambda part: part.figures.totals.energy_wh)
    subject = Subject(
        title=words.energy_chart.format(step=writing.by_step),
        description=words.energy_chart_text.format(
            count=len(view.parts),
            total=notation.kwh(view.figures.totals.energy_wh),
            label=writing.long(highest),
            value=notation.kwh(highest.figures.totals.energy_wh),
        ),
        unit="kWh",
        tick_text=notation.number,
    )
    bars = [_energy_bar(writing, part) for part in view.parts]
    keys = [("energy", words.energy)]
    if writing.has_returned:
        keys.append(("down", words.returned))
    if any(bar.guessed for bar in bars):
        keys.append(("energy+guess", words.estimated))
    if any(bar.missing for bar in bars):
        keys.append(("all", words.missing_key))

    def draw(canvas: Canvas) -> Markup:
        return bar_chart(canvas, subject, "energy", bars)

    return both(subject.title, "e", draw, keys=keys)


def cost_chart(writing: Writing) -> Markup:
    """Cost of each part; what feeding in earns below zero."""
    notation, words, view = writing.notation, writing.words, writing.view
    highest = max(view.parts, key=lambda part: part.figures.bill.cost)
    subject = Subject(
        title=words.cost_chart.format(step=writing.by_step),
        description=words.cost_chart_text.format(
            count=len(view.parts),
            total=notation.money(view.figures.bill.cost),
            label=writing.long(highest),
            value=notation.money(highest.figures.bill.cost),
        ),
        unit=notation.sign,
        tick_text=notation.number,
    )
    bars = [_cost_bar(writing, part) for part in view.parts]
    keys = [("cost", words.cost)]
    if writing.has_revenue:
        keys.append(("down", words.revenue))

    def draw(canvas: Canvas) -> Markup:
        return bar_chart(canvas, subject, "cost", bars)

    return both(subject.title, "c", draw, keys=keys)


def load_chart(writing: Writing) -> Markup:
    """Mean power of each whole quarter hour."""
    notation, words, profile = writing.notation, writing.words, writing.view.profile
    whole = writing.view.period.end_us // QUARTER_US - profile.first_quarter
    net_w = [
        (taken - returned) * QUARTERS_PER_HOUR
        for taken, returned in zip(profile.energy_wh, profile.returned_wh, strict=True)
    ][:whole]
    if not net_w:
        return Markup("")
    subject = Subject(
        title=words.load_chart,
        description=words.load_chart_text.format(
            count=len(net_w), low=notation.watts(min(net_w)), high=notation.watts(max(net_w))
        ),
        unit="W",
        tick_text=notation.number,
    )
    steps = [
        Step(hour_label(writing, profile.first_quarter + place), power_w)
        for place, power_w in enumerate(net_w)
    ]
    return both(subject.title, "l", lambda canvas: step_chart(canvas, subject, "energy", steps))


def week_map(writing: Writing) -> Markup:
    """Mean power by weekday and hour, and the same as a table."""
    view, notation, words = writing.view, writing.notation, writing.words
    known = [
        (power_w, day, hour)
        for day, row in enumerate(view.week)
        for hour, power_w in enumerate(row)
        if power_w is not None
    ]
    if not known:
        return Markup("")
    weekdays = notation.weekdays()
    high_w, day, hour = max(known)
    text = HeatText(
        title=words.week_chart,
        description=words.week_chart_text.format(
            value=notation.watts(high_w), label=f"{weekdays[day]} {hour:02}:00"
        ),
        weekdays=weekdays,
        told=[
            [_hour_told(writing, weekdays[day], hour, power_w) for hour, power_w in enumerate(row)]
            for day, row in enumerate(view.week)
        ],
        lowest=notation.watts(min(0.0, min(known)[0])),
        highest=notation.watts(max(0.0, high_w)),
        fed_in=words.fed_in_mark,
    )

    def draw(canvas: Canvas) -> Markup:
        return heat_map(canvas, text, view.week)

    maps = both("", "w", draw, heights=(WEEK, WEEK))
    summary = element("summary", None, words.as_table)
    return element("div", None, maps, element("details", None, summary, _week_table(writing)))


def _week_table(writing: Writing) -> Markup:
    notation = writing.notation
    columns = [Column(writing.words.weekday, "text"), *(Column(f"{h:02}") for h in range(24))]
    rows = [
        [name, *("–" if w is None else notation.number(w, 0) for w in row)]
        for name, row in zip(notation.weekdays(), writing.view.week, strict=True)
    ]
    return table(columns, rows, kind="grid7")


def _hour_told(writing: Writing, weekday: str, hour: int, power_w: float | None) -> str:
    value = "–" if power_w is None else writing.notation.watts(power_w)
    return f"{weekday} {hour:02}:00–{hour + 1:02}:00: {value}"


# --- bars ---


def _energy_bar(writing: Writing, part: PartFigures) -> Bar:
    totals = part.figures.totals
    return Bar(
        label=writing.short(part),
        told="\n".join(_energy_told(writing, part)),
        up=totals.energy_wh / 1000.0,
        down=totals.returned_wh / 1000.0,
        guessed=min(totals.estimated_wh, totals.energy_wh) / 1000.0,
        missing=_missing(part),
        strong=writing.is_weekend(part),
    )


def _energy_told(writing: Writing, part: PartFigures) -> Iterator[str]:
    words, totals = writing.words, part.figures.totals
    yield writing.long(part)
    yield f"{words.energy}: {writing.notation.kwh(totals.energy_wh)}"
    if totals.returned_wh:
        yield f"{words.returned}: {writing.notation.kwh(totals.returned_wh)}"
    yield writing.completeness(totals)


def _cost_bar(writing: Writing, part: PartFigures) -> Bar:
    words, bill = writing.words, part.figures.bill
    told = [writing.long(part), f"{words.cost}: {writing.notation.money(bill.cost)}"]
    if bill.revenue:
        told.append(f"{words.revenue}: {writing.notation.money(bill.revenue)}")
    told.append(writing.completeness(part.figures.totals))
    cost, revenue = float(bill.cost), float(bill.revenue)
    # A price below zero, which markets know, turns both round.
    up, down = max(cost, 0.0) + max(-revenue, 0.0), max(revenue, 0.0) + max(-cost, 0.0)
    return Bar(
        writing.short(part),
        "\n".join(told),
        up,
        down,
        missing=_missing(part),
        strong=writing.is_weekend(part),
    )


def _missing(part: PartFigures) -> float:
    """The share of the part of which nothing is known, as far as it can be seen."""
    share = missing_percent(part.figures.totals) / 100.0
    return share if share >= SEEN_MISSING else 0.0
