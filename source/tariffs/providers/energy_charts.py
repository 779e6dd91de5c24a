"""energy-charts.info (Fraunhofer ISE): day-ahead prices of most bidding zones of Europe.

Source: the API's own description (api.energy-charts.info), and captured answers. Times are seconds
since 1970, UTC, each the beginning of an hour, or of a quarter hour since 2025-10-01. Prices are in
EUR / MWh in every zone, whatever its currency is, without VAT. The end that is asked for is
included. No token is needed. A time for which there are no prices yet is answered with 404.
"""

from __future__ import annotations

from collections.abc import Iterator

from source.errors import PricesUnavailable
from source.tariffs.market import Market, Refused
from source.tariffs.providers.values import PER_MWH, check_unit, child, items, moment, number
from source.tariffs.spot import QUARTER, SpotPrice, spans

ADDRESS = "https://api.energy-charts.info/price"
USUAL_AREA = "DE-LU"
NOT_FOUND = 404
TIME = "%Y-%m-%dT%H:%MZ"


def energy_charts(market: Market) -> Iterator[SpotPrice]:
    """The prices of the bidding zone ``area``, usually DE-LU."""
    wanted = {
        "bzn": market.area or USUAL_AREA,
        "start": f"{market.start:{TIME}}",
        "end": f"{market.end - QUARTER:{TIME}}",
    }
    try:
        answer = market.get_json(ADDRESS, wanted)
    except Refused as err:
        if err.status == NOT_FOUND:
            return
        raise
    check_unit(child(answer, "unit"), "EUR/MWh")
    seconds, prices = items(answer, "unix_seconds"), items(answer, "price")
    if len(seconds) != len(prices):
        raise PricesUnavailable(f"the answer has {len(seconds)} times and {len(prices)} prices")
    starts = [moment(one, 1, "unix_seconds") for one in seconds]
    for (start, end), price in zip(spans(starts), prices, strict=True):
        if price is not None:  # not known yet
            yield SpotPrice(start, end, number(price, "price") / PER_MWH)
