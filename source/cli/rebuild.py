"""Command ``report rebuild``: write what the report files lack, from the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from source.cli.local import iso
from source.cli.options import check_known, configured, files_option, json_option, opened_journal
from source.cli.output import print_json, print_table
from source.cli.progress import shown_on_terminal
from source.cli.spans import span_of, span_options
from source.config.models import Configuration
from source.journal.corrections import add_results, reopen_results
from source.journal.schema import JOURNAL_FILE
from source.period import local_text
from source.plaintext import NAME_CELLS, Column
from source.reports.alone import is_waiting, write_files
from source.reports.house import TOTAL
from source.reports.rebuild import Lack, Rebuild
from source.timing import SystemClock

ROWS = 500
"""More than that are counted for each device and kind; JSON has all."""


@click.command()
@span_options
@click.option("--device", metavar="NAME", help="Of this device only; _total is the house total.")
@click.option("--dry-run", is_flag=True, help="Show what is lacking, and write nothing.")
@json_option
@files_option
def rebuild(
    start: str, end: str, device: str | None, dry_run: bool, as_json: bool, files: Path | None
) -> int:
    """Write the reports between --from and --to that are lacking.

    That is every finished day, month and year that has a part in that time, is ordered in
    devices.json and has no figures yet; and lines of text files, lines of CSV files and JSON
    documents that somebody has deleted. What stands in a file is not touched. Works while the
    program runs, and when it is stopped.

    T is a date (its midnight), a date and time such as "2026-01-31 18:30", or now.
    """
    configuration, clock = configured(files), SystemClock()
    now_us = clock.now_us()
    span = span_of(start, end, configuration.general.zone, now_us)
    with opened_journal(configuration.files) as reader:
        if device is not None:
            check_known(device, {TOTAL, *configuration.devices, *reader.devices()}, "--device")
        work = Rebuild(reader, configuration, span, now_us)
        with shown_on_terminal("Looking", work.device_count, "devices", quiet=as_json) as done:
            lacks = _entered(configuration, work, device, done, dry_run=dry_run)
        waits = not dry_run and is_waiting(reader)
    written = not waits or write_files(configuration, clock)
    if as_json:
        print_json(_object(lacks, configuration.general.zone, dry_run=dry_run))
    else:
        _print(lacks, configuration.general.zone)
        click.echo(_end(len(lacks), dry_run=dry_run, written=written))
    return 0


def _entered(
    configuration: Configuration,
    work: Rebuild,
    device: str | None,
    done: Callable[[int], None],
    *,
    dry_run: bool,
) -> list[Lack]:
    """What is lacking; entered in the journal device by device."""
    lacks: list[Lack] = []
    path = configuration.files / JOURNAL_FILE
    for found in work.lacking(device, done):
        lacks += found.lacks
        if found.new and not dry_run:
            add_results(path, found.new)
        if found.again and not dry_run:
            reopen_results(path, found.again)
    return lacks


def _print(lacks: Sequence[Lack], zone: ZoneInfo) -> None:
    if not lacks:
        return
    if len(lacks) > ROWS:
        counted = Counter((one.device, one.kind, ", ".join(one.what)) for one in lacks)
        heads = (Column("device", longest=NAME_CELLS), Column("kind"), Column("periods", True))
        rows = [(name, kind, str(n), what) for (name, kind, what), n in counted.items()]
        print_table((*heads, Column("lacking")), rows)
        return
    columns = (Column("device", longest=NAME_CELLS), Column("kind"), Column("from"), Column("to"))
    print_table((*columns, Column("lacking")), [_row(one, zone) for one in lacks])


def _row(lack: Lack, zone: ZoneInfo) -> tuple[str, ...]:
    span = (local_text(t_us, zone) for t_us in (lack.period.start_us, lack.period.end_us))
    return (lack.device, lack.kind, *span, ", ".join(lack.what))


def _end(count: int, *, dry_run: bool, written: bool) -> str:
    if not count:
        return "Nothing is lacking."
    what = "1 period" if count == 1 else f"{count} periods"
    if dry_run:
        return f"\n{what} would be written; nothing was changed (--dry-run)."
    if written:
        return f"\n{what} written."
    return f"\n{what} entered; the running program writes the files within 20 seconds."


def _object(lacks: Sequence[Lack], zone: ZoneInfo, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "periods": [
            {
                "device": one.device,
                "kind": one.kind,
                "start": iso(one.period.start_us, zone),
                "end": iso(one.period.end_us, zone),
                "lacking": list(one.what),
            }
            for one in lacks
        ],
    }
