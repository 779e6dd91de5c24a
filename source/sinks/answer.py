"""What an InfluxDB 1.x server answered, and what that means for the points that were sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from source.devices.answer import Head
from source.errors import BatchTooLarge, PointsRejected, SinkError, SinkUnavailable
from source.sinks.protocol import EveryPointRejected
from source.text import shorten

BODY_LIMIT = 65_536
"""InfluxDB's answers are short; of anything longer only this much is looked at."""
REASON_LIMIT = 1_000
_DROPPED = re.compile(r"^partial write: .*\bdropped=(\d+)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, as far as it matters here."""

    status: int
    body: str = ""
    influxdb: bool = False
    """It comes from InfluxDB itself, not from something in front of it or in its place."""
    retry_after_s: float | None = None
    location: str = ""

    @property
    def error(self) -> str:
        """What InfluxDB says is wrong, empty if nothing is; an answer of another kind as it is."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return self.body
        return _message(found) or ("" if self.status == 200 else self.body)

    @property
    def database_missing(self) -> bool:
        return self.status == 404 and "database not found" in self.body

    @property
    def found_nothing(self) -> bool:
        """A statement was carried out, and there is nothing to show."""
        try:
            keys = set(json.loads(self.body)["results"][0])
        except (ValueError, RecursionError, TypeError, LookupError):
            return False
        return self.status == 200 and not keys & {"series", "error"}

    @property
    def denied(self) -> bool:
        return self.status in (401, 403)


def _message(found: object) -> str:
    """The error in an answer of InfluxDB: its own, or that of its first statement."""
    try:
        text = str(found["error"] if "error" in found else found["results"][0]["error"])  # type: ignore[index,operator]
    except (TypeError, LookupError):
        return ""
    # JSON may hold half a surrogate pair, which neither the journal nor the log can.
    return text.encode("utf-8", "replace").decode("utf-8")


def answer_of(head: Head, body: bytes, now_s: float) -> Answer:
    """What came, at the wall clock's ``now_s``."""
    return Answer(
        status=head.status,
        body=body[:BODY_LIMIT].decode("utf-8", "replace"),
        influxdb=any(name.startswith(b"x-influxdb-") for name in head.fields),
        retry_after_s=retry_after_s(head.text("retry-after"), now_s),
        location=head.text("location"),
    )


def retry_after_s(header: str, now_s: float) -> float | None:
    """Seconds to wait by a Retry-After header (seconds or an HTTP date); None without one."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def error_of(answer: Answer, points: int, blanked: Callable[[str], str]) -> SinkError | None:
    """What the answer to a write of so many points means; None when all are stored.

    ``blanked`` takes what must not be seen out of foreign text.
    """
    status = answer.status
    if status == 204:
        return None
    reason = shorten(blanked(answer.error), REASON_LIMIT)
    if status == 413:
        return BatchTooLarge(f"{points} points are too large for one request: {reason}")
    if status == 400 and answer.influxdb:
        dropped = _DROPPED.match(answer.error)
        all_dropped = dropped is not None and int(dropped[1]) == points
        return EveryPointRejected(reason) if all_dropped else PointsRejected(reason)
    return SinkUnavailable(_unavailable(answer, shorten(reason)), answer.retry_after_s)


def _unavailable(answer: Answer, reason: str) -> str:
    """Why nothing can be written now, and what to do."""
    status = answer.status
    said = f"answered {status}: {reason!r}"
    if status == 401:
        return f"{said}; check DB_USER_NAME and DB_USER_PASSWORD"
    if status == 403:
        return f"{said}; give the user of DB_USER_NAME the right to write to this database"
    if answer.database_missing or status == 429 or status >= 500:
        return said
    if 300 <= status < 400:
        where = shorten(answer.location)
        return f"answered {status} and points to {where!r}; check DB_IP_ADDRESS, DB_PORT and SSL"
    return f"{said}, not as InfluxDB 1.x does; check DB_IP_ADDRESS, DB_PORT and SSL"
