"""Command ``energy``: what a device took and cost in any span of time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from source.cli.local import NOW, iso, read_time
from source.cli.options import check_known, configured, files_option, json_option, opened_journal
from source.cli.output import print_json, visible
from source.config.models import Configuration, DeviceConfig, General
from source.journal.reader import JournalReader
from source.model import US_PER_S, Period, Totals
from source.reports.cost import cost
from source.reports.period import local_text
from source.reports.table import cost_text, price_text
from source.timing import SystemClock

DEFAULT_INTERVAL_S = float(DeviceConfig.model_fields["update_time_s"].default)
"""For a device that is in the journal and no longer in devices.json."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is printed."""

    device: str
    period: Period
    totals: Totals
    cost: Decimal
    general: General

    @property
    def completeness_percent(self) -> float:
        return 100.0 - self.totals.missing_percent


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
    start_us = _instant("--from", start, zone, now_us)
    end_us = _instant("--to", end, zone, now_us)
    if start_us >= end_us:
        both = f"{local_text(end_us, zone)} is not after --from, {local_text(start_us, zone)}"
        raise click.BadParameter(both, param_hint="--to")
    if start_us >= now_us:
        raise click.BadParameter(
            f"{local_text(start_us, zone)} is in the future", param_hint="--from"
        )
    return Period(start_us, min(end_us, now_us))


def _instant(option: str, text: str, zone: ZoneInfo, now_us: int) -> int:
    try:
        return read_time(text.strip(), zone, now_us)
    except ValueError as err:
        raise click.BadParameter(f"{text!r} {err}", param_hint=option) from err


def _answer(
    device: str, period: Period, configuration: Configuration, reader: JournalReader
) -> Answer:
    entry = configuration.devices.get(device)
    interval_s = entry.update_time_s if entry else DEFAULT_INTERVAL_S
    totals = reader.totals(device, period, round(interval_s * US_PER_S))
    general = configuration.general
    return Answer(device, period, totals, cost(totals, general.price_kwh), general)


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
        "price_per_kwh": float(general.price_kwh),
        "cost": round(float(answer.cost), 9),
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
        ("polls good", str(totals.good_polls), ""),
        ("polls failed", str(totals.failed_polls), ""),
        *_unmetered(totals),
        ("polls expected", str(round(totals.expected_polls)), ""),
        ("completeness", f"{answer.completeness_percent:.1f}", "%"),
        ("cost", cost_text(answer.cost), f"{general.currency} ({_price(general)})"),
    ]
    names = max(len(name) for name, _, _ in rows)
    width = max(len(number) for _, number, _ in rows)
    return [
        f"{visible(answer.device)}, {start} to {end} ({general.zone})",
        *(f"  {name:<{names}}  {number:>{width}} {unit}".rstrip() for name, number, unit in rows),
    ]


def _unmetered(totals: Totals) -> list[tuple[str, str, str]]:
    """A row for those of the good polls that brought no energy, where there are some."""
    count = totals.unmetered_polls
    return [("polls without energy", str(count), "")] if count else []


def _price(general: General) -> str:
    return f"{price_text(general.price_kwh)} {general.currency}/kWh"
