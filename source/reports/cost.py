"""What energy costs: Decimal all through, rounded only where it is printed (pure)."""

from __future__ import annotations

from decimal import Decimal

from source.model import Bill, Totals

WH_PER_KWH = 1000


def cost(totals: Totals, price_per_kwh: Decimal) -> Decimal:
    """The price of the energy taken from the grid, unrounded, in the currency of the price.

    Energy fed in earns nothing here: it is paid by another tariff.
    """
    return energy_kwh(totals) * price_per_kwh


def flat_bill(totals: Totals, price_per_kwh: Decimal) -> Bill:
    """The bill where one price holds for the whole period."""
    return Bill(energy_cost=cost(totals, price_per_kwh), price_per_kwh=price_per_kwh)


def energy_kwh(totals: Totals) -> Decimal:
    """The energy taken from the grid, unrounded."""
    # By way of its text: 0.1 is meant, not the binary fraction next to it.
    return Decimal(repr(totals.energy_wh)) / WH_PER_KWH
