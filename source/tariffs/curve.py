"""The prices of one tariff over time: which section holds when."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from source.config.tariffs import Tariff
from source.model import QUARTER_US, Prices
from source.period import clock_spans, midnight_us
from source.tariffs.daytypes import DayTypes
from source.tariffs.section import SectionPrices, Spot

BLOCK = 768
"""Quarter hours that are computed at once: eight days."""
EVER = -(2**62)
"""Before every quarter hour."""


class Curve(Protocol):
    """What energy costs and earns at any time."""

    def prices(self, first_quarter: int, count: int) -> Prices:
        """The prices of so many quarter hours."""
        ...


class TariffCurve:
    """The prices of a tariff; each block of quarter hours is computed once."""

    def __init__(self, tariff: Tariff, zone: ZoneInfo, spot: Spot) -> None:
        types = DayTypes(tariff.holidays)
        self._zone = zone
        self._sections = [SectionPrices(section, types, spot) for section in tariff.sections]
        self._starts = [_first_quarter(section.start, zone) for section in tariff.sections]
        self._blocks: dict[int, Prices] = {}

    def prices(self, first_quarter: int, count: int) -> Prices:
        """The prices of so many quarter hours."""
        end = first_quarter + count
        blocks = range(first_quarter // BLOCK, -(-end // BLOCK))
        joined = _joined(first_quarter, [self._block(number) for number in blocks])
        skipped = first_quarter - blocks.start * BLOCK
        part = slice(skipped, skipped + count)
        return Prices(
            first_quarter, joined.import_nano[part], joined.feed_in_nano[part], joined.assumed[part]
        )

    def _block(self, number: int) -> Prices:
        found = self._blocks.get(number)
        if found is None:
            first = number * BLOCK
            found = self._blocks[number] = _joined(first, list(self._parts(first, first + BLOCK)))
        return found

    def _parts(self, first_quarter: int, end_quarter: int) -> Iterator[Prices]:
        first = first_quarter
        while first < end_quarter:
            index = max(1, bisect_right(self._starts, first))
            end = min([end_quarter, *self._starts[index : index + 1]])
            for span in clock_spans(self._zone, first, end):
                yield self._sections[index - 1].over(span)
            first = end


class OwnPriceCurve:
    """A device's own price of the energy taken; the rest is the house's."""

    def __init__(self, price_nano: int, house: Curve) -> None:
        self._price_nano = price_nano
        self._house = house

    def prices(self, first_quarter: int, count: int) -> Prices:
        """The prices of so many quarter hours."""
        feed_in_nano = self._house.prices(first_quarter, count).feed_in_nano
        return Prices(
            first_quarter, array("q", [self._price_nano]) * count, feed_in_nano, bytes(count)
        )


def _first_quarter(start: date | None, zone: ZoneInfo) -> int:
    """The first quarter hour that begins in a section."""
    return EVER if start is None else -(-midnight_us(start, zone) // QUARTER_US)


def _joined(first_quarter: int, parts: list[Prices]) -> Prices:
    if len(parts) == 1:
        return parts[0]
    imports, feeds, assumed = array("q"), array("q"), bytearray()
    for part in parts:
        imports.extend(part.import_nano)
        feeds.extend(part.feed_in_nano)
        assumed.extend(part.assumed)
    return Prices(first_quarter, imports, feeds, bytes(assumed))
