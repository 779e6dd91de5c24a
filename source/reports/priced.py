"""What a run of an appliance costs, as prices are known now."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from source.model import LoadProfile, Period, Run
from source.tariffs.book import PriceBook


@dataclass(frozen=True, slots=True)
class PricedRun:
    """One run of an appliance, and what it cost."""

    run: Run
    cost: Decimal
    assumed_wh: float = 0.0
    """The part of its energy whose market price is not known."""
    is_over: bool = True


def priced(book: PriceBook, run: Run, *, is_over: bool = True) -> PricedRun:
    """The run with its cost, each of its quarter hours at its own price."""
    if not run.quarters_wh:
        return PricedRun(run, Decimal(0), is_over=is_over)
    first, last = min(run.quarters_wh), max(run.quarters_wh)
    energy_wh = [run.quarters_wh.get(quarter, 0.0) for quarter in range(first, last + 1)]
    profile = LoadProfile(first, energy_wh, [0.0] * len(energy_wh))
    bill = book.bill(run.device, Period(run.start_us, run.end_us), profile)
    return PricedRun(run, bill.energy_cost, bill.assumed_wh, is_over)
