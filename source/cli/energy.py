"""Command ``energy``: what a device took and cost in any span of time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from source.cli.local import NOW, iso
from source.cli.options import check_known, configured, files_option, json_option, opened_journal
from source.cli.output import print_json
from source.cli.spans import span_of
from source.config.models import Configuration, General
from source.journal.reader import JournalReader
from source.model import US_PER_S, Bill, Period, Totals
from source.period import local_text
from source.plaintext import visible
from source.reports.calculation import Calculation
from source.reports.figures import Figures
from source.reports.house import removed
from source.reports.table import cost_text, price_text
from source.tariffs.book import PriceBook
from source.timing import SystemClock


@dataclass(frozen=True, slots=True)
class Answer:
    """What is printed."""

    device: str
    period: Period
    totals: Totals
    bill: Bill
    general: General

    @property
    def completeness_percent(self) -> float:
        return 100.0 - self.totals.missing_percent

    @property
    def assumed_percent(self) -> float:
        return Figures(self.totals, self.bill, self.general.currency).assumed_percent


@click.command()
@click.argument("device")
@click.option("--from", "start", required=True, metavar="T", help="Where the span begins.")
@click.option("--to", "end", default=NOW, show_default=True, metavar="T", help="Where it ends.")
@json_option
@files_option
def energy(device: str, start: str, end: str, as_json: bool, files: Path | None) -> int:
    """Print energy, polls and cost of DEVICE in a span of time.

    T is a date (its midnight), a date and time such as "2026-01-31 18:30", or now; in the
    configured time zone unless it ends with an offset such as +01:00 or Z. What is measured
    exactly at --from does not count, at --to it does.
    """
    configuration = configured(files)
    now_us = SystemClock().now_us()
    period = _period(start, end, configuration, now_us)
    with opened_journal(configuration.files) as reader:
        check_known(device, {*configuration.devices, *reader.devices()}, "DEVICE")
        answer = _answer(device, period, configuration, reader)
    if as_json:
        print_json(as_object(answer))
    else:
        click.echo("\n".join(as_lines(answer)))
    return 0


def _period(start: str, end: str, configuration: Configuration, now_us: int) -> Period:
    """The span; it ends now at the latest, since nothing is measured or missed after that."""
    zone = configuration.general.zone
    span = span_of(start, end, zone, now_us)
    if span.start_us >= now_us:
        raise click.BadParameter(
            f"{local_text(span.start_us, zone)} is in the future", param_hint="--from"
        )
    return Period(span.start_us, min(span.end_us, now_us))


def _answer(
    device: str, period: Period, configuration: Configuration, reader: JournalReader
) -> Answer:
    book = PriceBook(configuration, reader.prices)
    entry = configuration.devices.get(device) or removed(device)
    report = Calculation(reader, book, configuration).of_device(entry, "day", period)
    return Answer(device, period, report.totals, report.bill, configuration.general)


def as_object(answer: Answer) -> dict[str, object]:
    """For ``--json``: units in the names, times with offset."""
    totals, general = answer.totals, answer.general
    return {
        "device": answer.device,
        "from": iso(answer.period.start_us, general.zone),
        "to": iso(answer.period.end_us, general.zone),
        "energy_wh": round(totals.energy_wh, 6),
        "returned_wh": round(totals.returned_wh, 6),
        "estimated_wh": round(totals.estimated_wh, 6),
        "good_polls": totals.good_polls,
        "failed_polls": totals.failed_polls,
        "unmetered_polls": totals.unmetered_polls,
        "expected_polls": round(totals.expected_polls),
        "completeness_percent": round(answer.completeness_percent, 3),
        "measured_percent": round(totals.measured_percent, 3),
        "estimated_percent": round(totals.estimated_percent, 3),
        "set_aside_wh": round(totals.set_aside_wh, 6),
        "longest_gap_s": round(totals.longest_gap_us / US_PER_S, 3),
        "price_per_kwh": round(float(answer.bill.price_per_kwh), 9),
        "assumed_price_percent": round(answer.assumed_percent, 3),
        "cost": round(float(answer.bill.cost), 9),
        "base_cost": round(float(answer.bill.base_cost), 9),
        "revenue": round(float(answer.bill.revenue), 9),
        "currency": general.currency,
    }


def as_lines(answer: Answer) -> list[str]:
    """For people."""
    totals, general, period = answer.totals, answer.general, answer.period
    start, end = (local_text(t_us, general.zone) for t_us in (period.start_us, period.end_us))
    rows = [
        ("energy taken", f"{totals.energy_wh:.3f}", "Wh"),
        ("energy returned", f"{totals.returned_wh:.3f}", "Wh"),
        ("of both estimated", f"{totals.estimated_wh:.3f}", "Wh"),
        *_set_aside(totals),
        ("polls good", str(totals.good_polls), ""),
        ("polls failed", str(totals.failed_polls), ""),
        *_unmetered(totals),
        ("polls expected", str(round(totals.expected_polls)), ""),
        ("completeness", f"{answer.completeness_percent:.1f}", "% of the polls"),
        ("measured", f"{totals.measured_percent:.1f}", "% of the time"),
        ("estimated", f"{totals.estimated_percent:.1f}", "% of the time"),
        ("cost", cost_text(answer.bill.cost), f"{general.currency} ({_price(answer)})"),
        *_base(answer),
        *_revenue(answer),
        *_assumed(answer),
    ]
    names = max(len(name) for name, _, _ in rows)
    width = max(len(number) for _, number, _ in rows)
    return [
        f"{visible(answer.device)}, {start} to {end} ({general.zone})",
        *(f"  {name:<{names}}  {number:>{width}} {unit}".rstrip() for name, number, unit in rows),
    ]


def _set_aside(totals: Totals) -> list[tuple[str, str, str]]:
    """A row for what a counter jumped further than the socket can carry, where it did."""
    set_aside_wh = totals.set_aside_wh
    return (
        [("not counted", f"{set_aside_wh:.3f}", "Wh (the counter jumped)")] if set_aside_wh else []
    )


def _unmetered(totals: Totals) -> list[tuple[str, str, str]]:
    """A row for those of the good polls that brought no energy, where there are some."""
    count = totals.unmetered_polls
    return [("polls without energy", str(count), "")] if count else []


def _base(answer: Answer) -> list[tuple[str, str, str]]:
    """A row for the base price in the cost, where there is some."""
    base_cost = answer.bill.base_cost
    return [("of it base price", cost_text(base_cost), answer.general.currency)] * bool(base_cost)


def _revenue(answer: Answer) -> list[tuple[str, str, str]]:
    """A row for what the energy fed in earns, where it does."""
    revenue = answer.bill.revenue
    return [("revenue", cost_text(revenue), answer.general.currency)] if revenue else []


def _assumed(answer: Answer) -> list[tuple[str, str, str]]:
    """A row for energy whose market price is not known."""
    percent = answer.assumed_percent
    return [("price assumed", f"{percent:.1f}", "% of the energy")] if percent else []


def _price(answer: Answer) -> str:
    return f"{price_text(answer.bill.price_per_kwh)} {answer.general.currency}/kWh"
