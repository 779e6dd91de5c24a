"""The statements of the journal's one writing thread; each runs inside its group commit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from source.journal.codec import COLUMNS, FLOAT_COLUMNS, Row, point_of, row_of
from source.journal.intervals import Profile
from source.journal.prepared import Prepared
from source.model import Checkpoint, Period, Point, Written

SET_ASIDE_LIMIT = 100_000
"""So many refused points are kept for each sink, the newest."""
_MARKS = ", ".join("?" * (7 + len(FLOAT_COLUMNS)))
_INSERT_POINT = f"INSERT INTO point (seq, {COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 (constants)
_ADD_INTERVAL = """
    INSERT INTO interval VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (device_id, quarter) DO UPDATE SET
        energy_wh = energy_wh + excluded.energy_wh,
        returned_wh = returned_wh + excluded.returned_wh,
        estimated_wh = estimated_wh + excluded.estimated_wh,
        power_min_w = min(ifnull(power_min_w, excluded.power_min_w),
                          ifnull(excluded.power_min_w, power_min_w)),
        power_max_w = max(ifnull(power_max_w, excluded.power_max_w),
                          ifnull(excluded.power_max_w, power_max_w)),
        power_sum_w = power_sum_w + excluded.power_sum_w,
        power_count = power_count + excluded.power_count,
        good_polls = good_polls + excluded.good_polls,
        failed_polls = failed_polls + excluded.failed_polls,
        interval_us = excluded.interval_us,
        unmetered_polls = unmetered_polls + excluded.unmetered_polls
"""


class Statements:
    """Knows the numbers of devices and field sets, and the next sequence number."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._devices: dict[str, int] = {}
        self._fieldsets: dict[tuple[str, ...], int] = {}
        self._next_seq = 0

    def load(self) -> None:
        """Read the numbers as they are committed; again after every rolled-back transaction."""
        db = self._db
        self._devices = dict(db.execute("SELECT name, id FROM device"))
        rows = db.execute("SELECT names, id FROM fieldset")
        self._fieldsets = {tuple(json.loads(names)): number for names, number in rows}
        # Retention never deletes the newest row, so that seq never falls.
        self._next_seq = db.execute("SELECT ifnull(max(seq), 0) + 1 FROM point").fetchone()[0]

    def device_id(self, name: str) -> int:
        found = self._devices.get(name)
        if found is None:
            cursor = self._db.execute("INSERT INTO device (name) VALUES (?)", (name,))
            found = self._devices[name] = int(cursor.lastrowid or 0)
        return found

    def _fieldset_id(self, names: tuple[str, ...]) -> int:
        found = self._fieldsets.get(names)
        if found is None:
            cursor = self._db.execute(
                "INSERT INTO fieldset (names) VALUES (?)", (json.dumps(names),)
            )
            found = self._fieldsets[names] = int(cursor.lastrowid or 0)
        return found

    def add_points(self, points: Sequence[Point]) -> None:
        """Points and what they add to the quarter hours."""
        profile = Profile()
        rows: list[Row] = []
        for seq, point in enumerate(points, self._next_seq):
            device_id = self.device_id(point.device)
            rows.append(row_of(seq, device_id, point, self._fieldset_id))
            profile.add(device_id, point)
        self._db.executemany(_INSERT_POINT, rows)
        self._db.executemany(_ADD_INTERVAL, profile.rows())
        self._next_seq += len(rows)

    def add_prepared(self, prepared: Prepared) -> None:
        """Points that were made ready before, and the meter's state after them."""
        device_id, first = self.device_id(prepared.device), self._next_seq
        numbers: dict[int | None, int | None] = {None: None}
        numbers.update(enumerate(map(self._fieldset_id, prepared.fieldsets)))
        self._db.executemany(
            _INSERT_POINT,
            (
                (first + row[0], device_id, *row[2:-2], numbers[row[-2]], row[-1])
                for row in prepared.rows
            ),
        )
        self._db.executemany(_ADD_INTERVAL, ((device_id, *row[1:]) for row in prepared.loads))
        self._next_seq += len(prepared.rows)
        if prepared.checkpoint is not None:
            self.put_checkpoints({prepared.device: prepared.checkpoint})

    def put_checkpoints(self, checkpoints: Mapping[str, Checkpoint]) -> None:
        """The newest energy-meter state of each device."""
        self._db.executemany(
            "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    self.device_id(device),
                    state.time_us,
                    state.power_w,
                    state.counter_wh,
                    state.counter_returned_wh,
                    state.uptime_s,
                    json.dumps(dict(state.phases)),
                    state.mac,
                    state.address,
                )
                for device, state in checkpoints.items()
            ],
        )

    def checkpoints(self) -> dict[str, Checkpoint]:
        """All energy-meter states, by device."""
        rows = self._db.execute(
            "SELECT name, time_us, power_w, counter_wh, counter_returned_wh, uptime_s, phases,"
            " mac, address FROM checkpoint JOIN device ON device.id = device_id"
        )
        return {
            name: Checkpoint(
                time_us,
                power_w,
                counter_wh,
                returned_wh,
                uptime_s,
                {phase: (pair[0], pair[1]) for phase, pair in json.loads(phases).items()},
                mac,
                address,
            )
            for name, time_us, power_w, counter_wh, returned_wh, uptime_s, phases, mac, address in (
                rows
            )
        }

    def acknowledge(self, cursors: Mapping[str, int]) -> None:
        """How far each sink has come."""
        self._db.executemany(
            "INSERT INTO cursor (sink, seq) VALUES (?, ?)"
            " ON CONFLICT (sink) DO UPDATE SET seq = excluded.seq",
            cursors.items(),
        )

    def set_aside(self, sink: str, rejected: Iterable[tuple[int, str]]) -> None:
        """Copy points that ``sink`` refused for good (sequence number, reason): they outlive their
        raw ones."""
        names = {number: names for names, number in self._fieldsets.items()}
        for seq, reason in rejected:
            device, *row = self._db.execute(
                f"SELECT name, {COLUMNS} FROM point JOIN device ON device.id = device_id"  # noqa: S608 (constants)
                " WHERE seq = ?",
                (seq,),
            ).fetchone()
            point = point_of(tuple(row), device, names)
            self._db.execute(
                "INSERT OR REPLACE INTO rejected VALUES (?, ?, ?, ?, ?, ?)",
                (sink, seq, device, point.time_us, json.dumps(dict(point.fields)), reason),
            )
        # A device whose every point is refused must not fill the disk in the course of the years.
        self._db.execute(
            "DELETE FROM rejected WHERE sink = ? AND seq <= (SELECT seq FROM rejected"
            " WHERE sink = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)",
            (sink, sink, SET_ASIDE_LIMIT),
        )

    def begin_reports(self, reports: Iterable[Written]) -> None:
        """Enter report lines that are about to be appended to their files."""
        self._db.executemany(
            "INSERT OR REPLACE INTO report VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            [
                (
                    self.device_id(report.device),
                    report.kind,
                    report.period.start_us,
                    report.period.end_us,
                    report.file_name,
                    report.text,
                    report.offset,
                )
                for report in reports
            ],
        )

    def finish_reports(self, reports: Iterable[Written]) -> None:
        """The lines stand in their files."""
        self._db.executemany(
            "UPDATE report SET done = 1 WHERE device_id = ? AND kind = ? AND end_us = ?",
            [(self.device_id(r.device), r.kind, r.period.end_us) for r in reports],
        )

    def put_meta(self, values: Mapping[str, int]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def retain(self, kept: Period, sinks: Iterable[str], limit: int) -> int:
        """Delete up to ``limit`` raw points outside a period and in every sink; gives how many.

        Only the oldest rows in a row go; the newest row of all stays, it carries the sequence. A
        point after the period is one of a clock that was wrong: it holds nothing up.
        """
        acknowledged = dict(self._db.execute("SELECT sink, seq FROM cursor"))
        kept_from = min([self._next_seq - 2, *(acknowledged.get(sink, 0) for sink in sinks)])
        rows = self._db.execute(
            "SELECT seq, time_us FROM point WHERE seq <= ? ORDER BY seq LIMIT ?", (kept_from, limit)
        )
        last = None
        for seq, time_us in rows.fetchall():
            if kept.start_us <= time_us <= kept.end_us:
                break
            last = seq
        if last is None:
            return 0
        return self._db.execute("DELETE FROM point WHERE seq <= ?", (last,)).rowcount
