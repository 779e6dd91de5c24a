"""What a load profile costs and earns at given prices (pure).

Energies at one price are added before they are rounded, to a millionth of a watt hour: that takes
away what binary fractions added to the last digit. From there on everything is whole numbers.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import repeat
from math import fsum
from operator import mul

from source.model import QUARTER_US, Bill, LoadProfile, Period, Prices
from source.tariffs.nano import COST_DIGITS, PRICE_DIGITS, exact

MICRO_PER_WH = 1e6


class Rates:
    """The prices of a row of quarter hours, made ready for the bills of many profiles."""

    def __init__(self, prices: Prices) -> None:
        self._taken = _Sorted(prices.import_nano)
        self._fed_in = _Sorted(prices.feed_in_nano)
        self._assumed = prices.assumed if 1 in prices.assumed else b""

    @property
    def is_flat(self) -> bool:
        """Whether all of the time has one price, and a known one."""
        return self._taken.is_one and self._fed_in.is_one and not self._assumed

    def bill(self, profile: LoadProfile, price_of_time: Callable[[], Decimal]) -> Bill:
        """The bill for a profile of these quarter hours.

        ``price_of_time`` gives the price per kWh to be named where nothing was taken.
        """
        taken = self._taken.micro_wh(profile.energy_wh)
        returned = self._fed_in.micro_wh(profile.returned_wh)
        return self._bill(taken, returned, self._assumed_wh(profile.energy_wh), price_of_time)

    def flat_bill(
        self, energy_wh: float, returned_wh: float, price_of_time: Callable[[], Decimal]
    ) -> Bill:
        """The same from the sums, where the rates are flat."""
        return self._bill([_micro(energy_wh)], [_micro(returned_wh)], 0.0, price_of_time)

    def _bill(
        self,
        taken_micro_wh: Sequence[int],
        returned_micro_wh: Sequence[int],
        assumed_wh: float,
        price_of_time: Callable[[], Decimal],
    ) -> Bill:
        cost, all_taken = self._taken.amount(taken_micro_wh), sum(taken_micro_wh)
        return Bill(
            energy_cost=exact(cost, COST_DIGITS),
            price_per_kwh=_mean(cost, all_taken) if all_taken else price_of_time(),
            revenue=exact(self._fed_in.amount(returned_micro_wh), COST_DIGITS),
            assumed_wh=assumed_wh,
        )

    def _assumed_wh(self, energies_wh: Sequence[float]) -> float:
        if not self._assumed:
            return 0.0
        return fsum(wh for wh, guess in zip(energies_wh, self._assumed, strict=True) if guess)


class _Sorted:
    """Prices sorted out: those that hold once, nearly all of a dynamic tariff, and the others."""

    def __init__(self, prices: Sequence[int]) -> None:
        self._count = len(prices)
        self._prices: Sequence[int] = prices[:1]
        self._once: Sequence[int] = ()
        """Where in the row the prices stand that hold once."""
        self._several: list[Sequence[int]] = []
        """Where each of the others stands."""
        self.is_one = not prices or prices.count(prices[0]) == len(prices)
        if not self.is_one:
            self._sort_out(prices)

    def _sort_out(self, prices: Sequence[int]) -> None:
        times = Counter(prices)
        places: defaultdict[int, array[int]] = defaultdict(lambda: array("I"))
        once = array("I")
        for place, price in enumerate(prices):
            (once if times[price] == 1 else places[price]).append(place)
        self._once, self._several = once, list(places.values())
        self._prices = array("q", [*map(prices.__getitem__, once), *places])

    def micro_wh(self, energies_wh: Sequence[float]) -> list[int]:
        """The energy at each price, in millionths of a watt hour."""
        if len(energies_wh) != self._count:
            raise ValueError(f"{len(energies_wh)} energies for {self._count} prices")
        if self.is_one:
            return [_micro(fsum(energies_wh))] if energies_wh else []
        at = energies_wh.__getitem__
        found = list(map(round, map(mul, map(at, self._once), repeat(MICRO_PER_WH))))
        found += [_micro(fsum(map(at, places))) for places in self._several]
        return found

    def amount(self, micro_wh: Sequence[int]) -> int:
        """What so much at each price costs."""
        return sum(map(mul, self._prices, micro_wh))


def price_over(prices: Prices, period: Period) -> Decimal:
    """The mean price per kWh of the energy taken over the time of a period; ``prices`` are those of
    the quarter hours that it touches."""
    nano, count = prices.import_nano, len(prices.import_nano)
    begin_us = prices.first_quarter * QUARTER_US
    before_us = period.start_us - begin_us
    after_us = begin_us + count * QUARTER_US - period.end_us
    total = QUARTER_US * sum(nano) - before_us * nano[0] - after_us * nano[-1]
    return _mean(total, period.end_us - period.start_us)


def _micro(energy_wh: float) -> int:
    return round(energy_wh * MICRO_PER_WH)


def _mean(total: int, weight: int) -> Decimal:
    """A price per kWh, from the sum of prices in billionths, each times its weight."""
    nano, rest = divmod(total, weight)
    if not rest:
        return exact(nano, PRICE_DIGITS)
    return (Decimal(total) / Decimal(weight)).scaleb(-PRICE_DIGITS)
