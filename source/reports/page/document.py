"""The whole page: what stands on it, and in which order."""

from __future__ import annotations

from collections.abc import Iterator

from source import __version__
from source.reports.appliances import runs_block, standby_block
from source.reports.block import Head
from source.reports.money import NO_BREAK, Notation
from source.reports.page.graphs import cost_chart, energy_chart, load_chart, week_map
from source.reports.page.markup import Attributes, Markup, element, joined
from source.reports.page.prices import price_chart
from source.reports.page.style import STYLE
from source.reports.page.tables import (
    Column,
    figure_cells,
    figure_columns,
    legend,
    meter,
    shares,
    table,
)
from source.reports.view import View
from source.reports.writing import Writing, missing_percent

TOLD_MISSING = 0.05
"""Percent of missing time from which on it is told beside means."""

SHORT_ROWS = 20
"""Tables of so many rows stay on one sheet of paper."""


def page(view: View, notation: Notation) -> str:
    """HTML 5, complete in itself: no script, no other file, nothing of the network."""
    writing = Writing(view, notation)
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", None, f"{writing.subject} · {writing.span}"),
        element("style", None, Markup(STYLE)),
    )
    body = element("body", None, _hatch(), element("main", None, *_content(writing)))
    return f"<!DOCTYPE html>\n{element('html', {'lang': notation.language}, head, body)}\n"


def _content(writing: Writing) -> Iterator[Markup]:
    yield _header(writing)
    yield from _warning(writing)
    yield element("dl", {"class": "tiles"}, *_tiles(writing))
    yield _completeness(writing)
    yield _charts(writing)
    yield from _devices(writing)
    yield from _week(writing)
    yield from _appliances(writing)
    yield _parts(writing)
    yield _footer(writing)


def _hatch() -> Markup:
    """The patterns of what is estimated, gaps across a colour, and of what is not known, lines."""
    gap = element("path", {"class": "hatch", "d": "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2"})
    size: Attributes = {"width": 6, "height": 6, "patternUnits": "userSpaceOnUse"}
    lack = element("path", {"class": "lack", "d": "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2"})
    patterns = (
        element("pattern", {**size, "id": "hatch"}, gap),
        element("pattern", {**size, "id": "unknown"}, lack),
    )
    drawn = element("defs", None, *patterns)
    return element("svg", {"class": "off", "aria_hidden": "true"}, drawn)


def _header(writing: Writing) -> Markup:
    words, view, notation = writing.words, writing.view, writing.notation
    so_far = "" if view.is_over else f" · {words.so_far}"
    until = words.until.format(
        start=notation.moment(view.period.start_us),
        end=notation.moment(view.period.end_us),
        zone=notation.zone,
    )
    return element(
        "header",
        None,
        element("p", {"class": "eyebrow"}, f"{words.report} · {writing.span}{so_far}"),
        element("h1", None, writing.subject),
        element("p", {"class": "span"}, until),
    )


def _warning(writing: Writing) -> Iterator[Markup]:
    """What makes the amounts provisional."""
    figures, notation = writing.view.figures, writing.notation
    if figures.bill.assumed_wh > 0.0:
        text = writing.words.assumed_note.format(
            energy=notation.kwh(figures.bill.assumed_wh),
            percent=notation.percent(figures.assumed_percent),
        )
        yield element("p", {"class": "warning", "role": "note"}, text)


# --- tiles ---


def _tiles(writing: Writing) -> Iterator[Markup]:
    words, notation, figures = writing.words, writing.notation, writing.view.figures
    totals, bill = figures.totals, figures.bill
    known = element("dd", {"class": "data"}, meter(writing, totals), writing.known(totals))
    yield _tile(words.energy, _kwh(notation.kwh_number(totals.energy_wh)), "", known)
    base = notation.money(bill.base_cost)
    base_told = words.base_in_cost.format(amount=base) if bill.base_cost else ""
    yield _tile(words.cost, notation.money(bill.cost), base_told, known)
    yield _tile(words.mean_price, notation.price(bill.price_per_kwh), _price_span(writing))
    if writing.has_returned:
        yield _tile(words.returned, _kwh(notation.kwh_number(totals.returned_wh)), "", known)
    if writing.has_revenue:
        yield _tile(words.revenue, notation.money(bill.revenue), "", known)
        yield _tile(words.balance, notation.money(writing.balance()), "", known)
    if figures.switch_ons is not None:
        yield _tile(words.switch_ons, f"{notation.number(figures.switch_ons, 0)} ×", "")


def _kwh(number: str) -> Markup:
    """The unit small: ten thousand kWh are a long number."""
    return joined([number, element("span", {"class": "unit"}, f"{NO_BREAK}kWh")])


def _tile(name: str, value: str, more: str, known: Markup | None = None) -> Markup:
    details = [element("dd", {"class": "more"}, more)] if more else []
    if known is not None:
        details.append(known)
    return element(
        "div",
        {"class": "tile"},
        element("dt", None, name),
        element("dd", {"class": "value"}, value),
        *details,
    )


def _price_span(writing: Writing) -> str:
    """From the lowest to the highest price, where there are several."""
    prices = writing.view.prices
    if prices is None:
        return ""
    low, high = min(prices.import_nano), max(prices.import_nano)
    number = writing.notation.number
    return f"{number(low / 1e9, 4)} – {number(high / 1e9, 4)}"


# --- sections ---


def _section(title: str, *content: str, short: bool = True) -> Markup:
    """``short`` ones are not broken over two sheets of paper."""
    kind = {"class": "short" if short else None}
    return element("section", kind, element("h2", None, title), *content)


def _note(text: str) -> Markup:
    return element("p", {"class": "note"}, text)


def _completeness(writing: Writing) -> Markup:
    words, totals = writing.words, writing.view.figures.totals
    facts = [
        (words.longest_gap, writing.duration(totals.longest_gap_us)),
        (words.failed_polls, writing.notation.number(totals.failed_polls, 0)),
    ]
    notes = [_note(words.completeness_note)]
    if writing.begins_note is not None:
        notes.insert(0, _note(writing.begins_note))
    if totals.set_aside_wh:
        energy = writing.notation.kwh(totals.set_aside_wh)
        notes.append(_note(words.set_aside_note.format(energy=energy)))
    pairs = (
        element("div", None, element("dt", None, name), element("dd", None, value))
        for name, value in facts
    )
    return _section(
        words.completeness,
        meter(writing, totals, "meter big"),
        legend(writing, totals),
        element("dl", {"class": "facts"}, *pairs),
        *notes,
    )


def _charts(writing: Writing) -> Markup:
    drawn: list[Markup] = [energy_chart(writing), cost_chart(writing)]
    if writing.view.span.step == "hour":
        drawn.append(load_chart(writing))
    drawn.append(price_chart(writing))
    return _section(writing.words.energy_and_cost, joined(drawn), short=False)


def _week(writing: Writing) -> Iterator[Markup]:
    """Of a day or two it would say what the bars say."""
    if writing.view.span.step == "hour":
        return
    drawn = week_map(writing)
    if not drawn:
        return
    notes = " ".join(_week_notes(writing))
    yield _section(writing.words.week_chart, drawn, *([_note(notes)] if notes else []))


def _week_notes(writing: Writing) -> Iterator[str]:
    words, missing = writing.words, missing_percent(writing.view.figures.totals)
    if missing >= TOLD_MISSING:
        yield words.missing_in_mean.format(percent=writing.notation.percent(missing))
    if any(power_w is None for row in writing.view.week for power_w in row):
        yield words.hatched_hours


def _devices(writing: Writing) -> Iterator[Markup]:
    view, words = writing.view, writing.words
    if not view.devices:
        return
    columns = [
        Column(words.device, "text name"),
        *figure_columns(writing),
    ]
    rows = [[one.device, *figure_cells(writing, one.figures)] for one in view.devices]
    foot = [words.together, *figure_cells(writing, view.figures)]
    notes = [_note(words.left_out.format(names=", ".join(view.left_out)))] if view.left_out else []
    drawn = table(columns, rows, foot=foot)
    yield _section(words.devices, shares(writing), drawn, *notes, short=False)


def _appliances(writing: Writing) -> Iterator[Markup]:
    """Their runs and their standby."""
    for block in (runs_block(writing), standby_block(writing)):
        if block is not None:
            columns = [Column(head.text, _kind(head)) for head in block.heads]
            drawn = table(columns, block.rows, foot=block.foot)
            is_short = len(block.rows) <= SHORT_ROWS
            yield _section(block.title, drawn, *map(_note, block.notes), short=is_short)


def _kind(head: Head) -> str | None:
    if head.is_name:
        return "text name"
    return None if head.right else "text"


def _parts(writing: Writing) -> Markup:
    words, view = writing.words, writing.view
    columns = [Column(words.step[view.span.step], "text"), *figure_columns(writing)]
    rows = [[writing.long(part), *figure_cells(writing, part.figures)] for part in view.parts]
    foot = [words.together, *figure_cells(writing, view.figures)]
    weekends = [writing.is_weekend(part) for part in view.parts]
    title = f"{words.figures} {writing.by_step}"
    return _section(title, table(columns, rows, foot=foot, strong=weekends), short=False)


def _footer(writing: Writing) -> Markup:
    words = writing.words
    made = words.made.format(time=writing.notation.moment(writing.view.made_us))
    return element("footer", None, f"{made} · {words.program.format(version=__version__)}")
