"""Instants as other programs read them: ISO 8601 with the zone's offset, to the second."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from source.model import US_PER_S
from source.period import EPOCH


def local_iso(t_us: int, zone: tzinfo) -> str:
    """``2026-01-31T18:30:00+01:00``, to the nearest second."""
    return _local(t_us, zone).isoformat()


def instant_us(text: str) -> int | None:
    """The instant that a text of ``local_iso`` names; None where it is none."""
    try:
        # Python 3.10 does not read the letter that stands for UTC.
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return None if moment.tzinfo is None else (moment - EPOCH) // timedelta(microseconds=1)


def start_label(t_us: int, zone: tzinfo, kind: str) -> str:
    """What a period of a kind is called by its start: ``2026-10-31`` for a day, ``2026-10`` for a
    month that begins with the first, ``2026`` for a year from New Year, else the date; with the
    time where that is not midnight."""
    start = _local(t_us, zone)
    if (start.hour, start.minute, start.second) != (0, 0, 0):
        return f"{start:%Y-%m-%dT%H%M}"
    if kind == "month" and start.day == 1:
        return f"{start:%Y-%m}"
    if kind == "year" and (start.month, start.day) == (1, 1):
        return f"{start:%Y}"
    return f"{start:%Y-%m-%d}"


def _local(t_us: int, zone: tzinfo) -> datetime:
    nearest_s = (t_us + US_PER_S // 2) // US_PER_S
    return (EPOCH + timedelta(seconds=nearest_s)).astimezone(zone)
