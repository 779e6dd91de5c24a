"""A thread looks at the journal again and again: what becomes of a look that fails."""

from __future__ import annotations

import threading
from collections.abc import Callable

from source.errors import JournalDamaged, JournalError
from source.health import Health
from source.journal.store import Journal


def looked(
    look: Callable[[], object],
    *,
    journal: Journal,
    health: Health,
    subject: str,
    stopping: threading.Event,
) -> bool:
    """Look once, and tell Health how it went; False where the journal could not be read or
    written. What was to be done then is done by a later look."""
    try:
        look()
    except JournalError as err:
        if isinstance(err, JournalDamaged):
            journal.damaged()
        if not stopping.is_set():
            health.failed(subject, err)
        return False
    health.well(subject)
    return True
