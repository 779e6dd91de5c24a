"""What another journal has and this one has not, added: so that a restored backup loses nothing."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from source.journal.agreement import mend_loads
from source.journal.codec import FLOAT_COLUMNS
from source.journal.intervals import LOAD_COLUMNS
from source.journal.rebuild import add_missing_loads, mend_states, note_holes

_DEVICES = """
    INSERT INTO device (name) SELECT name FROM other.device
    WHERE name NOT IN (SELECT name FROM main.device) ORDER BY id;
    INSERT INTO fieldset (names) SELECT names FROM other.fieldset
    WHERE names NOT IN (SELECT names FROM main.fieldset) ORDER BY id;
    CREATE TEMP TABLE number AS SELECT theirs.id AS theirs, ours.id AS ours
    FROM other.device AS theirs JOIN main.device AS ours USING (name);
    CREATE TEMP TABLE fields AS SELECT theirs.id AS theirs, ours.id AS ours
    FROM other.fieldset AS theirs JOIN main.fieldset AS ours USING (names);
"""
_COLUMNS = f"time_us, span_us, flags, {', '.join(FLOAT_COLUMNS)}, extra, fieldset_id"
_VALUES = f"time_us, span_us, flags, {', '.join(FLOAT_COLUMNS)}, extra, fields.ours"
_THEIR_POINTS = (
    "FROM other.point JOIN number ON number.theirs = device_id"
    " LEFT JOIN fields ON fields.theirs = fieldset_id"
)
_LATER_POINTS = f"""
    INSERT INTO point (seq, device_id, {_COLUMNS})
    SELECT seq, number.ours, {_VALUES} {_THEIR_POINTS}
    WHERE seq > (SELECT ifnull(max(seq), 0) FROM main.point)
"""  # noqa: S608 (constants)
_UNKNOWN_POINTS = f"""
    INSERT INTO point (seq, device_id, {_COLUMNS})
    SELECT ? + row_number() OVER (ORDER BY seq), number.ours, {_VALUES} {_THEIR_POINTS}
    WHERE NOT EXISTS (SELECT 1 FROM main.point AS known
        WHERE known.device_id = number.ours AND known.time_us = point.time_us)
"""  # noqa: S608 (constants)
_LOAD_VALUES = LOAD_COLUMNS[2:]
_LOADS = f"""
    INSERT INTO interval ({", ".join(LOAD_COLUMNS)})
    SELECT number.ours, quarter, {", ".join(_LOAD_VALUES)}
    FROM other.interval AS theirs JOIN number ON number.theirs = device_id WHERE true
    ON CONFLICT (device_id, quarter) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in _LOAD_VALUES)}
    WHERE (excluded.good_polls + excluded.failed_polls, excluded.energy_wh + excluded.returned_wh)
        > (good_polls + failed_polls, energy_wh + returned_wh)
"""  # noqa: S608 (constants)
_STATE_VALUES = (
    "time_us", "power_w", "counter_wh", "counter_returned_wh", "uptime_s", "phases", "mac",
    "address", "still_wh", "still_us", "counted_wh", "is_armed",
)  # fmt: skip
_STATES = f"""
    INSERT INTO checkpoint (device_id, {", ".join(_STATE_VALUES)})
    SELECT number.ours, {", ".join(_STATE_VALUES)}
    FROM other.checkpoint JOIN number ON number.theirs = device_id WHERE true
    ON CONFLICT (device_id) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in _STATE_VALUES)}
"""  # noqa: S608 (constants)
_NEWER_STATES = f"{_STATES} WHERE excluded.time_us > time_us"
_REPORTS = """
    INSERT OR REPLACE INTO report SELECT number.ours, kind, start_us, end_us, file_name, text,
        file_offset, done FROM other.report JOIN number ON number.theirs = device_id
"""
_PRICES = """
    INSERT OR REPLACE INTO price (quarter, source, price_nano)
    SELECT quarter, source, price_nano FROM other.price
"""
_RESULTS = """
    INSERT INTO result (device, kind, end_us, revision, start_us, figures, exported)
    SELECT device, kind, end_us, revision, start_us, figures, exported FROM other.result WHERE true
    ON CONFLICT (device, kind, end_us, revision) DO UPDATE SET start_us = excluded.start_us,
        figures = excluded.figures, exported = excluded.exported
"""
_RUNS = """
    INSERT OR REPLACE INTO run (device_id, start_us, end_us, energy_wh, peak_w, quarters)
    SELECT number.ours, start_us, end_us, energy_wh, peak_w, quarters
    FROM other.run JOIN number ON number.theirs = device_id
"""
_SCANS = """
    INSERT INTO run_scan (device_id, idle_us) SELECT number.ours, idle_us
    FROM other.run_scan JOIN number ON number.theirs = device_id WHERE true
    ON CONFLICT (device_id) DO UPDATE SET idle_us = {}(idle_us, excluded.idle_us)
"""
"""How far both were searched; what was not in both is searched again, and no run comes twice."""
_CURSORS = """
    INSERT INTO cursor (sink, seq, dropped_points)
    SELECT sink, seq, dropped_points FROM other.cursor WHERE true
    ON CONFLICT (sink) DO UPDATE SET seq = max(seq, excluded.seq),
        dropped_points = max(dropped_points, excluded.dropped_points)
"""
_REJECTED = "INSERT OR IGNORE INTO rejected SELECT * FROM other.rejected"
_CONTINUES = """
    SELECT EXISTS (SELECT 1 FROM main.point AS ours
            JOIN main.device AS one ON one.id = ours.device_id
            JOIN other.point AS theirs ON theirs.seq = ours.seq AND theirs.time_us = ours.time_us
            JOIN other.device AS two ON two.id = theirs.device_id AND two.name = one.name
            WHERE ours.seq = (SELECT max(seq) FROM main.point))
        OR ((SELECT min(seq) FROM other.point) > (SELECT max(seq) FROM main.point)
            AND EXISTS (SELECT 1 FROM main.interval AS ours
                JOIN main.device AS one ON one.id = ours.device_id
                JOIN other.device AS two ON two.name = one.name
                JOIN other.interval AS theirs
                    ON theirs.device_id = two.id AND theirs.quarter = ours.quarter
                WHERE ours.quarter = (SELECT min(quarter) FROM main.interval)))
"""
"""Whether both have the newest point, or that is deleted there but not its load profile."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What was added."""

    points: int
    intervals: int
    reports: int


def merge(db: sqlite3.Connection, other: Path) -> Merged:
    """Add what the journal in file ``other`` has; both of this version, the other one whole.

    Where that one went on from this one, its points keep their numbers, and so do the sinks; else
    they get new ones and go to each sink again, which is harmless. Of a quarter hour that both
    have, the one with more polls counts, or what the points of both say; of a device's meter the
    newer state. Raises sqlite3.Error.
    """
    db.execute("ATTACH ? AS other", (str(other),))
    try:
        db.execute("BEGIN")
        for statement in filter(str.strip, _DEVICES.split(";")):
            db.execute(statement)
        before = _counts(db)
        _add_points(db)
        for statement in (_LOADS, _REPORTS, _PRICES, _RESULTS, _RUNS):
            db.execute(statement)
        mend_states(db)
        add_missing_loads(db)
        mend_loads(db)
        note_holes(db)
        after = _counts(db)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.execute("DROP TABLE IF EXISTS temp.number")
        db.execute("DROP TABLE IF EXISTS temp.fields")
        db.execute("DETACH other")
    return Merged(*(new - old for old, new in zip(before, after, strict=True)))


def _add_points(db: sqlite3.Connection) -> None:
    if db.execute(_CONTINUES).fetchone()[0]:
        # Its states are the later ones, whatever the clock said.
        for statement in (_LATER_POINTS, _STATES, _CURSORS, _REJECTED, _SCANS.format("max")):
            db.execute(statement)
        return
    last = db.execute(
        "SELECT max(ifnull((SELECT max(seq) FROM main.point), 0),"
        " ifnull((SELECT max(seq) FROM main.cursor), 0))"
    ).fetchone()[0]
    db.execute(_UNKNOWN_POINTS, (last,))
    db.execute(_NEWER_STATES)
    db.execute(_SCANS.format("min"))


def _counts(db: sqlite3.Connection) -> list[int]:
    return [
        int(db.execute(f"SELECT count(*) FROM main.{table}").fetchone()[0])  # noqa: S608
        for table in ("point", "interval", "report")
    ]
