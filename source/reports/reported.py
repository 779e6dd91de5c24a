"""What a line said that was written before figures were kept beside it (pure).

Up to version 3 the journal has the text of each line and no figures. They are read from the text,
so that what people were told is what a correction starts from, and not what would be told today.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from source.model import Bill, Totals, Written
from source.reports.cost import WH_PER_KWH, energy_kwh, flat_bill, half_up
from source.reports.figures import Figures
from source.reports.files import row_of
from source.reports.rows import Row
from source.reports.table import KWH_STEP, cost_text, price_text

_KWH = re.compile(r"-?\d+\.\d+")
_COST = re.compile(r"(-?\d+\.\d+) \( *(-?\d+(?:\.\d+)?)(.*)/KWh\)")


def as_reported(line: Written, today: Figures) -> Figures:
    """The figures of a line of the ledger that has none.

    ``today`` is what the same period would be now: that is taken as far as it reads like the line,
    for it is exact; and where the line can't be read.
    """
    cells = Row(row_of(line), 0).cells
    found = _COST.fullmatch(cells[2]) if len(cells) > 2 else None
    if found is None or not _KWH.fullmatch(cells[1]):
        return today
    cost, price, currency = found.groups()
    totals = _totals(today.totals, cells[1])
    return replace(
        today,
        totals=totals,
        bill=_bill(today.bill, totals, cost, price),
        currency=currency.strip() or today.currency,
    )


def _totals(today: Totals, kwh: str) -> Totals:
    if f"{half_up(energy_kwh(today), KWH_STEP)}" == kwh:
        return today
    return replace(today, energy_wh=float(Decimal(kwh) * WH_PER_KWH))


def _bill(today: Bill, totals: Totals, cost: str, price: str) -> Bill:
    """There was one price in those days."""
    if (cost_text(today.cost), price_text(today.price_per_kwh)) == (cost, price):
        return today
    flat = flat_bill(totals, Decimal(price))
    return flat if cost_text(flat.cost) == cost else replace(flat, energy_cost=Decimal(cost))
