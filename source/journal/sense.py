"""Rows among the market prices and the results that make no sense: SQLite knows no checksums."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from source.journal.tables import is_price, is_result

_PRICES = "SELECT quarter, source, price_nano FROM price"
_RESULTS = "SELECT device, kind, end_us, revision, start_us, figures, exported FROM result"


@dataclass(frozen=True, slots=True)
class Looked:
    """A table that was looked through."""

    count: int
    senseless: tuple[tuple[object, ...], ...]
    """The keys of the rows that make no sense."""


def prices_looked_at(db: sqlite3.Connection) -> Looked:
    """All market prices; a key is quarter hour and source."""
    count, bad = 0, []
    for row in db.execute(_PRICES):
        count += 1
        if not is_price(row):
            bad.append(row[:2])
    return Looked(count, tuple(bad))


def results_looked_at(db: sqlite3.Connection) -> Looked:
    """All results; a key is device, kind, end and revision."""
    count, bad = 0, []
    for row in db.execute(_RESULTS):
        count += 1
        if not is_result(row):
            bad.append(row[:4])
    return Looked(count, tuple(bad))


def drop_senseless(db: sqlite3.Connection) -> int:
    """Delete the rows that make no sense; gives how many."""
    prices, results = prices_looked_at(db).senseless, results_looked_at(db).senseless
    db.executemany("DELETE FROM price WHERE quarter = ? AND source = ?", prices)
    db.executemany(
        "DELETE FROM result WHERE device = ? AND kind = ? AND end_us = ? AND revision = ?", results
    )
    return len(prices) + len(results)
