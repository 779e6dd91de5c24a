"""The journal's files are damaged while the program is off: it starts, rescues and goes on.

The damages, and what of each must survive, are those of the journal's own tests; here the real
program meets them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from source.errors import JournalError
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE, VERSION
from tests.faults.child import until
from tests.faults.house import EVERYTHING, START_S, House, house
from tests.faults.outcome import Outcome, Promise, Scenario
from tests.journal.damages import TICKS, points
from tests.journal.test_damage import DAMAGES, Damage

LOG_POINTS = 110 * 3
"""What only the log of a killed program holds."""
QUICK = ("truncated to half", "first page zeroed", "root of points", "bit in the middle of the log")
KEPT = {(p.device, p.time_us): dict(p.fields) for p in points(0, TICKS + 110)}
RENAMED = "all field names", "all device names", "empty file with a log"
"""Values stay, under names that are made up."""
REFUSED = 1


def damaged(folder: Path, times: int) -> list[Outcome]:
    """Each damage once, a few of them where it is to be quick."""
    names = [name for name in DAMAGES if times > 1 or name in QUICK]
    outcomes = [_life(folder / f"{n}", name, DAMAGES[name]) for n, name in enumerate(names)]
    return [*outcomes, _newer(folder / "newer")]


def _life(folder: Path, name: str, what: Damage) -> Outcome:
    with house(folder, influx=False, raw_days=36_500) as home:
        home.configure(home.entries(), raw_days=36_500)
        what.made().put(home.files)
        home.logger.start()
        until(lambda: _polled(home), lambda: f"points of the sockets: {home.logger.log_end()}")
        home.stop()
        with JournalReader(home.files / JOURNAL_FILE) as reader:
            there = [point for _, point in reader.points_after(0, EVERYTHING)]
    old = {(p.device, p.time_us): dict(p.fields) for p in there if p.device not in home.virtual}
    new = [point for point in there if point.device in home.virtual]
    aside = any(home.files.glob(f"{JOURNAL_FILE}.damaged-*"))
    wrong = [] if aside == what.set_aside else [f"{name}: set aside is {aside}"]
    is_told = b"rescued into a new journal" in home.logger.log.read_bytes()
    wrong += [] if is_told == what.set_aside else [f"{name}: the log says nothing of it"]
    changed = 0 if name in RENAMED else sum(KEPT.get(key) != fields for key, fields in old.items())
    has_log = "log" in name or "killed" in name
    before = 3 * TICKS + (LOG_POINTS if has_log else 0)
    first_us = min(point.time_us for point in new)
    return Outcome(
        fault=f"journal: {name}",
        injected=1,
        points_lost=before - len(old),
        points_doubled=changed,
        longest_stop_s=(first_us - home.logger.starts_us[0]) / 1e6,
        promise=Promise(points_lost=what.lost_points, stop_s=START_S),
        complaints=(*home.complaints, *wrong),
    )


def _polled(home: House) -> bool:
    """Whether each socket has a point."""
    try:
        with JournalReader(home.files / JOURNAL_FILE) as reader:
            return set(home.virtual) <= set(reader.devices())
    except JournalError:  # not rescued yet
        return False


def _newer(folder: Path) -> Outcome:
    """It is refused, and not touched."""
    with house(folder, influx=False) as home:
        path = DAMAGES["nothing"].made().put(home.files)
        with closing(sqlite3.connect(path)) as db:
            db.execute(f"PRAGMA user_version = {VERSION + 1}")
        before = path.read_bytes()
        home.logger.start()
        code = home.logger.died(START_S)
        told = b"written by a newer version of the program" in home.logger.log.read_bytes()
    wrong: Sequence[str] = [] if code == REFUSED and told else [f"it ended with {code}"]
    lost = 0 if path.read_bytes() == before else 3 * TICKS
    return Outcome("journal: of a newer version", 1, lost, complaints=tuple(wrong))


SCENARIOS = (Scenario("journal damaged", damaged, quick=1, full=2, beside=True),)
