"""What a page or a text needs: the view, the words, and how numbers are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from source.model import QUARTER_US, US_PER_S, Totals
from source.reports.figures import Figures
from source.reports.money import Notation
from source.reports.view import PartFigures, View
from source.reports.words import WORDS, Words
from source.text import duration_text

COMPLETE, NONE = "100", "–"


@dataclass(frozen=True, slots=True)
class Writing:
    """A view, to be written in one language and one place's notation."""

    view: View
    notation: Notation

    @property
    def words(self) -> Words:
        return WORDS[self.notation.language]

    # --- names ---

    @property
    def subject(self) -> str:
        return self.words.whole_house if self.view.is_house else self.view.subject

    @property
    def span(self) -> str:
        """The span's name: a day, a month, a year, or from when to when."""
        span, notation = self.view.span, self.notation
        if span.kind == "day":
            return notation.full_day(span.first)
        if span.kind == "month":
            return notation.month(span.first)
        if span.kind == "year":
            return str(span.first.year)
        return f"{notation.day(span.first)} – {notation.day(span.end - timedelta(days=1))}"

    @property
    def by_step(self) -> str:
        return self.words.by_step[self.view.span.step]

    def short(self, part: PartFigures) -> str:
        """Below a bar."""
        step = self.view.span.step
        if step == "hour":
            return f"{part.begin:%H}"
        if step == "day":
            return str(part.begin.day)
        if step == "month":
            return self.notation.short_month(part.begin.date())
        return str(part.begin.year)

    def long(self, part: PartFigures) -> str:
        """In a table."""
        step, day = self.view.span.step, part.begin.date()
        if step == "hour":
            clock = self._hour(part)
            several = (self.view.span.end - self.view.span.first).days > 1
            return f"{self.notation.weekday_and_day(day)} {clock}" if several else clock
        if step == "day":
            return self.notation.weekday_and_day(day)
        return self.notation.month(day) if step == "month" else str(day.year)

    def _hour(self, part: PartFigures) -> str:
        """What the clocks show; the hour that autumn repeats is told apart by its zone."""
        begin = self.notation.local(part.period.start_us)
        is_repeated = begin.replace(fold=0).utcoffset() != begin.replace(fold=1).utcoffset()
        return f"{begin:%H:%M %Z}" if is_repeated else f"{part.begin:%H:%M}"

    def is_weekend(self, part: PartFigures) -> bool:
        """Told for days; the other parts have no weekday, or all the same."""
        return self.view.span.step == "day" and part.begin.weekday() > 4

    # --- values ---

    def duration(self, span_us: int) -> str:
        return duration_text(span_us / US_PER_S)

    def compact(self, totals: Totals) -> str:
        """Measured, estimated and missing in percent, in a few characters."""
        if not totals.span_us:
            return NONE
        if totals.measured_percent >= 100.0:
            return COMPLETE
        shares = (totals.measured_percent, totals.estimated_percent, missing_percent(totals))
        return " / ".join(self.notation.percent(s).replace("\u00a0%", "") for s in shares)

    def completeness(self, totals: Totals) -> str:
        """The same in words."""
        notation, words = self.notation, self.words
        told = [
            f"{notation.percent(totals.measured_percent)} {words.measured}",
            f"{notation.percent(totals.estimated_percent)} {words.estimated}",
            f"{notation.percent(missing_percent(totals))} {words.missing}",
        ]
        return ", ".join(told)

    def known(self, totals: Totals) -> str:
        """The same without what is nothing."""
        percent, words = self.notation.percent, self.words
        shares = (
            (totals.measured_percent, words.measured),
            (totals.estimated_percent, words.estimated),
            (missing_percent(totals), words.missing),
        )
        return ", ".join(f"{percent(share)} {word}" for share, word in shares if share > 0.0)

    # --- the figures of a row ---

    def figure_heads(self) -> list[tuple[str, int]]:
        """Of what ``figure_cells`` gives, and how easily each is spared: 0 is never left out."""
        words, sign = self.words, self.notation.sign
        heads = [(f"{words.energy} kWh", 0)]
        if self.has_returned:
            heads.append((f"{words.returned} kWh", 2))
        heads.append((f"{words.cost} {sign}", 0))
        if self.has_revenue:
            heads.append((f"{words.revenue} {sign}", 3))
        heads.append((f"{words.mean_price} {sign}/kWh", 6))
        if self.has_switch_ons:
            heads.append((words.switch_ons, 5))
        return heads

    def figure_cells(self, figures: Figures) -> list[str]:
        """Energy and money without their units; a dash where there is nothing to tell."""
        notation, totals, bill = self.notation, figures.totals, figures.bill
        if not totals.span_us:  # before the first reading
            return [NONE] * len(self.figure_heads())
        cells = [notation.kwh_number(totals.energy_wh)]
        if self.has_returned:
            cells.append(notation.kwh_number(totals.returned_wh) if totals.returned_wh else NONE)
        cells.append(notation.money_number(bill.cost))
        if self.has_revenue:
            cells.append(notation.money_number(bill.revenue) if bill.revenue else NONE)
        cells.append(notation.price_number(bill.price_per_kwh))
        if self.has_switch_ons:
            ons = figures.switch_ons
            cells.append(NONE if ons is None else notation.number(ons, 0))
        return cells

    def balance(self) -> Decimal:
        """What is to be paid when what feeding in earned is taken off."""
        bill = self.view.figures.bill
        return bill.cost - bill.revenue

    # --- what there is to tell ---

    @property
    def begins_note(self) -> str | None:
        """When the records begin, where that is within the period, and what it means."""
        begins_us = self.view.begins_us
        if begins_us is None or begins_us <= self.view.period.start_us + QUARTER_US:
            return None
        note = self.words.begins_note.format(time=self.notation.moment(begins_us))
        has_base = self.view.figures.bill.base_cost
        return f"{note} {self.words.base_note}" if has_base else note

    @property
    def has_returned(self) -> bool:
        return self.view.figures.totals.returned_wh > 0.0

    @property
    def has_revenue(self) -> bool:
        return self.view.figures.bill.revenue != 0

    @property
    def has_switch_ons(self) -> bool:
        return self.view.figures.switch_ons is not None


def missing_percent(totals: Totals) -> float:
    """The share of the time of which nothing is known, 0 … 100; 0 of no time, as a house
    has before its first device."""
    if not totals.span_us:
        return 0.0
    rest = 100.0 - totals.measured_percent - totals.estimated_percent
    return rest if rest > 1e-9 else 0.0
