"""Command ``health``: whether the daemon lives, for Docker's HEALTHCHECK.

It runs every few seconds on small machines, so it imports neither the configuration's models nor
any sink. A socket or a database that is dead is no matter of it: restarting would not help. It only
counts the sockets that are off-line.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click

from source.cli.options import files_option, folder_of, opened_journal
from source.errors import JournalError
from source.health import OFFLINE_AFTER
from source.journal.reader import JournalReader
from source.journal.store import HEARTBEAT_S
from source.model import US_PER_S
from source.text import duration_text
from source.timing import SystemClock, seconds

LIMIT_S = 3 * HEARTBEAT_S
REPORTS_LIMIT_S = 300.0
"""The thread of the reports shows life every 20 s, and with each line that it computes."""
POLLED_S, POLLED_INTERVALS = 60, 3
"""A socket without any point for longer than both is not polled now."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What the journal holds of the daemon's life; times in µs, None where nothing is noted."""

    heartbeat_us: int | None = None
    reports_us: int | None = None
    pid: int | None = None
    is_clock_awaited: bool = False


@click.command()
@files_option
def health(files: Path | None) -> int:
    """Exit with 0 when a daemon runs on this folder and all of it lives, else with 1."""
    now_us = SystemClock().now_us()
    try:
        with opened_journal(folder_of(files)) as reader:
            signs = _signs(reader)
            reason = why_unhealthy(signs, now_us)
            remark = "" if reason else remark_of(signs, *off_line(reader, now_us))
    except JournalError as err:
        reason, remark = str(err), ""
    click.echo(f"unhealthy: {reason}" if reason else f"healthy{remark}")
    return 1 if reason else 0


def _signs(reader: JournalReader) -> Signs:
    return Signs(
        heartbeat_us=reader.meta("heartbeat_us"),
        reports_us=reader.meta("reports_us"),
        pid=reader.meta("pid"),
        is_clock_awaited=reader.meta("clock_wait") == 1,
    )


def why_unhealthy(signs: Signs, now_us: int) -> str:
    """What is wrong, from the signs of life in the journal; nothing when they are fresh."""
    if not signs.heartbeat_us:
        return "no daemon runs on this folder"
    if age := _too_old(signs.heartbeat_us, now_us, LIMIT_S):
        if lives(signs.pid):
            return f"process {signs.pid} lives, but its journal is stuck: the last entry {age}"
        return f"the last sign of life {age}"
    if signs.reports_us is None or signs.is_clock_awaited:
        return ""
    if age := _too_old(signs.reports_us, now_us, REPORTS_LIMIT_S):
        return f"process {signs.pid}: its reports are stuck: their last sign of life {age}"
    return ""


def _too_old(sign_us: int, now_us: int, limit_s: float) -> str:
    """How far a sign of life is away, where that is too far."""
    age_s = seconds(now_us - sign_us)
    # One from the future is from before the clock was set back: the daemon corrects it in 30 s.
    if abs(age_s) <= limit_s:
        return ""
    if age_s < 0:
        return f"lies {duration_text(-age_s)} in the future"
    return f"is {duration_text(age_s)} old"


def lives(pid: int | None) -> bool:
    """Whether there is such a process on this machine, or in this container."""
    if not pid or pid == os.getpid() or sys.platform == "win32":
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def off_line(reader: JournalReader, now_us: int) -> tuple[int, int]:
    """How many sockets are polled now, and how many of them do not answer."""
    polled = dead = 0
    for device in reader.devices():
        newest = reader.latest(device, OFFLINE_AFTER)
        if not newest:
            continue
        gaps_us = [later.time_us - point.time_us for later, point in pairwise(newest)]
        silent_us = max(POLLED_S * US_PER_S, POLLED_INTERVALS * max(gaps_us, default=0))
        if newest[0].time_us < now_us - silent_us:
            continue
        polled += 1
        dead += len(newest) >= OFFLINE_AFTER and not any(point.success for point in newest)
    return polled, dead


def remark_of(signs: Signs, polled: int, dead: int) -> str:
    """What is told of a healthy daemon."""
    if signs.is_clock_awaited:
        return ", waiting for the right time"
    return f", {dead} of {polled} sockets off-line" if dead else ""
