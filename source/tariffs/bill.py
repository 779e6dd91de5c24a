"""What a load profile costs and earns at given prices (pure).

Energies at one price are added before they are rounded, to a millionth of a watt hour: that takes
away what binary fractions added to the last digit. From there on everything is whole numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import fsum
from operator import mul

from source.model import QUARTER_US, Bill, LoadProfile, Period, Prices
from source.tariffs.nano import COST_DIGITS, PRICE_DIGITS, exact

MICRO_PER_WH = 1_000_000


def bill_of(profile: LoadProfile, prices: Prices, price_of_time: Callable[[], Decimal]) -> Bill:
    """The bill for a profile; ``prices`` are those of its quarter hours.

    ``price_of_time`` gives the price per kWh to be named where nothing was taken.
    """
    cost, taken_micro_wh = _priced(profile.energy_wh, prices.import_nano)
    revenue, _ = _priced(profile.returned_wh, prices.feed_in_nano)
    return Bill(
        energy_cost=exact(cost, COST_DIGITS),
        price_per_kwh=_mean(cost, taken_micro_wh) if taken_micro_wh else price_of_time(),
        revenue=exact(revenue, COST_DIGITS),
        assumed_wh=_assumed_wh(profile.energy_wh, prices.assumed),
    )


def price_over(prices: Prices, period: Period) -> Decimal:
    """The mean price per kWh of the energy taken over the time of a period."""
    first = prices.first_quarter
    spans_us = [
        min(period.end_us, (q + 1) * QUARTER_US) - max(period.start_us, q * QUARTER_US)
        for q in range(first, first + len(prices.import_nano))
    ]
    return _mean(sum(map(mul, prices.import_nano, spans_us)), sum(spans_us))


def _priced(energies_wh: Sequence[float], prices: Sequence[int]) -> tuple[int, int]:
    """What the energies cost, and their sum in millionths of a watt hour."""
    groups = _by_price(energies_wh, prices)
    micro_wh = [round(fsum(group) * MICRO_PER_WH) for group in groups.values()]
    return sum(map(mul, groups, micro_wh)), sum(micro_wh)


def _by_price(energies_wh: Sequence[float], prices: Sequence[int]) -> Mapping[int, Sequence[float]]:
    if prices and prices.count(prices[0]) == len(prices):
        return {prices[0]: energies_wh}
    groups: defaultdict[int, list[float]] = defaultdict(list)
    for price, energy_wh in zip(prices, energies_wh, strict=True):
        groups[price].append(energy_wh)
    return groups


def _mean(total: int, weight: int) -> Decimal:
    """A price per kWh, from the sum of prices in billionths, each times its weight."""
    nano, rest = divmod(total, weight)
    if not rest:
        return exact(nano, PRICE_DIGITS)
    return (Decimal(total) / Decimal(weight)).scaleb(-PRICE_DIGITS)


def _assumed_wh(energies_wh: Sequence[float], assumed: Sequence[int]) -> float:
    if 1 not in assumed:
        return 0.0
    return fsum(energy for energy, guess in zip(energies_wh, assumed, strict=True) if guess)
