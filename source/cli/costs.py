"""Command ``costs``: what finished periods cost, computed anew after a price was corrected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from source.cli.local import iso
from source.cli.options import check_known, configured, files_option, json_option, opened_journal
from source.cli.output import print_json, print_table
from source.cli.progress import shown_on_terminal
from source.cli.spans import span_of, span_options
from source.config.models import Configuration
from source.journal.corrections import add_results
from source.journal.schema import JOURNAL_FILE
from source.model import Period, PeriodKind
from source.period import local_text
from source.plaintext import NAME_CELLS, Column, visible
from source.reports.alone import is_waiting, write_files
from source.reports.cost import energy_kwh, half_up
from source.reports.house import KINDS, TOTAL
from source.reports.recalculate import Correction, Recalculation
from source.reports.table import KWH_STEP, cost_text
from source.timing import SystemClock

ROWS = 500
"""More than that are summed up, a row for each device and kind; JSON has all."""


@dataclass(slots=True)
class Difference:
    """One or more corrected periods of a device, as they are shown."""

    device: str
    kind: PeriodKind
    period: Period
    """From the begin of the first one to the end of the last one."""
    before: Decimal
    after: Decimal
    kwh_before: Decimal
    kwh_after: Decimal
    count: int = 1

    def add(self, other: Difference) -> None:
        start_us = min(self.period.start_us, other.period.start_us)
        self.period = Period(start_us, max(self.period.end_us, other.period.end_us))
        self.before += other.before
        self.after += other.after
        self.kwh_before += other.kwh_before
        self.kwh_after += other.kwh_after
        self.count += other.count


@click.group()
def costs() -> None:
    """Compute costs of finished periods again."""


@costs.command()
@span_options
@click.option("--device", metavar="NAME", help="Of this device only; _total is the house total.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@json_option
@files_option
def recalculate(
    start: str, end: str, device: str | None, dry_run: bool, as_json: bool, files: Path | None
) -> int:
    """Compute the reports between --from and --to again, at the prices that are configured now.

    Every finished day, month and year that has a part in that time is computed from the journal.
    Where energy or money differ, the text file gets a correction line, the CSV file a line with the
    next revision, and the JSON document is replaced; what stood there before stays in the journal.
    Works while the program runs, and when it is stopped.

    T is a date (its midnight), a date and time such as "2026-01-31 18:30", or now.
    """
    configuration, clock = configured(files), SystemClock()
    span = span_of(start, end, configuration.general.zone, clock.now_us())
    with opened_journal(configuration.files) as reader:
        if device is not None:
            check_known(device, {TOTAL, *configuration.devices, *reader.devices()}, "--device")
        work = Recalculation(reader, configuration, span)
        with shown_on_terminal(
            "Recalculating", work.device_count, "devices", quiet=as_json
        ) as done:
            differences = _entered(configuration, work, device, done, dry_run=dry_run)
        waits = not dry_run and is_waiting(reader)
    written = not waits or write_files(configuration, clock)
    if as_json:
        print_json(_object(differences, configuration, dry_run=dry_run))
    else:
        _print(differences, configuration)
        click.echo(_end(differences, dry_run=dry_run, written=written))
        _tell_removed(differences, configuration)
    return 0


def _entered(
    configuration: Configuration,
    work: Recalculation,
    device: str | None,
    done: Callable[[int], None],
    *,
    dry_run: bool,
) -> list[Difference]:
    """What differs; entered in the journal device by device, so that much needs little memory."""
    found = []
    for corrections in work.corrections(device, done):
        if corrections and not dry_run:
            path = configuration.files / JOURNAL_FILE
            add_results(path, [one for each in corrections for one in each.results])
        found += [_difference(each) for each in corrections]
    return found


def _difference(each: Correction) -> Difference:
    was, old, new = each.before, each.old, each.new
    return Difference(
        was.device,
        was.kind,
        was.period,
        old.bill.cost,
        new.bill.cost,
        energy_kwh(old.totals),
        energy_kwh(new.totals),
    )


def _print(differences: Sequence[Difference], configuration: Configuration) -> None:
    if not differences:
        return
    general = configuration.general
    shown = differences if len(differences) <= ROWS else _by_device(differences)
    is_summed = shown is not differences
    columns = (
        Column("device", longest=NAME_CELLS),
        Column("kind"),
        Column("from", spare=1),
        Column("to"),
        *([Column("periods", right=True)] if is_summed else []),
        Column("kWh before", right=True, spare=3),
        Column("kWh now", right=True, spare=2),
        Column(f"{general.currency} before", right=True),
        Column(f"{general.currency} now", right=True),
        Column("difference", right=True),
    )
    rows = [_row(one, general.zone, is_summed=is_summed) for one in (*shown, *_sums(differences))]
    print_table(columns, rows)


def _row(one: Difference, zone: ZoneInfo, *, is_summed: bool) -> tuple[str, ...]:
    return (
        one.device,
        one.kind,
        local_text(one.period.start_us, zone),
        local_text(one.period.end_us, zone),
        *([str(one.count)] if is_summed else []),
        f"{half_up(one.kwh_before, KWH_STEP):f}",
        f"{half_up(one.kwh_after, KWH_STEP):f}",
        cost_text(one.before),
        cost_text(one.after),
        _signed(one.after - one.before),
    )


def _sums(differences: Sequence[Difference]) -> list[Difference]:
    """A sum for each kind that has several; the house total, which is a sum itself, is left out."""
    sums = []
    for kind in KINDS:
        every = [one for one in differences if one.kind == kind and one.device != TOTAL]
        if len(every) > 1:
            sums.append(_summed(every, f"sum of {kind}s"))
    return sums


def _by_device(differences: Sequence[Difference]) -> list[Difference]:
    groups: dict[tuple[str, str], list[Difference]] = {}
    for one in differences:
        groups.setdefault((one.device, one.kind), []).append(one)
    return [_summed(group, group[0].device) for group in groups.values()]


def _summed(every: Sequence[Difference], name: str) -> Difference:
    first = every[0]
    zero = Decimal(0)
    total = Difference(name, first.kind, first.period, zero, zero, zero, zero, 0)
    for one in every:
        total.add(one)
    return total


def _signed(amount: Decimal) -> str:
    text = cost_text(amount)
    return text if text.startswith("-") else f"+{text}"


def _end(differences: Sequence[Difference], *, dry_run: bool, written: bool) -> str:
    if not differences:
        return "Nothing differs: the reports are as the prices in force make them."
    count = len(differences)
    what = "1 correction" if count == 1 else f"{count} corrections"
    if dry_run:
        return f"\n{what} would be written; nothing was changed (--dry-run)."
    if written:
        return f"\n{what} written."
    return f"\n{what} entered; the running program writes them to the files within 20 seconds."


def _tell_removed(differences: Sequence[Difference], configuration: Configuration) -> None:
    gone = {one.device for one in differences} - {TOTAL, *configuration.devices}
    for name in sorted(gone):
        click.echo(
            f"{visible(name)} is not in devices.json any more: a price of its own is not known, so"
            " that of the house was taken.",
            err=True,
        )


def _object(
    differences: Sequence[Difference], configuration: Configuration, *, dry_run: bool
) -> dict[str, object]:
    zone = configuration.general.zone
    return {
        "currency": configuration.general.currency,
        "dry_run": dry_run,
        "corrections": [
            {
                "device": one.device,
                "kind": one.kind,
                "start": iso(one.period.start_us, zone),
                "end": iso(one.period.end_us, zone),
                "energy_kwh_before": float(one.kwh_before),
                "energy_kwh": float(one.kwh_after),
                "cost_before": f"{one.before:f}",
                "cost": f"{one.after:f}",
                "difference": f"{one.after - one.before:f}",
            }
            for one in differences
        ],
    }
