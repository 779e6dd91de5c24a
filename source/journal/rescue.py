"""A damaged journal is set aside, and all that can be read out of it goes into a new one."""

from __future__ import annotations

import json
import math
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from source.errors import JournalError
from source.journal.pages import Image, Record
from source.journal.places import DAMAGED, begin_part, drop_parts, put_in_place
from source.journal.rebuild import add_missing_loads, mend_states, note_holes
from source.journal.salvage import Losses, Salvage
from source.journal.schema import migrate
from source.journal.tables import Table, is_names, loaded

LOST_NAME = "device {}"
"""Of a device whose name is lost."""
KEPT = {
    "result": "SELECT count(*) FROM result",
    "price": "SELECT count(*) FROM price",
    "run": "SELECT count(*) FROM run",
}
LOST_FIELD = "lost_{}_{}"


@dataclass(frozen=True, slots=True)
class Rescued:
    """What came out of a damaged journal."""

    aside: Path
    """Where the damaged file is now."""
    points: int
    intervals: int
    reports: int
    kept: Mapping[str, int]
    """What else is kept for good: rows by what they are, without those of which there are none."""
    lost_points: int
    """At least so many are gone: their sequence numbers are missing."""
    lost_rows: int
    """That could be read and made no sense."""
    lost_pages: int
    """At least so many pages of the file could not be read."""
    made_intervals: int
    """Quarter hours computed again from the points."""
    names_lost: int
    """Devices and sets of fields that have a made-up name now."""
    ledger_in_doubt: bool
    """Reports may be missing in the ledger; their files show which were written."""

    @property
    def text(self) -> str:
        """One sentence for the log."""
        head = f"the journal was damaged and is set aside as {self.aside.name}"
        if not self.points + self.intervals + self.reports and not self.kept:
            return f"{head}; nothing in it could be read, a new journal begins"
        parts = [
            f"rescued into a new journal: {_count(self.points, 'point')},"
            f" {_count(self.intervals, 'quarter hour')}, {_count(self.reports, 'report')}"
            + "".join(f", {_count(number, noun)}" for noun, number in self.kept.items())
        ]
        if self.made_intervals:
            again = _count(self.made_intervals, "quarter hour")
            parts.append(f"{again} of them computed again from the points")
        if self.names_lost:
            parts.append(f"{_count(self.names_lost, 'name')} lost and replaced")
        if self.ledger_in_doubt:
            parts.append("the list of written reports may have gaps")
        return f"{head}; {'; '.join(parts)}; {self._lost_text()}"

    def _lost_text(self) -> str:
        lost = [
            (self.lost_points, "point"),
            (self.lost_pages, "page"),
            (self.lost_rows, "senseless row"),
        ]
        known = ", ".join(_count(number, noun) for number, noun in lost if number)
        return f"lost at least: {known}" if known else "lost: nothing that is known"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def rescued(path: Path, now_us: int) -> Rescued:
    """Set a damaged journal aside and put a new one with all that can be read in its place.

    The file has to be closed, and stays as it is until the new one is complete. Raises
    JournalError where that can't be made, e.g. for want of room on the disk.
    """
    try:
        part = begin_part(path)
        found = extract(path, part)
        aside = put_in_place(path, DAMAGED, now_us)
    except (OSError, sqlite3.Error) as err:
        drop_parts(path)
        raise JournalError(
            f"{path}: is damaged, and what is in it can't be rescued: {err}; it is left as it is"
        ) from err
    return found if aside is None else replace(found, aside=aside)


def extract(damaged: Path, target: Path) -> Rescued:
    """Make a new journal at ``target`` from what can be read; the damaged one stays.

    Raises OSError and sqlite3.Error.
    """
    with closing(sqlite3.connect(target, isolation_level=None)) as db, Image(damaged) as image:
        db.execute("PRAGMA journal_mode = MEMORY")
        db.execute("PRAGMA synchronous = OFF")  # it is synced as a whole, before it counts
        sign(db)
        migrate(db, 0)
        salvage = Salvage(image)
        db.execute("BEGIN")
        for table, rows in salvage.rows():
            _insert(db, table, rows)
        found = _completed(db, damaged, salvage.losses)
        db.execute("COMMIT")
    return found


def sign(db: sqlite3.Connection) -> None:
    """Give the file a number of its own, by which a log that is not its own is known."""
    db.execute(f"PRAGMA application_id = {secrets.randbelow(2**31 - 1) + 1}")


def _insert(db: sqlite3.Connection, table: Table, rows: Iterable[Record]) -> None:
    # The pages that a tree leads to come first: what is there is newer.
    names = ", ".join(column.name for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    db.executemany(f"INSERT OR IGNORE INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608 (names of the schema)


def _completed(db: sqlite3.Connection, damaged: Path, losses: Losses) -> Rescued:
    """Make whole what follows from the rows, and count."""
    strangers = 0 if "device" in losses.thin else _drop_strangers(db)
    names_lost = _name_devices(db) + _name_fields(db)
    _drop_bad_extras(db)
    mend_states(db)
    made = add_missing_loads(db)
    note_holes(db)
    return Rescued(
        aside=damaged,
        points=_number(db, "SELECT count(*) FROM point"),
        intervals=_number(db, "SELECT count(*) FROM interval"),
        reports=_number(db, "SELECT count(*) FROM report"),
        kept={noun: number for noun in KEPT if (number := _number(db, KEPT[noun]))},
        lost_points=_holes(db),
        lost_rows=losses.rows + strangers,
        lost_pages=losses.pages,
        made_intervals=made,
        names_lost=names_lost,
        ledger_in_doubt=bool({"report", "device", "result"} & losses.thin),
    )


def _holes(db: sqlite3.Connection) -> int:
    """How many sequence numbers are missing between the first point and the last one known."""
    first, last, count = db.execute("SELECT min(seq), max(seq), count(*) FROM point").fetchone()
    acknowledged = _number(db, "SELECT ifnull(max(seq), 0) FROM cursor")
    if first is None:
        return 0
    return int(max(last, acknowledged) - first + 1 - count)


def _number(db: sqlite3.Connection, sql: str) -> int:
    return int(db.execute(sql).fetchone()[0])


def _drop_strangers(db: sqlite3.Connection) -> int:
    """Where all devices are known, a row of another one makes no sense; gives how many went."""
    return sum(
        db.execute(
            f"DELETE FROM {table} WHERE device_id NOT IN (SELECT id FROM device)"  # noqa: S608
        ).rowcount
        for table in ("point", "interval", "checkpoint", "report", "run", "run_scan")
    )


def _name_devices(db: sqlite3.Connection) -> int:
    """Made-up names for devices whose own are lost; gives how many."""
    unknown = db.execute(
        "SELECT device_id FROM (SELECT DISTINCT device_id FROM interval"
        " UNION SELECT device_id FROM checkpoint UNION SELECT device_id FROM report"
        " UNION SELECT device_id FROM run UNION SELECT device_id FROM run_scan"
        " UNION SELECT DISTINCT device_id FROM point)"
        " WHERE device_id NOT IN (SELECT id FROM device)"
    ).fetchall()
    taken = {name for (name,) in db.execute("SELECT name FROM device")}
    for (number,) in unknown:
        name = LOST_NAME.format(number)
        while name in taken:
            name += "'"
        taken.add(name)
        db.execute("INSERT INTO device VALUES (?, ?)", (number, name))
    return len(unknown)


def _name_fields(db: sqlite3.Connection) -> int:
    """Made-up names for fields whose own are lost; gives of how many sets."""
    unknown = db.execute(
        "SELECT fieldset_id, extra FROM point WHERE fieldset_id NOT IN (SELECT id FROM fieldset)"
        " GROUP BY fieldset_id"
    ).fetchall()
    named = 0
    for number, extra in unknown:
        values = loaded(extra)
        if isinstance(values, list):
            names = [LOST_FIELD.format(number, n) for n in range(1, len(values) + 1)]
            db.execute("INSERT INTO fieldset VALUES (?, ?)", (number, json.dumps(names)))
            named += 1
    return named


def _drop_bad_extras(db: sqlite3.Connection) -> None:
    """Further fields that no longer fit their names go; the point itself stays."""
    counts = {
        number: len(json.loads(names))
        for number, names in db.execute("SELECT id, names FROM fieldset")
        if is_names(names)
    }
    bad = [
        (seq,)
        for seq, number, extra in db.execute(
            "SELECT seq, fieldset_id, extra FROM point WHERE fieldset_id IS NOT NULL"
        )
        if not _fits(loaded(extra), number, counts)
    ]
    db.executemany("UPDATE point SET fieldset_id = NULL, extra = NULL WHERE seq = ?", bad)


def _fits(values: object, number: int, counts: Mapping[int, int]) -> bool:
    return (
        isinstance(values, list)
        and len(values) == counts.get(number, -1)
        and all(
            isinstance(value, (str, bool)) or (isinstance(value, float) and math.isfinite(value))
            for value in values
        )
    )
