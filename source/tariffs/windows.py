"""Prices by time of use: which windows cover the quarter hours that the clocks show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from source.config.tariffs import Window
from source.period import ClockSpan
from source.tariffs.daytypes import DayTypes
from source.tariffs.nano import nano_of

SLOTS = 96
"""Quarter hours on the clock's face of a day: also where the day has 92 or 100 of them."""


class WindowPrices:
    """The prices of a section's windows.

    They go by the clock on the wall: an hour that comes twice in autumn is covered twice, one that
    is left out in spring not at all. On any day there are but a few different rows of 96 prices.
    """

    def __init__(self, windows: Sequence[Window], types: DayTypes) -> None:
        self._windows = windows
        self._types = types
        self._rows: dict[tuple[int, int], list[int | None]] = {}

    def over(self, span: ClockSpan) -> list[int | None]:
        """The price in each quarter hour; None where no window covers it."""
        first = span.wall_quarter(span.first_quarter)
        end = span.wall_quarter(span.end_quarter)
        prices: list[int | None] = []
        while first < end:
            day, slot = divmod(first, SLOTS)
            row = self._row(day)[slot : slot + end - first]
            prices += row
            first += len(row)
        return prices

    def _row(self, day: int) -> list[int | None]:
        """The prices of a day: its own windows, and what those of the day before have left."""
        key = self._types.of(day), self._types.of(day - 1)
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = [self._price(slot, *key) for slot in range(SLOTS)]
        return found

    def _price(self, slot: int, today: int, yesterday: int) -> int | None:
        for window in self._windows:
            if _covers(window, slot, today, yesterday):
                return nano_of(window.price_kwh)
        return None


def _covers(window: Window, slot: int, today: int, yesterday: int) -> bool:
    start, end = _slot(window.start), _slot(window.end)
    if start < end:
        return start <= slot < end and today in window.weekdays
    begins = slot >= start and today in window.weekdays
    return begins or (slot < end and yesterday in window.weekdays)


def _slot(at: time) -> int:
    return at.hour * 4 + at.minute // 15
