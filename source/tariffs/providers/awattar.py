"""aWATTar: the hourly prices of the day-ahead auction for Germany and Austria.

Source: the vendor's pages "API" (awattar.de/services/api, awattar.at/services/api), and a captured
answer. Times are milliseconds since 1970, UTC. Prices are in Eur/MWh, net: without VAT and without
aWATTar's own surcharge, which belong into the formula. No token is needed; 100 requests a day are
fair. Tomorrow's prices are there at about 14:00 Central European time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from source.errors import PricesUnavailable
from source.tariffs.market import Market
from source.tariffs.providers.values import PER_MWH, check_unit, child, items, moment, number
from source.tariffs.spot import SpotPrice

SERVERS: Mapping[str, str] = {
    "DE": "https://api.awattar.de",
    "DE-LU": "https://api.awattar.de",
    "AT": "https://api.awattar.at",
}
USUAL_AREA = "DE"
PER_S = 1000


def awattar(market: Market) -> Iterator[SpotPrice]:
    """The prices of ``area`` DE (the usual one) or AT."""
    server = SERVERS.get((market.area or USUAL_AREA).upper())
    if server is None:
        raise PricesUnavailable(f"aWATTar has the areas DE and AT, not {market.area!r}")
    span = {
        "start": int(market.start.timestamp()) * PER_S,
        "end": int(market.end.timestamp()) * PER_S,
    }
    for row in items(market.get_json(f"{server}/v1/marketdata", span), "data"):
        check_unit(child(row, "unit"), "Eur/MWh")
        yield SpotPrice(
            moment(child(row, "start_timestamp"), PER_S, "start_timestamp"),
            moment(child(row, "end_timestamp"), PER_S, "end_timestamp"),
            number(child(row, "marketprice"), "marketprice") / PER_MWH,
        )
