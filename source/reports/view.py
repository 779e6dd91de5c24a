"""What is shown of one span of time, of a device or of the whole house; values only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from source.model import LoadProfile, Period, Prices
from source.reports.figures import Figures
from source.reports.gather import PartShare
from source.reports.house import TOTAL
from source.reports.priced import PricedRun
from source.reports.rhythm import Week
from source.reports.span import Span
from source.reports.standby import Standby


@dataclass(frozen=True, slots=True)
class PartFigures:
    """An hour, a day, a month or a year of the span."""

    begin: datetime
    """What the clocks show as it begins."""
    period: Period
    figures: Figures


@dataclass(frozen=True, slots=True)
class DeviceFigures:
    """One device of the house in the whole span."""

    device: str
    figures: Figures
    energy_percent: float
    """Its share of the energy that the house has taken, 0 … 100."""
    parts: Sequence[PartShare | None] = ()
    """Of each part of the span, without a base price; None where it has no records."""


@dataclass(frozen=True, slots=True)
class PriceRange:
    """Lowest, mean and highest price of one part, over its time, in the currency per kWh."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True, slots=True)
class View:
    """All that a report of a span tells."""

    subject: str
    """Name of the device; of the house total ``TOTAL``."""
    span: Span
    period: Period
    """The span, up to now where it is not over."""
    is_over: bool
    made_us: int
    begins_us: int | None
    """When the records begin; None where there are none."""
    figures: Figures
    parts: tuple[PartFigures, ...]
    devices: tuple[DeviceFigures, ...]
    """Of the house total, the one with the most energy first; else empty."""
    profile: LoadProfile
    week: Week
    prices: Prices | None
    """None where all energy has one price."""
    price_ranges: tuple[PriceRange, ...]
    """As many as there are parts, or none where all energy has one price."""
    standby: tuple[Standby, ...]
    runs: tuple[PricedRun, ...]
    """Those that begin in the span, the oldest first."""
    left_out: tuple[str, ...]
    """Devices that do not count in the house total, since others measure the same energy."""

    @property
    def is_house(self) -> bool:
        return self.subject == TOTAL
