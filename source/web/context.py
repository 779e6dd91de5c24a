"""What every endpoint uses of the daemon; values and functions, no daemon."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from source.config.models import Configuration
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.setup import Setup
from source.timing import Clock


@dataclass(frozen=True, slots=True)
class Context:
    """The daemon, as far as the page may know it."""

    files: Path
    """The files folder."""
    clock: Clock
    setup: Callable[[], Setup]
    """What is in force now."""
    apply: Callable[[], Setup | None]
    """Read the files now; gives what will be in force in a moment, None where it was refused."""
    journal: Journal
    """For what is to be deleted; all reading goes through ``open_reader``."""
    open_reader: Callable[[], JournalReader]
    """A reader for the thread that calls; to be closed by it."""
    health: Health
    """Of the program's own parts."""
    socket_health: Health
    """Of the sockets, by name."""
    editing: AbstractContextManager[bool] = field(
        default_factory=threading.RLock, compare=False, repr=False
    )
    """The lock of all who edit the files."""

    @property
    def configuration(self) -> Configuration:
        return self.setup().configuration
