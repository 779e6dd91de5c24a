"""Tries a source of market prices once, and tells until when they are known."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from source.errors import PricesUnavailable
from source.model import QUARTER_US
from source.period import EPOCH, local_text
from source.tariffs.asking import Asking
from source.tariffs.gaps import MARKET_ZONE, day_at, next_day
from source.tariffs.market import Wish
from source.tariffs.registry import TariffRegistry
from source.tariffs.sources import PriceSource
from source.tariffs.spot import moment_of
from source.tariffs.web import LIMIT_S


def known_text(
    source: PriceSource,
    registry: TariffRegistry,
    now: datetime,
    folder: Path,
    zone: ZoneInfo,
    limit_s: float = LIMIT_S,
) -> str:
    """``known until …``, of today's prices and tomorrow's; nothing is stored.

    Raises PricesUnavailable where the provider does not answer, or lacks a price of today that a
    tariff takes. One that no tariff takes prices of any more is not asked.
    """
    market_zone = ZoneInfo(MARKET_ZONE)
    today = day_at((now - EPOCH) // timedelta(microseconds=1), market_zone)
    end = next_day(today, market_zone).stop
    if all(span.stop <= today.start for span in source.spans):
        last = max(span.stop for span in source.spans)
        return f"not asked: no tariff takes its prices since {local_text(last * QUARTER_US, zone)}"
    wish = Wish(moment_of(today.start), moment_of(end), now, zone, folder)
    known = Asking(registry, source.market, wish, limit_s).prices(threading.Event())
    lacking = next((q for q in range(today.start, end) if q not in known), end)
    until = local_text(lacking * QUARTER_US, zone)
    missing = [q for q in today if q not in known and source.wants(q)]
    if missing:
        begin = local_text(missing[0] * QUARTER_US, zone)
        raise PricesUnavailable(f"has no prices from {begin} on")
    return f"known until {until}" if lacking > today.start else "answers; its prices begin later"
