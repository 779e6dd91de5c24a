"""The figures of a finished period as they are kept: exact, as JSON, with the units in the names.

From them come the line in ``files/reports/<device>.csv`` and the JSON document of the period.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from source.config.models import Configuration
from source.errors import ReportError
from source.model import US_PER_S, Bill, Period, Report, Result, Totals
from source.reports.cost import WH_PER_KWH, half_up, kwh_of
from source.reports.house import TOTAL
from source.reports.iso import local_iso

COLUMNS = (
    "kind",
    "start",
    "end",
    "energy_kwh",
    "returned_kwh",
    "cost",
    "base_cost",
    "revenue",
    "mean_price_per_kwh",
    "currency",
    "measured_percent",
    "estimated_percent",
    "assumed_price_percent",
    "failed_polls",
    "switch_ons",
    "longest_gap_s",
    "set_aside_kwh",
    "revision",
)
"""Of a line in the CSV files, in this order."""
MICRO, MILLI, TENTH = Decimal("0.000001"), Decimal("0.001"), Decimal("0.1")
LARGEST_WH = 1e18
"""More than mankind takes in a year."""

Cell: TypeAlias = Decimal | int | str | None
"""A value of a line; a Decimal is written with its decimals, None leaves the cell empty."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is reported of one period."""

    totals: Totals
    bill: Bill
    currency: str
    counts_switch_ons: bool = False
    """Whether switch-ons are counted at all; else their number says nothing."""

    @property
    def switch_ons(self) -> int | None:
        return self.totals.switch_ons if self.counts_switch_ons else None

    @property
    def assumed_percent(self) -> float:
        """The share of the energy taken whose market price is not known, 0 … 100."""
        taken, assumed = self.totals.energy_wh, self.bill.assumed_wh
        return min(100.0, 100.0 * assumed / taken) if taken > 0 else 0.0


def figures_in(configuration: Configuration, report: Report) -> Figures:
    """The figures of a report, as they are to be kept."""
    devices = configuration.devices
    if report.device == TOTAL:
        counts = any(device.power_on and device.in_total for device in devices.values())
    else:
        counts = report.device in devices and devices[report.device].power_on is not None
    return Figures(report.totals, report.bill, configuration.general.currency, counts)


def result_of(report: Report, figures: Figures, revision: int = 0) -> Result:
    """What is entered in the journal; not exported yet.

    Raises ReportError for energy that nothing ever takes: the journal is damaged.
    """
    energy_wh = figures.totals.energy_wh + figures.totals.returned_wh
    if not energy_wh <= LARGEST_WH:
        raise ReportError(f"{report.device}, {report.kind}: {energy_wh} Wh?")
    text = as_text(figures)
    return Result(report.device, report.kind, report.period, revision, text, exported=False)


def by_revision(results: Iterable[Result]) -> list[Result]:
    """Of each period the newest figures come last."""
    return sorted(results, key=lambda one: one.revision)


# --- in the journal ---


def as_text(figures: Figures) -> str:
    """All figures, exact: money as decimal text, energy as the float it is."""
    totals, bill = figures.totals, figures.bill
    return json.dumps(
        {
            "energy_wh": totals.energy_wh,
            "returned_wh": totals.returned_wh,
            "estimated_wh": totals.estimated_wh,
            "set_aside_wh": totals.set_aside_wh,
            "assumed_price_wh": bill.assumed_wh,
            "energy_cost": money_text(bill.energy_cost),
            "base_cost": money_text(bill.base_cost),
            "revenue": money_text(bill.revenue),
            "price_per_kwh": money_text(bill.price_per_kwh),
            "currency": figures.currency,
            "span_us": totals.span_us,
            "measured_us": totals.measured_us,
            "estimated_us": totals.estimated_us,
            "longest_gap_us": totals.longest_gap_us,
            "good_polls": totals.good_polls,
            "failed_polls": totals.failed_polls,
            "unmetered_polls": totals.unmetered_polls,
            "expected_polls": totals.expected_polls,
            "switch_ons": figures.switch_ons,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def from_text(text: str) -> Figures:
    """The figures of a ``Result``. Raises ReportError where the text is none of ``as_text``."""
    try:
        return _read(json.loads(text))
    except (TypeError, ValueError, LookupError, InvalidOperation) as err:
        raise ReportError(f"figures in the journal can't be read: {text!r:.200}") from err


def _read(found: Mapping[str, Any]) -> Figures:
    switch_ons = found["switch_ons"]
    totals = Totals(
        energy_wh=float(found["energy_wh"]),
        returned_wh=float(found["returned_wh"]),
        estimated_wh=float(found["estimated_wh"]),
        good_polls=int(found["good_polls"]),
        failed_polls=int(found["failed_polls"]),
        expected_polls=float(found["expected_polls"]),
        unmetered_polls=int(found["unmetered_polls"]),
        span_us=int(found["span_us"]),
        measured_us=int(found["measured_us"]),
        estimated_us=int(found["estimated_us"]),
        set_aside_wh=float(found["set_aside_wh"]),
        switch_ons=int(switch_ons or 0),
        longest_gap_us=int(found["longest_gap_us"]),
    )
    bill = Bill(
        energy_cost=Decimal(found["energy_cost"]),
        price_per_kwh=Decimal(found["price_per_kwh"]),
        revenue=Decimal(found["revenue"]),
        base_cost=Decimal(found["base_cost"]),
        assumed_wh=float(found["assumed_price_wh"]),
    )
    return Figures(totals, bill, str(found["currency"]), switch_ons is not None)


# --- for other programs ---


def csv_cells(
    kind: str, period: Period, figures: Figures, zone: ZoneInfo, revision: int
) -> tuple[Cell, ...]:
    """The values of ``COLUMNS``: times are the zone's with their offset, money and kWh have six
    decimals."""
    totals, bill = figures.totals, figures.bill
    return (
        kind,
        local_iso(period.start_us, zone),
        local_iso(period.end_us, zone),
        _kwh(totals.energy_wh),
        _kwh(totals.returned_wh),
        half_up(bill.cost, MICRO),
        half_up(bill.base_cost, MICRO),
        half_up(bill.revenue, MICRO),
        half_up(bill.price_per_kwh, MICRO),
        figures.currency,
        _rounded(totals.measured_percent, MILLI),
        _rounded(totals.estimated_percent, MILLI),
        _rounded(figures.assumed_percent, MILLI),
        totals.failed_polls,
        figures.switch_ons,
        _rounded(totals.longest_gap_us / US_PER_S, TENTH),
        _kwh(totals.set_aside_wh),
        revision,
    )


def as_object(figures: Figures) -> dict[str, object]:
    """For JSON: money as decimal text, exact; energy in kWh to the millionth."""
    totals, bill = figures.totals, figures.bill
    return {
        "energy_kwh": round(totals.energy_wh / WH_PER_KWH, 9),
        "returned_kwh": round(totals.returned_wh / WH_PER_KWH, 9),
        "cost": money_text(bill.cost),
        "energy_cost": money_text(bill.energy_cost),
        "base_cost": money_text(bill.base_cost),
        "revenue": money_text(bill.revenue),
        "mean_price_per_kwh": money_text(bill.price_per_kwh),
        "currency": figures.currency,
        "measured_percent": round(totals.measured_percent, 3),
        "estimated_percent": round(totals.estimated_percent, 3),
        "estimated_kwh": round(totals.estimated_wh / WH_PER_KWH, 9),
        "assumed_price_percent": round(figures.assumed_percent, 3),
        "assumed_price_kwh": round(bill.assumed_wh / WH_PER_KWH, 9),
        "set_aside_kwh": round(totals.set_aside_wh / WH_PER_KWH, 9),
        "good_polls": totals.good_polls,
        "failed_polls": totals.failed_polls,
        "polls_without_energy": totals.unmetered_polls,
        "expected_polls": round(totals.expected_polls, 3),
        "switch_ons": figures.switch_ons,
        "longest_gap_s": round(totals.longest_gap_us / US_PER_S, 3),
    }


def money_text(amount: Decimal) -> str:
    """An amount or a price with all its digits, without an exponent."""
    text = f"{amount or abs(amount):f}"  # nothing at a negative price is no minus nothing
    return text.rstrip("0").rstrip(".") if "." in text else text


def _kwh(energy_wh: float) -> Decimal:
    return half_up(kwh_of(energy_wh), MICRO)


def _rounded(number: float, step: Decimal) -> Decimal:
    return half_up(Decimal(repr(number)), step)
