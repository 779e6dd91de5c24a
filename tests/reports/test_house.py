"""The house total as a sum of reports."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from source.model import Bill, Period, Totals
from source.reports.house import (
    base_share,
    house_rules,
    members,
    overlap,
    summed_bill,
    summed_totals,
)
from tests.reports.house import configuration
from tests.reports.priced import flat

ZERO = Decimal(0)


def test_its_periods_are_those_of_the_general_settings() -> None:
    general = {"calc_request_day_monthly": 5, "calc_request_date_yearly": (7, 4)}
    devices = {"A": {"cost_day": False, "cost_month": 20}, "B": {"cost_year": (31, 12)}}
    rules = house_rules(configuration(Path(), general, **devices))
    assert [(rule.kind, rule.day, rule.month) for rule in rules] == [
        ("day", 1, 1),
        ("month", 5, 1),
        ("year", 7, 4),
    ]


def test_what_only_a_device_outside_orders_is_no_kind_of_it() -> None:
    devices = {"A": {"cost_day": False, "cost_month": 1}, "Meter": {"in_total": False}}
    rules = house_rules(configuration(Path(), **devices))
    assert [rule.kind for rule in rules] == ["month"]


def test_devices_that_were_configured_once_belong_to_it() -> None:
    configured = configuration(Path(), A={}, Meter={"in_total": False})
    found = members(configured, ["A", "Meter", "Old"])
    assert [(device.name, device.enabled) for device in found] == [("A", True), ("Old", False)]


def test_totals_are_added_and_their_shares_weighted_by_time() -> None:
    long = Totals(1.0, 2.0, 3.0, 4, 5, 6.0, 7, 1000, 900, 50, 8.0, 9, 100)
    short = Totals(1.0, 2.0, 3.0, 4, 5, 6.0, 7, 500, 0, 100, 8.0, 9, 200)
    found = summed_totals([long, short])
    assert found == Totals(2.0, 4.0, 6.0, 8, 10, 12.0, 14, 1500, 900, 150, 16.0, 18, 200)
    assert (found.measured_percent, found.estimated_percent) == (60.0, 10.0)
    assert summed_totals([]) == Totals()


def test_one_price_of_all_is_that_price_exactly() -> None:
    bills = [Bill(Decimal("0.1"), Decimal("0.30")), Bill(Decimal("0.2"), Decimal("0.30"))]
    assert summed_bill(bills, 1000.1, ZERO, ZERO).price_per_kwh == Decimal("0.30")


def test_of_several_prices_it_has_the_mean() -> None:
    bills = [
        Bill(Decimal("0.30"), Decimal("0.30"), Decimal("0.01"), assumed_wh=5.0),
        Bill(Decimal("0.60"), Decimal("0.20"), Decimal("0.02"), Decimal(9), 7.0),
    ]
    found = summed_bill(bills, 4000.0, Decimal("12.5"), ZERO)
    assert found == Bill(Decimal("0.90"), Decimal("0.225"), Decimal("0.03"), Decimal("12.5"), 12.0)


def test_where_nothing_was_taken_the_usual_price_is_named() -> None:
    assert summed_bill([], 0.0, ZERO, Decimal("0.3")).price_per_kwh == Decimal("0.3")


@pytest.mark.parametrize(
    ("energy_wh", "all_wh", "share"), [(500.0, 2000.0, 3), (0.0, 10.0, 0), (0.0, 0.0, 0)]
)
def test_the_base_price_is_shared_by_energy(energy_wh: float, all_wh: float, share: int) -> None:
    assert base_share(Decimal(12), energy_wh, all_wh) == share
    assert flat().share_base_price is False


def test_periods_overlap_or_not() -> None:
    assert overlap(Period(0, 10), Period(5, 20)) == Period(5, 10)
    assert overlap(Period(0, 10), Period(10, 20)) is None
