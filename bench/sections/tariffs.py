"""A hundred sockets at dynamic quarter-hour prices: their year's reports, the house's page of it,
and all computed anew.

The commands and the reports' thread do it, each in a process of its own, so that its memory is what
a user's machine has to have.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from bench.figures import Unavailable
from bench.process import peak_mb
from bench.run import Run
from bench.sections.reports import HUNDRED, YEAR, ZONE, write_quarters, write_reports
from bench.simulator import ROOT
from source.cli.main import main
from source.config.load import load
from source.config.models import Configuration, DeviceConfig
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import QUARTER_S, QUARTER_US, Period, PeriodKind, Result
from source.period import Rule, ends_between
from source.reports.calculation import Calculation
from source.reports.figures import figures_in, result_of
from source.reports.slices import Slices
from source.service import Service
from source.tariffs.book import PriceBook
from source.timing import SystemClock

REPORTS_LIMIT_S, PAGE_LIMIT_S, RECALCULATION_LIMIT_S, MEMORY_LIMIT_MB = 10.0, 10.0, 15.0, 100.0
PRICES_FILE = "prices.csv"
SOURCE = f"csv:{PRICES_FILE}"
FORMULA, LATER_FORMULA = "(spot + 15.3) * 1.19", "(spot + 16.1) * 1.19"
KINDS: tuple[PeriodKind, ...] = ("day", "month", "year")
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took in a process of its own."""

    took_s: float
    cpu_s: float
    """Of the whole process; what counts on a machine that has other things to do."""
    memory_mb: float
    """The most that the process ever held."""
    count: int


def measure(run: Run) -> None:
    folder = run.new_folder("tariffs")
    names = [f"Socket {number:03d}" for number in range(HUNDRED)]
    points, took_s = write_quarters(folder, names)
    note = f"quarter-hour points, written in {took_s:.1f} s"
    run.sheet.add(f"points of {HUNDRED} sockets", points, "", note=note)
    write_settings(folder, names, FORMULA, yearly_only=True)
    write_prices(folder)
    _year(run, folder)
    _page(run, folder)
    _recalculation(run, folder, names)


def _year(run: Run, folder: Path) -> None:
    cost = _apart(year_reports, folder)
    note = f"{cost.cpu_s:.1f} s of CPU; {cost.count} lines, CSV, JSON, ledger, the house total"
    run.sheet.add("their year's reports", cost.took_s, "s", at_most=REPORTS_LIMIT_S, note=note)
    run.sheet.add("memory of that process", cost.memory_mb, "MB", at_most=MEMORY_LIMIT_MB)


def _page(run: Run, folder: Path) -> None:
    cost = _apart(house_page, folder)
    note = f"{cost.cpu_s:.1f} s of CPU; {cost.count} KB"
    run.sheet.add(
        "report --format html of the house", cost.took_s, "s", at_most=PAGE_LIMIT_S, note=note
    )
    run.sheet.add("memory of that command", cost.memory_mb, "MB", at_most=MEMORY_LIMIT_MB)


def _recalculation(run: Run, folder: Path, names: Sequence[str]) -> None:
    write_settings(folder, names, FORMULA)
    filled = _apart(fill_results, folder)
    note = f"of days, months and years, computed in {filled.took_s:.1f} s"
    run.sheet.add("figures in the journal", filled.count, "", note=note)
    write_settings(folder, names, LATER_FORMULA)
    dry = _apart(recalculate, folder, "--dry-run")
    note = f"{dry.cpu_s:.1f} s of CPU; {dry.count} corrections found"
    run.sheet.add(
        "costs recalculate --dry-run",
        dry.took_s,
        "s",
        at_most=RECALCULATION_LIMIT_S,
        note=note,
    )
    run.sheet.add("memory of that command", dry.memory_mb, "MB", at_most=MEMORY_LIMIT_MB)
    with storing(folder):  # the daemon writes the files, the command enters the figures
        real = _apart(recalculate, folder)
    run.sheet.add(
        "costs recalculate beside the daemon",
        real.took_s,
        "s",
        at_most=RECALCULATION_LIMIT_S,
        note=f"{real.cpu_s:.1f} s of CPU; {real.count} corrections entered",
    )


def _apart(work: Callable[..., Cost], folder: Path, *options: str) -> Cost:
    """In a fresh process: nothing is warm, and its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (folder, *options))


def write_settings(
    folder: Path, names: Sequence[str], formula: str, *, yearly_only: bool = False
) -> None:
    """config.json and devices.json."""
    dynamic = {"provider": "csv", "file": PRICES_FILE, "formula": formula}
    config = {
        "general": {"timezone": ZONE, "price_kwh": 0.30},
        "tariff": {"price_kwh": 0.30, "base_price_month": 12.90, "dynamic": dynamic},
    }
    orders: dict[str, object] = {"cost_calc_year": "01.01"}
    if not yearly_only:
        orders |= {"cost_calc_day": True, "cost_calc_month": "01"}
    entry = {"type": "shelly:plug-s", "ip": "127.0.0.1:9", "update_time": QUARTER_S, **orders}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "devices.json").write_text(json.dumps(dict.fromkeys(names, entry)), "utf-8")
    (folder / PRICES_FILE).write_text("", "utf-8")


def write_prices(folder: Path) -> None:
    """Of each quarter hour of the year, hardly two of them the same."""
    first, last = YEAR.start_us // QUARTER_US, YEAR.end_us // QUARTER_US
    with storing(folder) as journal:
        journal.put_prices(
            SOURCE, {q: 20_000_000 + q * 7919 % 300_000_000 for q in range(first, last)}
        )


@contextmanager
def storing(folder: Path) -> Iterator[Journal]:
    """The journal with its thread, as in the daemon."""
    journal = Journal(folder / JOURNAL_FILE, clock=SystemClock(), raw_days=36_500)
    journal.open()
    service = Service("journal", journal)
    service.start()
    try:
        yield journal
    finally:
        service.stop()
        service.join(time.monotonic() + 10.0)
        journal.close()


def configuration_in(folder: Path) -> Configuration:
    return load(folder, {}, ROOT, (), types_complete=False)


def year_reports(folder: Path) -> Cost:
    """As the reports' thread writes them."""
    took_s, lines = write_reports(configuration_in(folder))
    return _cost(took_s, lines)


def house_page(folder: Path) -> Cost:
    """The command, as main.py calls it."""
    began, page = time.perf_counter(), folder / "house.html"
    options = ["--period", "2025", "--format", "html", "--output", str(page)]
    code = main(["report", *options, "--files", str(folder)])
    took_s = time.perf_counter() - began
    if code != 0:
        raise Unavailable(f"report ended with {code}")
    return _cost(took_s, page.stat().st_size // 1000)


def fill_results(folder: Path) -> Cost:
    """The figures of all days, months and years, as they were reported."""
    began, count = time.perf_counter(), 0
    configuration = configuration_in(folder)
    periods = list(_periods(configuration))
    with storing(folder) as journal, JournalReader(journal.path) as reader:
        slices = Slices(reader)
        book = PriceBook(configuration, reader.prices)
        calculation = Calculation(reader, book, configuration, slices)
        for entry in configuration.devices.values():
            slices.read(entry.name, {period for _, period in periods})
            found = list(_results(configuration, calculation, entry, periods))
            for begin in range(0, len(found), AT_ONCE):
                journal.begin_reports([], found[begin : begin + AT_ONCE])
                journal.finish_results(found[begin : begin + AT_ONCE])
            count += len(found)
    return _cost(time.perf_counter() - began, count)


def _periods(configuration: Configuration) -> Iterator[tuple[PeriodKind, Period]]:
    general = configuration.general
    for kind in KINDS:
        rule = Rule(kind, general.cost_calc_request_time, general.zone)
        start_us = YEAR.start_us
        for end_us in ends_between(rule, YEAR.start_us, YEAR.end_us):
            yield kind, Period(start_us, end_us)
            start_us = end_us


def _results(
    configuration: Configuration,
    calculation: Calculation,
    entry: DeviceConfig,
    periods: Sequence[tuple[PeriodKind, Period]],
) -> Iterator[Result]:
    for kind, period in periods:
        report = calculation.of_device(entry, kind, period)
        yield result_of(report, figures_in(configuration, report))


def recalculate(folder: Path, *options: str) -> Cost:
    """The command, as main.py calls it."""
    began = time.perf_counter()
    arguments = ["costs", "recalculate", "--from", "2025-01-01", "--to", "2026-01-01"]
    text = StringIO()
    with redirect_stdout(text):
        code = main([*arguments, *options, "--files", str(folder)])
    took_s = time.perf_counter() - began
    if code != 0:
        raise Unavailable(f"costs recalculate ended with {code}")
    found = re.search(r"^(\d+) correction", text.getvalue(), re.MULTILINE)
    return _cost(took_s, 0 if found is None else int(found[1]))


def _cost(took_s: float, count: int) -> Cost:
    return Cost(took_s, time.process_time(), peak_mb(), count)
