"""The report of a period as text: blocks of names and values, and of tables (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from source.reports.appliances import runs_block, standby_block
from source.reports.block import Block, Head
from source.reports.figures import Figures
from source.reports.writing import Writing

BAR_CELLS = 24
EIGHTHS = " ▏▎▍▌▋▊▉"
FULL = "█"
BAR_SPARE, SHARE_SPARE, COMPLETE_SPARE = 9, 4, 1
"""Which columns go where there is no room for all; those of the figures lie in between."""
SPACES = {0x00A0: " ", 0x202F: " "}
"""Those that do not break a line, wide and narrow."""


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
    for block in (runs_block(writing), standby_block(writing)):
        if block is not None:
            yield _with_foot(block)


def _with_foot(block: Block) -> Block:
    """A text has its sum as its last row."""
    return block if block.foot is None else replace(block, rows=[*block.rows, block.foot])


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
    note = writing.begins_note
    rows = [
        *_amounts(writing),
        (words.completeness, writing.completeness(totals)),
        (words.longest_gap, writing.duration(totals.longest_gap_us)),
        (words.failed_polls, notation.number(totals.failed_polls, 0)),
    ]
    return Block(
        until,
        (Head("", right=False), Head("", right=False)),
        rows,
        () if note is None else (note,),
        has_heads=False,
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
        Head("", right=False, spare=BAR_SPARE),
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
        Head(words.share, spare=SHARE_SPARE),
        Head("", right=False, spare=BAR_SPARE),
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
    for text, spare in writing.figure_heads():
        yield Head(text, spare=spare)
    yield Head(writing.words.short_head, spare=COMPLETE_SPARE)


def _figure_cells(writing: Writing, figures: Figures) -> Iterator[str]:
    yield from writing.figure_cells(figures)
    yield writing.compact(figures.totals)


def bar_text(value: float, highest: float) -> str:
    """A bar of characters, to an eighth of one."""
    if value <= 0.0 or highest <= 0.0:
        return ""
    eighths = max(1, round(min(1.0, value / highest) * BAR_CELLS * 8))
    return (FULL * (eighths // 8) + EIGHTHS[eighths % 8]).rstrip()
