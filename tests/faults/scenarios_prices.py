"""Faults around prices: of the market's server, of a tariff that changes, kills at a correction.

Sockets are polled on. Lines wait for their prices and then come with the fallback, and what stands
is corrected once in every file.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from source.model import US_PER_S, Point, Result
from source.reports.figures import from_text
from tests.faults.logger import (
    RESOLUTION_WH,
    ROOT,
    House,
    energy_difference_wh,
    house,
    longest_gap_s,
    lost_and_doubled,
    sums_complaints,
    until,
)
from tests.faults.market import Exchange, exchange, faults
from tests.faults.outcome import Outcome, Promise, Scenario
from tests.faults.scenarios_clock import BERLIN, DAY_S, HOUR_S, go_to
from tests.faults.scenarios_reports import finished

DEVICES = ("Fridge", "Washer")
FALLBACK = "0.30"
LOOKS = 7
"""Polls of each socket in which the reports look several times."""
LATE_S = 1.0
"""A poll each tenth of a second, on a machine that has other work too."""


def configure(home: House, tariff: Mapping[str, object], **general: object) -> None:
    home.configure(**general)
    file = home.folder / "config.json"
    content = json.loads(file.read_text("utf-8"))
    new = file.with_suffix(".new")
    new.write_text(json.dumps({**content, "tariff": tariff}), "utf-8")
    new.replace(file)


def results(home: House, name: str) -> list[Result]:
    with home.reader() as reader:
        return reader.results(name, kind="day")


def until_exported(home: House) -> None:
    def all_are() -> bool:
        with home.reader() as reader:
            return not reader.unexported_results() and not reader.unfinished_reports()

    until(all_are)


def prices(home: House, name: str) -> list[Decimal]:
    """The mean price of each day, as it was reported."""
    return [from_text(one.figures).bill.price_per_kwh for one in results(home, name)]


def unhurried(outcome: Outcome, *spans: list[Point]) -> Outcome:
    """With the longest time without a poll; days that the clock has leapt over do not count."""
    longest_s = max(longest_gap_s(points, DAY_S) for points in spans)
    promise = replace(outcome.promise, stop_s=LATE_S)
    return replace(outcome, longest_stop_s=longest_s, promise=promise)


# --- the market's server ---


def market_fails(folder: Path, times: int) -> Outcome:
    """Each day another fault of the server; at last it is well, and its prices hold."""
    with exchange() as market, house(folder / "files", *DEVICES) as home:
        dynamic = {"provider": "energy-charts", "url": market.url}
        configure(home, {"price_kwh": FALLBACK, "dynamic": dynamic})
        go_to(home, "12:00")
        market.fault = faults()["status 500"]
        home.run_until_polled()
        until(lambda: market.served)
        home.until_more_requests(LOOKS)
        complaints = _bad_days(home, market, times)
        bad = home.points()
        market.fault = None
        home.clocks.sleep(HOUR_S)  # it is asked again after an hour at most
        home.until_lines(times)
        until_exported(home)
        complaints += [text for name in DEVICES for text in _wrong_prices(home, name)]
        well = [point for point in home.points() if point.time_us > bad[-1].time_us + 1_000_000]
        return unhurried(finished("market's server fails", times, home, complaints), bad, well)


def _bad_days(home: House, market: Exchange, times: int) -> list[str]:
    """Until the last of them, a line comes when it has waited for a day."""
    complaints = []
    for day in range(times):
        name, market.fault = list(faults().items())[day % len(faults())]
        served = market.served
        home.clocks.sleep(DAY_S)
        until(lambda served=served: market.served > served)
        home.until_lines(day)
        home.until_more_requests(LOOKS)
        if any(len(home.lines(device)) != day for device in DEVICES):
            complaints.append(f"{name}: a line did not wait for its prices")
    if not home.said("prices energy-charts: failed"):
        complaints.append("the fault was not told")
    return complaints


def _wrong_prices(home: House, name: str) -> list[str]:
    """All but the last day have the fallback and say so."""
    figures = [from_text(one.figures) for one in results(home, name)]
    found = [(f"{one.bill.price_per_kwh:.2f}", round(one.assumed_percent)) for one in figures]
    wanted = [(FALLBACK, 100)] * (len(found) - 1) + [(Exchange.PRICE, 0)]
    return [] if found == wanted else [f"{name} has prices {found}"]


# --- another tariff ---

TARIFFS: tuple[Callable[[str], Mapping[str, object]], ...] = (
    lambda price: {"prices": [{"from": "2020-01-01", "price_kwh": price}]},
    lambda price: {
        "price_kwh": 9,
        "windows": [
            {"from": "22:00", "to": "06:00", "price_kwh": price},
            {"from": "06:00", "to": "22:00", "price_kwh": price},
        ],
    },
    lambda price: {"price_kwh": price, "base_price_month": 10, "feed_in_kwh": 0.08},
)
BROKEN: Mapping[str, object] = {"price_kwh": 9, "dynamic": {"provider": "awattar", "formula": "x"}}


def tariff_changes(folder: Path, times: int) -> Outcome:
    """Each day another tariff, after one that is wrong; the day has the price of the right one."""
    with house(folder / "files", *DEVICES) as home:
        go_to(home, "12:00")
        home.run_until_polled()
        wanted = []
        for day in range(times):
            _apply(home, BROKEN, "not applied")
            wanted.append(Decimal(day % 50 + 10) / 100)
            _apply(home, TARIFFS[day % len(TARIFFS)](f"{wanted[-1]}"), "configuration applied")
            home.clocks.sleep(DAY_S)
            home.until_lines(day + 1)
        until_exported(home)
        found = {name: prices(home, name) for name in DEVICES}
        complaints = [f"{name}: {got}" for name, got in found.items() if got != wanted]
        points = home.points()
        return unhurried(finished("tariff changed", 2 * times, home, complaints), points)


def _apply(home: House, tariff: Mapping[str, object], answer: str) -> None:
    """Returns when the program answers so."""
    assert home.child is not None
    told = sum(answer in line for line in home.log)
    configure(home, tariff)
    os.kill(home.child.pid, signal.SIGHUP)
    until(lambda: sum(answer in line for line in home.log) > told)


# --- kills at a correction ---

STEPS = (
    "result: line appended",
    "report: appended",
    "correction: entered",
    "report: finished",
    "result: document written",
    "result: finished",
)
"""Of a correction on its way into the files."""
DAYS = 2


def killed_at_a_correction(folder: Path, times: int) -> Outcome:
    """Prices are corrected beside the running program, which dies at another step each time."""
    with house(folder / "files") as home:
        home.clocks.sleep(-10 * DAY_S)  # what is corrected lies in the past
        go_to(home, "12:00")
        home.add(*DEVICES)
        configure(home, {"price_kwh": FALLBACK})
        home.run_until_polled()
        for day in range(DAYS):
            home.clocks.sleep(DAY_S)
            home.until_lines(day + 1)
        until_exported(home)
        home.stop()
        complaints = []
        for n in range(times):
            configure(home, {"price_kwh": str(Decimal(n + 31) / 100)})
            _start(home, STEPS[n % len(STEPS)])
            _recalculate(home)
            if home.killed() != -signal.SIGKILL:
                complaints.append(f"{STEPS[n % len(STEPS)]!r} was not reached")
        home.run_until_polled()
        until_exported(home)
        complaints += [text for name in DEVICES for text in _wrong_files(home, name, times)]
        return _corrected("killed at a correction", times, home, complaints)


def _start(home: House, step: str) -> None:
    """Until it polls, or has died of what was left of the correction before."""
    before = home.count()
    home.start(step)
    child = home.child
    assert child is not None
    until(lambda: home.count() > before or child.poll() is not None)


def _recalculate(home: House) -> None:
    began = datetime.fromtimestamp(home.clocks.right().now_us() / US_PER_S, BERLIN)
    start = f"{began - timedelta(days=DAYS + 1):%Y-%m-%d}"
    place = ["--from", start, "--files", str(home.folder)]
    command = [sys.executable, "main.py", "costs", "recalculate", *place]
    environ = {n: v for n, v in os.environ.items() if not n.startswith(("DB_", "ISDL_"))}
    subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True)


def _wrong_files(home: House, name: str, corrections: int) -> list[str]:
    """Where text, CSV and documents do not hold each revision of each day once."""
    found = results(home, name)
    wanted = sorted((one.period.end_us, one.revision) for one in found)
    if len(wanted) != DAYS * (corrections + 1):
        return [f"{name}: {len(wanted)} figures of {corrections} corrections"]
    told = []
    with (home.folder / "reports" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        lines = [(_us(row["end"]), int(row["revision"])) for row in csv.DictReader(file)]
    if sorted(lines) != wanted:
        told.append(f"{name}.csv has {lines}")
    rows = home.lines(name)
    if len(rows) != len(wanted) or len(set(rows)) != len(rows):
        told.append(f"{name}_day.txt has {len(rows)} lines")
    documents = [
        json.loads(path.read_text("utf-8"))["revision"]
        for path in (home.folder / "reports" / name / "day").iterdir()
    ]
    if documents != [corrections] * DAYS:
        told.append(f"{name}: documents of revisions {documents}")
    return told


def _us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * US_PER_S


def _corrected(fault: str, times: int, home: House, complaints: list[str]) -> Outcome:
    """As ``finished``, where a day has several lines."""
    seen = home.points()
    code, _ = home.stop()
    points = home.points()
    lost, doubled = lost_and_doubled(seen, points)
    if code != 0:
        complaints.append(f"exit code {code} at the stop")
    difference_wh = energy_difference_wh(points)
    promise = Promise(energy_wh=RESOLUTION_WH)
    every = (*complaints, *sums_complaints(home))
    return Outcome(fault, times, lost, doubled, difference_wh, 0.0, promise, every)


SCENARIOS = (
    Scenario("market", market_fails, quick=5, full=25, beside=True),
    Scenario("tariff changed", tariff_changes, quick=1, full=15, beside=True),
    Scenario("correction killed", killed_at_a_correction, quick=2, full=24, beside=True),
)
