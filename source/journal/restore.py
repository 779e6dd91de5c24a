"""A backup takes the journal's place, together with what the present journal has beyond it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from source.errors import JournalError
from source.journal.backup import Copied, contents, copy
from source.journal.lock import locked
from source.journal.merge import Merged, merge
from source.journal.opening import damage, put_in_order
from source.journal.places import begin_part, drop_parts, put_in_place, read_of
from source.journal.rescue import extract, sign
from source.journal.schema import close_writer, open_writer

ASIDE = "before-restore"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    backup: Copied
    aside: Path | None
    """Where the journal is that was there before; None where there was none."""
    merged: Merged | None
    """What came from it; None where there was none, or nothing that could be read."""
    was_damaged: bool
    """The journal that was there was damaged: what could be read of it was taken."""


def restore(backup: Path, journal: Path, now_us: int) -> Restored:
    """Put a backup in the journal's place, and add what the present one has and the backup lacks.

    The present one is moved aside, never deleted. Raises JournalInUse while a daemon runs, and
    JournalError; nothing has changed then.
    """
    if backup.exists() and journal.exists() and backup.samefile(journal):
        raise JournalError(f"{backup}: is the journal itself")
    lock = locked(journal)
    try:
        copied = contents(backup)
        put_in_order(journal, now_us)
        part = begin_part(journal)
        copy(backup, part)
        was_damaged, merged = _completed(part, journal)
        aside = put_in_place(journal, ASIDE, now_us)
    except (OSError, sqlite3.Error) as err:
        raise JournalError(f"{backup}: can't be restored: {err}") from err
    finally:
        drop_parts(journal)
        lock.close()
    return Restored(copied, aside, merged, was_damaged)


def _completed(part: Path, journal: Path) -> tuple[bool, Merged | None]:
    """Bring the copy of the backup up to date, and add what the present journal has."""
    db = open_writer(part)
    try:
        if not journal.exists() or not journal.stat().st_size:
            return False, None
        is_damaged = bool(damage(journal))
        return is_damaged, _added(db, journal, is_damaged)
    finally:
        close_writer(db)
        with closing(sqlite3.connect(part, isolation_level=None)) as db:
            sign(db)


def _added(db: sqlite3.Connection, journal: Path, is_damaged: bool) -> Merged | None:
    """What could be taken from a journal, a damaged one included, that stays as it is."""
    readable = read_of(journal)
    if is_damaged:
        extract(journal, readable)
    else:
        copy(journal, readable)
        close_writer(open_writer(readable))  # it may be an older one
    return merge(db, readable)
