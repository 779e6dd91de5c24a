"""How large the journal is, and how it grows."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from source.journal.reader import JournalReader
from source.setup import enabled_in
from source.web.context import Context

BYTES_PER_MB = 1_000_000
POINT_BYTES = 80
"""Of a point in the journal, its part of the quarter hours included, until there are enough."""
ENOUGH_POINTS = 20_000
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class JournalFacts:
    """The journal's size now and later."""

    bytes: int
    max_bytes: int
    points: int
    points_per_day: float
    bytes_per_point: float
    growth_bytes_per_day: float
    """Until the oldest points are deleted by ``raw_days``."""
    expected_bytes: float
    """When the deletion has caught up with what comes in."""
    free_disk_bytes: int | None


def journal_facts(reader: JournalReader, context: Context) -> JournalFacts:
    """Raises JournalError."""
    configuration = context.configuration
    size, points = reader.size_bytes(), reader.point_count()
    general = configuration.general
    each = size / points if points >= ENOUGH_POINTS else POINT_BYTES
    per_day = sum(DAY_S / one.update_time_s for one in enabled_in(configuration))
    try:
        free_bytes: int | None = shutil.disk_usage(context.files).free
    except OSError:
        free_bytes = None
    return JournalFacts(
        bytes=size,
        max_bytes=general.journal_max_mb * BYTES_PER_MB,
        points=points,
        points_per_day=per_day,
        bytes_per_point=each,
        growth_bytes_per_day=per_day * each,
        expected_bytes=per_day * each * general.raw_days,
        free_disk_bytes=free_bytes,
    )
