"""A connection for reading whose errors are the journal's own: translated once, here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from source.errors import JournalDamaged, JournalError
from source.journal.damage import is_damage


class ReadingConnection(sqlite3.Connection):
    """Raises JournalError in place of sqlite3's errors; for ``sqlite3.connect(factory=…)``.

    A damaged text is no error: what can't be read of it is replaced.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.text_factory = _text

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
            raise _unreadable(err) from err


_text = partial(str, encoding="utf-8", errors="replace")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as err:
        raise _unreadable(err) from err


def _unreadable(err: sqlite3.Error) -> JournalError:
    kind = JournalDamaged if is_damage(err) else JournalError
    return kind(f"the journal can't be read: {err}")
