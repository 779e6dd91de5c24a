"""Command ``restore``: a backup takes the journal's place, and what came after it is kept."""

from __future__ import annotations

from pathlib import Path

import click

from source.cli.backup import contents_text
from source.cli.options import files_option, folder_of
from source.cli.status import points_text
from source.journal.restore import Restored
from source.journal.restore import restore as restore_journal
from source.journal.schema import JOURNAL_FILE
from source.timing import SystemClock


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@files_option
def restore(file: Path, files: Path | None) -> int:
    """Put the backup FILE in the journal's place; the daemon must be stopped.

    The journal that is there is moved aside, never deleted. What it has and the backup lacks is
    added: points, quarter hours, and which reports were written, so that no line is written twice.
    """
    done = restore_journal(file, folder_of(files) / JOURNAL_FILE, SystemClock().now_us())
    click.echo(f"Backup:  {contents_text(done.backup)}")
    if done.aside is not None:
        click.echo(f"Before:  the journal that was there is now {done.aside.name}")
    click.echo(f"Added:   {_added_text(done)}")
    click.echo(
        "Restored. A database gets again what it has got since the backup; that is harmless."
    )
    return 0


def _added_text(done: Restored) -> str:
    merged = done.merged
    if merged is None:
        return "nothing, there was no journal; points since the backup are not in it"
    text = (
        f"{points_text(merged.points)}, {merged.intervals} quarter hours,"
        f" {merged.reports} reports that the backup lacked"
    )
    return f"{text}; of a damaged journal, as far as it could be read" if done.was_damaged else text
