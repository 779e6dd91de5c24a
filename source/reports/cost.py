"""What energy costs: Decimal all through, rounded only where it is printed (pure)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from source.model import Bill, Totals

WH_PER_KWH = 1000


def flat_bill(totals: Totals, price_per_kwh: Decimal) -> Bill:
    """The bill where one price holds for the whole period, unrounded; energy fed in earns
    nothing."""
    cost = energy_kwh(totals) * price_per_kwh
    return Bill(energy_cost=cost, price_per_kwh=price_per_kwh)


def energy_kwh(totals: Totals) -> Decimal:
    """The energy taken from the grid, unrounded."""
    return kwh_of(totals.energy_wh)


def kwh_of(energy_wh: float) -> Decimal:
    """The same for any energy."""
    # By way of its text: 0.1 is meant, not the binary fraction next to it.
    return Decimal(repr(energy_wh)) / WH_PER_KWH


def half_up(amount: Decimal, step: Decimal) -> Decimal:
    """Rounded as on a bill, to a multiple of ``step``; there is no minus zero."""
    short = amount.quantize(step, ROUND_HALF_UP)
    return abs(short) if short == 0 else short
