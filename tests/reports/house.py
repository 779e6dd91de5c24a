"""A configuration, and points that an hourly polled socket leaves in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

from source.config.models import Configuration, DeviceConfig, General
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, FieldValue, Point
from source.reports.job import ReportsJob
from source.timing import LeapWatch
from tests.fakes import FakeClock

HOUR_S = 3600.0
HOUR_US = 3600 * US_PER_S
DAY_US = 24 * HOUR_US


def us(text: str) -> int:
    """An instant from ``2026-01-31 23:00`` in UTC."""
    moment = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


def configuration(
    files: Path, general: Mapping[str, Any] | None = None, **devices: Mapping[str, Any]
) -> Configuration:
    """Devices by name with their differences from an hourly polled one with a daily report."""
    usual = {"ip": "127.0.0.1", "update_time_s": HOUR_S, "cost_day": True}
    return Configuration(
        files=files,
        general=General(**{"timezone": "Europe/Berlin", **(general or {})}),
        devices={
            name: DeviceConfig(**{"name": name, **usual, **entry})
            for name, entry in (devices or {"Fridge": {}}).items()
        },
    )


def job(
    journal: Journal,
    clock: FakeClock,
    configured: Configuration,
    health: Health | None = None,
    leaps: LeapWatch | None = None,
) -> ReportsJob:
    """A job as it is after a start, before its first look."""
    return ReportsJob(
        journal=journal,
        open_reader=partial(JournalReader, journal.path),
        configuration=configured,
        health=health or Health(clock.monotonic),
        clock=clock,
        leaps=leaps,
    )


def poll_hourly(
    journal: Journal, after: str, until: str, energy_wh: float = 100.0, device: str = "Fridge"
) -> None:
    """Good points at every full hour after the first instant up to the second."""
    for time_us in range(us(after) + HOUR_US, us(until) + 1, HOUR_US):
        journal.append(hourly_point(time_us, energy_wh, device), Checkpoint(time_us))
    journal.flush()


def hourly_point(
    time_us: int, energy_wh: float, device: str = "Fridge", span_us: int = HOUR_US
) -> Point:
    fields: dict[str, FieldValue] = {"fetch_success": True, "power": 1.0, "energy_wh": energy_wh}
    return Point(device, time_us, fields, span_us, HOUR_US, span_us > 3 * HOUR_US)


def lines(path: Path) -> list[str]:
    """The rows of a report file, without headers."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [line for line in text.splitlines() if line[2:3].isdigit()]


def cells(line: str) -> list[str]:
    """The columns of a row."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def periods(path: Path) -> list[str]:
    """The periods of a file's rows."""
    return [cells(line)[0] for line in lines(path)]
