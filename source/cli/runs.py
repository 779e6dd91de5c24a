"""Command ``runs``: each run of an appliance, with its energy and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from source.cli.local import iso
from source.cli.options import check_known, configured, files_option, json_option, opened_journal
from source.cli.output import print_json, print_table
from source.cli.spans import instant
from source.config.models import Configuration
from source.journal.reader import JournalReader
from source.model import US_PER_S, Period, Run
from source.period import local_text
from source.plaintext import Column
from source.reports.priced import PricedRun, priced
from source.reports.runs_job import Known, known_runs
from source.reports.table import cost_text
from source.tariffs.book import PriceBook
from source.text import duration_text
from source.timing import SystemClock

UNDER_WAY, NO_NEWS = "under way", "no news"
RULE_HINT = '"run": {"start_w": 20, "end_w": 5, "end_after_s": 300}'


@dataclass(frozen=True, slots=True)
class Listed:
    """A run with its cost, and what else is to be said of it."""

    priced: PricedRun
    state: str = ""
    """Empty where it is over."""

    @property
    def run(self) -> Run:
        return self.priced.run


@click.command()
@click.argument("device")
@click.option("--from", "start", metavar="T", help="Those that end after this time.")
@click.option("--to", "end", metavar="T", help="Those that begin before this time.")
@json_option
@files_option
def runs(device: str, start: str | None, end: str | None, as_json: bool, files: Path | None) -> int:
    """List the runs of DEVICE, such as the washes of a washing machine, the oldest first.

    What a run is stands in devices.json, in the device's entry under "run". T is a date (its
    midnight), a date and time such as "2026-01-31 18:30", or now; in the configured time zone
    unless it ends with an offset.
    """
    configuration = configured(files)
    zone, now_us = configuration.general.zone, SystemClock().now_us()
    span = Period(
        0 if start is None else instant("--from", start, zone, now_us),
        now_us if end is None else instant("--to", end, zone, now_us),
    )
    if span.start_us >= span.end_us:
        raise click.BadParameter("is not after --from", param_hint="--to")
    with opened_journal(configuration.files) as reader:
        check_known(device, {*configuration.devices, *reader.devices()}, "DEVICE")
        listed = _listed(reader, configuration, device, span, now_us)
    if as_json:
        print_json([_as_object(one, configuration) for one in listed])
    elif listed:
        print_table(_columns(configuration), _rows(listed, zone))
    else:
        click.echo(f"{device} had no run in that time.")
    return 0


def _listed(
    reader: JournalReader, configuration: Configuration, device: str, span: Period, now_us: int
) -> list[Listed]:
    known = known_runs(reader, device, configuration.devices.get(device), now_us)
    if not known.has_rule and not known.over:
        raise click.BadParameter(
            f"what a run of {device} is, its entry in devices.json does not say, for instance"
            f" with {RULE_HINT}",
            param_hint="DEVICE",
        )
    book = PriceBook(configuration, reader.prices)
    return [
        Listed(priced(book, run), _state(known, run))
        for run in (*known.over, *known.under_way)
        if run.end_us > span.start_us and run.start_us < span.end_us
    ]


def _state(known: Known, run: Run) -> str:
    if run not in known.under_way:
        return ""
    return UNDER_WAY if known.is_fresh else NO_NEWS


def _columns(configuration: Configuration) -> tuple[Column, ...]:
    return (
        Column("start"),
        Column("end"),
        Column("duration", right=True),
        Column("kWh", right=True),
        Column(f"cost {configuration.general.currency}", right=True),
        Column("peak W", right=True),
        Column(""),
    )


def _rows(listed: Sequence[Listed], zone: ZoneInfo) -> list[tuple[str, ...]]:
    rows = [
        (
            local_text(one.run.start_us, zone),
            local_text(one.run.end_us, zone),
            _duration(one.run),
            _kwh(one.run.energy_wh),
            cost_text(one.priced.cost),
            f"{one.run.peak_w:.0f}",
            one.state or _assumed(one),
        )
        for one in listed
    ]
    return [*rows, _sum_row(listed)]


def _sum_row(listed: Sequence[Listed]) -> tuple[str, ...]:
    count = "1 run" if len(listed) == 1 else f"{len(listed)} runs"
    seconds = sum((one.run.end_us - one.run.start_us) / US_PER_S for one in listed)
    return (
        count,
        "",
        duration_text(seconds),
        _kwh(sum(one.run.energy_wh for one in listed)),
        cost_text(sum((one.priced.cost for one in listed), Decimal(0))),
        f"{max(one.run.peak_w for one in listed):.0f}",
        "",
    )


def _duration(run: Run) -> str:
    return duration_text((run.end_us - run.start_us) / US_PER_S)


def _kwh(energy_wh: float) -> str:
    return f"{energy_wh / 1000.0:.3f}"


def _assumed(one: Listed) -> str:
    """Of a price that the market has not told."""
    return "price assumed" if one.priced.assumed_wh > 0.0 else ""


def _as_object(one: Listed, configuration: Configuration) -> dict[str, object]:
    """For ``--json``: units in the names, times with offset."""
    run, general = one.run, configuration.general
    return {
        "device": run.device,
        "start": iso(run.start_us, general.zone),
        "end": iso(run.end_us, general.zone),
        "duration_s": (run.end_us - run.start_us) / US_PER_S,
        "energy_wh": round(run.energy_wh, 6),
        "peak_w": run.peak_w,
        "cost": round(float(one.priced.cost), 9),
        "currency": general.currency,
        "assumed_price_wh": round(one.priced.assumed_wh, 6),
        "state": one.state or "over",
    }
