"""Command ``backup``: the journal as one file, also while the daemon writes to it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from source.cli.options import files_option, folder_of
from source.cli.status import points_text
from source.errors import JournalError
from source.journal.backup import Copied
from source.journal.backup import backup as copy_journal
from source.journal.schema import JOURNAL_FILE
from source.model import US_PER_S
from source.text import size_text


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
@files_option
def backup(file: Path, force: bool, files: Path | None) -> int:
    """Copy the journal to FILE; works beside a running daemon.

    Where FILE is a folder, the copy gets the name isdl-<date>.db in it. It is verified before it
    gets its name. Settings are files of your own: copy them yourself.
    """
    journal = folder_of(files) / JOURNAL_FILE
    if not journal.exists():
        raise JournalError(f"there is no journal in {journal.parent}")
    # The date as it is on this machine's clock: the name is for people.
    target = file / f"isdl-{datetime.now():%Y-%m-%d}.db" if file.is_dir() else file  # noqa: DTZ005
    if target.exists() and not force:
        raise JournalError(f"{target}: is there already; --force replaces it")
    click.echo(f"Backup: {contents_text(copy_journal(journal, target))}")
    return 0


def contents_text(copied: Copied) -> str:
    """A journal's file and what is in it."""
    parts = [str(copied.path), points_text(copied.points), size_text(copied.size_bytes)]
    if copied.newest_us is not None:
        newest = datetime.fromtimestamp(copied.newest_us // US_PER_S)  # noqa: DTZ006 (see above)
        parts.append(f"the newest of {newest:%Y-%m-%d %H:%M:%S}")
    return ", ".join(parts)
