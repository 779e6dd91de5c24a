"""Signs of life for ``health``, noted in the journal now and then."""

from __future__ import annotations

import os

from source.timing import Clock

HEARTBEAT_S = 30.0


class Signs:
    """What is noted with the next heart-beat: the journal's own sign, and those of other parts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._notes: dict[str, int] = {}
        self._next_s = clock.monotonic()

    def beat(self, name: str) -> None:
        """A sign of life of another part, from any thread."""
        self.note(f"{name}_us", self._clock.now_us())

    def note(self, key: str, value: int) -> None:
        """A number that stays until it is changed, from any thread."""
        self._notes[key] = value

    def due_us(self) -> int | None:
        """The time to note, when a heart-beat is due; then the next one is later."""
        if self._clock.monotonic() < self._next_s:
            return None
        self._next_s = self._clock.monotonic() + HEARTBEAT_S
        return self._clock.now_us()

    def hasten(self) -> None:
        """The next heart-beat is due now: what was noted with the last one is not stored."""
        self._next_s = self._clock.monotonic()

    def at(self, heartbeat_us: int | None) -> dict[str, int]:
        """What to note at a heart-beat; nothing where there is none."""
        if heartbeat_us is None:
            return {}
        return {**self._notes, "heartbeat_us": heartbeat_us, "pid": os.getpid()}
