"""Command ``repair``: mend a stopped journal, and give back the room that it no longer needs."""

from __future__ import annotations

from pathlib import Path

import click

from source.cli.options import files_option, folder_of
from source.journal.repair import Repaired
from source.journal.repair import repair as repair_journal
from source.journal.schema import JOURNAL_FILE
from source.text import size_text
from source.timing import SystemClock


@click.command()
@files_option
def repair(files: Path | None) -> int:
    """Mend the journal and write it anew; the daemon must be stopped.

    What is damaged is rescued, quarter hours that disagree with their raw points are computed
    again, and a file that holds less than it did gets smaller. The old file is kept aside.
    """
    journal = folder_of(files) / JOURNAL_FILE
    done = repair_journal(journal, SystemClock().now_us())
    click.echo(f"Journal: {journal}\n")
    for line in _lines(done):
        click.echo(f"  {line}")
    click.echo(f"\nRepaired. The file as it was is {done.aside.name}; delete it when all is well.")
    return 0


def _lines(done: Repaired) -> list[str]:
    """What was done, line by line."""
    count = done.senseless
    left_out = [f"market prices and results without sense, left out: {count}"] if count else []
    return [
        done.rescued.text if done.rescued else "the file is whole",
        f"quarter hours computed again from their raw points: {done.intervals}",
        f"meters set to their newest point: {done.meters}",
        *left_out,
        "index written anew",
        f"size: {size_text(done.before_bytes)} before, {size_text(done.after_bytes)} now",
    ]
