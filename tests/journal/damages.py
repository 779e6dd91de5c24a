"""A whole journal of known content, and what is done to its files."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Checkpoint, Period, Point, Written
from tests.fakes import START_US, TEN_S, FakeClock, failed_point, good_point
from tests.running import running_journal

PAGE = 4096
TICKS = 1_500
SINK = "influxdb:127.0.0.1:8086/home"
ROWS = {
    "point": "SELECT * FROM point ORDER BY seq",
    "interval": "SELECT * FROM interval ORDER BY device_id, quarter",
    "device": "SELECT * FROM device ORDER BY id",
    "fieldset": "SELECT * FROM fieldset ORDER BY id",
    "checkpoint": "SELECT * FROM checkpoint ORDER BY device_id",
    "cursor": "SELECT * FROM cursor ORDER BY sink",
    "rejected": "SELECT * FROM rejected ORDER BY sink, seq",
    "report": "SELECT * FROM report ORDER BY device_id, kind, end_us",
}
Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Files:
    """A journal's files as a kill leaves them, or an orderly end, which leaves no log."""

    db: bytes
    wal: bytes = b""

    def put(self, folder: Path) -> Path:
        path = folder / "isdl.db"
        path.write_bytes(self.db)
        if self.wal:
            Path(f"{path}-wal").write_bytes(self.wal)
        return path


def points(first: int = 0, count: int = TICKS) -> list[Point]:
    made: list[Point] = []
    for tick in range(first, first + count):
        at = START_US + (tick + 1) * TEN_S
        made.append(good_point(at, 0.25, counter_wh=0.25 * tick, voltage=230.5, on=True))
        made.append(good_point(at, -0.5, "Heat pump", power_a=float(tick)))
        made.append(good_point(at, 1.0, "Lamp") if tick % 5 else failed_point(at, "Lamp"))
    return made


def fill(journal: Journal, first: int = 0, count: int = TICKS) -> None:
    for point in points(first, count):
        at = point.time_us
        counter = point.fields.get("counter_wh")
        state = Checkpoint(at, 90.0, counter if isinstance(counter, float) else None)
        journal.append(point, state if point.success else None)
        if (at - START_US) // TEN_S % 100 == 0:
            journal.flush()
    journal.flush()


def _written(device: str, day: int) -> Written:
    start_us = START_US + (day - 1) * 8640 * TEN_S
    return Written(
        device,
        "day",
        Period(start_us, start_us + 8640 * TEN_S),
        f"{device}_day.txt",
        "x\n",
        0,
        True,
    )


@lru_cache(maxsize=1)
def ended() -> Files:
    """After an orderly end."""
    with TemporaryDirectory() as folder:
        with running_journal(Path(folder), FakeClock()) as journal:
            _make(journal)
        return Files((Path(folder) / "isdl.db").read_bytes())


@lru_cache(maxsize=1)
def killed() -> Files:
    """After a kill: the newest commits are in the log only."""
    with TemporaryDirectory() as folder, running_journal(Path(folder), FakeClock()) as journal:
        _make(journal)
        db = sqlite3.connect(journal.path)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        fill(journal, TICKS, 100)
        for tick in range(TICKS + 100, TICKS + 110):
            fill(journal, tick, 1)
        return Files(journal.path.read_bytes(), Path(f"{journal.path}-wal").read_bytes())


def _make(journal: Journal) -> None:
    fill(journal)
    journal.acknowledge(SINK, 4_000)
    journal.set_aside(SINK, [(7, "field type conflict")])
    for device in ("Fridge", "Heat pump", "Lamp"):
        reports = [_written(device, day) for day in range(40)]
        journal.begin_reports(reports)
        journal.finish_reports(reports)


def rows_of(path: Path) -> Rows:
    db = sqlite3.connect(path)
    db.text_factory = lambda text: text.decode(errors="replace")
    try:
        return {table: db.execute(sql).fetchall() for table, sql in ROWS.items()}
    finally:
        db.close()


@lru_cache(maxsize=2)
def content(files: Files) -> Rows:
    with TemporaryDirectory() as folder:
        return rows_of(files.put(Path(folder)))


@cache
def pages_of(table: str, files: Files) -> list[int]:
    """The pages of a table or index, without its first."""
    with TemporaryDirectory() as folder:
        db = sqlite3.connect(files.put(Path(folder)))
        try:
            (root,) = db.execute(
                "SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)
            ).fetchone()
        finally:
            db.close()
    found, waiting = [], [root]
    while waiting:
        number = waiting.pop()
        found.append(number)
        page = files.db[(number - 1) * PAGE : number * PAGE]
        if page[0] in (2, 5):
            count = int.from_bytes(page[3:5], "big")
            cells = [int.from_bytes(page[12 + 2 * n : 14 + 2 * n], "big") for n in range(count)]
            waiting += [int.from_bytes(page[at : at + 4], "big") for at in (*cells, 8)]
    return found


def noise(length: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(length)


def overwritten(content: bytes, at: int, new: bytes) -> bytes:
    return content[:at] + new + content[at + len(new) :]


def with_bad_pages(content: bytes, numbers: list[int]) -> bytes:
    for number in numbers:
        content = overwritten(content, (number - 1) * PAGE, noise(PAGE, number))
    return content


def flipped(content: bytes, at: int, bit: int = 3) -> bytes:
    return overwritten(content, at, bytes([content[at] ^ (1 << bit)]))


def read_everything(path: Path) -> None:
    """Whatever a reader can be asked; raises where a row makes no sense to it."""
    with JournalReader(path) as reader:
        reader.points_after(0, 1_000_000)
        reader.sinks()
        reader.reports()
        for device in reader.devices():
            reader.latest(device, 5)
            reader.points(device, 0, 2**62)
            reader.totals(device, Period(START_US - 7, START_US + 777 * TEN_S), TEN_S)
            reader.first_us(device)
            reader.last_report_end_us(device, "day")
