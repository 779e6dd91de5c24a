"""Command ``health``: whether the daemon lives, for Docker's HEALTHCHECK.

It runs every few seconds on small machines, so it imports neither the configuration's models nor
any sink. A socket or a database that is dead is no matter of it: restarting would not help.
"""

from __future__ import annotations

from pathlib import Path

import click

from source.cli.options import files_option, folder_of, opened_journal
from source.errors import JournalError
from source.journal.store import HEARTBEAT_S
from source.text import duration_text
from source.timing import SystemClock, seconds

LIMIT_S = 3 * HEARTBEAT_S


@click.command()
@files_option
def health(files: Path | None) -> int:
    """Exit with 0 when a daemon runs on this folder, else with 1."""
    try:
        with opened_journal(folder_of(files)) as reader:
            heartbeat_us = reader.meta("heartbeat_us")
    except JournalError as err:
        click.echo(f"unhealthy: {err}")
        return 1
    reason = why_unhealthy(heartbeat_us, SystemClock().now_us())
    click.echo(f"unhealthy: {reason}" if reason else "healthy")
    return 1 if reason else 0


def why_unhealthy(heartbeat_us: int | None, now_us: int) -> str:
    """What is wrong, from the journal's last sign of life; nothing when that is fresh."""
    if not heartbeat_us:
        return "no daemon runs on this folder"
    age_s = seconds(now_us - heartbeat_us)
    # One from the future is from before the clock was set back: the daemon corrects it in 30 s.
    if abs(age_s) <= LIMIT_S:
        return ""
    if age_s < 0:
        return f"the last sign of life lies {duration_text(-age_s)} in the future"
    return f"the last sign of life is {duration_text(age_s)} old"
