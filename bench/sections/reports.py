"""Month's and year's report of one socket at 10 s, and the year's of a hundred sockets.

Each is computed as the reports' thread does it, from a journal that the journal's own code wrote.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from bench.process import peak_mb
from bench.run import Run
from source.cli.fill import fill
from source.cli.history import STEP_US, Home, Past
from source.config.models import Configuration, DeviceConfig, General
from source.health import Health
from source.journal.prepared import prepare
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import QUARTER_S, QUARTER_US, US_PER_S, Period, PeriodKind
from source.polling.energy import EnergyMeter
from source.reports.calculation import Calculation
from source.reports.job import ReportsJob
from source.reports.table import row
from source.service import Service
from source.simulator.row import row_of_sockets
from source.tariffs.book import PriceBook
from source.timing import SystemClock

ZONE = "Europe/Berlin"
DEVICE = "Fridge"
HUNDRED = 100
TIMES = 9
YEAR_LIMIT_MS, MONTH_LIMIT_MS, HUNDRED_LIMIT_S = 50.0, 10.0, 5.0
GENERAL = General(timezone=ZONE)


def _us(*when: int) -> int:
    return round(datetime(*when, tzinfo=ZoneInfo(ZONE)).timestamp()) * US_PER_S  # type: ignore[arg-type, misc]


YEAR = Period(_us(2025, 1, 1), _us(2026, 1, 1))
MONTH = Period(_us(2025, 7, 1), _us(2025, 8, 1))
ODD_YEAR = Period(_us(2025, 1, 1, 6, 37), _us(2025, 12, 31, 18, 52))


class AfterTheYear(SystemClock):
    """An hour after the year's end, so that its report is due and no later one."""

    def now_us(self) -> int:
        return YEAR.end_us + 3600 * US_PER_S


@dataclass(frozen=True, slots=True)
class Times:
    """What the reports of one socket's year took."""

    year_ms: float
    first_ms: float
    odd_ms: float
    month_ms: float
    memory_mb: float
    """By which the process has grown."""


def measure(run: Run) -> None:
    _one_socket(run)
    _hundred_sockets(run)


def _one_socket(run: Run) -> None:
    folder = run.new_folder("year")
    points, took_s = write_year(folder)
    run.sheet.add("points of a year at 10 s", points, "", note=f"written in {took_s:.1f} s")
    # In a fresh process: what it grows by is the report's memory, and nothing is warm.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        times = pool.apply(report_times, (folder,))
    run.sheet.add(
        "year's totals, cost and line",
        times.year_ms,
        "ms",
        at_most=YEAR_LIMIT_MS,
        note=f"the first one {times.first_ms:.1f} ms",
    )
    run.sheet.add("a year with edges inside quarter hours", times.odd_ms, "ms")
    run.sheet.add("month's totals, cost and line", times.month_ms, "ms", at_most=MONTH_LIMIT_MS)
    run.sheet.add("memory that they took", times.memory_mb, "MB")
    took_s, lines = write_reports(configuration_of(folder, [device(DEVICE, STEP_US)]))
    note = f"{lines} line, ledger and file on the disk"
    run.sheet.add("year's report, written", 1000 * took_s, "ms", note=note)


def _hundred_sockets(run: Run) -> None:
    folder = run.new_folder("hundred")
    names = [f"Socket {number:03d}" for number in range(HUNDRED)]
    points, took_s = write_quarters(folder, names)
    note = f"quarter-hour points, written in {took_s:.1f} s"
    run.sheet.add(f"points of {HUNDRED} sockets", points, "", note=note)
    devices = [device(name, QUARTER_US) for name in names]
    began = time.perf_counter()
    with JournalReader(folder / JOURNAL_FILE) as reader:
        calculation = calculation_of(reader, configuration_of(folder, devices))
        for entry in devices:
            line(calculation, entry, "year", YEAR)
    run.sheet.add(
        "their year's totals, cost and lines",
        time.perf_counter() - began,
        "s",
        at_most=HUNDRED_LIMIT_S,
    )
    took_s, lines = write_reports(configuration_of(folder, devices))
    note = f"{lines} lines in as many files, ledger and files on the disk"
    run.sheet.add("their year's reports, written", took_s, "s", at_most=HUNDRED_LIMIT_S, note=note)


def device(name: str, interval_us: int) -> DeviceConfig:
    """A device whose year ends with the calendar's, and that has no other report."""
    return DeviceConfig(
        name=name, ip="127.0.0.1:1", update_time_s=interval_us / US_PER_S, cost_year=(1, 1)
    )


def configuration_of(folder: Path, devices: Sequence[DeviceConfig]) -> Configuration:
    """One price at all times."""
    return Configuration(
        files=folder, general=GENERAL, devices={entry.name: entry for entry in devices}
    )


def calculation_of(reader: JournalReader, configuration: Configuration) -> Calculation:
    """As one look of the reports' thread makes it."""
    return Calculation(reader, PriceBook(configuration, reader.prices), configuration)


def line(calculation: Calculation, entry: DeviceConfig, kind: PeriodKind, period: Period) -> str:
    """What a report costs before it is written."""
    return row(calculation.of_device(entry, kind, period), GENERAL.zone, GENERAL.currency)


def report_times(folder: Path) -> Times:
    """Measured in the process that calls it."""
    entry, before_mb = device(DEVICE, STEP_US), peak_mb()
    spans: tuple[tuple[PeriodKind, Period], ...] = (
        ("year", YEAR),
        ("year", ODD_YEAR),
        ("month", MONTH),
    )
    with JournalReader(folder / JOURNAL_FILE) as reader:
        configuration = configuration_of(folder, [entry])

        def look(kind: PeriodKind, period: Period) -> str:
            return line(calculation_of(reader, configuration), entry, kind, period)

        first_ms = _ms(partial(look, "year", YEAR))
        year, odd, month = (
            median(_ms(partial(look, kind, period)) for _ in range(TIMES)) for kind, period in spans
        )
    return Times(year, first_ms, odd, month, peak_mb() - before_mb)


def write_year(folder: Path) -> tuple[int, float]:
    """The demo's fridge for a year, as the demo fills it in; points and seconds."""
    journal = _opened(folder)
    # One poll beyond the year, which settles its last quarter hour.
    count = (YEAR.end_us - YEAR.start_us) // STEP_US + 1
    points: list[int] = []
    began = time.monotonic()
    past = Past(DEVICE, YEAR.start_us + STEP_US, count, None)
    fill(journal, Home(YEAR.start_us / US_PER_S, 3600.0), [past], threading.Event(), points.append)
    journal.close()
    return sum(points), time.monotonic() - began


def write_quarters(folder: Path, names: list[str]) -> tuple[int, float]:
    """A year of one poll each quarter hour: the same load profile under every name."""
    journal = _opened(folder)
    began = time.monotonic()
    count = (YEAR.end_us - YEAR.start_us) // QUARTER_US + 1
    socket = row_of_sockets("plug-s", 1, YEAR.start_us / US_PER_S)[0]
    meter = EnergyMeter(names[0], QUARTER_US, None)
    metered = []
    readings = socket.readings((YEAR.start_us + QUARTER_US) / US_PER_S, QUARTER_S, count)
    for number, reading in enumerate(readings, 1):
        point, checkpoint = meter.measure(reading, YEAR.start_us + number * QUARTER_US)
        meter.accept(checkpoint)
        metered.append((point, checkpoint))
    prepared = prepare(names[0], metered)
    for name in names:
        journal.load([replace(prepared, device=name)])
    journal.close()
    return count * len(names), time.monotonic() - began


def write_reports(configuration: Configuration) -> tuple[float, int]:
    """Seconds that the reports' thread takes for all that is due, and the lines that it wrote."""
    clock = AfterTheYear()
    health = Health(clock.monotonic)
    journal = _opened(configuration.files)
    job = ReportsJob(
        journal=journal,
        open_reader=partial(JournalReader, journal.path),
        configuration=configuration,
        health=health,
        clock=clock,
    )
    storing = Service("journal", journal)
    storing.start()
    began = time.perf_counter()
    lines = job.catch_up()
    took_s = time.perf_counter() - began
    storing.stop()
    storing.join(time.monotonic() + 10.0)
    journal.close()
    return took_s, lines


def _opened(folder: Path) -> Journal:
    journal = Journal(folder / JOURNAL_FILE, clock=SystemClock(), raw_days=36_500)
    journal.open()
    return journal


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000.0 * (time.perf_counter() - began)
