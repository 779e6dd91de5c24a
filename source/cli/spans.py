"""Options ``--from`` and ``--to`` of the commands that go over finished periods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from source.cli.local import NOW, read_time
from source.model import Period
from source.period import local_text

F = TypeVar("F", bound=Callable[..., Any])


def span_options(command: F) -> F:
    """Options ``--from`` and ``--to``: given as parameters ``start`` and ``end``."""
    end = click.option("--to", "end", default=NOW, show_default=True, metavar="T")
    start = click.option("--from", "start", required=True, metavar="T")
    return start(end(command))


def span_of(start: str, end: str, zone: ZoneInfo, now_us: int) -> Period:
    """The span that both options name. Raises BadParameter."""
    start_us = instant("--from", start, zone, now_us)
    end_us = instant("--to", end, zone, now_us)
    if start_us >= end_us:
        both = f"{local_text(end_us, zone)} is not after --from, {local_text(start_us, zone)}"
        raise click.BadParameter(both, param_hint="--to")
    return Period(start_us, end_us)


def instant(option: str, text: str, zone: ZoneInfo, now_us: int) -> int:
    """The time that an option names. Raises BadParameter."""
    try:
        return read_time(text.strip(), zone, now_us)
    except ValueError as err:
        raise click.BadParameter(f"{text!r} {err}", param_hint=option) from err
