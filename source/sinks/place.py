"""A sink's place in the journal: what it has not got yet, and how far it has come."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TypeAlias

from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Point

logger = logging.getLogger(__name__)

MOVES = 5
"""So often in a row another file is believed to stand in the journal's place."""
Batch: TypeAlias = Sequence[tuple[int, Point]]
"""Points with their sequence numbers, in the order of these."""


class OutOfPlace(Exception):
    """A batch that was read before can't be acknowledged any more: what comes next is elsewhere.

    Another file stands in the journal's place, whose numbers may mean other points, or the sink
    has lost all it had.
    """


class JournalPlace:
    """Reads the journal behind a cursor. Belongs to the thread that uses it first.

    Every method raises JournalError where the journal can't be read.
    """

    def __init__(self, journal: Journal, sink: str) -> None:
        self._journal = journal
        self._sink = sink
        self._reader: JournalReader | None = None
        self._file: object = None
        self._moves = 0
        self._is_lost = False
        self._cursor = 0

    def next(self, limit: int) -> Batch:
        """Up to ``limit`` points that the sink has not got yet, the oldest ones.

        Numbers of points that are gone are passed over.
        """
        batch = self._opened().points_after(self._cursor, limit)
        self._is_lost = False
        return batch

    def backlog(self) -> int:
        """How many points the sink has not got yet, at most."""
        return max(0, self._opened().last_seq() - self._cursor)

    def newest(self, limit: int, after: int) -> Batch:
        """Of the points behind number ``after`` about the newest ``limit``."""
        reader = self._opened()
        return reader.points_after(max(after, reader.last_seq() - limit), limit)

    def set_aside(self, refused: Sequence[tuple[int, str]]) -> None:
        """Keep points that the sink refused for good; returns when that is committed.

        Raises OutOfPlace.
        """
        self._check()
        self._journal.set_aside(self._sink, refused)

    def acknowledge(self, batch: Batch) -> None:
        """The sink has a batch, or what it refused of it is set aside. Raises OutOfPlace."""
        self._check()
        if not self._is_restless:
            self._moves = 0
        self._cursor = batch[-1][0]
        self._journal.acknowledge(self._sink, self._cursor)

    def begin_again(self, *, in_batch: bool = False) -> None:
        """The sink has lost what it had: the first point comes next; returns when committed.

        ``in_batch`` tells that it had got a part of the batch that is on its way.
        """
        if self._cursor == 0:
            self._is_lost = self._is_lost or in_batch
            return
        logger.warning("%s: has lost its points; the journal's are copied to it again", self._sink)
        self._journal.acknowledge(self._sink, 0)
        self._journal.flush()
        self._cursor, self._is_lost = 0, True

    def close(self) -> None:
        """Let go of the file; the next reading opens it again."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _opened(self) -> JournalReader:
        if self._reader is not None and self._file == self._identity():
            return self._reader
        self.close()
        # Looked at before it is opened: one that is replaced in between is opened again.
        file = self._identity()
        reader = self._reader = JournalReader(self._journal.path)
        acknowledged = reader.acknowledged(self._sink)
        # What was acknowledged last may not be committed yet. In another file (one that was rescued
        # out of a damaged one) the newest points may be missing and their numbers used again.
        is_same = file == self._file or self._is_restless
        self._cursor = max(self._cursor, acknowledged) if is_same else acknowledged
        self._file = file
        return reader

    def _check(self) -> None:
        has_moved = self._file != self._identity() and not self._is_restless
        if has_moved or self._is_lost:
            self._moves += has_moved
            self.close()
            raise OutOfPlace("what comes next is elsewhere")

    @property
    def _is_restless(self) -> bool:
        """The file system gives a file another number each time it is asked: it tells nothing."""
        return self._moves >= MOVES

    def _identity(self) -> object:
        """What tells a file from another one in its place; None where there is none."""
        try:
            found = self._journal.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
