"""config.json: the section general."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest

from tests.config.home import Home


def test_a_missing_file_means_defaults_and_one_warning(home: Home) -> None:
    (home.files / "config.json").unlink()
    configuration = home.load()
    general = configuration.general
    assert (general.log_level, general.log_file) == ("info", True)
    assert (general.cost_calc_request_time, general.price_kwh) == (time(0), Decimal("0.30"))
    assert (general.currency, general.timezone, general.zone.key) == ("€", None, "Europe/Berlin")
    assert (general.raw_days, general.commit_interval_s) == (90, 1.0)
    assert (general.calc_request_day_monthly, general.calc_request_date_yearly) == (1, (1, 1))
    (warning,) = configuration.warnings
    assert warning.startswith("config.json: there is no such file in")
    assert warning.endswith("the defaults are used: 0.30 €/kWh, time zone Europe/Berlin")


@pytest.mark.parametrize("content", ["{}", '{"general": {}}', '{"$schema": "x", "general": {}}'])
def test_an_empty_object_means_defaults_without_a_warning(home: Home, content: str) -> None:
    (home.files / "config.json").unlink()
    defaults = home.load().general
    home.write("config.json", content)
    assert home.load().general == defaults
    assert home.load().warnings == ()


def test_every_key_is_read(home: Home) -> None:
    home.general(
        log_level="debug",
        log_file=False,
        cost_calc_request_time="23:05",
        price_kwh="0,31",
        currency="CHF",
        timezone="America/New_York",
        raw_days=7,
        commit_interval_s=0.5,
        journal_max_mb=512,
        clock_wait_s=60,
        calc_request_time_monthly="15",
        calc_request_time_yearly="31.12",
        locale="de-AT",
    )
    general = home.loaded_general()
    assert (general.log_level, general.log_file) == ("debug", False)
    assert general.cost_calc_request_time == time(23, 5)
    assert (general.price_kwh, general.currency) == (Decimal("0.31"), "CHF")
    assert (general.timezone, general.zone.key) == ("America/New_York", "America/New_York")
    assert (general.raw_days, general.commit_interval_s) == (7, 0.5)
    assert (general.journal_max_mb, general.clock_wait_s) == (512, 60.0)
    assert (general.calc_request_day_monthly, general.calc_request_date_yearly) == (15, (31, 12))
    assert general.locale == "de_AT"
    assert home.warnings() == ()


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("1", "1"),
        ("0", "0"),
        ("0.296", "0.296"),
        ('"0,296"', "0.296"),
        ('"0.296"', "0.296"),
        ('" 0,3 "', "0.3"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("3e-1", "0.3"),
        ("-0.0", "0"),
    ],
)
def test_a_price_is_exact_however_it_is_written(home: Home, written: str, price: str) -> None:
    home.write("config.json", f'{{"general": {{"price_kwh": {written}}}}}')
    found = home.loaded_general().price_kwh
    assert isinstance(found, Decimal)
    assert found == Decimal(price)
    assert not found.is_signed()


@pytest.mark.parametrize(
    "written",
    [
        '"abc"',
        "-0.1",
        '"-0,1"',
        "NaN",
        '"NaN"',
        "Infinity",
        "-Infinity",
        "1e999",
        "1e99999999999999999999",
        "true",
        "null",
        "[0.3]",
        '""',
        '"1.234,5"',
        '"0,3 €"',
        "10000000",
        "1e30",
    ],
)
def test_what_is_no_price_is_refused(home: Home, written: str) -> None:
    home.write("config.json", f'{{"general": {{"price_kwh": {written}}}}}')
    problem = home.problem()
    assert (problem.source, problem.key) == ("config.json", "general.price_kwh")
    assert problem.value
    assert problem.allowed == (
        'must be a price per kWh from 0 to 1000000, such as 0.296 or "0,296"'
    )


LEVEL = "must be one of debug, info, warning, error, critical"
CLOCK = 'must be a time of day from "00:00" to "23:59"'
SIGN = "must be the sign or name of a currency: 1 to 8 characters that can be printed"
PEOPLE = 'must be a language, or a language and a country, such as "de" or "de_DE"'
ZONE = 'must be the name of a time zone, such as "Europe/Berlin"'
DATE = 'must be a day and month that exist, as "dd.mm" from "01.01" to "31.12"'


@pytest.mark.parametrize(
    ("key", "value", "shown", "allowed"),
    [
        ("log_level", "loud", '"loud"', LEVEL),
        ("log_level", 10, "10", LEVEL),
        ("log_file", "a.log", '"a.log"', "must be true or false (also yes/no, on/off, 1/0)"),
        ("cost_calc_request_time", "24:00", '"24:00"', CLOCK),
        ("cost_calc_request_time", "12:5", '"12:5"', CLOCK),
        ("cost_calc_request_time", 0, "0", CLOCK),
        ("currency", "", '""', SIGN),
        ("currency", "a\nb", '"a\\nb"', SIGN),
        ("currency", "Taler und", '"Taler und"', SIGN),
        ("timezone", "Europe/Berlni", '"Europe/Berlni"', f"{ZONE}; did you mean Europe/Berlin?"),
        ("timezone", "../../etc/passwd", '"../../etc/passwd"', ZONE),
        ("timezone", "", '""', ZONE),
        ("timezone", 1, "1", ZONE),
        ("locale", "klingon", '"klingon"', PEOPLE),
        ("locale", "german germany", '"german germany"', PEOPLE),
        ("locale", "", '""', PEOPLE),
        ("locale", 49, "49", PEOPLE),
        ("raw_days", 0, "0", "must be a whole number from 1 to 36500"),
        ("raw_days", 1.5, "1.5", "must be a whole number from 1 to 36500"),
        ("journal_max_mb", 15, "15", "must be a whole number from 16 to 1000000"),
        ("clock_wait_s", -1, "-1", "must be a number of seconds from 0 to 86400"),
        ("commit_interval_s", 0, "0", "must be a number of seconds from 0.1 to 60"),
        ("commit_interval_s", 61, "61", "must be a number of seconds from 0.1 to 60"),
        ("calc_request_time_monthly", "32", '"32"', 'must be a day of the month from "01" to "31"'),
        ("calc_request_time_yearly", "31.02", '"31.02"', DATE),
        ("calc_request_time_yearly", None, "null", DATE),
    ],
)
def test_a_wrong_value_is_told_with_file_key_value_and_what_is_allowed(
    home: Home, key: str, value: object, shown: str, allowed: str
) -> None:
    problem = home.general(**{key: value}).problem()
    assert (problem.source, problem.key) == ("config.json", f"general.{key}")
    assert (problem.value, problem.allowed) == (shown, allowed)


def test_a_level_and_words_are_read_in_capitals_too(home: Home) -> None:
    general = home.general(log_level="WARNING", log_file="Off").loaded_general()
    assert (general.log_level, general.log_file) == ("warning", False)


@pytest.mark.parametrize(
    ("written", "locale"),
    [
        ("de", "de"),
        ("DE_de", "de_DE"),
        ("en-GB", "en_GB"),
        ("zh_Hans_CN", "zh_Hans_CN"),
        (None, None),
    ],
)
def test_a_locale_is_read_in_its_usual_forms(
    home: Home, written: str | None, locale: str | None
) -> None:
    assert home.general(locale=written).loaded_general().locale == locale


def test_all_wrong_values_are_told_at_once_in_the_order_of_the_table(home: Home) -> None:
    home.general(raw_days="many", price_kwh="abc", log_level="x", timezone="x")
    keys = [problem.key for problem in home.problems()]
    assert keys == [
        "general.log_level",
        "general.price_kwh",
        "general.timezone",
        "general.raw_days",
    ]


def test_the_daily_time_has_a_second_name(home: Home) -> None:
    home.general(calc_request_time_daily="06:30")
    assert home.loaded_general().cost_calc_request_time == time(6, 30)


def test_both_names_of_the_daily_time_may_agree_but_not_differ(home: Home) -> None:
    home.general(calc_request_time_daily="06:30", cost_calc_request_time="06:30")
    assert home.loaded_general().cost_calc_request_time == time(6, 30)
    home.general(calc_request_time_daily="06:30", cost_calc_request_time="07:00")
    assert str(home.problem()) == (
        'config.json: general.calc_request_time_daily is "06:30": means the same as'
        ' cost_calc_request_time, which is "07:00"; remove one of the two'
    )


def test_a_second_name_is_told_where_the_wrong_value_stands(home: Home) -> None:
    """The user looks for the key that is in the file."""
    problem = home.general(calc_request_time_daily="25:00").problem()
    assert problem.key == "general.calc_request_time_daily"


def test_sections_of_later_versions_give_one_warning_together(home: Home) -> None:
    home.write("config.json", {"general": {"switch": {}}, "telegrambot": {"token": "geheim"}})
    home.write(
        "devices.json",
        {
            "A": {"type": "shelly:plug-s", "ip": "a", "energy_alarm": {}, "switch": 1},
            "B": {"type": "shelly:plug-s", "ip": "b", "switch": {}, "energy_alarm": {}},
        },
    )
    assert home.warnings() == (
        "telegrambot, switch, energy_alarm: kept, but this version does not act on them yet",
    )


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (
            {"general": {"price_kw": 1}},
            "general.price_kw: is no known key and has no effect; did you mean price_kwh?",
        ),
        ({"general": {"colour": 1}}, "general.colour: is no known key and has no effect"),
        (
            {"General": {}},
            "General: is no known section and has no effect; did you mean general?",
        ),
        ({"price_kwh": 1}, 'price_kwh: has no effect here; it belongs inside "general"'),
    ],
)
def test_what_has_no_effect_is_warned_about(home: Home, content: object, warning: str) -> None:
    assert home.write("config.json", content).warnings() == (f"config.json: {warning}",)


def test_a_section_that_is_no_object_is_refused(home: Home) -> None:
    problem = home.write("config.json", {"general": [1]}).problem()
    assert str(problem) == (
        'config.json: general is a list: must be an object such as {"price_kwh": 0.30}'
    )
