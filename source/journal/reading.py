"""A connection for reading whose errors are the journal's own: translated once, here."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

from source.errors import JournalDamaged, JournalError
from source.journal.damage import is_damage

# Each method has its own ``try``: a context manager would cost as much as the query of a row.


class ReadingConnection(sqlite3.Connection):
    """Raises JournalError in place of sqlite3's errors; for ``sqlite3.connect(factory=…)``.

    A damaged text is no error: what can't be read of it is replaced.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.text_factory = _text

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        try:
            cursor = self.cursor(_Cursor)
        except sqlite3.Error as err:
            raise _unreadable(err) from err
        return cursor.execute(sql, parameters)


class _Cursor(sqlite3.Cursor):
    # A statement reads its rows while they are fetched, so that fails as well.

    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        try:
            super().execute(sql, parameters)
        except sqlite3.Error as err:
            raise _unreadable(err) from err
        return self

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlite3.Error as err:
            raise _unreadable(err) from err

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.Error as err:
            raise _unreadable(err) from err

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.Error as err:
            raise _unreadable(err) from err


_text = partial(str, encoding="utf-8", errors="replace")


def _unreadable(err: sqlite3.Error) -> JournalError:
    kind = JournalDamaged if is_damage(err) else JournalError
    return kind(f"the journal can't be read: {err}")
