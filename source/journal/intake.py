"""What waits for the journal's next commit: filled by many threads, emptied by one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from source.errors import JournalError
from source.journal.writes import Statements
from source.model import Checkpoint, Point

GROUP_LIMIT = 10_000
"""Points of one commit. While the disk takes none each try encodes that many again, not all."""
WEIGHT_LIMIT = 600_000
"""Of the points that wait in memory while the disk takes none, see ``weight_of``; about 60 MB.

That is 66,000 points of a plug, 18 hours of ten sockets at 10 s, or 26,000 of a three-phase meter.
"""

Entry: TypeAlias = tuple[Point, Checkpoint | None]
"""A point, and the meter's state that belongs to it."""


def weight_of(entry: Entry) -> int:
    """What an entry takes in memory, in units of about 100 bytes."""
    return 4 + len(entry[0].fields)


class Operation:
    """A write that its caller waits for."""

    def __init__(self, apply: Callable[[Statements], None], after: int = 0) -> None:
        """``after`` is how many points were taken in before it; they are committed first."""
        self.apply = apply
        self.after = after
        self.done = threading.Event()
        self.error: Exception | None = None
        """Why it can't be carried out at all; None where it was, or still may be."""
        self.is_given_up = False
        """Its caller waits no longer, and will ask again: on a full disk they would gather."""

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
    is_last: bool = True
    """Nothing else was waiting when it was taken."""

    def __bool__(self) -> bool:
        return bool(self.entries or self.operations or self.cursors)


class Intake:
    """Takes points and other writes from any thread; ``take`` gives them in groups.

    It is closed at first, and refuses then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._operations: deque[Operation] = deque()
        self._cursors: dict[str, int] = {}
        self._weight = 0
        self._appended = 0
        self._taken = 0
        self._checkpoints: dict[str, Checkpoint] = {}
        self._forgotten: set[str] = set()
        self._refusal: JournalError | None = JournalError("the journal is closed")
        self.hurry = threading.Event()
        """Set while somebody waits for the next commit."""

    def open(self, checkpoints: Mapping[str, Checkpoint]) -> None:
        """Begin to take; ``checkpoints`` are the meters' states as they are committed."""
        with self._lock:
            self._checkpoints = dict(checkpoints)
            self._refusal = None

    def close(self, reason: JournalError | None = None) -> None:
        """Take no more, for a reason; the first one stays."""
        with self._lock:
            self._refusal = self._refusal or reason or JournalError("the journal is closed")

    def append(self, point: Point, checkpoint: Checkpoint | None) -> None:
        """Queue a point. Raises JournalError when closed or full; nothing was taken then."""
        entry = (point, checkpoint)
        with self._lock:
            self._check_open()
            if point.device in self._forgotten:
                return  # of a poll that was under way when its socket was removed
            if self._weight >= WEIGHT_LIMIT:
                raise JournalError(f"{len(self._entries)} points wait for the disk already")
            self._entries.append(entry)
            self._appended += 1
            self._weight += weight_of(entry)
            if checkpoint is not None:
                self._checkpoints[point.device] = checkpoint

    def checkpoint(self, device: str) -> Checkpoint | None:
        """The newest meter state of a device, also if it is not committed yet.

        Who asks begins to poll it: it is taken again where it was forgotten.
        """
        with self._lock:
            self._forgotten.discard(device)
            return self._checkpoints.get(device)

    def forget(self, device: str) -> None:
        """The meter's state of a device is not known any more, and none of its points is taken
        until somebody asks for it."""
        with self._lock:
            self._forgotten.add(device)
            self._checkpoints.pop(device, None)

    def acknowledge(self, sink: str, seq: int) -> None:
        """Note how far a sink has come."""
        with self._lock:
            self._cursors[sink] = seq

    def perform(self, apply: Callable[[Statements], None], timeout_s: float) -> None:
        """Have it carried out when all points before it are committed; returns when that is done.

        Raises JournalError when it can't be carried out, or is not in time; then it is not tried
        again, but a commit that is under way may still bring it.
        """
        with self._lock:
            self._check_open()
            operation = Operation(apply, self._appended)
            self._operations.append(operation)
        self.hurry.set()
        if not operation.done.wait(timeout_s):
            self._give_up(operation)
            raise JournalError(f"no commit within {timeout_s:g} s; is the disk full or very slow?")
        if operation.error is not None:
            raise JournalError(f"can't be stored: {operation.error}") from operation.error

    def _give_up(self, operation: Operation) -> None:
        with self._lock:
            operation.is_given_up = True
            if operation in self._operations:
                self._operations.remove(operation)

    def take(self) -> Group:
        """The oldest points that wait, and the writes that were asked for before the next one."""
        with self._lock:
            count = min(GROUP_LIMIT, len(self._entries))
            group = Group([self._entries.popleft() for _ in range(count)])
            self._taken += count
            self._weight -= sum(map(weight_of, group.entries))
            while self._operations and self._operations[0].after <= self._taken:
                group.operations.append(self._operations.popleft())
            group.cursors, self._cursors = self._cursors, {}
            group.is_last = not self._entries and not self._operations
        return group

    def put_back(self, group: Group) -> None:
        """The commit failed: the group waits again, before all that has come since."""
        with self._lock:
            self._entries.extendleft(reversed(group.entries))
            self._taken -= len(group.entries)
            self._weight += sum(map(weight_of, group.entries))
            wanted = [each for each in group.operations if not each.is_given_up]
            self._operations.extendleft(reversed(wanted))
            self._cursors = {**group.cursors, **self._cursors}

    def abandon(self) -> int:
        """Forget what waits, and tell those who wait for it; gives the number of points."""
        with self._lock:
            count, reason = len(self._entries), self._refusal
            operations = list(self._operations)
            self._entries.clear()
            self._operations.clear()
            self._cursors.clear()
            self._taken, self._weight = self._appended, 0
        for operation in operations:
            operation.refuse(reason or JournalError("the journal is closed"))
        return count

    @property
    def waiting(self) -> int:
        """How many points wait."""
        return len(self._entries)

    def _check_open(self) -> None:
        if self._refusal is not None:
            raise type(self._refusal)(str(self._refusal))
