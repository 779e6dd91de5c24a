"""The real program as a child over virtual sockets, and what has to be true of what it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from source.errors import JournalError
from source.faultpoint import VARIABLE
from source.journal.reader import JournalReader
from source.model import US_PER_S, Period, Point
from source.simulator.curves import constant
from source.simulator.server import SimulatorServer
from source.simulator.socket import VirtualPlugS
from tests.faults.stepped import Clocks
from tests.reports.house import cells, lines

ROOT = Path(__file__).resolve().parents[2]
EVER = Period(0, 2**62)
INTERVAL_S = 0.1
WAIT_S = 30.0
POWER_W = 3600.0
"""A watt-hour a second."""
RESOLUTION_WH = 1 / 60
"""Of a plug-s."""


class House:
    """Sockets, a folder with their configuration, and the program as often as it is started."""

    def __init__(self, folder: Path, sockets: SimulatorServer, clocks: Clocks) -> None:
        self.folder = folder
        self.clocks = clocks
        self.sockets = sockets
        self.addresses: dict[str, str] = {}
        self.child: subprocess.Popen[str] | None = None
        self.log: list[str] = []

    def add(self, *names: str, **entry: Any) -> None:
        """Sockets that are polled ten times a second and reported each day."""
        for name in names:
            plug = VirtualPlugS(constant(POWER_W), self.clocks.right().now_us() / US_PER_S - 60.0)
            self.addresses[name] = self.sockets.add(plug)
        devices = {
            name: {
                "type": "shelly:plug-s",
                "ip": address,
                "update_time": INTERVAL_S,
                "max_power_w": 2 * POWER_W,
                "cost_calc_day": True,
                **entry,
            }
            for name, address in self.addresses.items()
        }
        (self.folder / "devices.json").write_text(json.dumps(devices), "utf-8")

    def configure(self, **general: Any) -> None:
        section = {"commit_interval_s": 0.1, "timezone": "Europe/Berlin", **general}
        (self.folder / "config.json").write_text(json.dumps({"general": section}), "utf-8")

    # --- the program ---

    def start(self, fault_point: str = "", *, humble: bool = False) -> None:
        """``humble``: it has to ask for permission, which the superuser has not."""
        environ = {n: v for n, v in os.environ.items() if not n.startswith(("DB_", "ISDL_"))}
        environ["WEB"] = "off"
        if fault_point:
            environ[VARIABLE] = fault_point
        self.log = []
        places = [str(self.folder), str(self.clocks.file)]
        humbly = ["humble"] if humble else []
        self.child = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.stepped", *places, *humbly],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._listen, args=(self.child,), daemon=True).start()

    def _listen(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        with child.stdout:
            self.log.extend(child.stdout)

    def run_until_polled(self, fault_point: str = "") -> None:
        self.start(fault_point)
        self.until_more_points()

    def stop(self) -> tuple[int, float]:
        """The exit code, and how long it took."""
        assert self.child is not None
        began = time.monotonic()
        self.child.terminate()
        code = self.child.wait(WAIT_S)
        return code, time.monotonic() - began

    def killed(self) -> int:
        """Wait for the end that something else brings about; gives the exit code."""
        assert self.child is not None
        return self.child.wait(WAIT_S)

    def kill(self) -> None:
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait(WAIT_S)

    def said(self, text: str) -> bool:
        return any(text in line for line in self.log)

    # --- what it leaves ---

    def points(self) -> list[Point]:
        try:
            with self.reader() as reader:
                return [point for _, point in reader.points_after(0, 10_000_000)]
        except JournalError:
            return []

    def reader(self) -> JournalReader:
        return JournalReader(self.folder / "isdl.db")

    def count(self) -> int:
        try:
            with self.reader() as reader:
                return reader.last_seq()
        except JournalError:
            return 0

    def until_more_points(self, more: int = 0) -> None:
        """Return when each socket was polled at least twice more, and that is committed."""
        wanted = self.count() + max(more, 2 * len(self.addresses))
        until(lambda: self.count() >= wanted)

    def until_more_requests(self, more: int) -> None:
        """Return when each socket was asked so many times more."""
        before = {name: self.requests(name) for name in self.addresses}
        until(lambda: all(self.requests(n) >= before[n] + more for n in before))

    def requests(self, name: str) -> int:
        return self.sockets.requests(self.addresses[name])

    def lines(self, name: str) -> list[str]:
        return lines(self.folder / f"{name}_day.txt")

    def until_lines(self, count: int, *names: str) -> None:
        until(lambda: all(len(self.lines(name)) >= count for name in names or self.addresses))


def until(condition: Callable[[], object], seconds: float = WAIT_S) -> None:
    """Return when the condition holds; TimeoutError after a while."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not happen")
        time.sleep(0.01)


@contextmanager
def house(
    folder: Path, *names: str, clock_file: Path | None = None, **general: Any
) -> Iterator[House]:
    """A house with its sockets; the program is not started yet."""
    folder.mkdir(parents=True, exist_ok=True)
    clocks = Clocks(clock_file or folder.with_suffix(".clock"))
    with SimulatorServer(clocks.right()) as sockets:
        found = House(folder, sockets, clocks)
        found.configure(**general)
        found.add(*names)
        try:
            yield found
        except TimeoutError as err:
            raise TimeoutError(f"{err}; the log says {''.join(found.log)[-2_000:]}") from err
        finally:
            found.kill()


# --- what has to be true ---


def by_device(points: list[Point]) -> Mapping[str, list[Point]]:
    ordered = sorted(points, key=lambda point: point.device)  # stable: in order of the sequence
    return {name: list(group) for name, group in groupby(ordered, lambda point: point.device)}


def energy_difference_wh(points: list[Point]) -> float:
    """The largest difference of a socket between its points' energy and its counter's way."""
    worst = 0.0
    for group in by_device(points).values():
        good = [point for point in group if point.success]
        way = float(good[-1].fields["counter_wh"]) - float(good[0].fields["counter_wh"])
        total = sum(float(point.fields.get("energy_wh", 0.0)) for point in good)
        worst = max(worst, abs(total - way))
    return worst


def lost_and_doubled(seen: list[Point], now: list[Point]) -> tuple[int, int]:
    """Of points that were seen committed: how many are gone or changed; and how many are double."""
    keys = {(point.device, point.time_us): dict(point.fields) for point in now}
    lost = sum(keys.get((p.device, p.time_us)) != dict(p.fields) for p in seen)
    return lost, len(now) - len(keys)


def longest_gap_s(points: list[Point], nights_s: float = 0.0) -> float:
    """The longest time without a point of a socket, beyond its interval.

    ``nights_s`` is how long each night was in which the machine slept.
    """
    gaps = [
        (after.time_us - before.time_us) / US_PER_S - INTERVAL_S
        for group in by_device(points).values()
        for before, after in pairwise(group)
    ]
    awake = [gap - nights_s if nights_s and gap >= nights_s / 2 else gap for gap in gaps]
    return max(awake, default=0.0)


def sums_complaints(house: House) -> list[str]:
    """Where the quarter hours do not hold what the points do."""
    found = []
    points = by_device(house.points())
    with house.reader() as reader:
        for name, group in points.items():
            total = reader.totals(name, EVER, 1)
            energy_wh = sum(float(p.fields.get("energy_wh", 0.0)) for p in group)
            if abs(total.energy_wh - energy_wh) > 1e-6 or total.good_polls != sum(
                p.success for p in group
            ):
                found.append(f"{name}: quarter hours hold {total}, its points {energy_wh} Wh")
    return found


def lines_complaints(house: House, *, energy: bool = True) -> list[str]:
    """Where a line stands twice, is missing between two, or has not its energy."""
    found = []
    with house.reader() as reader:
        for name in house.addresses:
            entries = [entry for entry in reader.reports(name) if entry.kind == "day"]
            rows = house.lines(name)
            ends = [row.split("|")[1].split(" - ")[1].strip() for row in rows]
            if len(set(ends)) != len(rows) or len(rows) != len(entries):
                found.append(f"{name}: {len(rows)} lines, {len(entries)} in the ledger: {ends}")
            if any(a.period.end_us != b.period.start_us for a, b in pairwise(entries)):
                found.append(f"{name}: a period is missing between two lines")
            if not all(entry.done for entry in entries):
                found.append(f"{name}: a line is not finished")
            if energy and entries:
                whole = Period(entries[0].period.start_us, entries[-1].period.end_us)
                total_wh = reader.totals(name, whole, 1).energy_wh
                written_wh = 1000 * sum(float(cells(row)[1]) for row in rows)
                if abs(written_wh - total_wh) > 0.5 * len(rows) + 0.01:
                    found.append(f"{name}: {written_wh} Wh in lines, {total_wh} Wh in the journal")
    return found
