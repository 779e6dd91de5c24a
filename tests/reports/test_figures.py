"""Figures come back from the journal as they were, and say what they are."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source.errors import ReportError
from source.model import Bill, Period, Report, Totals
from source.reports.figures import (
    COLUMNS,
    Figures,
    as_object,
    as_text,
    csv_cells,
    from_text,
    money_text,
    result_of,
)
from source.reports.iso import instant_us, local_iso, start_label
from tests.reports.house import us

BERLIN = ZoneInfo("Europe/Berlin")
WH = st.floats(0, 1e9)
US = st.integers(0, 2**52)
MONEY = st.decimals(-(10**9), 10**9, places=18)


@given(
    st.builds(
        Figures,
        st.builds(
            Totals,
            energy_wh=WH,
            returned_wh=WH,
            estimated_wh=WH,
            good_polls=US,
            failed_polls=US,
            expected_polls=WH,
            unmetered_polls=US,
            span_us=US,
            measured_us=US,
            estimated_us=US,
            set_aside_wh=WH,
            switch_ons=US,
            longest_gap_us=US,
        ),
        st.builds(Bill, MONEY, MONEY, MONEY, MONEY, WH),
        st.text(max_size=8),
        st.just(True),
    )
)
def test_figures_come_back_exactly(figures: Figures) -> None:
    assert from_text(as_text(figures)) == figures


def test_switch_ons_that_are_not_counted_are_no_zero() -> None:
    figures = Figures(Totals(switch_ons=0), Bill(Decimal(0), Decimal(0)), "€")
    assert as_object(figures)["switch_ons"] is None
    assert from_text(as_text(figures)) == figures


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", '{"energy_wh": "x"}'])
def test_what_is_no_figures_is_told(text: str) -> None:
    with pytest.raises(ReportError, match="can't be read"):
        from_text(text)


@pytest.mark.parametrize("energy_wh", [1e300, float("nan"), float("inf")])
def test_energy_of_a_damaged_journal_is_no_result(energy_wh: float) -> None:
    bill = Bill(Decimal(0), Decimal(0))
    report = Report("Fridge", "day", Period(0, 1), Totals(energy_wh=energy_wh), bill)
    with pytest.raises(ReportError):
        result_of(report, Figures(report.totals, bill, "€"))


def test_a_line_has_every_column_rounded_half_up() -> None:
    totals = Totals(1234.5675, 0.0005, span_us=1000, measured_us=900, estimated_us=50)
    bill = Bill(Decimal("0.3703705"), Decimal("0.30"), Decimal("0.0000005"), Decimal(1), 617.28375)
    period = Period(us("2026-03-28 23:00"), us("2026-03-29 22:00"))
    cells = csv_cells("day", period, Figures(totals, bill, "€"), BERLIN, 2)
    row = dict(zip(COLUMNS, cells, strict=True))
    assert row["start"] == "2026-03-29T00:00:00+01:00"
    assert row["end"] == "2026-03-30T00:00:00+02:00"
    assert {name: str(row[name]) for name in COLUMNS[3:]} == {
        "energy_kwh": "1.234568",
        "returned_kwh": "0.000001",
        "cost": "1.370371",
        "base_cost": "1.000000",
        "revenue": "0.000001",
        "mean_price_per_kwh": "0.300000",
        "currency": "€",
        "measured_percent": "90.000",
        "estimated_percent": "5.000",
        "assumed_price_percent": "50.000",
        "failed_polls": "0",
        "switch_ons": "None",
        "longest_gap_s": "0.0",
        "set_aside_kwh": "0.000000",
        "revision": "2",
    }


@pytest.mark.parametrize(
    ("kind", "start", "label"),
    [
        ("day", "2026-10-30 23:00", "2026-10-31"),
        ("month", "2026-09-30 22:00", "2026-10"),
        ("month", "2026-10-14 22:00", "2026-10-15"),
        ("month", "2026-10-01 04:00", "2026-10-01T0600"),
        ("year", "2025-12-31 23:00", "2026"),
        ("year", "2026-06-30 22:00", "2026-07-01"),
        ("day", "2026-01-09 12:34:56", "2026-01-09T1334"),
        ("day", "2026-01-08 23:00:30", "2026-01-09T0000"),
    ],
)
def test_a_period_is_called_by_its_start(kind: str, start: str, label: str) -> None:
    assert start_label(us(start), BERLIN, kind) == label


def test_a_time_is_read_back_and_nothing_else_is() -> None:
    assert instant_us(local_iso(us("2026-10-25 00:30"), BERLIN)) == us("2026-10-25 00:30")
    assert instant_us(local_iso(us("2026-10-25 01:30"), BERLIN)) == us("2026-10-25 01:30")
    assert [instant_us(text) for text in ("", "2026-01-01", "x")] == [None, None, None]


def test_another_program_may_have_written_a_time_of_utc_with_a_letter() -> None:
    assert instant_us("2026-10-25T01:30:00Z") == us("2026-10-25 01:30")


def test_money_has_all_its_digits_and_no_exponent() -> None:
    amounts = {
        "1E+3": "1000",
        "0.3000": "0.3",
        "-0.00": "0",
        "-0.05": "-0.05",
        "1E-9": "0.000000001",
    }
    assert {text: money_text(Decimal(text)) for text in amounts} == amounts
