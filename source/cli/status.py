"""Command ``status``: what the daemon is doing, read from the journal alone."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from source.cli.local import iso
from source.cli.options import configured, files_option, json_option, opened_journal
from source.cli.output import print_json, print_table
from source.config.models import Configuration, General
from source.journal.schema import JOURNAL_FILE
from source.model import DeviceStatus, Snapshot
from source.plaintext import NAME_CELLS, Column, visible
from source.reports.overview import run_of, snapshot
from source.reports.table import cost_text
from source.status import Sink, all_sinks
from source.text import counted, duration_text, shorten, size_text
from source.timing import SystemClock, seconds
from source.web.address import page_address

COLUMNS = (
    Column("socket", longest=NAME_CELLS),
    Column("state"),
    Column("power", right=True),
    Column("today", right=True),
    Column("fed in", right=True),
    Column("cost today", right=True),
    Column("last reading"),
)
FED_IN = 4
BYTES_PER_MB = 1_000_000
REASONS, NAMES = 3, 3
"""How many reasons of points set aside are printed, and with how many sockets each."""
WIDTH = 80
NOTHING = "-"
STOPPED = "stopped"
"""How a socket is that nobody polls."""


@dataclass(frozen=True, slots=True)
class Found:
    """All that is told."""

    now: Snapshot
    is_clock_awaited: bool
    sinks: Sequence[Sink]
    configuration: Configuration


@click.command()
@json_option
@files_option
def status(as_json: bool, files: Path | None) -> int:
    """Print sockets, journal and sinks; with a running daemon or without one."""
    configuration = configured(files)
    with opened_journal(configuration.files) as reader:
        now_us = SystemClock().now_us()
        now = snapshot(reader, configuration, now_us)
        run = run_of(reader, now_us)
        sinks = all_sinks(now.sinks, configuration.database, reader)
    is_clock_awaited = run.pid is not None and run.is_clock_awaited
    found = Found(now, is_clock_awaited, sinks, configuration)
    if as_json:
        print_json(_as_object(found))
    else:
        _print(found)
    return 0


def _print(found: Found) -> None:
    now, configuration = found.now, found.configuration
    pid = now.running_pid
    click.echo(f"Daemon:  {'not running' if pid is None else f'running, process {pid}'}")
    if found.is_clock_awaited:
        _print_below("waiting for the right time, the machine's clock is plainly wrong")
    page = _page(found)
    if page is not None:
        click.echo(f"Page:    {page}")
    path = configuration.files / JOURNAL_FILE
    size = f"{size_text(now.journal_bytes)} of {size_text(_limit_bytes(configuration.general))}"
    click.echo(f"Journal: {path}, {points_text(now.points)}, {size}")
    for sink in found.sinks:
        _print_sink(sink)
    if not found.sinks:
        click.echo("Copy:    none, no DB_* is set")
    click.echo("")
    if now.devices:
        _print_sockets(now, configuration.general)
    else:
        click.echo("No socket is enabled in devices.json.")


def _page(found: Found) -> str | None:
    """Where the page is; None where there is none, or at a port that only the log names."""
    web = found.configuration.web
    is_there = found.now.running_pid is not None and web.enabled and web.port != 0
    return page_address(web) if is_there else None


def _limit_bytes(general: General) -> int:
    return general.journal_max_mb * BYTES_PER_MB


def _print_sink(sink: Sink) -> None:
    """A line, and what went wrong with its points, with the most frequent reasons."""
    status = sink.status
    click.echo(f"Copy:    {_sink_text(sink)}")
    if status.dropped:
        _print_below(f"{points_text(status.dropped)} lost for it: the journal was full")
    if status.rejected:
        _print_below(f"{points_text(status.rejected)} set aside, refused by it:")
    for refusal in sink.refusals[:REASONS]:
        names = visible(", ".join(refusal.devices[:NAMES]))
        more = ", …" if len(refusal.devices) > NAMES else ""
        _print_below(f"{refusal.points} × {shorten(refusal.reason)} ({names}{more})", level=2)
    if (left := len(sink.refusals) - REASONS) > 0:
        _print_below(f"and {left} further reasons, see --json", level=2)


def _print_below(text: str, level: int = 1) -> None:
    """Lines that belong to the one above, for a terminal of the usual width."""
    indent = " " * (7 + 2 * level)
    click.echo(textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent))


def _print_sockets(now: Snapshot, general: General) -> None:
    """The table; with what was fed in where a socket does that."""
    table = [_row(device, now, general) for device in now.devices]
    feeding = any(device.today.returned_wh for device in now.devices)
    kept = [n for n in range(len(COLUMNS)) if feeding or n != FED_IN]
    print_table([COLUMNS[n] for n in kept], [[row[n] for n in kept] for row in table])


def points_text(count: int) -> str:
    return counted(count, "point")


def _sink_text(sink: Sink) -> str:
    status = sink.status
    parts = [f"{points_text(status.backlog)} to go" if status.backlog else "up to date"]
    if not sink.configured:
        parts.append("no longer configured")
    return f"{visible(status.sink)}, {', '.join(parts)}"


def _row(device: DeviceStatus, now: Snapshot, general: General) -> tuple[str, ...]:
    power_w = None if now.running_pid is None else device.power_w
    return (
        device.device,
        STOPPED if now.running_pid is None else device.state,
        NOTHING if power_w is None else f"{power_w:.1f} W",
        f"{device.today.energy_wh / 1000:.3f} kWh",
        f"{device.today.returned_wh / 1000:.3f} kWh",
        f"{cost_text(device.cost_today)} {general.currency}",
        _last_text(device, now),
    )


def _last_text(device: DeviceStatus, now: Snapshot) -> str:
    if device.last_us is None:
        return "never"
    return f"{duration_text(max(0.0, seconds(now.time_us - device.last_us)))} ago"


def _as_object(found: Found) -> dict[str, object]:
    now, configuration = found.now, found.configuration
    general = configuration.general
    return {
        "time": iso(now.time_us, general.zone),
        "running": now.running_pid is not None,
        "pid": now.running_pid,
        "waiting_for_clock": found.is_clock_awaited,
        "files": str(configuration.files),
        "page": _page(found),
        "journal": {
            "points": now.points,
            "size_bytes": now.journal_bytes,
            "max_bytes": _limit_bytes(general),
        },
        "sinks": [_sink_object(sink) for sink in found.sinks],
        "devices": [_device_object(device, general) for device in now.devices],
    }


def _sink_object(sink: Sink) -> dict[str, object]:
    return {
        "sink": sink.status.sink,
        "configured": sink.configured,
        "acknowledged_seq": sink.status.acknowledged_seq,
        "backlog_points": sink.status.backlog,
        "set_aside_points": sink.status.rejected,
        "set_aside_reasons": [
            {"reason": one.reason, "points": one.points, "devices": list(one.devices)}
            for one in sink.refusals
        ],
        "dropped_points": sink.status.dropped,
    }


def _device_object(device: DeviceStatus, general: General) -> dict[str, object]:
    today = device.today
    return {
        "device": device.device,
        "type": device.type_name,
        "state": device.state,
        "last_reading": None if device.last_us is None else iso(device.last_us, general.zone),
        "power_w": device.power_w,
        "energy_today_wh": round(today.energy_wh, 6),
        "returned_today_wh": round(today.returned_wh, 6),
        "good_polls_today": today.good_polls,
        "failed_polls_today": today.failed_polls,
        "cost_today": round(float(device.cost_today), 9),
        "currency": general.currency,
    }
