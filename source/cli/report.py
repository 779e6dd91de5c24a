"""Command ``report``: the ledger of the reports that were written."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from source.cli.local import iso
from source.cli.options import check_known, configured, files_option, json_option, opened_journal
from source.cli.output import NAME_CELLS, Column, print_json, print_table
from source.model import Written
from source.reports.period import local_text

FILE_CELLS = NAME_CELLS + len("_month.txt")
COLUMNS = (
    Column("device", longest=NAME_CELLS),
    Column("kind"),
    Column("from"),
    Column("to"),
    Column("file", longest=FILE_CELLS),
    Column("written"),
)


@click.command()
@click.option("--list", "listed", is_flag=True, help="List the reports that were written.")
@click.option("--device", metavar="NAME", help="Of this device only.")
@json_option
@files_option
def report(listed: bool, device: str | None, as_json: bool, files: Path | None) -> int:
    """List the reports of finished days, months and years, the oldest first."""
    if not listed:
        raise click.UsageError("what shall be done? Give --list")
    configuration = configured(files)
    with opened_journal(configuration.files) as reader:
        if device is not None:
            check_known(device, {*configuration.devices, *reader.devices()}, "--device")
        written = reader.reports(device)
    zone = configuration.general.zone
    if as_json:
        print_json([_as_object(one, zone) for one in written])
    elif written:
        print_table(COLUMNS, [_row(one, zone) for one in written])
    else:
        click.echo("No report is written yet; a day's follows when the day is over.")
    return 0


def _row(written: Written, zone: ZoneInfo) -> tuple[str, ...]:
    span = local_text(written.period.start_us, zone), local_text(written.period.end_us, zone)
    done = "yes" if written.done else "not yet"
    return (written.device, written.kind, *span, written.file_name, done)


def _as_object(written: Written, zone: ZoneInfo) -> dict[str, object]:
    return {
        "device": written.device,
        "kind": written.kind,
        "start": iso(written.period.start_us, zone),
        "end": iso(written.period.end_us, zone),
        "file": written.file_name,
        "done": written.done,
    }
