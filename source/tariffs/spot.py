"""Market prices: as a provider tells them, and by quarter hour as the journal keeps them (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

from source.errors import PricesUnavailable
from source.model import QUARTER_S
from source.period import EPOCH
from source.text import shorten

NANO = 10**9
HIGHEST_PER_KWH = 100
"""The day-ahead auctions of Europe end at 4 € per kWh."""
QUARTER, HOUR, LONGEST = timedelta(seconds=QUARTER_S), timedelta(hours=1), timedelta(days=31)
STEPS = (QUARTER, 2 * QUARTER, HOUR)
"""How long a price of the markets holds."""


@dataclass(frozen=True, slots=True)
class SpotPrice:
    """What a kilowatt hour costs at the market from ``start`` until ``end``.

    Both times have a zone and lie on a quarter hour. The price is in the currency per kWh (not in
    hundredths of it, not per MWh), before VAT; negative ones are right.
    """

    start: datetime
    end: datetime
    per_kwh: Decimal


def quarter_at(moment: datetime) -> int:
    """The quarter hour since 1970, UTC, that begins at an instant. Raises PricesUnavailable."""
    number, rest = divmod(moment - EPOCH, QUARTER)
    if rest:
        raise PricesUnavailable(f"a price begins or ends at {moment}, not on a quarter hour")
    return number


def moment_of(quarter: int) -> datetime:
    """When a quarter hour begins, UTC."""
    return EPOCH + quarter * QUARTER


def nano_by_quarter(prices: Iterable[SpotPrice]) -> dict[int, int]:
    """The price of each quarter hour in billionths of the currency per kWh.

    Where two prices cover one, the one that holds for the shorter time counts: a market that sells
    quarter hours may tell the mean of the hour too. Raises PricesUnavailable where one is
    implausible, and where two that hold equally long contradict each other.
    """
    checked = [_checked(price) for price in prices]
    checked.sort(key=lambda found: found[0] - found[1])  # the longest first
    told: dict[int, tuple[int, int]] = {}
    for first, end, nano in checked:
        for quarter in range(first, end):
            length, before = told.get(quarter, (0, nano))
            if length == end - first and before != nano:
                raise PricesUnavailable(f"gave two different prices for {moment_of(quarter)}")
            told[quarter] = end - first, nano
    return {quarter: nano for quarter, (_, nano) in told.items()}


def _checked(price: object) -> tuple[int, int, int]:
    """First quarter hour, the one after the last, and billionths of the currency."""
    if not isinstance(price, SpotPrice):
        raise PricesUnavailable(f"gave {shorten(repr(price), 60)}, which is no SpotPrice")
    for moment in (price.start, price.end):
        if not isinstance(moment, datetime) or moment.utcoffset() is None:
            told = shorten(repr(moment), 60)
            raise PricesUnavailable(f"gave the time {told}; it has to be a datetime with a zone")
    first, end = quarter_at(price.start), quarter_at(price.end)
    if not 0 < end - first <= LONGEST // QUARTER:
        raise PricesUnavailable(f"gave a price from {price.start} until {price.end}")
    return first, end, _nano(price)


def _nano(price: SpotPrice) -> int:
    per_kwh: object = price.per_kwh
    if isinstance(per_kwh, float):  # of a plugin
        per_kwh = Decimal(str(per_kwh))
    elif isinstance(per_kwh, int) and not isinstance(per_kwh, bool):
        per_kwh = Decimal(per_kwh)
    if not isinstance(per_kwh, Decimal) or not per_kwh.is_finite():
        told = shorten(repr(price.per_kwh), 60)
        raise PricesUnavailable(f"gave the price {told} for {price.start}, which is no number")
    if abs(per_kwh) > HIGHEST_PER_KWH:
        raise PricesUnavailable(
            f"gave {shorten(per_kwh, 40)} per kWh for {price.start}, more than {HIGHEST_PER_KWH}:"
            " is it per MWh?"
        )
    return int((per_kwh * NANO).to_integral_value(ROUND_HALF_EVEN))


def spans(starts: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """When each of a row of prices holds, of which only the beginnings are told, oldest first.

    Until the next one begins; but where one is missing, no longer than its neighbours. A price
    alone holds for an hour. Raises PricesUnavailable where the beginnings make no sense.
    """
    steps = [later - earlier for earlier, later in pairwise(starts)]
    for start, step in zip(starts, steps, strict=False):
        if step < QUARTER:
            raise PricesUnavailable(f"the price of {start} is followed by that of {start + step}")
    return [(start, start + _length(steps, index)) for index, start in enumerate(starts)]


def _length(steps: Sequence[timedelta], index: int) -> timedelta:
    following = steps[index : index + 2]
    before = steps[max(0, index - 1) : index]
    beside = [*following[1:], *before]
    length = min([*following[:1], *([max(beside)] if beside else []), HOUR])
    if length not in STEPS:
        raise PricesUnavailable(f"a price holds for {length}, which is no step of a market")
    return length
