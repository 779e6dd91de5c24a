"""Command ``report``: computes the report of any span, and lists those that were written."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from source.cli.local import iso
from source.cli.options import check_known, configured, files_option, json_option, opened_journal
from source.cli.output import print_json, print_table
from source.model import Written
from source.period import local_text
from source.plaintext import NAME_CELLS, Column

FILE_CELLS = NAME_CELLS + len("_month.txt")
COLUMNS = (
    Column("device", longest=NAME_CELLS),
    Column("kind"),
    Column("from"),
    Column("to"),
    Column("file", longest=FILE_CELLS),
    Column("written"),
)


SUBCOMMANDS = {"rebuild": "Write again what is missing in the files, or was ordered later."}
FORMATS = ("text", "csv", "json", "html")


class ReportCommands(click.Group):
    """Imports a subcommand when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's shape)
        return list(SUBCOMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 (click's shape)
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        command: click.Command = getattr(import_module(f"source.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's shape)
        with formatter.section("Commands"):
            formatter.write_dl(list(SUBCOMMANDS.items()))


@click.group(cls=ReportCommands, invoke_without_command=True)
@click.option("--period", metavar="P", help="Of this span, see above.  [default: this-month]")
@click.option(
    "--device", metavar="NAME", help="Of this device.  [default: the whole house, _total]"
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="text, a page (html), or for other programs.  [default: text]",
)
@click.option(
    "--locale",
    metavar="L",
    help="Language, and how numbers and dates are written: de, en_GB, …; csv has decimal commas and"
    " semicolons only if this is given.  [default: locale in config.json, else the system's]",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it to this file.",
)
@click.option("--list", "listed", is_flag=True, help="List the reports that were written.")
@json_option
@files_option
@click.pass_context
def report(
    ctx: click.Context,
    period: str | None,
    device: str | None,
    form: str | None,
    locale: str | None,
    output: Path | None,
    listed: bool,
    as_json: bool,
    files: Path | None,
) -> int:
    """Print the report of a span of time: energy, costs, and how complete they are.

    P is a day (2026-10-31), a month (2026-10), a year (2026), today, yesterday, this-month,
    last-month, this-year, last-year, or two days of which the second is not included
    (2026-10-01..2026-10-15); days from midnight to midnight in the configured time zone, up to now
    where the span is not over.
    """
    if ctx.invoked_subcommand is not None:
        if files is not None:
            ctx.default_map = {name: {"files": files} for name in SUBCOMMANDS}
        return 0
    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} exclude each other")
    if listed:
        given = {"--period": period, "--format": form, "--locale": locale, "--output": output}
        _refuse_beside_list(given)
        return _listed(device, as_json, files)
    # Imported here: the list does without it.
    from source.cli.period_report import Wanted, period_report  # noqa: PLC0415

    wanted = Wanted(period, device, "json" if as_json else form or "text", locale, output)
    return period_report(wanted, files)


def _refuse_beside_list(given: Mapping[str, object]) -> None:
    for option, value in given.items():
        if value is not None:
            raise click.UsageError(f"--list lists all reports: it goes without {option}")


def _listed(device: str | None, as_json: bool, files: Path | None) -> int:
    """Reports of finished days, months and years, the oldest first."""
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
