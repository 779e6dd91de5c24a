"""The journal's tables and how an older file becomes a newer one."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from source.errors import JournalDamaged, JournalError
from source.journal.mode import enter_wal
from source.journal.reading import ReadingConnection

JOURNAL_FILE = "isdl.db"
"""In the files folder."""
BUSY_TIMEOUT_S = 10.0

# Each entry takes the file from version n to n + 1 (PRAGMA user_version); none is ever changed.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE device (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    );
    -- The names of the fields in point.extra, once for all points that have the same ones.
    CREATE TABLE fieldset (
        id INTEGER PRIMARY KEY,
        names TEXT NOT NULL UNIQUE
    );
    -- Raw points in the order of their commit; seq never falls and is what a sink's cursor names.
    CREATE TABLE point (
        seq INTEGER PRIMARY KEY,
        device_id INTEGER NOT NULL,
        time_us INTEGER NOT NULL,
        span_us INTEGER NOT NULL,
        flags INTEGER NOT NULL,
        power REAL,
        energy_wh REAL,
        counter_wh REAL,
        counter_returned_wh REAL,
        device_temperature REAL,
        fieldset_id INTEGER,
        extra TEXT
    );
    CREATE INDEX point_device_time ON point (device_id, time_us);
    -- The load profile: quarter = seconds since 1970 // 900, the interval (start, start + 900 s].
    CREATE TABLE interval (
        device_id INTEGER NOT NULL,
        quarter INTEGER NOT NULL,
        energy_wh REAL NOT NULL,
        returned_wh REAL NOT NULL,
        estimated_wh REAL NOT NULL,
        power_min_w REAL,
        power_max_w REAL,
        power_sum_w REAL NOT NULL,
        power_count INTEGER NOT NULL,
        good_polls INTEGER NOT NULL,
        failed_polls INTEGER NOT NULL,
        interval_us INTEGER NOT NULL,
        PRIMARY KEY (device_id, quarter)
    ) WITHOUT ROWID;
    -- The energy meter of each device, as of its newest good point.
    CREATE TABLE checkpoint (
        device_id INTEGER PRIMARY KEY,
        time_us INTEGER NOT NULL,
        power_w REAL,
        counter_wh REAL,
        counter_returned_wh REAL,
        uptime_s REAL,
        phases TEXT NOT NULL
    );
    CREATE TABLE cursor (
        sink TEXT PRIMARY KEY,
        seq INTEGER NOT NULL
    ) WITHOUT ROWID;
    -- Points that a sink refused for good, kept with the reason.
    CREATE TABLE rejected (
        sink TEXT NOT NULL,
        seq INTEGER NOT NULL,
        device TEXT NOT NULL,
        time_us INTEGER NOT NULL,
        fields TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (sink, seq)
    ) WITHOUT ROWID;
    -- The report ledger; done = 0 between the entry and the append's success.
    CREATE TABLE report (
        device_id INTEGER NOT NULL,
        kind TEXT NOT NULL,
        start_us INTEGER NOT NULL,
        end_us INTEGER NOT NULL,
        file_name TEXT NOT NULL,
        text TEXT NOT NULL,
        file_offset INTEGER NOT NULL,
        done INTEGER NOT NULL,
        PRIMARY KEY (device_id, kind, end_us)
    ) WITHOUT ROWID;
    CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
    # Good polls that brought no energy; of the quarter hours before, nobody knows.
    "ALTER TABLE interval ADD COLUMN unmetered_polls INTEGER NOT NULL DEFAULT 0;",
    # Which socket the meter's state is of, and what a sink never got.
    """
    ALTER TABLE checkpoint ADD COLUMN mac TEXT;
    ALTER TABLE checkpoint ADD COLUMN address TEXT;
    ALTER TABLE cursor ADD COLUMN dropped_points INTEGER NOT NULL DEFAULT 0;
    """,
    # How sure the energy is, both directions of one reading, market prices, results and runs.
    """
    ALTER TABLE point ADD COLUMN energy_returned_wh REAL;
    ALTER TABLE point ADD COLUMN energy_set_aside_wh REAL;
    -- NULL: the quarter hour is older than the column.
    ALTER TABLE interval ADD COLUMN measured_us INTEGER;
    ALTER TABLE interval ADD COLUMN estimated_us INTEGER;
    ALTER TABLE interval ADD COLUMN set_aside_wh REAL NOT NULL DEFAULT 0;
    ALTER TABLE interval ADD COLUMN switch_ons INTEGER NOT NULL DEFAULT 0;
    -- The longest time without a good reading of those that ended in the quarter hour, and when.
    ALTER TABLE interval ADD COLUMN gap_us INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE interval ADD COLUMN gap_end_us INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE checkpoint ADD COLUMN still_wh REAL NOT NULL DEFAULT 0;
    ALTER TABLE checkpoint ADD COLUMN still_us INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE checkpoint ADD COLUMN counted_wh REAL NOT NULL DEFAULT 0;
    ALTER TABLE checkpoint ADD COLUMN is_armed INTEGER NOT NULL DEFAULT 0;
    -- Market prices in billionths of the currency per kWh. The quarter hour leads the key: so no
    -- other table has rows like these, and a stray page of a damaged file is known by its looks.
    CREATE TABLE price (
        quarter INTEGER NOT NULL,
        source TEXT NOT NULL,
        price_nano INTEGER NOT NULL,
        PRIMARY KEY (quarter, source)
    ) WITHOUT ROWID;
    -- The figures of finished periods; a correction is a new revision. exported = 1: they stand in
    -- all files that they belong in, and are not changed any more.
    CREATE TABLE result (
        device TEXT NOT NULL,
        kind TEXT NOT NULL,
        end_us INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        start_us INTEGER NOT NULL,
        figures TEXT NOT NULL,
        exported INTEGER NOT NULL,
        PRIMARY KEY (device, kind, end_us, revision)
    ) WITHOUT ROWID;
    -- Appliance runs; quarters: energy in Wh by quarter hour.
    CREATE TABLE run (
        device_id INTEGER NOT NULL,
        start_us INTEGER NOT NULL,
        end_us INTEGER NOT NULL,
        energy_wh REAL NOT NULL,
        peak_w REAL NOT NULL,
        quarters TEXT NOT NULL,
        PRIMARY KEY (device_id, start_us)
    ) WITHOUT ROWID;
    -- Up to where the points were searched for runs, and the appliance was idle.
    CREATE TABLE run_scan (
        device_id INTEGER PRIMARY KEY,
        idle_us INTEGER NOT NULL
    );
    -- Few rows at any time: the reports look for them every twenty seconds.
    CREATE INDEX result_unexported ON result (device, kind, end_us, revision) WHERE exported = 0;
    CREATE INDEX report_unfinished ON report (device_id, kind, end_us) WHERE done = 0;
    """,
)
VERSION = len(MIGRATIONS)


def open_writer(path: Path) -> sqlite3.Connection:
    """A connection that may write, with its tables up to date; to be closed by ``close_writer``.

    Raises JournalError where the file can't be opened, is no journal, or is of a newer version; a
    file that is refused was not changed.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only one thread uses it at a time: the one that opens it, then the journal's own.
        db = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            _make_ready(db, path)
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as err:
        raise unusable(path, err) from err
    return db


def close_writer(db: sqlite3.Connection) -> None:
    """Close a writing connection, and leave a file that can be read without writing.

    To read a file in WAL mode takes a -shm file beside it, and after an orderly end a reader would
    have to make that, which it can't in a folder that it may not write in (SQLite's documentation,
    "Read-Only WAL-Mode Databases"). ``immutable=1`` does without, but also without any lock: what
    is read is wrong as soon as a writer starts. So the WAL mode ends with the writer. It can't
    while somebody reads; then -wal and -shm stay where they are, and others can read as well.
    """
    with suppress(sqlite3.Error):
        db.execute("PRAGMA busy_timeout = 0")
        db.execute("PRAGMA journal_mode = DELETE")
    db.close()


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that only reads; for the thread that opens it.

    Raises JournalError where the file can't be read, is no journal, or is of another version.
    """
    try:
        # SQLite deletes the log beside an empty file, even for a reader; it may hold everything.
        if path.exists() and path.stat().st_size == 0:
            raise JournalError(f"{path}: there is nothing in it, the next start makes it a journal")
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            factory=ReadingConnection,
        )
        try:
            _check_version(db, path)
        except BaseException:
            db.close()
            raise
    except sqlite3.Error as err:
        raise unusable(path, err) from err
    return db


def unusable(path: Path, err: sqlite3.Error | OSError) -> JournalError:
    """Why a journal can't be opened, and what to do where its content is the reason."""
    # This very class: its subclasses tell of the disk, of locks and of rights.
    if type(err) is sqlite3.DatabaseError:
        return JournalDamaged(
            f"{path}: is damaged or no journal ({err}): the next start sets it aside and rescues"
            " what can be read; with a backup of yours, see: python main.py restore --help"
        )
    return JournalError(f"{path}: can't be opened as journal: {err}")


def _check_version(db: sqlite3.Connection, path: Path) -> None:
    version = _version(db)
    if version != VERSION:
        what = "there is nothing in it" if version == 0 else f"its version is {version}"
        then = ", the next start brings it up to date" if version < VERSION else ""
        raise JournalError(f"{path}: {what}, this program reads version {VERSION}{then}")


def _make_ready(db: sqlite3.Connection, path: Path) -> None:
    found = _version(db)
    if found > VERSION:
        raise JournalError(
            f"{path}: written by a newer version of the program (journal version {found}, "
            f"this one knows {VERSION}); install that version again"
        )
    enter_wal(db)  # later, where it is not possible now
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA temp_store = MEMORY")
    migrate(db, found)


def migrate(db: sqlite3.Connection, found: int) -> None:
    """Bring the tables from version ``found`` up to date."""
    for version in range(found, VERSION):
        db.executescript(
            f"BEGIN; {MIGRATIONS[version]} PRAGMA user_version = {version + 1}; COMMIT;"
        )


def _version(db: sqlite3.Connection) -> int:
    return int(db.cursor().execute("PRAGMA user_version").fetchone()[0])
