"""Times on the command line, read in the configured zone unless they say another; and for JSON."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo

from source.period import EPOCH

FIRST = datetime(1969, 12, 31, tzinfo=timezone.utc)
"""Before it there is nothing; 1970 begins later or earlier than in UTC."""
LAST = datetime(9999, 12, 30, tzinfo=timezone.utc)
"""Up to it, local time exists in every zone."""
NOW = "now"
_FORM = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"([T ](?P<time>\d\d:\d\d(:\d\d(\.\d{3}(\d{3})?)?)?)(?P<offset>Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
ALLOWED = (
    'must be a date such as "2026-01-31" (its midnight), a date and time such as'
    f' "2026-01-31 18:30" (also with ":00" or an offset such as "+01:00" or "Z"), or "{NOW}"'
)


def read_time(text: str, zone: tzinfo, now_us: int) -> int:
    """The instant (µs since 1970) that ``text`` names; in ``zone`` where it has no offset.

    A local time that exists twice in autumn is the first one; one that spring leaves out counts as
    if the clock had not been changed. Raises ValueError with what is allowed.
    """
    if text == NOW:
        return now_us
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(ALLOWED)
    offset = (match["offset"] or "").replace("Z", "+00:00")
    try:
        named = datetime.fromisoformat(f"{match['date']}T{match['time'] or '00:00'}{offset}")
        aware = named if named.tzinfo else named.replace(tzinfo=zone)
        since_epoch = aware - EPOCH
    except (ValueError, OverflowError) as err:
        raise ValueError(f"{ALLOWED} ({err})") from err
    if not FIRST - EPOCH <= since_epoch <= LAST - EPOCH:
        raise ValueError(f"{ALLOWED}, from 1970 to 9999")
    return since_epoch // timedelta(microseconds=1)


def iso(time_us: int, zone: tzinfo) -> str:
    """ISO 8601 with offset, for JSON; ``read_time`` reads it back."""
    return (EPOCH + timedelta(microseconds=time_us)).astimezone(zone).isoformat()
