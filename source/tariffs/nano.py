"""Money in whole numbers: prices in billionths of the currency, so that sums of them are exact."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

PRICE_DIGITS = 9
"""Decimals of a price per kWh that are kept."""
COST_DIGITS = 18
"""Of what a millionth of a watt hour costs at such a price: nothing is lost."""
_STEP = Decimal(1).scaleb(-PRICE_DIGITS)


def nano_of(price_per_kwh: Decimal) -> int:
    """A price in billionths, rounded to a whole one."""
    return int(price_per_kwh.quantize(_STEP, ROUND_HALF_UP).scaleb(PRICE_DIGITS))


def exact(units: int, digits: int) -> Decimal:
    """The number of so many units in the given decimal, exact, without zeros at its end."""
    while digits and units % 10 == 0:
        units //= 10
        digits -= 1
    return Decimal(f"{units}e-{digits}")
