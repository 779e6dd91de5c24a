"""A stopped journal is mended and written anew, without the room that nothing takes any more."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from source.errors import JournalError
from source.journal.agreement import mend_loads
from source.journal.backup import NO_LIMIT_S
from source.journal.damage import is_damage
from source.journal.lock import locked
from source.journal.opening import damage, opened, put_in_order
from source.journal.places import begin_part, drop_parts, is_there, put_in_place
from source.journal.rebuild import add_missing_loads, mend_states
from source.journal.rescue import Rescued, rescued, sign
from source.journal.schema import close_writer
from source.journal.sense import drop_senseless

ASIDE = "before-repair"


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair did."""

    rescued: Rescued | None
    """What came out of a damaged file; None where it was whole."""
    intervals: int
    """Quarter hours computed again from their raw points."""
    meters: int
    """Meters whose state was older than their newest point."""
    senseless: int
    """Market prices and results that made no sense, and are gone."""
    before_bytes: int
    after_bytes: int
    aside: Path
    """Where the file is now as it was."""


def repair(journal: Path, now_us: int) -> Repaired:
    """Rescue what is damaged, compute again what disagrees with the raw points, and write the file
    anew. The old one is kept aside.

    Raises JournalInUse while a daemon runs, and JournalError; nothing has changed then.
    """
    if not is_there(journal):
        raise JournalError(f"there is no journal in {journal.parent}")
    lock = locked(journal)
    try:
        put_in_order(journal, now_us)
        before = journal.stat().st_size
        found = rescued(journal, now_us) if damage(journal, NO_LIMIT_S) else None
        try:
            return _written_anew(journal, now_us, before, found)
        except sqlite3.Error as err:
            if found is not None or not is_damage(err):
                raise
        # The check is quick: it does not compare all with all.
        found = rescued(journal, now_us)
        return _written_anew(journal, now_us, before, found)
    except (OSError, sqlite3.Error) as err:
        raise JournalError(f"{journal}: can't be repaired: {err}") from err
    finally:
        drop_parts(journal)
        lock.close()


def _written_anew(journal: Path, now_us: int, before: int, found: Rescued | None) -> Repaired:
    """The mended copy in the journal's place. Raises sqlite3.Error and OSError."""
    db, late = opened(journal, now_us)
    part = begin_part(journal)
    try:
        db.execute("VACUUM INTO ?", (str(part),))
    finally:
        close_writer(db)
    with closing(sqlite3.connect(part, isolation_level=None)) as db:
        db.execute("REINDEX")
        db.execute("BEGIN")
        meters = mend_states(db)
        intervals = add_missing_loads(db) + mend_loads(db)
        senseless = drop_senseless(db)
        db.execute("COMMIT")
        sign(db)
        flaws = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if flaws != "ok":
            raise sqlite3.DatabaseError(flaws)
    after = part.stat().st_size
    aside = put_in_place(journal, ASIDE, now_us)
    found = found or late
    if found is not None and aside is not None:
        aside.unlink()  # what was rescued a moment ago; the damaged file is what is kept
        aside = found.aside
    return Repaired(found, intervals, meters, senseless, before, after, aside or journal)
