"""Keeps the prices of one source in the journal complete: what is missing, when to ask, and whom.

The provider is asked only when something is missing that could be there: tomorrow's prices from the
early afternoon on, those of past days that the journal lacks, the newest first.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from source.errors import JournalDamaged, JournalError, PricesUnavailable
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import QUARTER_US
from source.period import local_text
from source.tariffs.asking import Asking, Stopped
from source.tariffs.gaps import (
    MARKET_ZONE,
    day_at,
    days_newest_first,
    horizon,
    missing_days,
    together,
)
from source.tariffs.market import Wish
from source.tariffs.registry import TariffRegistry
from source.tariffs.sources import PriceSource
from source.tariffs.spot import moment_of
from source.tariffs.web import LIMIT_S
from source.text import counted
from source.timing import Clock, backoff_s

logger = logging.getLogger(__name__)

LOOK_S = 900.0
ASK_PAUSE_S = 7.0
"""Between two requests for the past: energy-charts.info allows ten a minute."""
BACKOFF_FIRST_S, BACKOFF_LIMIT_S = 120.0, 3600.0
"""With jitter: one minute and more, up to an hour."""
OLDEST = 400 * 96
"""So many quarter hours before now nothing is asked for."""
AHEAD = 400 * 96
"""A file may know the future; what it says of later is read when it is changed again."""
DAY_S = 86_400.0
TRIES = 7
"""A past day that the provider has no prices for is asked for again each day, so often in all."""
PATIENCE = 3
"""Failures in a row after which a span of past days counts as one that there is nothing for."""
PUT_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all errands share."""

    registry: TariffRegistry
    journal: Journal
    open_reader: Callable[[], JournalReader]
    devices: Collection[str]
    """Whose first measured points say from when on prices are of use."""
    folder: Path
    zone: ZoneInfo
    health: Health
    clock: Clock
    limit_s: float = LIMIT_S
    """For all requests of one call of a provider."""
    jitter: Callable[[], float] = random.random
    pause: Callable[[threading.Event, float], object] = threading.Event.wait

    def wish(self, span: range) -> Wish:
        """That of prices for these quarter hours."""
        now = moment_of(0) + timedelta(microseconds=self.clock.now_us())
        return Wish(moment_of(span.start), moment_of(span.stop), now, self.zone, self.folder)


@dataclass(slots=True)
class _Tries:
    """How often a day was asked for in vain, and when the next time is (monotonic)."""

    count: int
    next_at: float


class Errand:
    """One source's prices. Belongs to the thread of the fetcher."""

    def __init__(self, source: PriceSource, around: Surroundings) -> None:
        self._source = source
        self._around = around
        self._market_zone = ZoneInfo(MARKET_ZONE)
        self.subject = f"prices {source.name}"
        self._due_at = around.clock.monotonic()
        self._failures = 0
        self._tries: dict[int, _Tries] = {}
        self._asking: Asking | None = None
        self._seen: tuple[int, ...] | None = None
        """What told the file's content at the last look."""
        self._read: object = None
        """What was read last: the file's content, and from which quarter hour on."""
        self._known_until = 0

    @property
    def has_file(self) -> bool:
        return self._source.market.file is not None

    @property
    def due_at(self) -> float:
        """When it looks next (monotonic)."""
        return self._due_at

    def look(self, stopping: threading.Event) -> None:
        """Fetch what is missing and could be there, if it is time to, or if the file changed."""
        around = self._around
        mark = self._mark()
        if around.clock.monotonic() < self._due_at and mark == self._seen:
            return
        self._seen = mark
        self._due_at = around.clock.monotonic() + LOOK_S
        try:
            self._fetch(stopping)
        except Stopped:
            return
        except PricesUnavailable as err:
            self._failed(err)
        except JournalError as err:
            if isinstance(err, JournalDamaged):
                around.journal.damaged()
            if not stopping.is_set():
                self._failed(f"the journal can't be read or written: {err}")

    def _failed(self, reason: object) -> None:
        around = self._around
        around.health.failed(self.subject, reason)
        delay_s = backoff_s(self._failures, BACKOFF_FIRST_S, BACKOFF_LIMIT_S, around.jitter)
        self._failures += 1
        self._due_at = around.clock.monotonic() + delay_s

    # --- one look ---

    def _fetch(self, stopping: threading.Event) -> None:
        now_us = self._around.clock.now_us()
        today = day_at(now_us, self._market_zone)
        end = horizon(now_us, self._market_zone)
        with self._around.open_reader() as reader:
            first = self._first(reader, today)
            known = reader.prices(self._source.name, first, end + AHEAD * self.has_file)
        days = days_newest_first(first, end, self._market_zone)
        missing = missing_days(days, self._source.wants, known)
        spans = self._spans(missing, range(first, end))
        for number, span in enumerate(spans):
            if number and self._around.pause(stopping, ASK_PAUSE_S):
                raise Stopped
            asked = [day for day in missing if day.start in span]
            try:
                fresh = self._fresh(span, known, stopping)
            except PricesUnavailable:
                if span.stop <= today.start and self._failures + 1 >= PATIENCE:
                    self._count(asked, known, today)
                raise
            self._put(fresh, known)
            self._count(asked, known, today)
        self._read = (self._seen, first)
        self._tell(known, today, is_asked=bool(spans))

    def _first(self, reader: JournalReader, today: range) -> int:
        """The first quarter hour whose price is of use, at the beginning of its day."""
        begins_us = (reader.first_us(device) for device in self._around.devices)
        points = [time_us // QUARTER_US for time_us in begins_us if time_us is not None]
        first = max(
            min([today.start, *points]),
            today.start - OLDEST,
            min(span.start for span in self._source.spans),
        )
        return min(day_at(first * QUARTER_US + 1, self._market_zone).start, today.start)

    def _spans(self, missing: list[range], whole: range) -> list[range]:
        """What to ask for now, newest first."""
        if self.has_file:
            is_read = self._read == (self._seen, whole.start)
            return [] if is_read else [range(whole.start, whole.stop + AHEAD)]
        now = self._around.clock.monotonic()
        return together([day for day in missing if self._may_ask(day, now)])

    def _may_ask(self, day: range, now: float) -> bool:
        tries = self._tries.get(day.start)
        return tries is None or (tries.count < TRIES and now >= tries.next_at)

    def _fresh(
        self, span: range, known: Mapping[int, int], stopping: threading.Event
    ) -> dict[int, int]:
        """What the provider tells that is not known yet, or known otherwise."""
        around = self._around
        if self._asking is not None and self._asking.is_running:
            raise PricesUnavailable("its provider has not come back from the call before")
        wish = around.wish(span)
        self._asking = Asking(around.registry, self._source.market, wish, around.limit_s)
        prices = self._asking.prices(stopping)
        return {q: nano for q, nano in sorted(prices.items()) if known.get(q) != nano}

    def _put(self, fresh: Mapping[int, int], known: dict[int, int]) -> None:
        """Into the journal and into ``known``."""
        corrected = sum(quarter in known for quarter in fresh)
        rows = list(fresh.items())
        for begin in range(0, len(rows), PUT_AT_ONCE):
            chunk = dict(rows[begin : begin + PUT_AT_ONCE])
            self._around.journal.put_prices(self._source.name, chunk)
        known.update(fresh)
        if corrected:
            logger.info(
                "%s: %s changed; what was reported with the old ones is corrected by:"
                " python main.py costs recalculate",
                self.subject,
                counted(corrected, "known price"),
            )

    def _count(self, days: list[range], known: Collection[int], today: range) -> None:
        """Note the days that there was still nothing for, or not all."""
        now = self._around.clock.monotonic()
        for day in days:
            is_past = day.stop <= today.start
            if all(q in known for q in day if self._source.wants(q)):
                self._tries.pop(day.start, None)
            elif is_past:
                before = self._tries.get(day.start)
                count = before.count + 1 if before is not None else 1
                self._tries[day.start] = _Tries(count, now + DAY_S)
            else:
                self._tries[day.start] = _Tries(0, now)  # at the next look

    def _tell(self, known: Collection[int], today: range, *, is_asked: bool) -> None:
        """How it stands: of today the prices have been known since noon of yesterday."""
        lacks = [q for q in today if self._source.wants(q) and q not in known]
        self._failures = 0
        if not lacks:
            self._around.health.well(self.subject)
        elif is_asked or self.has_file:
            begin = local_text(lacks[0] * QUARTER_US, self._around.zone)
            self._around.health.failed(self.subject, f"has no prices from {begin} on")
        until = max(known, default=-1) + 1
        if until > self._known_until:
            self._known_until = until
            text = local_text(until * QUARTER_US, self._around.zone)
            logger.info("%s: known until %s", self.subject, text)

    # --- the file ---

    def _mark(self) -> tuple[int, ...] | None:
        """What changes with every write of the file; None where there is none."""
        if self._source.market.file is None:
            return None
        try:
            status = (self._around.folder / self._source.market.file).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
