"""What waits for the journal's next commit: filled by many threads, emptied by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from source.errors import JournalError
from source.journal.writes import Statements
from source.model import Checkpoint, Point

QUEUE_LIMIT = 200_000
"""Points that wait in memory while the disk takes none; about 100 MB."""

Entry: TypeAlias = tuple[Point, Checkpoint | None]
"""A point, and the meter's state that belongs to it."""


class Operation:
    """A write that its caller waits for."""

    def __init__(self, apply: Callable[[Statements], None]) -> None:
        self.apply = apply
        self.done = threading.Event()
        self.error: Exception | None = None
        """Why it can't be carried out at all; None where it was, or still may be."""

    def refuse(self, error: Exception) -> None:
        """It can't be carried out: its caller is told, and nobody else has to wait for it."""
        self.error = error
        self.done.set()


@dataclass(slots=True)
class Group:
    """What goes into one commit."""

    entries: list[Entry] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    """How far each sink has come."""

    def __bool__(self) -> bool:
        return bool(self.entries or self.operations or self.cursors)


class Intake:
    """Takes points and other writes from any thread; ``take`` gives them as one group.

    It is closed at first, and refuses then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._group = Group()
        self._checkpoints: dict[str, Checkpoint] = {}
        self._is_open = False
        self.hurry = threading.Event()
        """Set while somebody waits for the next commit."""

    def open(self, checkpoints: Mapping[str, Checkpoint]) -> None:
        """Begin to take; ``checkpoints`` are the meters' states as they are committed."""
        with self._lock:
            self._checkpoints = dict(checkpoints)
            self._is_open = True

    def close(self) -> None:
        """Take no more."""
        with self._lock:
            self._is_open = False

    def append(self, point: Point, checkpoint: Checkpoint | None) -> None:
        """Queue a point. Raises JournalError when closed or full; nothing was taken then."""
        with self._lock:
            self._check_open()
            if len(self._group.entries) >= QUEUE_LIMIT:
                raise JournalError(f"{QUEUE_LIMIT} points wait for the disk already")
            self._group.entries.append((point, checkpoint))
            if checkpoint is not None:
                self._checkpoints[point.device] = checkpoint

    def checkpoint(self, device: str) -> Checkpoint | None:
        """The newest meter state of a device, also if it is not committed yet."""
        with self._lock:
            return self._checkpoints.get(device)

    def acknowledge(self, sink: str, seq: int) -> None:
        """Note how far a sink has come."""
        with self._lock:
            self._group.cursors[sink] = seq

    def perform(self, apply: Callable[[Statements], None], timeout_s: float) -> None:
        """Have it carried out within the next commit; returns when that is done.

        Raises JournalError when it can't be carried out, or is not in time.
        """
        operation = Operation(apply)
        with self._lock:
            self._check_open()
            self._group.operations.append(operation)
        self.hurry.set()
        if not operation.done.wait(timeout_s):
            raise JournalError(f"no commit within {timeout_s:g} s; is the disk full or very slow?")
        if operation.error is not None:
            raise JournalError(f"can't be stored: {operation.error}") from operation.error

    def take(self) -> Group:
        """All that waits; from now on others wait for the commit after it."""
        with self._lock:
            group, self._group = self._group, Group()
        return group

    def put_back(self, group: Group) -> None:
        """The commit failed: the group waits again, before all that has come since."""
        with self._lock:
            later = self._group
            self._group = Group(
                group.entries + later.entries,
                group.operations + later.operations,
                {**group.cursors, **later.cursors},
            )

    @property
    def waiting(self) -> int:
        """How many points wait."""
        return len(self._group.entries)

    def _check_open(self) -> None:
        if not self._is_open:
            raise JournalError("the journal is closed")
