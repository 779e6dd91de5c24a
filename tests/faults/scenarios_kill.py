"""The logger is killed: at random moments, and at every step of what it does."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from source.config.load import load
from source.errors import JournalError
from source.journal.corrections import add_results
from source.journal.reader import JournalReader
from source.model import Period
from source.reports.recalculate import Recalculation
from tests.faults import checks
from tests.faults.child import until
from tests.faults.house import House, house
from tests.faults.outcome import Outcome, Scenario
from tests.faults.past import keep_past
from tests.faults.points import fault_points
from tests.influx_server import InfluxServer

COMMIT_INTERVAL_S = 1.0
COMMIT_TAKES_S = 1.5
"""At most, on a machine that has other work too."""
SOCKETS = 20


def killed_at_random(folder: Path, times: int) -> Outcome:
    """20 sockets at 10 Hz; the database goes and comes in between."""
    chance = random.Random(times)
    with house(folder, plugs=SOCKETS - 2, threes=2, commit_interval_s=COMMIT_INTERVAL_S) as home:
        for number in range(times):
            if number % 4 == 1:
                _toggle(home, killed=chance.random() < 0.5)
            home.logger.start()
            if chance.random() < 0.3:
                time.sleep(chance.uniform(0.0, 1.5))  # perhaps it is not up yet
            else:
                home.until_polled()
                time.sleep(chance.uniform(0.0, 2.5))
            home.witness.look()
            _kill(home)
        home.finish()
        return home.outcome("kill -9 at a random moment", times, stop_s=None)


def _toggle(home: House, *, killed: bool) -> None:
    assert home.influx is not None
    if not home.influx.is_running:
        home.influx.start()
    elif killed:
        home.influx.kill()
    else:
        home.influx.stop()


def _kill(home: House) -> None:
    """What was polled in the last commit interval may be gone, and no more than that."""
    had_points = home.logger.starts_us[-1] < _newest_us(home)
    home.logger.kill()
    killed_us = time.time_ns() // 1000
    home.witness.look()
    gone_s = (killed_us - _newest_us(home)) / 1e6
    if had_points and gone_s > COMMIT_INTERVAL_S + COMMIT_TAKES_S:
        home.complaints.append(f"the last {gone_s:.1f} s before a kill are gone")


def _newest_us(home: House) -> int:
    return max((time_us for _, time_us in home.witness.points), default=0)


# --- at every step ---

AT_ONCE = 3
DIES_S, SLOW_DIES_S = 20.0, 90.0
LAST_US = 2**62
SLOW, SLOW_TIMES = "retention", 2
"""The first round of deletion comes a minute after the start."""
DAMAGED, CORRECTED = "rescue", "correction"
IDLE = {"start_w": 3000.0, "end_w": 3000.0, "end_after_s": 60}
"""Of all that was polled there is to be looked for runs; there are none."""


def killed_at_every_step(folder: Path, times: int) -> list[Outcome]:
    """At each fault point of the program the first time it is reached, then the second …

    With one time only, those that take a minute are left to the tests of their own layer.
    """
    points = [p for p in fault_points() if times > 1 or not p.startswith(SLOW)]
    server = InfluxServer(folder / "influx")
    server.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(partial(_killed_at, folder, server, times), points))
    finally:
        server.stop()


def _killed_at(folder: Path, server: InfluxServer, times: int, point: str) -> Outcome:
    """The first time that it is reached, the second …; then the first again, in another house."""
    lives: list[Outcome] = []
    number, last = 1, times
    for life_number in range(SLOW_TIMES if point.startswith(SLOW) else times):
        place = f"{point} {life_number}".replace(":", "").replace(" ", "-")
        life = _life(folder / place, server, f"{point}:{number}")
        if not life.injected:  # it is reached no more often
            last = number - 1
        if life.injected or not lives:
            lives.append(life)
        number = number + 1 if number < last else 1
    return _together(f"killed at {point!r}", lives)


def _life(folder: Path, server: InfluxServer, point: str) -> Outcome:
    """A program with reports due and a point that is refused; it dies, and the next one goes on."""
    with house(folder, shared=server, database=folder.name, timezone="UTC", raw_days=1) as home:
        home.configure(home.entries(cost_calc_day=True, run=IDLE))
        lines = keep_past(home.witness.journal, home.virtual) * len(home.virtual)
        home.witness.look()
        if point.startswith(DAMAGED):
            _damage(home.witness.journal)
        if point.startswith(CORRECTED):
            _correct(home, lines)
        home.logger.start(point)
        code = home.logger.died(SLOW_DIES_S if point.startswith(SLOW) else DIES_S)
        home.witness.look()
        if code is None:
            home.logger.kill()
        home.logger.start()
        until(partial(_are_written, home.witness.journal, lines), f"{lines} report lines")
        home.finish()
        with JournalReader(home.witness.journal) as reader:
            home.complaints += checks.report_complaints(reader, home.files, lines)
        outcome = home.outcome(point, int(code is not None), stop_s=None)
    wrong = [f"{point}: it ended with {code} and not by SIGKILL"] if code not in (None, -9) else []
    return replace(outcome, complaints=(*outcome.complaints, *wrong))


def _are_written(journal: Path, lines: int) -> bool:
    try:
        with JournalReader(journal) as reader:
            is_exported = not reader.unexported_results()
            is_written = len(reader.reports()) >= lines and not reader.unfinished_reports()
            return is_written and is_exported
    except JournalError:
        return False


def _correct(home: House, lines: int) -> None:
    """Reports that were written at another price than that of today."""
    home.logger.start()
    until(partial(_are_written, home.witness.journal, lines), f"{lines} report lines")
    home.stop()
    home.configure(home.entries(cost_calc_day=True, run=IDLE), price_kwh=0.5)
    configuration = load(home.files, {}, home.files, (), types_complete=False)
    with JournalReader(home.witness.journal) as reader:
        found = Recalculation(reader, configuration, Period(0, LAST_US)).corrections()
        results = [each.result for step in found for each in step]
    assert len(results) >= lines
    add_results(home.witness.journal, results)


def _damage(journal: Path) -> None:
    """The head of the file is gone, and with it no point."""
    with journal.open("r+b") as file:
        file.write(b"\xa5" * 100)


def _together(fault: str, lives: list[Outcome]) -> Outcome:
    """The sum of several, and the worst."""
    return Outcome(
        fault=fault,
        injected=sum(life.injected for life in lives),
        points_lost=sum(life.points_lost for life in lives),
        points_doubled=sum(life.points_doubled for life in lives),
        energy_difference_wh=max(life.energy_difference_wh for life in lives),
        longest_stop_s=max(life.longest_stop_s for life in lives),
        promise=lives[0].promise,
        complaints=tuple(c for life in lives for c in life.complaints),
    )


SCENARIOS = (
    Scenario("kill -9", killed_at_random, quick=4, full=200, beside=True),
    Scenario("kill at every step", killed_at_every_step, quick=1, full=5, beside=True),
)
