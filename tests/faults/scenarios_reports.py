"""Faults of report files, and kills while lines are written: each line stands in its file once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.logger import (
    RESOLUTION_WH,
    House,
    energy_difference_wh,
    house,
    lines_complaints,
    lost_and_doubled,
    sums_complaints,
)
from tests.faults.outcome import Outcome, Promise, Scenario

DAY_S = 86_400.0
KILLS = ("report: entered", "report: appended", "report: finished")
DEVICES = ("Fridge", "Washer")


def finished(name: str, injected: int, home: House, more: list[str] | None = None) -> Outcome:
    """Stop the program, and what became of the fault."""
    seen = home.points()
    code, _ = home.stop()
    points = home.points()
    lost, doubled = lost_and_doubled(seen, points)
    complaints = [*(more or []), *sums_complaints(home), *lines_complaints(home)]
    if code != 0:
        complaints.append(f"exit code {code} at the stop")
    return Outcome(
        name,
        injected,
        lost,
        doubled,
        energy_difference_wh(points),
        0.0,
        Promise(energy_wh=RESOLUTION_WH),
        tuple(complaints),
    )


def killed_while_writing(folder: Path, times: int) -> Outcome:
    """Each midnight the program dies at another step of its two lines."""
    complaints = []
    with house(folder / "files", *DEVICES) as home:
        home.run_until_polled()
        home.clocks.sleep(DAY_S)
        home.until_lines(1)
        home.stop()
        for n in range(times):
            place = KILLS[n % len(KILLS)]
            home.clocks.sleep(DAY_S)  # so there is a line to write, now or after the first poll
            home.start(place)
            if home.killed() != -signal.SIGKILL:
                complaints.append(f"{place!r} was not reached")
        home.run_until_polled()
        home.until_lines(1 + times)
        return finished("killed while a report is written", times, home, complaints)


@dataclass(frozen=True, slots=True)
class FileFault:
    """Something in the way of one report file."""

    name: str
    begin: Callable[[Path], None]
    end: Callable[[Path], None]
    keeps_lines: bool = True
    """The file has its older lines afterwards."""


def _make_folder(path: Path) -> None:
    path.rename(path.with_suffix(".mine"))
    path.mkdir()


def _take_folder_away(path: Path) -> None:
    path.rmdir()
    path.with_suffix(".mine").rename(path)


def _dangle(path: Path) -> None:
    path.rename(path.with_suffix(".mine"))
    path.symlink_to(path.parent / "gone" / "file")


def _mend_link(path: Path) -> None:
    path.unlink()
    path.with_suffix(".mine").rename(path)


FILE_FAULTS = (
    FileFault("report file replaced by a folder", _make_folder, _take_folder_away),
    FileFault("report file is a link to nowhere", _dangle, _mend_link),
    FileFault(
        "report file not writable", lambda path: path.chmod(0o444), lambda path: path.chmod(0o644)
    ),
)


def in_the_way(folder: Path, times: int) -> list[Outcome]:
    """The other device's lines come at once, this one's when its file is there again."""
    outcomes = []
    for fault in FILE_FAULTS:
        place = folder / fault.name.replace(" ", "-")
        with house(place / "files", *DEVICES) as home:
            home.start(humble=True)
            home.until_more_points()
            home.clocks.sleep(DAY_S)
            home.until_lines(1)
            path = home.folder / "Fridge_day.txt"
            complaints = []
            for n in range(1, times + 1):
                fault.begin(path)
                home.clocks.sleep(DAY_S)
                home.until_lines(1 + n, "Washer")
                if path.is_file() and len(home.lines("Fridge")) > n:
                    complaints.append("the file was written in spite of the fault")
                fault.end(path)
                home.until_lines(1 + n, "Fridge")
            if not home.said("report Fridge_day.txt: failed"):
                complaints.append("the fault was not told")
            outcomes.append(finished(fault.name, times, home, complaints))
    return outcomes


def deleted(folder: Path, times: int) -> Outcome:
    """What was in it is the user's to keep; it goes on with the next line, under a header."""
    with house(folder / "files", *DEVICES) as home:
        home.run_until_polled()
        home.clocks.sleep(DAY_S)
        home.until_lines(1)
        complaints = []
        kept: list[str] = []
        for n in range(times):
            path = home.folder / "Fridge_day.txt"
            kept += home.lines("Fridge")
            path.unlink()
            home.clocks.sleep(DAY_S)
            home.until_lines(1, "Fridge")
            home.until_lines(2 + n, "Washer")
            if path.read_text("utf-8").count("Period in") != 1:
                complaints.append("no header in the new file")
        path.write_text("\n".join(kept) + "\n" + path.read_text("utf-8"), "utf-8")
        return finished("report file deleted", times, home, complaints)


SCENARIOS = (
    Scenario("report killed", killed_while_writing, quick=3, full=30, beside=True),
    Scenario("report file in the way", in_the_way, quick=1, full=10, beside=True),
    Scenario("report file deleted", deleted, quick=1, full=10, beside=True),
)
