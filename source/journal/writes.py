"""The statements of the journal's one writing thread; each runs inside its group commit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from source.journal import deletion, keepings
from source.journal.codec import COLUMNS, FLOAT_COLUMNS, Row, readable_point, row_of
from source.journal.intervals import ESTIMATED, LOAD_COLUMNS, MEASURED, Profile
from source.journal.prepared import Prepared
from source.journal.sequence import FLOOR, HOLES, floor_of, newest
from source.journal.states import loaded, put_states, states
from source.model import Checkpoint, Point, Result, Run, Written

SET_ASIDE_LIMIT = 100_000
"""So many refused points are kept for each sink, the newest."""
OTHER_SIGNS = ("reports_us", "clock_wait", "polling_us")
"""Keys in ``meta`` that belong to one life of the program."""
_MARKS = ", ".join("?" * (7 + len(FLOAT_COLUMNS)))
_INSERT_POINT = f"INSERT INTO point (seq, {COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 (constants)
_ADD_INTERVAL = f"""
    INSERT INTO interval ({", ".join(LOAD_COLUMNS)})
    VALUES ({", ".join("?" * len(LOAD_COLUMNS))})
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
        unmetered_polls = unmetered_polls + excluded.unmetered_polls,
        measured_us = {MEASURED} + excluded.measured_us,
        estimated_us = {ESTIMATED} + excluded.estimated_us,
        set_aside_wh = set_aside_wh + excluded.set_aside_wh,
        switch_ons = switch_ons + excluded.switch_ons,
        gap_end_us = CASE WHEN excluded.gap_us > gap_us THEN excluded.gap_end_us
                          ELSE gap_end_us END,
        gap_us = max(gap_us, excluded.gap_us)
"""  # noqa: S608 (constants)


class Statements:
    """Knows the numbers of devices and field sets, and the next sequence number."""

    def __init__(self, db: sqlite3.Connection, last_seq: int = 0) -> None:
        """``last_seq`` is a number that was given already, whatever is in the file."""
        self._db = db
        self._devices: dict[str, int] = {}
        self._fieldsets: dict[tuple[str, ...], int] = {}
        self._floor = max(last_seq, floor_of(db))
        self._next_seq = 0
        self._leaves_hole = False
        self.load()

    def load(self) -> None:
        """Read the numbers as they are committed; again after every transaction that failed."""
        db = self._db
        self._devices = dict(db.execute("SELECT name, id FROM device"))
        rows = db.execute("SELECT names, id FROM fieldset")
        self._fieldsets = {loaded(names, tuple): number for names, number in rows}
        # Retention never deletes the newest row, so that seq never falls.
        last = newest(db)
        self._next_seq = max(last, self._floor) + 1
        self._leaves_hole = 0 < last < self._floor

    @property
    def last_seq(self) -> int:
        """No number above it was ever given."""
        return self._next_seq - 1

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
        self._note_hole()
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
        self._note_hole()
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

    def _note_hole(self) -> None:
        if self._leaves_hole:
            self.put_meta({HOLES: 1})
            self._leaves_hole = False

    def put_checkpoints(self, checkpoints: Mapping[str, Checkpoint]) -> None:
        """The newest energy-meter state of each device."""
        put_states(self._db, ((self.device_id(name), each) for name, each in checkpoints.items()))

    def checkpoints(self) -> dict[str, Checkpoint]:
        """All energy-meter states, by device."""
        return states(self._db)

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
            found = self._db.execute(
                f"SELECT name, {COLUMNS} FROM point JOIN device ON device.id = device_id"  # noqa: S608 (constants)
                " WHERE seq = ?",
                (seq,),
            ).fetchone()
            if found is None:
                continue  # the size limit was quicker
            device, *row = found
            point = readable_point(tuple(row), device, names)
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

    def begin_reports(self, reports: Iterable[Written], results: Iterable[Result] = ()) -> None:
        """Enter report lines that are about to be appended to their files, and their figures."""
        keepings.put_results(self._db, results)
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

    def finish_results(self, results: Iterable[Result]) -> None:
        """The figures stand in all files that they belong in."""
        keepings.finish_results(self._db, results)

    def forget(self, device: str, limit: int) -> int:
        """Delete up to ``limit`` rows of a device, points first, and with the last ones all the
        rest; gives how many points went, or -1 when nothing is left."""
        device_id = self._devices.get(device)
        if device_id is None:
            return -1
        # The newest point may go as well, which else tells the number of the next one.
        self._floor = self.last_seq
        self.put_meta({FLOOR: self._floor, HOLES: 1})
        points = deletion.forget_points(self._db, device_id, limit)
        if points == limit:
            return points
        if deletion.forget_sums(self._db, device_id, limit) == limit:
            return points
        deletion.forget_rest(self._db, device_id, device)
        return points if points else -1

    def put_prices(self, source: str, nano_by_quarter: Mapping[int, int]) -> None:
        """Market prices; what was known of the same quarter hours is replaced."""
        keepings.put_prices(self._db, source, nano_by_quarter)

    def put_runs(self, device: str, runs: Iterable[Run], idle_us: int) -> None:
        """Appliance runs, and up to where they were searched for."""
        keepings.put_runs(self._db, self.device_id(device), runs, idle_us)

    def put_meta(self, values: Mapping[str, int]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def put_signs(self, signs: Mapping[str, int]) -> None:
        """Signs of life; of those that other parts give, none of an earlier life stays."""
        self.put_meta(signs)
        stale = [(key,) for key in OTHER_SIGNS if key not in signs]
        self._db.executemany("DELETE FROM meta WHERE key = ?", stale)
