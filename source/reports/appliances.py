"""What is told of single appliances: their runs and their standby, for text and page alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from source.reports.block import Block, Head
from source.reports.priced import PricedRun
from source.reports.writing import Writing

SUMMED_STEPS = ("month", "year")
"""A span that is shown in these parts has hundreds of runs: their sums are told."""


def runs_block(writing: Writing) -> Block | None:
    """The runs that begin in the span; of a long one their sums: of the house by appliance, of an
    appliance by part. None where there is no run."""
    if not writing.view.runs:
        return None
    is_long = writing.view.span.step in SUMMED_STEPS
    return _sums(writing) if is_long else _each(writing)


def _each(writing: Writing) -> Block:
    view, words, notation = writing.view, writing.words, writing.notation
    named = view.is_house
    heads = [
        Head(words.begin, right=False),
        *([Head(words.device, right=False, is_name=True)] if named else []),
        Head(words.duration, spare=1),
        Head(words.energy),
        Head(words.cost),
        Head(words.peak, spare=2),
    ]
    rows = [
        (
            notation.moment(one.run.start_us),
            *([one.run.device] if named else []),
            _lasted(writing, one),
            *_sum_cells(writing, [one]),
        )
        for one in view.runs
    ]
    count = words.run_count(len(view.runs))
    foot = (count, *([""] if named else []), _duration(writing, view.runs))
    return Block(words.runs, heads, rows, foot=(*foot, *_sum_cells(writing, view.runs)))


def _sums(writing: Writing) -> Block:
    words, view = writing.words, writing.view
    name = words.device if view.is_house else words.step[view.span.step]
    heads = [
        Head(name, right=False, is_name=view.is_house),
        Head(words.count),
        Head(words.duration),
        Head(words.energy),
        Head(words.cost),
        Head(words.peak, spare=3),
        Head(words.energy_each, spare=2),
        Head(words.cost_each, spare=1),
    ]
    rows = [(name, *_group_cells(writing, runs)) for name, runs in _groups(writing)]
    foot = (words.together, *_group_cells(writing, view.runs))
    return Block(words.runs, heads, rows, foot=foot)


def _groups(writing: Writing) -> Iterator[tuple[str, list[PricedRun]]]:
    view = writing.view
    if view.is_house:
        for device in sorted({one.run.device for one in view.runs}):
            yield device, [one for one in view.runs if one.run.device == device]
        return
    for part in view.parts:
        begin_us, end_us = part.period.start_us, part.period.end_us
        within = [one for one in view.runs if begin_us <= one.run.start_us < end_us]
        if within:
            yield writing.long(part), within


def _group_cells(writing: Writing, runs: Sequence[PricedRun]) -> Iterator[str]:
    notation, count = writing.notation, len(runs)
    yield notation.number(count, 0)
    yield _duration(writing, runs)
    yield from _sum_cells(writing, runs)
    yield notation.kwh(sum(one.run.energy_wh for one in runs) / count)
    yield notation.money(_cost(runs) / count)


def _sum_cells(writing: Writing, runs: Sequence[PricedRun]) -> tuple[str, str, str]:
    """Energy and cost in all, and the highest peak."""
    notation = writing.notation
    return (
        notation.kwh(sum(one.run.energy_wh for one in runs)),
        notation.money(_cost(runs)),
        notation.watts(max(one.run.peak_w for one in runs)),
    )


def _cost(runs: Sequence[PricedRun]) -> Decimal:
    return sum((one.cost for one in runs), Decimal(0))


def _duration(writing: Writing, runs: Sequence[PricedRun]) -> str:
    return writing.duration(sum(one.run.end_us - one.run.start_us for one in runs))


def _lasted(writing: Writing, one: PricedRun) -> str:
    so_far = "" if one.is_over else f" ({writing.words.so_far})"
    return _duration(writing, [one]) + so_far


def standby_block(writing: Writing) -> Block | None:
    """The one with the highest power first; None where nothing is known."""
    view, words, notation = writing.view, writing.words, writing.notation
    if not view.standby:
        return None
    texts = (words.standby_power, words.per_year, words.cost_per_year, words.night_saving)
    heads = [Head(words.device, right=False, is_name=True), *(Head(text) for text in texts)]
    ranked = sorted(view.standby, key=lambda one: -one.power_w)
    rows = [
        (
            one.device,
            notation.watts(one.power_w),
            notation.united(notation.number(one.energy_wh_year / 1000.0, 1), "kWh"),
            notation.whole_money(one.cost_year),
            notation.whole_money(one.night_cost_year),
        )
        for one in ranked
    ]
    in_the_dark = ", ".join(one.device for one in ranked if one.is_of_the_dark)
    note = words.dark_note.format(names=in_the_dark)
    notes = (words.standby_note, *([note] if in_the_dark else []))
    return Block(words.standby, heads, rows, notes)
