"""The layout of the report files, against literal lines."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

import pytest

from source.model import US_PER_S, Bill, Period, Report, Totals
from source.reports.cost import flat_bill, half_up
from source.reports.figures import Figures
from source.reports.table import (
    Header,
    correction_cell,
    cost_text,
    last_header,
    opening,
    price_text,
    row,
)
from tests.fakes import START_US

UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
DAY = Period(START_US, START_US + 86_400 * US_PER_S)

OLD_FILE = """\
|               Period in UTC               | consumption in KWh |         Costs          |  Error rate in %  |
|-------------------------------------------|--------------------|------------------------|-------------------|
| 2022-01-01 00:00:00 - 2022-01-02 00:00:00 |              1.234 |      0.37 ( 0.30€/KWh) |     0.0 |     0.0 |
"""  # noqa: E501
HEADER_OF_1_9 = """\
|               Period in UTC               | consumption in KWh |         Costs          |  Error rate in %  | Power on count |
|-------------------------------------------|--------------------|------------------------|-------------------|----------------|
"""  # noqa: E501


def report(energy_wh: float = 1234.0, price: str = "0.30", **polls: float) -> Report:
    totals = Totals(energy_wh, **polls)  # type: ignore[arg-type]
    price_per_kwh = Decimal(price)
    return Report("Fridge", "day", DAY, totals, flat_bill(totals, price_per_kwh))


def test_the_header_is_the_known_one_with_the_name_of_the_zone() -> None:
    assert Header("UTC").text() == "".join(OLD_FILE.splitlines(keepends=True)[:2])
    assert Header("UTC", power_on=True).text() == HEADER_OF_1_9
    assert Header("Europe/Berlin").text().splitlines()[0] == (
        "|          Period in Europe/Berlin          | consumption in KWh "
        "|         Costs          |  Error rate in %  |"
    )


def test_a_row_is_the_known_one_to_the_character() -> None:
    polls = {"good_polls": 8_000, "failed_polls": 500, "expected_polls": 8_640.0}
    assert row(report(4321.5, **polls), UTC, "€") == (
        "| 2026-01-01 00:00:00 - 2026-01-02 00:00:00 |              4.322 "
        "|      1.30 ( 0.30€/KWh) |     5.9 |     7.4 |\n"
    )


def test_times_are_those_of_the_zone_and_a_fifth_column_is_filled() -> None:
    assert row(report(), BERLIN, "€", power_on=True) == (
        "| 2026-01-01 01:00:00 - 2026-01-02 01:00:00 |              1.234 "
        "|      0.37 ( 0.30€/KWh) |     0.0 |     0.0 |        Not req |\n"
    )


def test_every_line_of_a_table_is_equally_wide() -> None:
    for power_on in (False, True):
        text = Header("UTC", power_on).text() + row(report(), UTC, "€", power_on)
        assert len({len(line) for line in text.splitlines()}) == 1


def test_every_zone_of_the_list_fits_the_header() -> None:
    for name in available_timezones():
        assert f" {name} " in Header(name).text() or f"Period in {name}" in Header(name).text()
        assert len(Header(name).text().splitlines()[0]) == 111


@pytest.mark.parametrize("name", ["A" * 50, "Some/Long/Place/" + "x" * 20, "y/" + "z" * 60])
def test_a_name_that_is_too_long_is_shortened_and_known_again(name: str) -> None:
    text = Header(name).text()
    assert len(text.splitlines()[0]) == 111
    last = last_header(text)
    assert last is not None
    assert Header(last.zone_name).text() == text


def test_four_watt_hours_are_not_nothing() -> None:
    assert row(report(4.0, "0.296"), UTC, "€") == (
        "| 2026-01-01 00:00:00 - 2026-01-02 00:00:00 |              0.004 "
        "|    0.0012 (0.296€/KWh) |     0.0 |     0.0 |\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0.00"),
        ("0.0012", "0.0012"),
        ("0.00996", "0.0100"),
        ("0.01", "0.01"),
        ("0.125", "0.13"),
        ("1234567.891", "1234567.89"),
    ],
)
def test_costs_are_rounded_to_the_cent_and_small_ones_finer(value: str, text: str) -> None:
    assert cost_text(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.3", "0.30"),
        ("0.30", "0.30"),
        ("0.296", "0.296"),
        ("0.2960000", "0.296"),
        ("0.29612", "0.29612"),
        ("1", "1.00"),
        ("12.5", "12.50"),
        ("100", "100"),
        ("100.5", "100.5"),
        ("1E+3", "1000"),
        ("0", "0.00"),
    ],
)
def test_a_price_shows_all_its_digits_and_no_more(value: str, text: str) -> None:
    assert price_text(Decimal(value)) == text


@pytest.mark.parametrize("currency", ["€", "$", "CHF", "Kč"])
def test_a_long_currency_takes_the_blanks_before_the_cost(currency: str) -> None:
    line = row(report(price="0.29612"), UTC, currency)
    assert f"0.37 (0.29612{currency}/KWh) |" in line
    assert len(line) == 112


def test_where_there_is_no_room_a_row_is_wider_rather_than_wrong() -> None:
    line = row(report(2_000_000.0, "1000.2961"), UTC, "Dollars8")
    assert "|2000592.20 (1000.2961Dollars8/KWh) |" in line


def test_percentages_never_pass_one_hundred() -> None:
    assert row(report(failed_polls=7, expected_polls=5.0), UTC, "€").endswith(
        "|   100.0 |   100.0 |\n"
    )


def test_costs_are_exact_to_the_last_digit() -> None:
    for energy_wh, price, cost in ((0.1, "0.30", "0.00003"), (1e9, "0.296", "296000")):
        totals = Totals(energy_wh=energy_wh, returned_wh=5.0)
        assert flat_bill(totals, Decimal(price)).cost == Decimal(cost)


def test_there_is_no_minus_zero() -> None:
    assert cost_text(Decimal("-0.00001")) == "0.0000"
    assert price_text(Decimal("-0.00001234567")) == "0.00"
    assert half_up(Decimal("-0.004"), Decimal("0.01")).is_signed() is False


# --- what comes between a file and a new row ---


def test_a_new_file_begins_with_the_header() -> None:
    assert opening("", BERLIN) == (Header("Europe/Berlin").text(), False)


def test_a_file_of_the_same_zone_gets_no_second_header() -> None:
    assert opening(OLD_FILE, UTC) == ("", False)
    assert opening(OLD_FILE.replace("\n", "\r\n"), UTC) == ("", False)


def test_a_file_in_utc_goes_on_where_the_system_calls_it_otherwise() -> None:
    assert opening(OLD_FILE, ZoneInfo("Etc/UTC")) == ("", False)


def test_a_file_of_another_zone_gets_one_header_of_this_one() -> None:
    assert row(report(), UTC, "€").replace("2026", "2022") in OLD_FILE
    block, _ = opening(OLD_FILE, BERLIN)
    assert block == Header("Europe/Berlin").text()
    assert opening(OLD_FILE + block, BERLIN) == ("", False)
    assert opening(OLD_FILE + block, UTC) == (Header("UTC").text(), False)


def test_a_row_starts_on_a_new_line() -> None:
    assert opening(OLD_FILE.rstrip("\n"), UTC) == ("\n", False)
    assert opening("notes of mine", UTC) == ("\n" + Header("UTC").text(), False)


def test_the_fifth_column_of_a_file_is_kept() -> None:
    assert opening(HEADER_OF_1_9, UTC) == ("", True)
    assert opening(HEADER_OF_1_9, BERLIN) == (Header("Europe/Berlin", power_on=True).text(), True)


# --- switch-ons, means, corrections ---


def test_a_count_stands_where_it_is_asked_for() -> None:
    assert row(report(), BERLIN, "€", True, 12).endswith("|     0.0 |             12 |\n")


def test_a_file_without_the_column_gets_a_header_when_it_is_asked_for() -> None:
    with_column = Header("UTC", power_on=True).text()
    assert opening("", UTC, power_on=True) == (with_column, True)
    assert opening(Header("UTC").text(), UTC, power_on=True) == (with_column, True)
    assert opening(with_column, UTC, power_on=True) == ("", True)
    assert opening(with_column, UTC) == ("", True)


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (Decimal(1) / Decimal(3), "0.3333"),
        (Decimal(2) / Decimal(3), "0.6667"),
        (Decimal("0.30") + Decimal("1e-27"), "0.30"),
        (Decimal("0.319450001"), "0.319450001"),
        (Decimal("-0.05"), "-0.05"),
    ],
)
def test_the_mean_of_several_prices_has_four_decimals(price: Decimal, text: str) -> None:
    assert price_text(price) == text


def test_less_than_a_cent_that_is_earned_is_shown_too() -> None:
    assert cost_text(Decimal("-0.0012")) == "-0.0012"


def test_a_correction_says_its_number_and_what_stood_there() -> None:
    bill = Bill(Decimal("0.7404"), Decimal("0.3"))
    before = Figures(Totals(energy_wh=2468.0), bill, "€")
    cell = correction_cell(2, before)
    assert cell == "correction 2, before: 2.468 KWh, 0.74 (0.30€/KWh)"
    assert row(report(), BERLIN, "€", last=cell).endswith(f"|     0.0 | {cell} |\n")
