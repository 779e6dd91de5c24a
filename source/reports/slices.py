"""A device's load profile of a long time, read once and cut into periods."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from source.journal.reader import JournalReader
from source.model import QUARTER_US, LoadProfile, Period


class Slices:
    """Gives the profiles of periods of the device that was read last; others from the journal.

    One device at a time, since a year of a hundred devices is 60 MB.
    """

    def __init__(self, reader: JournalReader) -> None:
        self._reader = reader
        self._device = ""
        self._whole = LoadProfile(0, (), ())

    def read(self, device: str, periods: Iterable[Period]) -> None:
        """Read all that the periods of a device touch, in the place of what was read before."""
        every = list(periods)
        first = min((p.start_us for p in every), default=0) // QUARTER_US
        end = -(-max((p.end_us for p in every), default=0) // QUARTER_US)
        self._device = device
        self._whole = self._reader.load_profile(
            device, Period(first * QUARTER_US, end * QUARTER_US)
        )

    def load_profile(self, device: str, period: Period) -> LoadProfile:
        """The energy of each quarter hour that the period touches, as the journal's reader gives
        it."""
        first, before_us = divmod(period.start_us, QUARTER_US)
        end, after_us = divmod(period.end_us, QUARTER_US)
        if device != self._device or not self._holds(first, end + (after_us > 0)):
            return self._reader.load_profile(device, period)
        if first >= end - (before_us > 0):  # it has no whole quarter hour
            return self._reader.load_profile(device, period)
        whole = self._part(first + (before_us > 0), end)
        if not before_us and not after_us:
            return whole
        edges = [whole]
        if before_us:
            head = Period(period.start_us, (first + 1) * QUARTER_US)
            edges.insert(0, self._reader.load_profile(device, head))
        if after_us:
            edges.append(self._reader.load_profile(device, Period(end * QUARTER_US, period.end_us)))
        return _joined(edges)

    def _holds(self, first: int, end: int) -> bool:
        begin = self._whole.first_quarter
        return begin <= first and end <= begin + len(self._whole.energy_wh)

    def _part(self, first: int, end: int) -> LoadProfile:
        part = slice(first - self._whole.first_quarter, end - self._whole.first_quarter)
        return LoadProfile(first, self._whole.energy_wh[part], self._whole.returned_wh[part])


def _joined(parts: Iterable[LoadProfile]) -> LoadProfile:
    every = list(parts)
    energy, returned = array("d"), array("d")
    for part in every:
        energy.extend(part.energy_wh)
        returned.extend(part.returned_wh)
    return LoadProfile(every[0].first_quarter, energy, returned)
