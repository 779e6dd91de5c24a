"""What a row of each table of the journal looks like, so that a stray one is known by its looks."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from source.journal.codec import ALL_FLAGS
from source.journal.intervals import quarter_of
from source.journal.pages import Record, Value
from source.journal.schema import MIGRATIONS, migrate
from source.model import FIRST_YEAR_US, US_PER_S

LAST_US = 4_102_444_800 * US_PER_S
"""The year 2100: no time lies behind it."""
QUARTERS = range(quarter_of(FIRST_YEAR_US), quarter_of(LAST_US) + 1)
"""Of market prices."""
LAST_NUMBER = 2**53
"""No sequence number comes near it in any life."""
LAST_NANO = 10**15
"""A market price of a million a kilowatt hour."""
KINDS: dict[str, tuple[type, ...]] = {"INTEGER": (int,), "REAL": (float, int), "TEXT": (str,)}


@dataclass(frozen=True, slots=True)
class Column:
    """How the values of a column are."""

    name: str
    kinds: tuple[type, ...]
    is_nullable: bool
    default: int | None
    """Of rows that are older than the column, where there are such."""
    is_required: bool

    def takes(self, value: Value) -> bool:
        if value is None:
            return self.is_nullable
        return isinstance(value, self.kinds)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands in the file; columns in the order in which they are stored there."""

    name: str
    columns: tuple[Column, ...]
    root: int
    """Its first page, in a file whose tables were made by the migrations."""
    has_rowid: bool
    rowid_column: bool
    """The first column is the row's number, and stored as such."""
    _known: set[tuple[type, ...]] = field(default_factory=set, compare=False)
    """Types of rows that were found right before: nearly all are like one before them."""

    def row(self, rowid: int, record: Record) -> Record | None:
        """The row of a record; None where it can't be one of this table."""
        if self.rowid_column and record and record[0] is None:
            record = (rowid, *record[1:])
        lacking = self.columns[len(record) :]
        if len(record) > len(self.columns) or any(column.is_required for column in lacking):
            return None
        row = record + tuple(column.default for column in lacking)
        types = tuple(map(type, row))
        if types not in self._known:
            if not all(map(Column.takes, self.columns, row)):
                return None
            self._known.add(types)
        if float in types and not math.isfinite(sum([v for v in row if type(v) is float])):
            return None
        if str in types and any("\0" in v for v in row if type(v) is str):
            return None  # a sector of zeros
        return row if _SENSIBLE.get(self.name, _always)(row) else None


def tables() -> tuple[Table, ...]:
    """All tables of this version's journal, as SQLite itself describes them."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db, 0)
        rows = db.execute(
            "SELECT name, rootpage, sql FROM sqlite_schema WHERE type = 'table' ORDER BY rootpage"
        ).fetchall()
        return tuple(_table(db, *row) for row in rows)


def index_roots() -> dict[str, int]:
    """The first page of each index, in a file whose tables were made by the migrations."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db, 0)
        return dict(
            db.execute("SELECT name, rootpage FROM sqlite_schema WHERE type = 'index'").fetchall()
        )


def columns_of(db: sqlite3.Connection) -> dict[str, set[str]]:
    """The tables and indexes of a database with the names of their columns."""
    names = db.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'index')").fetchall()
    return {
        name: {row[1] for row in db.execute(f'PRAGMA table_info("{name}")')}
        | {row[2] for row in db.execute(f'PRAGMA index_info("{name}")') if row[2]}
        for (name,) in names
        if not name.startswith("sqlite_")
    }


def expected_columns(version: int) -> dict[str, set[str]]:
    """The same of a whole journal of a version."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        for script in MIGRATIONS[:version]:
            db.executescript(script)
        return columns_of(db)


def _table(db: sqlite3.Connection, name: str, root: int, sql: str) -> Table:
    has_rowid = "WITHOUT ROWID" not in sql.upper()
    described = db.execute(f"PRAGMA table_info({name})").fetchall()
    if not has_rowid:  # the columns of the key come first
        described.sort(key=lambda row: (row[5] == 0, row[5], row[0]))
    return Table(
        name=name,
        columns=tuple(_column(*row[1:6]) for row in described),
        root=root,
        has_rowid=has_rowid,
        rowid_column=has_rowid and bool(described[0][5]),
    )


def _column(name: str, kind: str, not_null: int, default: str | None, key: int) -> Column:
    return Column(
        name=name,
        kinds=KINDS[kind],
        is_nullable=not (not_null or key),
        default=None if default is None else int(default),
        is_required=default is None and bool(not_null or key),
    )


# --- what no type can tell ---


def _always(_: Sequence[Value]) -> bool:
    return True


def _is_time(value: Value) -> bool:
    return isinstance(value, int) and 0 < value < LAST_US


def _is_number(value: Value) -> bool:
    return isinstance(value, int) and 0 < value < LAST_NUMBER


def _is_device(row: Sequence[Value]) -> bool:
    return _is_number(row[0]) and bool(row[1])


def is_names(text: Value) -> bool:
    """Whether it is a list of field names, in JSON."""
    found = loaded(text)
    return isinstance(found, list) and all(isinstance(name, str) for name in found)


def loaded(text: Value) -> object:
    """What a text in JSON holds; None where it is none."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _is_fieldset(row: Sequence[Value]) -> bool:
    return _is_number(row[0]) and is_names(row[1])


def _is_point(row: Sequence[Value]) -> bool:
    seq, device_id, time_us, span_us, flags = row[:5]
    fieldset_id, extra = row[10:12]
    return (
        _is_number(seq)
        and _is_number(device_id)
        and _is_time(time_us)
        and isinstance(span_us, int)
        and 0 <= span_us < LAST_US
        and isinstance(flags, int)
        and 0 <= flags <= ALL_FLAGS
        and (fieldset_id is None) == (extra is None)
    )


def _is_interval(row: Sequence[Value]) -> bool:
    device_id, quarter, energy, returned, estimated = row[:5]
    measured_us, estimated_us, set_aside, *later = row[13:]
    counts = (*row[8:13], measured_us or 0, estimated_us or 0, *later)
    return (
        _is_number(device_id)
        and _is_number(quarter)
        and isinstance(quarter, int)
        and _is_time(quarter * 900 * US_PER_S)
        and all(isinstance(v, (int, float)) and v >= 0 for v in (energy, returned, estimated))
        and isinstance(set_aside, (int, float))
        and all(isinstance(count, int) and 0 <= count < LAST_NUMBER for count in counts)
    )


def _is_checkpoint(row: Sequence[Value]) -> bool:
    phases = loaded(row[6])
    return (
        _is_number(row[0])
        and _is_time(row[1])
        and isinstance(phases, dict)
        and all(
            isinstance(pair, list)
            and len(pair) == 2
            and all(isinstance(v, (int, float)) and math.isfinite(v) for v in pair)
            for pair in phases.values()
        )
    )


def _is_cursor(row: Sequence[Value]) -> bool:
    seq, dropped = row[1], row[2]
    return (
        bool(row[0])
        and isinstance(seq, int)
        and 0 <= seq < LAST_NUMBER
        and isinstance(dropped, int)
        and 0 <= dropped < LAST_NUMBER
    )


def _is_rejected(row: Sequence[Value]) -> bool:
    return bool(row[0]) and _is_number(row[1]) and isinstance(loaded(row[4]), dict)


def _is_report(row: Sequence[Value]) -> bool:
    device_id, kind, end_us, start_us, *_, offset, done = row
    return (
        _is_number(device_id)
        and kind in ("day", "month", "year")
        and _is_time(end_us)
        and isinstance(start_us, int)
        and isinstance(end_us, int)
        and 0 <= start_us <= end_us
        and isinstance(offset, int)
        and 0 <= offset < LAST_NUMBER
        and done in (0, 1)
    )


def is_price(row: Sequence[Value]) -> bool:
    """Whether it can be a market price: of a quarter hour of this century, and no fantastic one."""
    quarter, source, price_nano = row
    return (
        quarter in QUARTERS
        and isinstance(source, str)
        and bool(source)
        and isinstance(price_nano, int)
        and abs(price_nano) <= LAST_NANO
    )


def is_result(row: Sequence[Value]) -> bool:
    """Whether it can be the figures of a period."""
    device, kind, end_us, revision, start_us, figures, exported = row
    return (
        bool(device)
        and kind in ("day", "month", "year")
        and _is_time(end_us)
        and isinstance(start_us, int)
        and isinstance(end_us, int)
        and 0 <= start_us <= end_us
        and isinstance(revision, int)
        and 0 <= revision < LAST_NUMBER
        and isinstance(loaded(figures), dict)
        and exported in (0, 1)
    )


def _is_run(row: Sequence[Value]) -> bool:
    device_id, start_us, end_us, _, _, quarters = row
    return (
        _is_number(device_id)
        and _is_time(start_us)
        and _is_time(end_us)
        and isinstance(loaded(quarters), dict)
    )


def _is_run_scan(row: Sequence[Value]) -> bool:
    return _is_number(row[0]) and isinstance(row[1], int) and 0 <= row[1] < LAST_US


def _is_meta(row: Sequence[Value]) -> bool:
    return isinstance(row[0], str) and row[0].isidentifier()


_SENSIBLE: dict[str, Callable[[Sequence[Value]], bool]] = {
    "device": _is_device,
    "fieldset": _is_fieldset,
    "point": _is_point,
    "interval": _is_interval,
    "checkpoint": _is_checkpoint,
    "cursor": _is_cursor,
    "rejected": _is_rejected,
    "report": _is_report,
    "meta": _is_meta,
    "price": is_price,
    "result": is_result,
    "run": _is_run,
    "run_scan": _is_run_scan,
}
