"""Faults of the machine's clock under the running program.

Both clocks are moved by ``tests.faults.stepped``; the sockets have the right time.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from source.model import US_PER_S
from tests.faults.logger import (
    RESOLUTION_WH,
    House,
    energy_difference_wh,
    house,
    lines_complaints,
    lost_and_doubled,
    sums_complaints,
    until,
)
from tests.faults.outcome import Outcome, Promise, Scenario
from tests.reports.house import lines

HOUR_S, DAY_S = 3_600.0, 86_400.0
DOUBT_S = 300.0
RAW_DAYS = 36_500
"""Points of 1970 are not too old."""
DEVICES = ("Fridge", "Washer")
BERLIN = ZoneInfo("Europe/Berlin")


def outcome(
    name: str, times: int, home: House, complaints: list[str], *, energy: bool = True
) -> Outcome:
    """Stop the program, and what became of the fault."""
    seen = home.points()
    home.stop()
    points = home.points()
    lost, doubled = lost_and_doubled(seen, points)
    asked = sum(home.requests(device) for device in home.addresses)
    return Outcome(
        name,
        times,
        lost + asked - len(points),
        doubled,
        energy_difference_wh(points),
        0.0,
        Promise(energy_wh=RESOLUTION_WH),
        (*complaints, *sums_complaints(home), *lines_complaints(home, energy=energy)),
    )


def go_to(home: House, text: str, seconds: float = 0.0) -> None:
    """Sleep until the next time that the clock shows a time of day in Berlin."""
    now = datetime.fromtimestamp(home.clocks.shown().now_us() / US_PER_S, BERLIN)
    hour, minute = map(int, text.split(":"))
    wanted_s = (hour * 60 + minute) * 60 + seconds
    shown_s = (now.hour * 60 + now.minute) * 60 + now.second
    home.clocks.sleep((wanted_s - shown_s) % DAY_S)


def stepped(folder: Path, times: int) -> list[Outcome]:
    """An hour and a day, ahead and back, while it runs."""
    outcomes = []
    for name, step_s in (("1 h", HOUR_S), ("1 d", DAY_S)):
        with house(folder / name.replace(" ", ""), *DEVICES) as home:
            home.run_until_polled()
            go_to(home, "12:00")
            for _ in range(times):
                for sign in (1, -1):
                    home.clocks.step(sign * step_s)
                    home.until_more_points(more=8)
            complaints = []
            if any(home.lines(device) for device in DEVICES):
                complaints.append("a line was written for a day that has not been")
            outcomes.append(outcome(f"clock stepped by ± {name}", 2 * times, home, complaints))
    return outcomes


def back_over_midnight(folder: Path, times: int) -> Outcome:
    """No line comes twice, none is missing; at the first midnight a month ends too."""
    with house(folder / "files", *DEVICES) as home:
        go_to(home, "23:50")
        after_s = home.clocks.shown().now_us() / US_PER_S + HOUR_S
        home.add(cost_calc_month=f"{datetime.fromtimestamp(after_s, BERLIN):%d}")
        home.run_until_polled()
        complaints = []
        for n in range(1, times + 1):
            home.clocks.sleep(HOUR_S)  # to 00:50
            home.until_lines(n)
            home.clocks.step(-HOUR_S)  # back to 23:50
            home.until_more_points(more=8)
            home.clocks.sleep(HOUR_S)
            home.until_more_points(more=8)
            months = lines(home.folder / "Fridge_month.txt")
            if len(months) != 1:
                complaints.append(f"lines of the month: {months}")
            home.clocks.sleep(DAY_S - HOUR_S)
        home.until_lines(times)
        # The hour that came twice is in the journal; the second time it is in no line.
        return outcome("clock set back over midnight", times, home, complaints, energy=False)


def leap_that_stays_a_while(folder: Path, times: int) -> Outcome:
    """Four days ahead for twenty minutes: doubted for hours; nothing is written or deleted."""
    leap_s = 4 * DAY_S
    with house(folder / "files", *DEVICES, raw_days=3) as home:
        home.run_until_polled()
        go_to(home, "12:00")
        complaints = []
        for _ in range(times):
            home.until_more_points(more=8)
            before = len(home.points())
            home.clocks.step(leap_s)
            home.until_more_points(more=8)
            for _ in range(4):
                home.clocks.sleep(DOUBT_S)
                home.until_more_points(more=8)
            home.clocks.step(-leap_s)
            home.until_more_points(more=8)
            if len(home.points()) < before:
                complaints.append("raw points were deleted that were not old")
            if any(home.lines(device) for device in DEVICES):
                complaints.append("a line was written for a day that has not been")
        home.clocks.sleep(DAY_S)
        home.until_lines(1)
        return outcome("clock 4 days ahead for 20 min", times, home, complaints)


def leap_that_is_believed(folder: Path, times: int) -> Outcome:
    """A day ahead for longer than it is doubted: the false day's line is there once, and stays."""
    with house(folder / "files", *DEVICES) as home:
        home.run_until_polled()
        go_to(home, "12:00")
        home.until_more_points()
        lines = 0
        for _ in range(times):
            home.clocks.step(DAY_S)
            home.until_more_points(more=8)
            home.clocks.sleep(DOUBT_S)
            home.until_more_points(more=8)
            home.clocks.sleep(HOUR_S + DOUBT_S)
            lines += 1
            home.until_lines(lines)
            home.clocks.step(-DAY_S)
            home.until_more_points(more=8)
            home.clocks.sleep(2 * DAY_S - HOUR_S - 2 * DOUBT_S)
            lines += 1
            home.until_lines(lines)
        return outcome("clock a day ahead for hours", times, home, [], energy=False)


def start_in_1970(folder: Path, times: int) -> list[Outcome]:
    """Nothing is polled or written until the clock is set, at most for ``clock_wait_s``."""
    outcomes = []
    for name, wait_s, repair in (
        ("start in 1970, clock set later", 300.0, True),
        ("start in 1970, clock never set", 0.5, False),
    ):
        with house(
            folder / name.replace(" ", "-"), *DEVICES, clock_wait_s=wait_s, raw_days=RAW_DAYS
        ) as home:
            complaints = []
            for _ in range(times):
                asked = home.requests("Fridge")
                home.clocks.step(-home.clocks.shown().now_us() / US_PER_S + 60.0)
                home.start()
                until(lambda home=home: home.said("1970"))
                if repair and home.requests("Fridge") != asked:
                    complaints.append("a socket was polled before the clock was set")
                if repair:
                    home.clocks.step(-home.clocks.wrong_s)
                home.until_more_points(more=8)
                code, stop_s = home.stop()
                if code or stop_s > 10.0:
                    complaints.append(f"stop after {stop_s:.1f} s with exit code {code}")
            home.clocks.step(-home.clocks.wrong_s)
            home.run_until_polled()
            home.clocks.sleep(DAY_S)
            home.until_lines(1)
            if any("1970" in line for line in home.lines("Fridge")):
                complaints.append("a line of 1970")
            outcomes.append(outcome(name, times, home, complaints, energy=repair))
    return outcomes


SCENARIOS = (
    Scenario("clock stepped", stepped, quick=1, full=10, beside=True),
    Scenario("clock back over midnight", back_over_midnight, quick=1, full=5, beside=True),
    Scenario("clock ahead for a while", leap_that_stays_a_while, quick=1, full=5, beside=True),
    Scenario("clock ahead for long", leap_that_is_believed, quick=1, full=3, beside=True),
    Scenario("clock at the start", start_in_1970, quick=1, full=5, beside=True),
)
