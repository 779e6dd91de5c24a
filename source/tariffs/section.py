"""The prices of one section of a tariff: a window's, else the market's, else the flat one."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import TypeAlias

from source.config.tariffs import Market, PriceSection
from source.formula import parse
from source.model import Prices
from source.period import ClockSpan
from source.tariffs.daytypes import DayTypes
from source.tariffs.nano import nano_of
from source.tariffs.windows import WindowPrices

Spot: TypeAlias = Callable[[str, int, int], Mapping[int, int]]
"""The market's prices by source, from one quarter hour to before another: billionths per kWh."""


class SectionPrices:
    """What energy costs and earns as long as the section holds."""

    def __init__(self, section: PriceSection, types: DayTypes, spot: Spot) -> None:
        self._flat = nano_of(section.price_kwh)
        self._feed_in = nano_of(section.feed_in_kwh)
        self._windows = WindowPrices(section.windows, types) if section.windows else None
        self._market = None if section.market is None else MarketPrices(section.market, spot)

    def over(self, span: ClockSpan) -> Prices:
        """The prices of the quarter hours of a span."""
        count = span.end_quarter - span.first_quarter
        imports: list[int | None] = [None] * count
        if self._market is not None:
            imports = self._market.over(span.first_quarter, span.end_quarter)
        if self._windows is not None:
            windows = self._windows.over(span)
            imports = [
                other if own is None else own for own, other in zip(windows, imports, strict=True)
            ]
        return Prices(
            span.first_quarter,
            array("q", [self._flat if price is None else price for price in imports]),
            array("q", [self._feed_in]) * count,
            self._assumed(imports),
        )

    def _assumed(self, imports: list[int | None]) -> bytes:
        if self._market is None:
            return bytes(len(imports))
        return bytes(price is None for price in imports)


class MarketPrices:
    """The market's prices with what the formula adds to them."""

    def __init__(self, market: Market, spot: Spot) -> None:
        self._source = market.source
        self._formula = parse(market.formula)
        self._spot = spot

    def over(self, first_quarter: int, end_quarter: int) -> list[int | None]:
        """The price in each quarter hour; None where the market's is not known."""
        spots = self._spot(self._source, first_quarter, end_quarter)
        quarters = [q for q in range(first_quarter, end_quarter) if q in spots]
        prices = self._formula.prices_nano([spots[q] for q in quarters])
        known = dict(zip(quarters, prices, strict=True))
        return [known.get(q) for q in range(first_quarter, end_quarter)]
