"""A house with prices that change, and what stands in its files afterwards."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from source.config.models import Configuration
from source.config.tariffs import PriceSection, Tariff
from source.journal.reader import JournalReader
from source.model import US_PER_S, Result
from source.reports.export import Exports
from source.reports.ledger import Ledger
from tests.fakes import FakeClock
from tests.reports.house import configuration, job, us
from tests.running import running_journal

UNTIL = "2026-01-15 12:00"


def flat(price: str = "0.30", **more: Any) -> Tariff:
    return Tariff(sections=(PriceSection(price_kwh=Decimal(price), **more),))


def priced(
    files: Path, tariff: Tariff | None, general: Mapping[str, Any] | None = None, **devices: Any
) -> Configuration:
    """Devices of a house with a tariff."""
    return configuration(files, general, **devices).model_copy(update={"tariff": tariff})


def look(configured: Configuration, now: str = UNTIL) -> int:
    """One look of a daemon that has run for a while."""
    clock = FakeClock(us(now))
    with running_journal(configured.files, clock) as journal:
        reports = job(journal, clock, configured)
        clock.mono_s += 7200.0
        return reports.catch_up()


def export(configured: Configuration) -> int:
    """What the look does with figures that are not in their files."""
    from source.health import Health  # noqa: PLC0415

    clock = FakeClock(us(UNTIL))
    with running_journal(configured.files, clock) as journal:
        health = Health(clock.monotonic)
        ledger = Ledger(configuration=configured, journal=journal, health=health)
        exports = Exports(configuration=configured, journal=journal, health=health, ledger=ledger)
        with JournalReader(journal.path) as reader:
            return exports.export(reader, lambda: True)


def results(files: Path, device: str | None = None) -> list[Result]:
    with JournalReader(files / "isdl.db") as reader:
        return reader.results(device)


def csv_rows(files: Path, device: str = "Fridge") -> list[dict[str, str]]:
    """The lines of a device's CSV file, by the names in its header."""
    content = (files / "reports" / f"{device}.csv").read_bytes().decode()
    return list(csv.DictReader(io.StringIO(content, newline="")))


def document(files: Path, name: str, device: str = "Fridge") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files / "reports" / device / name).read_text("utf-8"))
    return found


def day(text: str) -> int:
    """Midnight of Berlin in January, in µs."""
    return us(f"{text} 00:00") - 3600 * US_PER_S
