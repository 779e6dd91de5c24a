"""Is the journal whole, and does it agree with itself: file, energy, cursors, meters, reports?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from source.errors import JournalError
from source.journal.agreement import differing, loads_compared
from source.journal.backup import NO_LIMIT_S, read_only
from source.journal.codec import HAS_VALID, SUCCESS, VALID
from source.journal.damage import is_damage
from source.journal.opening import flaws_of
from source.journal.schema import VERSION
from source.journal.sense import prices_looked_at, results_looked_at

# The point that came last, also where the clock was put back since another one.
_OLD_STATES = f"""
    SELECT name FROM (SELECT device_id AS id, max(seq), time_us FROM point
        WHERE flags & {SUCCESS} AND flags & {HAS_VALID | VALID} != {HAS_VALID}
            AND energy_wh IS NOT NULL AND counter_wh IS NOT NULL GROUP BY device_id) AS newest
    JOIN device USING (id) LEFT JOIN checkpoint ON checkpoint.device_id = id
    WHERE ifnull(checkpoint.time_us, 0) < newest.time_us ORDER BY name
"""  # noqa: S608 (constants)
_DOUBLED = """
    SELECT count(*) FROM report AS one WHERE EXISTS (SELECT 1 FROM report AS two
        WHERE two.device_id = one.device_id AND two.kind = one.kind
            AND two.end_us > one.end_us AND two.start_us < one.end_us)
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and how it is."""

    subject: str
    is_well: bool
    text: str


def verified(path: Path) -> list[Finding]:
    """Look through a journal, also while a daemon writes to it; nothing is changed.

    Raises JournalError where it can't be opened for another reason than its content, and where it
    is of another version.
    """
    try:
        with closing(read_only(path)) as db:
            db.execute("BEGIN")  # one state of it
            return list(_findings(db, path))
    except sqlite3.Error as err:
        if is_damage(err):
            return [Finding("file", False, str(err))]
        raise JournalError(f"{path}: can't be read: {err}") from err


def _findings(db: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    flaws = flaws_of(db, path, NO_LIMIT_S)
    pages = int(db.execute("PRAGMA page_count").fetchone()[0])
    yield Finding("file", not flaws, flaws or f"{pages} pages, all whole")
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if flaws:
        return
    if version != VERSION:
        text = f"{version}; the next start brings it up to {VERSION}"
        yield Finding("version", bool(version), text if version else "there is nothing in it")
        return
    yield _energy(db)
    yield _meters(db)
    yield from _sinks(db)
    yield _reports(db)
    yield _results(db)
    yield _prices(db)


def _energy(db: sqlite3.Connection) -> Finding:
    compared = loads_compared(db)
    wrong = differing(compared)
    if not wrong:
        return Finding("energy", True, f"{len(compared)} quarter hours agree with their raw points")
    names = dict(db.execute("SELECT id, name FROM device"))
    devices = sorted({names.get(one.device_id, "?") for one in wrong})
    by_wh = sum(abs(one.computed_wh - one.noted_wh) for one in wrong)
    text = (
        f"{len(wrong)} of {len(compared)} quarter hours differ from their raw points,"
        f" by {by_wh:.3f} Wh in all: {', '.join(devices)}"
    )
    return Finding("energy", False, text)


def _meters(db: sqlite3.Connection) -> Finding:
    old = [name for (name,) in db.execute(_OLD_STATES)]
    if old:
        text = f"older than the newest point, energy would count twice: {', '.join(old)}"
        return Finding("meters", False, text)
    count = int(db.execute("SELECT count(*) FROM checkpoint").fetchone()[0])
    return Finding("meters", True, f"{count}, none older than its newest point")


def _sinks(db: sqlite3.Connection) -> Iterator[Finding]:
    last = int(db.execute("SELECT ifnull(max(seq), 0) FROM point").fetchone()[0])
    rows = db.execute(
        "SELECT sink, seq, dropped_points, (SELECT count(*) FROM rejected"
        " WHERE rejected.sink = cursor.sink) FROM cursor ORDER BY sink"
    ).fetchall()
    for sink, seq, dropped, rejected in rows:
        parts = [f"has point {seq} of {last}" if seq <= last else f"has point {seq}, the newest"]
        if rejected:
            parts.append(f"{rejected} set aside")
        if dropped:
            parts.append(f"{dropped} dropped for want of room")
        yield Finding(f"copy {sink}", True, ", ".join(parts))


def _reports(db: sqlite3.Connection) -> Finding:
    count, begun = db.execute("SELECT count(*), ifnull(sum(NOT done), 0) FROM report").fetchone()
    doubled = int(db.execute(_DOUBLED).fetchone()[0])
    if doubled:
        return Finding("reports", False, f"{doubled} of {count} overlap a later one")
    return Finding("reports", True, f"{count} lines, {begun} of them not finished yet")


def _results(db: sqlite3.Connection) -> Finding:
    found = results_looked_at(db)
    if found.senseless:
        return Finding("results", False, f"{len(found.senseless)} of {found.count} make no sense")
    waiting = int(db.execute("SELECT count(*) FROM result WHERE exported = 0").fetchone()[0])
    return Finding("results", True, f"{found.count} figures, {waiting} of them not in all files")


def _prices(db: sqlite3.Connection) -> Finding:
    found = prices_looked_at(db)
    if found.senseless:
        return Finding("prices", False, f"{len(found.senseless)} of {found.count} make no sense")
    return Finding("prices", True, f"{found.count} market prices")
