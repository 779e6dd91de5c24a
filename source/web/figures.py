"""The figures of a span for the page: what a report tells, with what it is compared with.

A finished span is computed once, as long as nothing of it changes: its key has the configuration
in force, and how far each device's measurement and search for runs have come, up to the span's end.
A socket that comes back after a gap brings energy into the past, and with that another key.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from source.config.models import Configuration
from source.journal.reader import JournalReader
from source.model import QUARTER_US, US_PER_S, Period, Prices
from source.period import quarters_of
from source.reports.exchange import as_json, figures_object
from source.reports.figures import Figures, money_text
from source.reports.house import TOTAL
from source.reports.iso import local_iso
from source.reports.span import Span
from source.reports.survey import Survey
from source.reports.view import View
from source.tariffs.book import PriceBook
from source.web.comparison import (
    Beside,
    all_years,
    before,
    beside,
    navigation,
    percent,
    year_before,
)
from source.web.context import Context
from source.web.kept import Kept

DOCUMENTS, FIGURES = 40, 400
"""So many are kept: a document of a month of 50 sockets is about 100 kB."""
FINISHED_S = 3600.0
"""Prices may be corrected by whom they come from, and a damaged journal be made anew."""
ASSUMED_S = 60.0
"""For as long as prices are missing in it."""
SETTLED_US = 60 * US_PER_S
"""After its end the last points of a span may still wait for their commit."""
RUNNING_S, RUNNING_MOST_S, RUNNING_SHARE = 5.0, 300.0, 20.0
"""A span that goes on is computed anew after so many times of what it took."""
NANO = 1_000_000_000

LATE_SHARE = 0.02
"""Where the records begin no later than that in an earlier span, it is compared."""

Object = dict[str, object]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a question is asked of: one state of the journal and one configuration."""

    reader: JournalReader
    configuration: Configuration
    survey: Survey
    now_us: int


def looked(context: Context, reader: JournalReader) -> Looked:
    """At this moment."""
    configuration = context.configuration
    book = PriceBook(configuration, reader.prices)
    return Looked(
        reader, configuration, Survey(reader, book, configuration), context.clock.now_us()
    )


def view_of(context: Context, subject: str, span: Span) -> View:
    """All of a span, up to now at the latest; blocks. Raises JournalError."""
    with context.open_reader() as reader:
        look = looked(context, reader)
        return look.survey.view(subject, span, look.now_us)


class FiguresOf:
    """Computes and keeps; its methods block, and may be called from any thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        monotonic = context.clock.monotonic
        self._documents: Kept[Object] = Kept(DOCUMENTS, monotonic)
        self._figures: Kept[Figures] = Kept(FIGURES, monotonic)

    def known(self, subject: str, span: Span) -> Object | None:
        """The document where it is kept; None where it has to be computed."""
        with self._context.open_reader() as reader:
            return self._documents.get(self._key(looked(self._context, reader), subject, span))

    def document(self, subject: str, span: Span) -> Object:
        """All of a span, up to now at the latest. Raises JournalError."""
        with self._context.open_reader() as reader:
            look = looked(self._context, reader)
            key = self._key(look, subject, span)
            found = self._documents.get(key)
            if found is not None:
                return found
            began = time.monotonic()
            view = look.survey.view(subject, span, look.now_us)
            made = self._document(look, view)
            took_s = time.monotonic() - began
            return self._documents.put(key, made, _keep_s(view, took_s))

    def years(self, subject: str) -> list[tuple[Span, Period, Figures]]:
        """Each calendar year since the first record, up to now. Raises JournalError."""
        with self._context.open_reader() as reader:
            look = looked(self._context, reader)
            begins_us = look.survey.begins_us(subject)
            zone = look.configuration.general.zone
            return [
                (span, past, self._of(look, subject, past))
                for span in all_years(begins_us, zone, look.now_us)
                for past in [_past(span, look)]
            ]

    # --- what is kept ---

    def _key(self, look: Looked, subject: str, span: Span) -> Hashable:
        return (*self._state(look, subject, span.whole), span.kind, span.first, span.end)

    def _state(self, look: Looked, subject: str, period: Period) -> tuple[Hashable, ...]:
        """What the figures of a period depend on."""
        devices = look.reader.devices()
        names = devices if subject == TOTAL else [subject]
        progress = (
            tuple(
                (
                    name,
                    min(look.reader.metered_until_us(name) or 0, period.end_us),
                    min(look.reader.runs_scanned_us(name) or 0, period.end_us),
                )
                for name in names
            )
            if period.end_us <= look.now_us
            else ()
        )
        return subject, _Same(look.configuration), tuple(devices), progress

    def _of(self, look: Looked, subject: str, period: Period) -> Figures:
        """The figures of a period that is over, kept where it is of whole days."""
        state = self._state(look, subject, period)
        key = (*state, period.start_us, period.end_us)
        found = self._figures.get(key)
        if found is None:
            began = time.monotonic()
            found = look.survey.figures(subject, period)
            assumed = found.bill.assumed_wh > 0.0
            for_s = ASSUMED_S if assumed else FINISHED_S
            if period.end_us >= look.now_us:
                for_s = _running_s(time.monotonic() - began)
            self._figures.put(key, found, for_s)
        return found

    # --- the document ---

    def _document(self, look: Looked, view: View) -> Object:
        span, figures = view.span, view.figures
        found = as_json(view)
        earlier = self._beside(look, view, before(span))
        found["begins"] = None if view.begins_us is None else local_iso(view.begins_us, span.zone)
        found["previous"] = earlier
        found["year_before"] = self._beside(look, view, year_before(span))
        found["change_percent"] = None if earlier is None else earlier["change_percent"]
        to = navigation(span, view.begins_us, look.now_us)
        found["navigation"] = {"previous": to.previous, "next": to.next, "up": to.up}
        found["prices"] = None if view.prices is None else prices_object(view, view.prices)
        found["stack"] = list(stack(view))
        found["base_cost"] = money_text(figures.bill.base_cost)
        return found

    def _beside(self, look: Looked, view: View, earlier: Span | None) -> Object | None:
        """None where there are no records of the earlier span."""
        if earlier is None or view.begins_us is None:
            return None
        if view.begins_us >= earlier.whole.end_us:
            return None
        found = beside(view.span, earlier, look.now_us)
        if view.begins_us >= found.period.end_us or found.period.start_us >= found.period.end_us:
            return None
        return _beside_object(found, self._of(look, view.subject, found.period), view)


class _Same:
    """A configuration as a key: the very object, not one that is equal to it."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other._configuration is self._configuration

    def __hash__(self) -> int:
        return id(self._configuration)


def _past(span: Span, look: Looked) -> Period:
    whole = span.whole
    return Period(whole.start_us, min(whole.end_us, look.now_us))


def _keep_s(view: View, took_s: float) -> float:
    if view.made_us < view.period.end_us + SETTLED_US or not view.is_over:
        return _running_s(took_s)
    is_assumed = view.prices is not None and any(view.prices.assumed)
    goes_on = any(not one.is_over for one in view.runs)
    return ASSUMED_S if is_assumed or goes_on else FINISHED_S


def _running_s(took_s: float) -> float:
    return min(max(RUNNING_S, took_s * RUNNING_SHARE), RUNNING_MOST_S)


def _beside_object(found: Beside, figures: Figures, view: View) -> Object:
    """Percent only where both have records from their beginning on."""
    zone, now = view.span.zone, view.figures
    period, begins_us = found.period, view.begins_us
    latest_us = period.start_us + round((period.end_us - period.start_us) * LATE_SHARE)
    is_comparable = begins_us is not None and begins_us <= latest_us
    return {
        "label": found.span.label,
        "start": local_iso(found.period.start_us, zone),
        "end": local_iso(found.period.end_us, zone),
        "is_part": found.is_part,
        "is_comparable": is_comparable,
        "figures": figures_object(figures),
        "change_percent": {
            "energy": percent(now.totals.energy_wh, figures.totals.energy_wh),
            "cost": percent(float(now.bill.cost), float(figures.bill.cost)),
        }
        if is_comparable
        else None,
    }


def stack(view: View) -> Iterator[Object]:
    """Each device of the house in each part; None where it has no records."""
    for one in view.devices:
        yield {
            "device": one.device,
            "energy_kwh": [
                None if p is None else round(p.energy_wh / 1000.0, 6) for p in one.parts
            ],
            "cost": [None if p is None else round(float(p.cost), 6) for p in one.parts],
        }


def prices_object(view: View, prices: Prices) -> Object:
    """By quarter hours where the parts are hours; else mean, lowest and highest of each part."""
    if view.span.step == "hour":
        return {
            "step": "quarter",
            "time_s": _times_s(prices),
            "import_per_kwh": _per_kwh(prices.import_nano),
            "low_per_kwh": None,
            "high_per_kwh": None,
            "feed_in_per_kwh": _per_kwh(prices.feed_in_nano),
            "assumed": [int(one) for one in prices.assumed],
        }
    cuts = [_cut(prices, part.period) for part in view.parts]
    return {
        "step": view.span.step,
        "time_s": [part.period.start_us // US_PER_S for part in view.parts],
        "import_per_kwh": [round(one.mean, 6) for one in view.price_ranges],
        "low_per_kwh": [round(one.low, 6) for one in view.price_ranges],
        "high_per_kwh": [round(one.high, 6) for one in view.price_ranges],
        "feed_in_per_kwh": [_mean(prices.feed_in_nano[cut]) for cut in cuts],
        "assumed": [int(any(prices.assumed[cut])) for cut in cuts],
    }


def _cut(prices: Prices, period: Period) -> slice:
    quarters = quarters_of(period)
    first = quarters.start - prices.first_quarter
    return slice(first, first + len(quarters))


def _times_s(prices: Prices) -> list[int]:
    first = prices.first_quarter
    count = len(prices.import_nano)
    return [quarter * QUARTER_US // US_PER_S for quarter in range(first, first + count)]


def _per_kwh(nano: Sequence[int]) -> list[float]:
    return [round(one / NANO, 6) for one in nano]


def _mean(nano: Sequence[int]) -> float:
    return round(sum(nano) / (len(nano) or 1) / NANO, 6)
