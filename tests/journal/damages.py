"""A whole journal of known content, and what is done to its files."""

from __future__ import annotations

import json
import random
import sqlite3
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from source.journal.intervals import quarter_of
from source.journal.reader import JournalReader
from source.journal.schema import MIGRATIONS
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, Period, Point, Result, Run, Written
from tests.fakes import START_US, TEN_S, FakeClock, failed_point, good_point
from tests.running import running_journal

PAGE = 4096
TICKS = 1_500
DAY_US = 8640 * TEN_S
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
    "price": "SELECT * FROM price ORDER BY source, quarter",
    "result": "SELECT * FROM result ORDER BY device, kind, end_us, revision",
    "run": "SELECT * FROM run ORDER BY device_id, start_us",
    "run_scan": "SELECT * FROM run_scan ORDER BY device_id",
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
        gap_us = TEN_S if tick else 0
        fridge = good_point(at, 0.25, counter_wh=0.25 * tick, voltage=230.5, on=True)
        both = {"energy_returned_wh": 0.75} if tick % 3 else {}
        pump = good_point(at, -0.5, "Heat pump", power_a=float(tick), **both)
        made.append(replace(fridge, gap_us=gap_us, switched_on=tick % 50 == 0))
        made.append(replace(pump, gap_us=gap_us))
        made.append(_lamp(at, tick))
    return made


def _lamp(at: int, tick: int) -> Point:
    """Each fifth poll fails; a counter jumps now and then."""
    if tick % 5 == 0:
        return failed_point(at, "Lamp")
    jump = {"energy_set_aside_wh": 5.0e6} if tick % 101 == 0 else {}
    gap_us = TEN_S if tick % 5 > 1 else 2 * TEN_S if tick > 1 else 0
    return replace(good_point(at, 1.0, "Lamp", **jump), gap_us=gap_us)


def results(first: int = 0, count: int = 400) -> list[Result]:
    """Of days, each tenth one corrected."""
    made: list[Result] = []
    for day in range(first, first + count):
        period = Period(START_US + (day - 1) * DAY_US, START_US + day * DAY_US)
        for revision in range(1 + (day % 10 == 0)):
            figures = json.dumps({"energy_wh": day + 0.25, "cost": f"{day}.{revision}"})
            made.append(Result("Fridge", "day", period, revision, figures, exported=day < 380))
    return made


def runs(count: int = 100) -> list[Run]:
    made = []
    for n in range(count):
        start_us = START_US + n * DAY_US
        quarters = {quarter_of(start_us) + 1 + k: 100.5 + k for k in range(8)}
        energy_wh = sum(quarters.values())
        made.append(
            Run("Fridge", start_us, start_us + 2 * 3600 * US_PER_S, energy_wh, 2_000.5, quarters)
        )
    return made


def market_prices(count: int = 2_000) -> dict[int, int]:
    return {quarter_of(START_US) + n: (n % 7 - 1) * 12_345_678 for n in range(count)}


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
    start_us = START_US + (day - 1) * DAY_US
    return Written(
        device,
        "day",
        Period(start_us, start_us + DAY_US),
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
        journal.begin_reports([], results(400, 5))
        journal.put_prices("tibber", market_prices(5))
        journal.put_runs("Lamp", [replace(run, device="Lamp") for run in runs(3)], START_US)
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
    journal.begin_reports([], results())
    journal.put_prices("awattar:de", market_prices())
    journal.put_prices("csv", dict.fromkeys(market_prices(500), -1))
    journal.put_runs("Fridge", runs(), START_US + 99 * DAY_US)


@cache
def older(version: int) -> Files:
    """The same content as an older version wrote it, as far as that knew it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "old.db"
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA synchronous = OFF")
        for script in MIGRATIONS[:version]:
            db.executescript(script)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("ATTACH ? AS new", (str(ended().put(Path(folder))),))
        db.execute("BEGIN")
        for table in ("meta", *ROWS):
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            if columns:
                db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM new.{table}")
        # The heat pump's two directions within one reading were one number then.
        db.execute("UPDATE interval SET returned_wh = returned_wh - energy_wh WHERE device_id = 2")
        db.execute("UPDATE interval SET energy_wh = 0 WHERE device_id = 2")
        db.execute("COMMIT")
        db.close()
        return Files(path.read_bytes())


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
            reader.load_profile(device, Period(START_US - 7, START_US + 777 * TEN_S))
            reader.last_result_end_us(device, "day")
            reader.runs(device)
            reader.runs_scanned_us(device)
        reader.results()
        reader.unexported_results()
        reader.prices("csv", 0, 2**40)
