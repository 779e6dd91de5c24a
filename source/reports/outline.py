"""The report of a period as text: blocks of names and values, and of tables (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from source.reports.figures import Figures
from source.reports.writing import Writing

BAR_CELLS = 24
EIGHTHS = " ▏▎▍▌▋▊▉"
FULL = "█"
SPACES = {0x00A0: " ", 0x202F: " "}
"""Those that do not break a line, wide and narrow."""


@dataclass(frozen=True, slots=True)
class Head:
    """Of a column."""

    text: str
    right: bool = True
    is_name: bool = False
    """Of a device: it may be long."""


@dataclass(frozen=True, slots=True)
class Block:
    """A table below its title, and what is to be said of it."""

    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)
    has_heads: bool = True


def outline(writing: Writing) -> Iterator[Block]:
    """What the page tells, but for its charts; with the spaces that every terminal knows."""
    for block in _blocks(writing):
        rows = [[cell.translate(SPACES) for cell in row] for row in block.rows]
        notes = [note.translate(SPACES) for note in block.notes]
        yield replace(block, rows=rows, notes=notes)


def _blocks(writing: Writing) -> Iterator[Block]:
    yield _summary(writing)
    yield _parts(writing)
    if writing.view.devices:
        yield _devices(writing)
    if writing.view.runs:
        yield _runs(writing)
    if writing.view.standby:
        yield _standby(writing)


def title_of(writing: Writing) -> str:
    """Whose report it is, and of when."""
    so_far = "" if writing.view.is_over else f" ({writing.words.so_far})"
    return f"{writing.subject} · {writing.span}{so_far}"


def _summary(writing: Writing) -> Block:
    view, words, notation = writing.view, writing.words, writing.notation
    totals = view.figures.totals
    until = words.until.format(
        start=notation.moment(view.period.start_us),
        end=notation.moment(view.period.end_us),
        zone=notation.zone,
    )
    begins = writing.begins
    notes = () if begins is None else (words.begins_note.format(time=begins),)
    rows = [
        *_amounts(writing),
        (words.completeness, writing.completeness(totals)),
        (words.longest_gap, writing.duration(totals.longest_gap_us)),
        (words.failed_polls, notation.number(totals.failed_polls, 0)),
    ]
    return Block(
        until, (Head("", right=False), Head("", right=False)), rows, notes, has_heads=False
    )


def _amounts(writing: Writing) -> Iterator[tuple[str, str]]:
    words, notation, figures = writing.words, writing.notation, writing.view.figures
    totals, bill = figures.totals, figures.bill
    yield words.energy, notation.kwh(totals.energy_wh)
    if writing.has_returned:
        yield words.returned, notation.kwh(totals.returned_wh)
    base = words.base_in_cost.format(amount=notation.money(bill.base_cost))
    yield words.cost, notation.money(bill.cost) + (f" ({base})" if bill.base_cost else "")
    if writing.has_revenue:
        yield words.revenue, notation.money(bill.revenue)
        yield words.balance, notation.money(writing.balance())
    yield words.mean_price, notation.price(bill.price_per_kwh)
    if figures.switch_ons is not None:
        yield words.switch_ons, f"{notation.number(figures.switch_ons, 0)} ×"


def _parts(writing: Writing) -> Block:
    view, words = writing.view, writing.words
    highest_wh = max((part.figures.totals.energy_wh for part in view.parts), default=0.0)
    heads = [
        Head(words.step[view.span.step], right=False),
        *_figure_heads(writing),
        Head("", right=False),
    ]
    rows = [
        (
            writing.long(part),
            *_figure_cells(writing, part.figures),
            bar_text(part.figures.totals.energy_wh, highest_wh),
        )
        for part in view.parts
    ]
    return Block(f"{words.figures} {writing.by_step}", heads, rows, tuple(_notes(writing)))


def _notes(writing: Writing) -> Iterator[str]:
    words, notation, figures = writing.words, writing.notation, writing.view.figures
    if figures.bill.assumed_wh > 0.0:
        yield words.assumed_note.format(
            energy=notation.kwh(figures.bill.assumed_wh),
            percent=notation.percent(figures.assumed_percent),
        )
    if figures.totals.set_aside_wh:
        yield words.set_aside_note.format(energy=notation.kwh(figures.totals.set_aside_wh))


def _devices(writing: Writing) -> Block:
    view, words, notation = writing.view, writing.words, writing.notation
    heads = [
        Head(words.device, right=False, is_name=True),
        *_figure_heads(writing),
        Head(words.share),
        Head("", right=False),
    ]
    rows = [
        (
            one.device,
            *_figure_cells(writing, one.figures),
            notation.percent(one.energy_percent),
            bar_text(one.energy_percent, 100.0),
        )
        for one in view.devices
    ]
    total = (words.together, *_figure_cells(writing, view.figures), "", "")
    left_out = words.left_out.format(names=", ".join(view.left_out))
    return Block(words.devices, heads, [*rows, total], (left_out,) if view.left_out else ())


def _figure_heads(writing: Writing) -> Iterator[Head]:
    yield from map(Head, writing.figure_heads())
    yield Head(writing.words.short_head)


def _figure_cells(writing: Writing, figures: Figures) -> Iterator[str]:
    yield from writing.figure_cells(figures)
    yield writing.compact(figures.totals)


def _runs(writing: Writing) -> Block:
    view, words, notation = writing.view, writing.words, writing.notation
    heads = [
        Head(words.begin, right=False),
        *([Head(words.device, right=False, is_name=True)] if view.is_house else []),
        *(Head(text) for text in (words.duration, words.energy, words.cost, words.peak)),
    ]
    rows = [
        (
            notation.moment(one.run.start_us),
            *([one.run.device] if view.is_house else []),
            writing.duration(one.run.end_us - one.run.start_us),
            notation.kwh(one.run.energy_wh),
            notation.money(one.cost),
            notation.watts(one.run.peak_w),
        )
        for one in view.runs
    ]
    return Block(words.runs, heads, rows)


def _standby(writing: Writing) -> Block:
    view, words, notation = writing.view, writing.words, writing.notation
    texts = (words.standby_power, words.per_year, words.cost_per_year, words.night_saving)
    heads = [Head(words.device, right=False, is_name=True), *(Head(text) for text in texts)]
    rows = [
        (
            one.device,
            notation.watts(one.power_w),
            notation.united(notation.number(one.energy_wh_year / 1000.0, 1), "kWh"),
            notation.whole_money(one.cost_year),
            notation.whole_money(one.night_cost_year),
        )
        for one in sorted(view.standby, key=lambda one: -one.power_w)
    ]
    return Block(words.standby, heads, rows, (words.standby_note,))


def bar_text(value: float, highest: float) -> str:
    """A bar of characters, to an eighth of one."""
    if value <= 0.0 or highest <= 0.0:
        return ""
    eighths = max(1, round(min(1.0, value / highest) * BAR_CELLS * 8))
    return (FULL * (eighths // 8) + EIGHTHS[eighths % 8]).rstrip()
