"""Which market prices the tariffs in force need, and from when on (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from source.config.models import Configuration
from source.config.tariffs import Market, Tariff
from source.model import QUARTER_US
from source.period import midnight_us

FAR = 2**40
"""A quarter hour that nobody lives to see."""


@dataclass(frozen=True, slots=True)
class PriceSource:
    """One row of market prices in the journal, and the quarter hours that tariffs need of it."""

    market: Market
    """Whom to ask. Where two tariffs ask for the same prices, the house's way is taken; of one
    tariff's ways the newest."""
    spans: tuple[range, ...]
    """Quarter hours since 1970."""

    @property
    def name(self) -> str:
        """Under what the prices are stored."""
        return self.market.source

    def wants(self, quarter: int) -> bool:
        """Whether a tariff takes the price of that quarter hour."""
        return any(quarter in span for span in self.spans)


def sources_of(configuration: Configuration) -> tuple[PriceSource, ...]:
    """The sources of all tariffs: of the house, then of devices in the order of the file."""
    tariffs = [configuration.tariff, *(one.tariff for one in configuration.devices.values())]
    found: dict[str, PriceSource] = {}
    for tariff in tariffs:
        markets = [*_markets(tariff, configuration.general.zone)]
        newest = {market.source: market for market, _ in markets}
        for market, span in markets:
            known = found.get(market.source, PriceSource(newest[market.source], ()))
            if span not in known.spans:
                found[market.source] = PriceSource(known.market, (*known.spans, span))
    return tuple(found.values())


def _markets(tariff: Tariff | None, zone: ZoneInfo) -> Iterator[tuple[Market, range]]:
    """Each market price of a tariff, with the quarter hours in which it is in force."""
    if tariff is None:
        return
    starts = [
        0 if section.start is None else midnight_us(section.start, zone)
        for section in tariff.sections
    ]
    ends = [*starts[1:], FAR * QUARTER_US]
    for section, start_us, end_us in zip(tariff.sections, starts, ends, strict=True):
        if section.market is not None:
            yield section.market, range(start_us // QUARTER_US, -(-end_us // QUARTER_US))
