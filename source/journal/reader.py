"""The journal's reading side: every question about points, energy and reports, asked once here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from source.journal import keepings
from source.journal.codec import COLUMNS, LOST_NAME, names_of, readable_point
from source.journal.coverage import known_us
from source.journal.energy import load_profile, power_minima, sums, totals
from source.journal.intervals import quarter_of
from source.journal.schema import open_reader
from source.journal.sequence import count_after, newest
from source.journal.series import SeriesReader
from source.model import (
    QUARTER_US,
    LoadProfile,
    Period,
    PeriodKind,
    Point,
    Result,
    Run,
    SinkStatus,
    Totals,
    Written,
)

_REPORTS = (
    "SELECT name, kind, start_us, end_us, file_name, text, file_offset, done"
    " FROM report JOIN device ON device.id = device_id "
)


class JournalReader(SeriesReader):
    """A read-only view of the journal; belongs to the thread that made it.

    Every method raises JournalError where the file can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = open_reader(path)
        self._devices: dict[str, int] = {}
        self._names: dict[object, str] = {}
        self._fieldsets: dict[int, tuple[str, ...]] = {}

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def devices(self) -> list[str]:
        """The names of all devices of which anything is known, in order of name."""
        rows = self._db.execute(
            "SELECT name FROM device WHERE"
            " EXISTS (SELECT 1 FROM interval WHERE device_id = device.id)"
            " OR EXISTS (SELECT 1 FROM point WHERE device_id = device.id)"
            " OR EXISTS (SELECT 1 FROM report WHERE device_id = device.id) ORDER BY name"
        )
        return [name for (name,) in rows.fetchall()]

    # --- points ---

    def points_after(self, seq: int, limit: int) -> list[tuple[int, Point]]:
        """Up to ``limit`` points with a higher sequence number, in its order."""
        rows = self._db.execute(
            f"SELECT seq, {COLUMNS} FROM point WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608
            (seq, limit),
        )
        # Not fetchall: a batch for a sink would be in memory twice.
        return [(row[0], self._point(row[1:])) for row in rows]

    def points(self, device: str, start_us: int, end_us: int) -> list[Point]:
        """The raw points of a device with ``start_us < time_us <= end_us``, in order of time."""
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM point"  # noqa: S608
            " WHERE device_id = ? AND time_us > ? AND time_us <= ? ORDER BY time_us",
            (self._device_id(device), start_us, end_us),
        )
        return [self._point(row) for row in rows.fetchall()]

    def latest(self, device: str, limit: int = 1) -> list[Point]:
        """The newest points of a device, newest first."""
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM point"  # noqa: S608
            " WHERE device_id = ? ORDER BY time_us DESC LIMIT ?",
            (self._device_id(device), limit),
        )
        return [self._point(row) for row in rows.fetchall()]

    def last_seq(self) -> int:
        """The newest sequence number; 0 in an empty journal."""
        return newest(self._db)

    def point_count(self) -> int:
        """How many raw points are kept."""
        with self._one_state():
            return count_after(self._db, 0)

    def size_bytes(self) -> int:
        """Bytes on disk, the write-ahead log included."""
        files = (self._path, Path(f"{self._path}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    # --- sinks ---

    def acknowledged(self, sink: str) -> int:
        """The sequence number up to which ``sink`` holds every point; 0 for a new sink."""
        row = self._db.execute("SELECT seq FROM cursor WHERE sink = ?", (sink,)).fetchone()
        return 0 if row is None else int(row[0])

    def sinks(self) -> tuple[SinkStatus, ...]:
        """Every sink that ever acknowledged a point, or lost one to the size limit."""
        with self._one_state():
            rows = self._db.execute(
                "SELECT sink, seq, dropped_points,"
                " (SELECT count(*) FROM rejected WHERE rejected.sink = cursor.sink)"
                " FROM cursor ORDER BY sink"
            ).fetchall()
            return tuple(
                SinkStatus(sink, seq, count_after(self._db, seq), rejected, dropped)
                for sink, seq, dropped, rejected in rows
            )

    def rejected(self, sink: str) -> list[tuple[int, str, str]]:
        """Points set aside for ``sink``: sequence number, device, reason."""
        rows = self._db.execute(
            "SELECT seq, device, reason FROM rejected WHERE sink = ? ORDER BY seq", (sink,)
        )
        return rows.fetchall()

    # --- energy ---

    def first_us(self, device: str, after_us: int = 0) -> int | None:
        """When the device's records after an instant begin: its first point, or where that is
        deleted, the start of its first quarter hour. Energy that was spread over a gap before the
        first point begins nothing."""
        device_id = self._device_id(device)
        quarter, point = self._db.execute(
            "SELECT (SELECT quarter FROM interval WHERE device_id = ? AND quarter > ?"
            " AND (good_polls + failed_polls > 0 OR energy_wh + returned_wh > estimated_wh)"
            " ORDER BY quarter LIMIT 1),"
            " (SELECT min(time_us) FROM point WHERE device_id = ? AND time_us > ?)",
            (device_id, quarter_of(after_us), device_id, after_us),
        ).fetchone()
        if quarter is None:
            return None
        start_us = int(quarter) * QUARTER_US
        return point if point is not None and quarter_of(point) <= quarter else start_us

    def metered_until_us(self, device: str) -> int | None:
        """The time of the device's newest good point."""
        row = self._db.execute(
            "SELECT time_us FROM checkpoint WHERE device_id = ?", (self._device_id(device),)
        ).fetchone()
        return None if row is None else int(row[0])

    def has_counter(self, device: str) -> bool:
        """Whether the device's newest good point came with a counter."""
        row = self._db.execute(
            "SELECT counter_wh IS NOT NULL FROM checkpoint WHERE device_id = ?",
            (self._device_id(device),),
        ).fetchone()
        return row is not None and bool(row[0])

    def totals(self, device: str, period: Period, interval_us: int) -> Totals:
        """Energy and polls of a device in ``(start, end]``.

        ``interval_us`` is the poll interval to be expected where nothing was recorded at all.
        """
        with self._one_state():
            return totals(self._db, self._device_id(device), period, interval_us)

    def sums(self, device: str, period: Period, interval_us: int) -> Totals:
        """The same without the longest gap, in half of the time."""
        with self._one_state():
            return sums(self._db, self._device_id(device), period, interval_us)

    def load_profile(self, device: str, period: Period) -> LoadProfile:
        """The energy of each quarter hour that the period touches; of the first and the last one
        the part in it. Sums up to what ``totals`` gives."""
        with self._one_state():
            return load_profile(self._db, self._device_id(device), period)

    def power_minima(self, device: str, period: Period) -> list[float]:
        """The lowest power in W of each quarter hour that lies in the period and has one."""
        return power_minima(self._db, self._device_id(device), period)

    def known_us(self, device: str, first_quarter: int, end_quarter: int) -> dict[int, int]:
        """How much of the quarter hours ``first … end - 1`` is measured or estimated, in µs; those
        of which nothing is recorded are left out."""
        return known_us(self._db, self._device_id(device), first_quarter, end_quarter)

    # --- market prices, results and runs ---

    def prices(self, source: str, first_quarter: int, end_quarter: int) -> dict[int, int]:
        """The known market prices of the quarter hours ``first … end - 1``, in billionths of the
        currency per kWh."""
        return keepings.prices(self._db, source, first_quarter, end_quarter)

    def results(
        self,
        device: str | None = None,
        *,
        kind: PeriodKind | None = None,
        after_us: int = 0,
        until_us: int = 2**63 - 1,
    ) -> list[Result]:
        """The figures of finished periods that end in ``(after, until]``, all revisions, ordered by
        device, kind, end and revision; of all devices or one, of all kinds or one."""
        return keepings.results(self._db, device, kind, after_us, until_us)

    def unexported_results(self) -> list[Result]:
        """Figures that do not stand in all files yet, in the same order."""
        return keepings.unexported_results(self._db)

    def last_result_end_us(self, device: str, kind: PeriodKind) -> int | None:
        """Where the newest period of this kind ends that has figures."""
        return keepings.last_result_end_us(self._db, device, kind)

    def runs(self, device: str) -> list[Run]:
        """The runs of an appliance, oldest first."""
        return keepings.runs(self._db, device, self._device_id(device))

    def runs_scanned_us(self, device: str) -> int | None:
        """Up to where its points were searched for runs; None where that was never done."""
        return keepings.runs_scanned_us(self._db, self._device_id(device))

    # --- reports ---

    def last_report_end_us(self, device: str, kind: PeriodKind) -> int | None:
        """Where the newest report line of this kind ends, written or begun."""
        row = self._db.execute(
            "SELECT max(end_us) FROM report WHERE device_id = ? AND kind = ?",
            (self._device_id(device), kind),
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def unfinished_reports(self) -> list[Written]:
        """Lines that were begun and not finished: the program ended in between."""
        return self._reports("WHERE done = 0 ORDER BY file_name, file_offset, end_us", ())

    def reports(self, device: str | None = None) -> list[Written]:
        """The report ledger, of one device or of all, oldest end first."""
        if device is None:
            return self._reports("ORDER BY end_us, name, kind", ())
        return self._reports("WHERE name = ? ORDER BY end_us, kind", (device,))

    def _reports(self, where: str, values: tuple[str, ...]) -> list[Written]:
        rows = self._db.execute(_REPORTS + where, values)
        return [
            Written(name, kind, Period(start, end), file_name, text, offset, bool(done))
            for name, kind, start, end, file_name, text, offset, done in rows
        ]

    # --- the daemon ---

    def meta(self, key: str) -> int | None:
        """A number that the journal's writer noted: ``heartbeat_us`` or ``pid``."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else int(row[0])

    # --- numbers and names ---

    @contextmanager
    def _one_state(self) -> Iterator[None]:
        """All queries inside see the journal as of one commit."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            if self._db.in_transaction:  # an error of the disk has ended it
                self._db.execute("COMMIT")

    def _device_id(self, name: str) -> int:
        """The device's number; -1, which no row has, while it is unknown."""
        found = self._devices.get(name)
        if found is None:
            row = self._db.execute("SELECT id FROM device WHERE name = ?", (name,)).fetchone()
            if row is None:
                return -1
            found = self._devices[name] = int(row[0])
        return found

    def _name_of(self, device_id: object) -> str:
        if device_id not in self._names:
            self._names = dict(self._db.execute("SELECT id, name FROM device").fetchall())
        return self._names.get(device_id) or LOST_NAME.format(device_id)

    def _point(self, row: tuple[object, ...]) -> Point:
        device_id, fieldset_id = row[0], row[-2]
        if fieldset_id is not None and fieldset_id not in self._fieldsets:
            rows = self._db.execute("SELECT id, names FROM fieldset").fetchall()
            self._fieldsets = {number: names_of(text) for number, text in rows}
        return readable_point(row, self._name_of(device_id), self._fieldsets)
