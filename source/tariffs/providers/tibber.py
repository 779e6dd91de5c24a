"""Tibber: the prices of the customer's own contract, for today and tomorrow.

Source: the vendor's description of its API (developer.tibber.com), and a captured answer. A token
of the customer's is needed. ``total`` is the price that the customer pays: in the contract's
currency per kWh, with VAT, taxes and Tibber's surcharge; so the formula is ``spot``, or adds what
is billed apart. Times have an offset. Since 2025-10-01 quarter hours are sold; a contract that has
none yet is asked for hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from source.errors import PricesUnavailable
from source.tariffs.market import Market, Refused
from source.tariffs.providers.values import child, items, number
from source.tariffs.spot import SpotPrice, spans
from source.text import shorten

ADDRESS = "https://api.tibber.com/v1-beta/gql"
PRICE = "{ total startsAt }"
QUERY = (
    "{ viewer { homes { id appNickname currentSubscription { priceInfo%s"
    f" {{ today {PRICE} tomorrow {PRICE} }} }} }} }} }}"
)
QUARTER_HOURLY, HOURLY = "(resolution: QUARTER_HOURLY)", ""
REFUSALS = frozenset({400, 422})
"""A query that the server does not understand."""
PAST = timedelta(days=2)


def tibber(market: Market) -> Iterator[SpotPrice]:
    """The prices of the home that ``area`` names (its id or nickname), usually of the first one."""
    if market.token is None:
        raise PricesUnavailable('Tibber wants a token; set "token" of "dynamic", or TARIFF_TOKEN')
    if market.end <= market.now - PAST:
        return  # of those days it tells nothing any more
    info = _price_info(_homes(market), market.area)
    has_tomorrow = child(info, "tomorrow") is not None
    rows = [*items(info, "today"), *(items(info, "tomorrow") if has_tomorrow else [])]
    starts = [_start(child(row, "startsAt")) for row in rows]
    for (start, end), row in zip(spans(starts), rows, strict=True):
        yield SpotPrice(start, end, number(child(row, "total"), "total"))


def _homes(market: Market) -> list[object]:
    try:
        return _told(market, QUARTER_HOURLY)
    except Refused as err:
        if err.status not in REFUSALS:
            raise
    except _NotUnderstood:
        pass
    return _told(market, HOURLY)


class _NotUnderstood(PricesUnavailable):
    """The server does not know what the query asks for."""


def _told(market: Market, resolution: str) -> list[object]:
    headers = {"Authorization": f"Bearer {market.token}"}
    answer = market.post_json(ADDRESS, {"query": QUERY % resolution}, headers)
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if errors:
        text = shorten(child(errors[0], "message") if isinstance(errors, list) else errors, 100)
        if "resolution" in text.lower():
            raise _NotUnderstood(text)
        raise PricesUnavailable(f"Tibber says {text!r}; is the token right?")
    return items(answer, "data", "viewer", "homes")


def _price_info(homes: list[object], wanted: str | None) -> object:
    for home in homes:
        is_it = wanted is None or wanted in (child(home, "id"), child(home, "appNickname"))
        if is_it and (subscription := child(home, "currentSubscription")) is not None:
            return child(subscription, "priceInfo")
    which = "no home" if wanted is None else f"no home {wanted!r}"
    raise PricesUnavailable(f"the token has {which} with a contract at Tibber")


def _start(text: object) -> datetime:
    try:
        if isinstance(text, str):
            return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        pass
    raise PricesUnavailable(f"'startsAt' in the answer is {shorten(repr(text), 40)}, no time")
