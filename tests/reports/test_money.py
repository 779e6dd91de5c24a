"""Numbers, money and dates as people of a place write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from source.reports.money import (
    Notation,
    currency_code,
    locale_named,
    rounded,
    system_locale,
)
from tests.fakes import START_US

BERLIN = ZoneInfo("Europe/Berlin")


def notation(locale: str, currency: str = "€") -> Notation:
    return Notation(locale_named(locale), currency, BERLIN)


def plain(text: str) -> str:
    """With spaces that an editor shows."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("locale", "currency", "amount", "text"),
    [
        ("de", "€", "1234.565", "1.234,57 €"),
        ("de", "€", "-0.5", "-0,50 €"),
        ("en", "€", "1234.565", "€1,234.57"),
        ("fr", "EUR", "1234.5", "1 234,50 €"),
        ("de_CH", "CHF", "1234.5", "CHF 1’234.50"),
        ("en", "CHF", "5", "CHF 5.00"),
        ("en_GB", "£", "5", "£5.00"),
        ("en", "$", "5", "$5.00"),
        ("en", "JPY", "1234.5", "¥1,235"),
        ("de", "Taler", "1234.5", "1.234,50 Taler"),
        ("sv", "kr", "1234.5", "1 234,50 kr"),
        ("de", "€", "0.0041", "0,0041 €"),
        ("de", "€", "0.00004", "0,0000 €"),
        ("de", "€", "0", "0,00 €"),
        ("de", "€", "0.005", "0,0050 €"),
        ("de", "€", "0.015", "0,02 €"),
        ("de", "€", "-0.000001", "0,0000 €"),
    ],
)
def test_an_amount_is_written_as_the_place_writes_it(
    locale: str, currency: str, amount: str, text: str
) -> None:
    assert plain(notation(locale, currency).money(Decimal(amount))) == text


def test_a_price_has_four_decimals_and_its_unit() -> None:
    assert plain(notation("de").price(Decimal("0.29955"))) == "0,2996 €/kWh"
    assert notation("de").price_number(Decimal("0.3")) == "0,3000"


def test_in_a_column_an_amount_stands_without_its_currency() -> None:
    assert notation("de").money_number(Decimal("1234.5")) == "1.234,50"
    assert notation("en").money_number(Decimal("0.0041")) == "0.0041"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.0 %"),
        (0.01, "<0.1 %"),
        (50.05, "50.1 %"),
        (99.96, ">99.9 %"),
        (100.0, "100.0 %"),
    ],
)
def test_a_share_looks_like_all_or_nothing_only_if_it_is(share: float, text: str) -> None:
    assert plain(notation("en").percent(share)) == text


def test_energy_and_power_have_their_unit() -> None:
    assert plain(notation("de").kwh(1_234_567.8)) == "1.234,568 kWh"
    assert plain(notation("en").watts(99.94)) == "99.9 W"
    assert plain(notation("en").watts(1234.5)) == "1,235 W"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.5, 0, "1"), (2.5, 0, "3"), (-0.04, 1, "0.0"), (1.005, 2, "1.01")],
)
def test_rounding_is_half_up_of_the_number_that_is_written(
    value: float, digits: int, text: str
) -> None:
    assert str(rounded(value, digits)) == text


@pytest.mark.parametrize(
    ("currency", "code"),
    [("€", "EUR"), ("eur", "EUR"), ("zł", "PLN"), ("kr", None), ("¥", None), ("ct", None)],
)
def test_only_a_currency_that_is_sure_has_a_code(currency: str, code: str | None) -> None:
    assert currency_code(currency) == code


@pytest.mark.parametrize("name", ["de", "de_DE", "de-DE", "de_DE.UTF-8", "de_DE@euro", " de "])
def test_a_locale_may_be_written_in_all_usual_ways(name: str) -> None:
    assert locale_named(name).language == "de"


@pytest.mark.parametrize("name", ["", "C", "xx_YY", "deutsch", "de/DE"])
def test_what_is_no_locale_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must be a language"):
        locale_named(name)


@pytest.mark.parametrize(
    ("environ", "locale"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de_AT"),
        ({"LC_ALL": "", "LC_MONETARY": "de_DE", "LANG": "en_US"}, "de_DE"),
        ({"LC_ALL": "fr_FR", "LC_MONETARY": "de_DE"}, "fr_FR"),
    ],
)
def test_the_system_s_locale_is_that_of_money(environ: dict[str, str], locale: str) -> None:
    assert str(system_locale(environ)) == locale


def test_words_and_names_are_german_or_english() -> None:
    day = date(2026, 10, 3)
    assert notation("de_AT").language == "de"
    assert notation("de").full_day(day) == "Samstag, 3. Oktober 2026"
    assert notation("fr").language == "en"
    assert notation("fr").full_day(day) == "Saturday, 3 October 2026"
    assert notation("de").weekdays() == ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]
    assert notation("de").weekday_and_day(day) == "Sa., 3.10."
    assert notation("en_GB").month(day) == "October 2026"


def test_times_are_those_of_the_zone() -> None:
    assert notation("de").moment(START_US) == "01.01.2026, 01:00"
