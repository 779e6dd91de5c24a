"""A reader of the journal for one look."""

from __future__ import annotations

from source.errors import JournalDamaged
from source.journal.reader import JournalReader
from source.web.context import Context


class Reading:
    """A reader for one look; damage that it meets is told to the journal."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._reader: JournalReader | None = None

    def __enter__(self) -> JournalReader:
        try:
            self._reader = self._context.open_reader()
        except JournalDamaged:
            self._context.journal.damaged()
            raise
        return self._reader

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._reader is not None:
            self._reader.close()
        if kind is not None and issubclass(kind, JournalDamaged):
            self._context.journal.damaged()
