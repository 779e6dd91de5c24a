"""A connection for reading whose errors are the journal's own: translated once, here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from source.errors import JournalError


class ReadingConnection(sqlite3.Connection):
    """Raises JournalError in place of sqlite3's errors; for ``sqlite3.connect(factory=…)``."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        with _told():
            return self.cursor(_Cursor).execute(sql, parameters)


class _Cursor(sqlite3.Cursor):
    # A statement reads its rows while they are fetched, so that fails as well.

    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        with _told():
            super().execute(sql, parameters)
        return self

    def fetchone(self) -> Any:
        with _told():
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with _told():
            return super().fetchall()

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.Error as err:
            raise JournalError(f"the journal can't be read: {err}") from err


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as err:
        raise JournalError(f"the journal can't be read: {err}") from err
