"""Opening a journal for writing, whatever happened to it: looked at, checked, rescued."""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import IO

from source.errors import JournalError
from source.journal.damage import is_damage
from source.journal.pages import (
    APPLICATION_ID_AT,
    MAGIC,
    has_sane_header,
    page_size_of,
)
from source.journal.places import FOREIGN, drop_parts, new_of, resume, set_aside
from source.journal.rescue import Rescued, rescued, sign
from source.journal.schema import BUSY_TIMEOUT_S, VERSION, open_writer, unusable
from source.journal.tables import columns_of, expected_columns
from source.journal.wal import Wal, read_wal, wal_of

logger = logging.getLogger(__name__)

CHECK_S, CHECK_AFTER_ORDERLY_END_S = 10.0, 2.0
"""So long the file is looked through at a start at most; then it goes on unchecked."""
STEPS = 10_000
"""Of SQLite's machine, between two looks at the clock."""
HEADLINE = "*** in database main ***"
"""Of what SQLite finds."""
SOME_BITS = 3
"""Two numbers that differ in no more bits were one, and are damaged."""
NO_VERSION = 1_000
"""A higher number is no version of a journal but damage."""
SMALL_TABLES = (
    "device", "fieldset", "meta", "cursor", "checkpoint", "report", "rejected", "run_scan", "run",
    "result", "price", "interval",
)  # fmt: skip


def opened(path: Path, now_us: int) -> tuple[sqlite3.Connection, Rescued | None]:
    """A connection that may write, to be closed by ``close_writer``; and what had to be rescued.

    A log of another file is moved aside, a damaged journal is rescued. Raises JournalError where
    the file can't be opened or rescued, or is of a newer version; that one is not changed.
    """
    try:
        put_in_order(path, now_us)
        if not path.exists() and any(path.parent.glob(f"{path.name}.damaged-*")):
            logger.warning("%s: a new journal begins; an older one lies beside it", path)
        _tell_empty(path)
        reason = damage(path)
        if reason:
            logger.warning("%s: is damaged: %s; what can be read is rescued now", path, reason)
        found = rescued(path, now_us) if reason else None
        _sign(path)
    except OSError as err:
        raise unusable(path, err) from err
    db = open_writer(path)
    _mark_log(db, path)
    return db, found


def _tell_empty(path: Path) -> None:
    if path.exists() and not path.stat().st_size and read_wal(wal_of(path)) is None:
        logger.warning("%s: is empty, what was in it is lost; a new journal begins", path)


def put_in_order(path: Path, now_us: int) -> None:
    """Before anything reads the file, whose lock is held: finish what an end of the program
    interrupted, and let no log do harm. Raises JournalError and OSError.
    """
    resume(path, now_us)
    drop_parts(path)
    if not path.exists() and read_wal(wal_of(path)) is not None:
        path.touch()  # it was deleted, or never came to the disk: SQLite would delete the log too
    _move_foreign_log(path, now_us)


# --- is it whole? ---


def damage(path: Path, limit_s: float | None = None) -> str:
    """What is wrong with a journal that nobody writes to; nothing where it is whole.

    It is looked through for ``limit_s`` seconds at most, None means as long as a start takes.
    Raises JournalError where it can't be opened for another reason than its content, or is of a
    newer version; OSError where it can't be read.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return ""
    log = read_wal(wal_of(path))
    if log is not None and log.has_hole:
        return "its write-ahead log has a hole"
    if size == 0:  # SQLite would delete the log
        return "" if log is None else "it is empty, but its write-ahead log is not"
    with path.open("rb") as file:
        first = file.read(100)
    if first[: len(MAGIC)] != MAGIC or not has_sane_header(first):
        return "it does not begin as a database"
    if size % page_size_of(first) and log is None:
        return "its last page is torn"
    if limit_s is None:
        was_orderly = log is None and first[18:20] == b"\x01\x01"
        limit_s = CHECK_AFTER_ORDERLY_END_S if was_orderly else CHECK_S
    return _flaws(path, limit_s)


def _flaws(path: Path, limit_s: float) -> str:
    """What SQLite finds."""
    try:
        try:
            # Reading alone: the end of a writing connection would apply the log to a bad file.
            return _looked_through(path, "ro", limit_s)
        except sqlite3.OperationalError as err:
            if "readonly" not in str(err):
                raise
            return _looked_through(path, "rw", limit_s)  # a transaction has to be undone first
    except sqlite3.Error as err:
        if is_damage(err):
            return str(err)
        raise unusable(path, err) from err


def _looked_through(path: Path, mode: str, limit_s: float) -> str:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S)) as db:
        return flaws_of(db, path, limit_s)


def flaws_of(db: sqlite3.Connection, path: Path, limit_s: float) -> str:
    """What is wrong with an open journal; raises JournalError if it is of a newer version, and
    sqlite3.Error."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if VERSION < version < NO_VERSION:
        raise JournalError(
            f"{path}: written by a newer version of the program (journal version {version}, "
            f"this one knows {VERSION}); install that version again"
        )
    there = columns_of(db)
    if not 0 <= version <= VERSION or (version == 0 and "point" in there):
        return f"it says that its version is {version}"
    wanted = expected_columns(version)
    lacking = [name for name, columns in wanted.items() if there.get(name, set()) < columns]
    if lacking:
        return f"it lacks {', '.join(sorted(lacking))}"
    newer = expected_columns(VERSION)
    if any(there[name] >= newer[name] > columns for name, columns in wanted.items()):
        return f"it says that its version is {version}"
    return checked(db, limit_s)


def checked(db: sqlite3.Connection, limit_s: float) -> str:
    """What SQLite's own checks find within a time, small tables first; nothing where all is well.

    Raises sqlite3.Error.
    """
    deadline = time.monotonic() + limit_s
    db.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    there = columns_of(db)
    try:
        for table in (*(name for name in SMALL_TABLES if name in there), ""):
            # The whole check, since the quick one believes an index that leads nowhere.
            sql = f"PRAGMA quick_check({table})" if table else "PRAGMA integrity_check(1)"
            found = db.execute(sql).fetchone()[0]
            if found != "ok":
                return str(found).removeprefix(HEADLINE).strip().replace("\n", " ")
    except sqlite3.OperationalError as err:
        if "interrupted" not in str(err):
            raise
        logger.debug("the journal was looked through for %g s, not to its end", limit_s)
    finally:
        db.set_progress_handler(None, 0)
    return ""


# --- is the log its own? ---


def _move_foreign_log(path: Path, now_us: int) -> None:
    """SQLite would apply the log of another file, and destroy this one by it. Raises OSError."""
    log_path = wal_of(path)
    log = read_wal(log_path)
    if log is None or not is_foreign(path, log):
        return
    aside = set_aside(log_path, FOREIGN, now_us)
    log_path.with_name(f"{path.resolve().name}-shm").unlink(missing_ok=True)
    logger.error(
        "%s: belongs to another journal and was set aside as %s; somebody has put this journal in"
        " the place of that one",
        log_path,
        aside.name,
    )


def is_foreign(path: Path, log: Wal) -> bool:
    """Whether a log is certainly not that of a file.

    Each journal gets a new number at each start, before anything goes into its log; the number is
    on the first page, in the file as in the log. Where only some of a log's images of that page
    have another one, a person has changed it. Raises OSError.
    """
    try:
        with path.open("rb") as file:
            first = file.read(100)
    except FileNotFoundError:
        return False
    if not has_sane_header(first):
        return False
    if log.page_size != page_size_of(first):
        return True
    with wal_of(path).open("rb") as file:
        return has_other_numbers(file, log, _number_of(first))


def has_other_numbers(file: IO[bytes], log: Wal, own: int) -> bool:
    """Whether each image of the first page in a log has another number than the journal's own."""
    numbers = [_number_at(file, offset) for offset in log.first_images]
    return bool(numbers) and all(_differ(own, number) for number in numbers)


def _number_at(file: IO[bytes], offset: int) -> int:
    file.seek(offset)
    return _number_of(file.read(100))


def _number_of(page: bytes) -> int:
    return int.from_bytes(page[APPLICATION_ID_AT : APPLICATION_ID_AT + 4], "big")


def _differ(one: int, two: int) -> bool:
    return bin(one ^ two).count("1") > SOME_BITS


def _sign(path: Path) -> None:
    """Give the file a new number for the log that begins now.

    Not while somebody reads it or a log is there that can't be ended: then it keeps the old one,
    which the log has too. Raises JournalError.
    """
    if new_of(path).exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, timeout=0.0, isolation_level=None)
        try:
            mode = db.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
            if mode == "delete":
                sign(db)
        finally:
            db.close()
    except sqlite3.OperationalError as err:
        logger.debug("%s: keeps its number: %s", path, err)
    except sqlite3.Error as err:
        raise unusable(path, err) from err


def _mark_log(db: sqlite3.Connection, path: Path) -> None:
    """Begin the log with the first page, so that it tells from then on whose it is."""
    number = db.execute("PRAGMA application_id").fetchone()[0]
    db.execute("PRAGMA busy_timeout = 0")
    try:
        db.execute(f"PRAGMA application_id = {number}")
    except sqlite3.OperationalError as err:  # a full disk, or a lock
        logger.debug("%s: its log does not begin with the first page: %s", path, err)
    db.execute(f"PRAGMA busy_timeout = {round(1000 * BUSY_TIMEOUT_S)}")
