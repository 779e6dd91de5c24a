"""The chart of prices in time."""

from __future__ import annotations

from decimal import Decimal

from source.model import Prices
from source.reports.page.canvas import Canvas
from source.reports.page.charts import Range, Step, Subject, range_chart, step_chart
from source.reports.page.frame import LOW, both, hour_label
from source.reports.page.markup import Markup
from source.reports.view import PartFigures, PriceRange
from source.reports.writing import Writing

NANO_PER_UNIT = 1_000_000_000


def price_chart(writing: Writing) -> Markup:
    """The price in time: each quarter hour, or lowest, mean and highest of each part; nothing
    where it is always the same."""
    view = writing.view
    if view.prices is None:
        return Markup("")
    if view.span.step == "hour":
        return _price_curve(writing, view.prices)
    ranges = view.price_ranges
    subject = _price_subject(
        writing, min(r.low for r in ranges), max(r.high for r in ranges), len(ranges)
    )
    drawn = [
        Range(
            writing.short(part),
            _range_told(writing, part, one),
            one.low,
            one.mean,
            one.high,
            writing.is_weekend(part),
        )
        for part, one in zip(view.parts, ranges, strict=True)
    ]
    title = writing.words.price_chart
    keys = [("band", writing.words.range_key), ("mean-key", writing.words.mean_key)]

    def draw(canvas: Canvas) -> Markup:
        return range_chart(canvas, subject, drawn)

    return both(title, "p", draw, heights=(LOW, LOW), keys=keys)


def _price_curve(writing: Writing, prices: Prices) -> Markup:
    nano = prices.import_nano
    subject = _price_subject(
        writing, min(nano) / NANO_PER_UNIT, max(nano) / NANO_PER_UNIT, len(nano)
    )
    steps = [
        Step(hour_label(writing, prices.first_quarter + place), value / NANO_PER_UNIT, bool(guess))
        for place, (value, guess) in enumerate(zip(nano, prices.assumed, strict=True))
    ]

    def draw(canvas: Canvas) -> Markup:
        return step_chart(canvas, subject, "price", steps, from_zero=False)

    return both(subject.title, "p", draw, heights=(LOW, LOW))


def _price_subject(writing: Writing, low: float, high: float, count: int) -> Subject:
    notation, words = writing.notation, writing.words
    text = words.price_chart_text if writing.view.span.step == "hour" else words.range_chart_text
    return Subject(
        title=words.price_chart,
        description=text.format(count=count, low=_price(writing, low), high=_price(writing, high)),
        unit=f"{notation.sign}/kWh",
        tick_text=notation.number,
    )


def _range_told(writing: Writing, part: PartFigures, one: PriceRange) -> str:
    low, mean, high = (_price(writing, price) for price in (one.low, one.mean, one.high))
    words = writing.words
    return (
        f"{writing.long(part)}\n{words.lowest}: {low}\n{words.mean_price}: {mean}\n"
        f"{words.highest}: {high}"
    )


def _price(writing: Writing, price_per_kwh: float) -> str:
    return writing.notation.price(Decimal(repr(price_per_kwh)))
