"""Tariffs: what may be written, in config.json and for a device, and what is wrong with it."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from source.config.tariffs import Market, PriceSection, Tariff, Window
from tests.config.home import PLUG, Home

OF_THE_ISSUE: dict[str, Any] = {
    "prices": [
        {
            "from": "2025-01-01",
            "price_kwh": 0.32,
            "base_price_month": 12.90,
            "feed_in_kwh": 0.082,
        },
        {
            "from": "2026-01-01",
            "price_kwh": 0.30,
            "windows": [{"from": "22:00", "to": "06:00", "days": "mon-fri", "price_kwh": 0.21}],
        },
        {
            "from": "2026-07-01",
            "dynamic": {"provider": "awattar", "area": "DE", "formula": "(spot + 15.3) * 1.19"},
        },
    ],
    "holidays": "DE-BY",
    "share_base_price": False,
}


def tariff_of(home: Home, tariff: object, **general: object) -> Tariff | None:
    home.write("config.json", {"general": general, "tariff": tariff})
    return home.load().tariff


def section_of(home: Home, **keys: object) -> PriceSection:
    """The section that one price without a date gives."""
    tariff = tariff_of(home, keys)
    assert tariff is not None
    (section,) = tariff.sections
    return section


def window_of(home: Home, **keys: object) -> Window:
    entry = {"from": "22:00", "to": "06:00", "price_kwh": 0.2, **keys}
    (window,) = section_of(home, windows=[entry]).windows
    return window


def market_of(home: Home, **keys: object) -> Market:
    market = section_of(home, dynamic={"provider": "awattar", **keys}).market
    assert market is not None
    return market


def told(home: Home, tariff: object) -> list[str]:
    home.write("config.json", {"tariff": tariff})
    return [str(problem) for problem in home.problems()]


def test_without_a_tariff_there_is_none(home: Home) -> None:
    assert home.load().tariff is None
    assert tariff_of(home, None) is None


def test_everything_that_a_tariff_may_say_is_read(home: Home) -> None:
    tariff = tariff_of(home, OF_THE_ISSUE, price_kwh=0.28)
    night = Window(
        start=time(22), end=time(6), weekdays=frozenset(range(5)), price_kwh=Decimal("0.21")
    )
    assert tariff == Tariff(
        sections=(
            PriceSection(price_kwh=Decimal("0.28")),
            PriceSection(
                start=date(2025, 1, 1),
                price_kwh=Decimal("0.32"),
                base_price_month=Decimal("12.90"),
                feed_in_kwh=Decimal("0.082"),
            ),
            PriceSection(start=date(2026, 1, 1), price_kwh=Decimal("0.30"), windows=(night,)),
            PriceSection(
                start=date(2026, 7, 1),
                price_kwh=Decimal("0.28"),
                market=Market(provider="awattar", area="DE", formula="(spot + 15.3) * 1.19"),
            ),
        ),
        holidays="DE-BY",
    )
    assert home.warnings() == ()


def test_a_list_of_prices_is_a_tariff(home: Home) -> None:
    listed = tariff_of(home, OF_THE_ISSUE["prices"])
    whole = tariff_of(home, {"prices": OF_THE_ISSUE["prices"]})
    assert listed == whole
    assert home.warnings() == ()


def test_a_single_price_may_stand_in_the_tariff_itself(home: Home) -> None:
    tariff = tariff_of(
        home,
        {
            "price_kwh": "0,31",
            "base_price_month": "9,9",
            "holidays": "de",
            "share_base_price": "yes",
        },
    )
    price = PriceSection(price_kwh=Decimal("0.31"), base_price_month=Decimal("9.9"))
    assert tariff == Tariff(sections=(price,), holidays="DE", share_base_price=True)
    assert home.warnings() == ()


def test_prices_are_sorted_by_their_dates_and_the_plain_one_holds_before(home: Home) -> None:
    tariff = tariff_of(
        home,
        [{"from": "2026-01-01", "price_kwh": 3}, {"from": "2025-01-01", "price_kwh": 2}],
        price_kwh=1,
    )
    assert tariff is not None
    assert [(one.start, one.price_kwh) for one in tariff.sections] == [
        (None, 1),
        (date(2025, 1, 1), 2),
        (date(2026, 1, 1), 3),
    ]


def test_a_price_without_a_date_holds_before_all_others(home: Home) -> None:
    tariff = tariff_of(home, [{"from": "2026-01-01", "price_kwh": 3}, {"price_kwh": 2}])
    assert tariff is not None
    assert [(one.start, one.price_kwh) for one in tariff.sections] == [
        (None, 2),
        (date(2026, 1, 1), 3),
    ]


# --- values ---


@pytest.mark.parametrize("written", [0.296, "0,296", " 0.296 "])
def test_prices_are_exact_however_they_are_written(home: Home, written: object) -> None:
    section = section_of(home, price_kwh=written, base_price_month=written, feed_in_kwh=written)
    prices = (section.price_kwh, section.base_price_month, section.feed_in_kwh)
    assert prices == (Decimal("0.296"),) * 3
    assert window_of(home, price_kwh=written).price_kwh == Decimal("0.296")


@pytest.mark.parametrize(
    ("days", "numbers"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sat,sun", {5, 6}),
        ("Sat - Mon", {5, 6, 0}),
        ("mon, wed-thu ,sun", {0, 2, 3, 6}),
        ("sun", {6}),
        ("Mo-Fr", {0, 1, 2, 3, 4}),
        ("di,do,so", {1, 3, 6}),
        (["mon", "wed", "fri-sun"], {0, 2, 4, 5, 6}),
        ("fri-fri", {4}),
        ("sun-sat", {0, 1, 2, 3, 4, 5, 6}),
    ],
)
def test_days_are_words_spans_and_lists(home: Home, days: object, numbers: set[int]) -> None:
    assert window_of(home, days=days).weekdays == numbers


@pytest.mark.parametrize("days", ["Montag-freitag", "monday – friday", "mo-Thu, Freitag"])
def test_days_may_be_written_out_and_with_the_dash_of_a_word_processor(
    home: Home, days: str
) -> None:
    assert window_of(home, days=days).weekdays == {0, 1, 2, 3, 4}


def test_a_window_without_days_is_one_of_every_day(home: Home) -> None:
    assert window_of(home).weekdays == set(range(7))


@pytest.mark.parametrize(
    ("begin", "end", "times"),
    [
        ("22:00", "06:00", (time(22), time(6))),
        ("7:15", "9:45", (time(7, 15), time(9, 45))),
        ("00:00", "24:00", (time(0), time(0))),
        ("23:45", "24:00", (time(23, 45), time(0))),
    ],
)
def test_the_times_of_a_window_are_those_of_quarter_hours(
    home: Home, begin: str, end: str, times: tuple[time, time]
) -> None:
    window = window_of(home, **{"from": begin, "to": end})
    assert (window.start, window.end) == times


@pytest.mark.parametrize(
    ("written", "area"), [("DE", "DE"), (" de-by ", "DE-BY"), ("US-CA", "US-CA"), (None, None)]
)
def test_a_country_and_its_states_have_holidays(
    home: Home, written: str | None, area: str | None
) -> None:
    tariff = tariff_of(home, {"holidays": written})
    assert tariff is not None
    assert tariff.holidays == area


def test_a_market_without_a_formula_has_the_markets_own_price(home: Home) -> None:
    market = market_of(home)
    assert (market.formula, market.area, market.source) == ("spot", None, "awattar")


def test_a_file_of_prices_stands_under_its_own_name_in_the_journal(home: Home) -> None:
    market = market_of(home, provider="csv", file="spot 2026.csv")
    assert market.source == "csv:spot 2026.csv"


TIME = 'must be a time of day on a quarter hour, from "00:00" to "23:45"'
END = 'must be a time of day on a quarter hour, from "00:00" to "24:00"'
DAYS = 'must be days of the week, such as "mon-fri", "sat,sun", "mo-fr" or ["mon", "wed"]'
DATE = 'must be a date that exists, as year, month and day: "2026-01-31"'
PRICE = 'must be a price per kWh from 0 to 1000000, such as 0.296 or "0,296"'
MONTH = 'must be a price per month from 0 to 1000000, such as 0.296 or "0,296"'
AREA = 'must be the code of a country, or of a country and its state: "DE" or "DE-BY"'
FORMULA = 'must be a formula such as "(spot + 15.3) * 1.19"'
FILE = 'must be the name of a file in the files folder, such as "prices.csv"'
URL = 'must be an address that begins with http:// or https://, and a host name, without "@"'
WINDOW: dict[str, Any] = {"from": "22:00", "to": "06:00", "price_kwh": 0.2}
CSV: dict[str, Any] = {"provider": "csv", "file": "prices.csv"}
WRONG: list[tuple[object, str, str]] = [
    ("0.30", "", 'is "0.30": must be a list of prices, or an object such as {"prices": ['),
    (0.3, "", "is 0.3: must be a list of prices"),
    ([], "", "is an empty list: must be a list of prices"),
    ({"prices": []}, "prices", "is an empty list: must be a list of prices"),
    ({"prices": {"price_kwh": 0.3}}, "prices", "is an object: must be a list of prices"),
    ([0.3], "0", 'is 0.3: must be an object such as {"from": "2026-01-01", "price_kwh": 0.30}'),
    ({"price_kwh": "cheap"}, "price_kwh", f'is "cheap": {PRICE}'),
    ({"price_kwh": None}, "price_kwh", f"is null: {PRICE}"),
    ({"feed_in_kwh": -0.08}, "feed_in_kwh", f"is -0.08: {PRICE}"),
    ({"base_price_month": True}, "base_price_month", f"is true: {MONTH}"),
    ([{"from": "2026-02-30"}], "0.from", f'is "2026-02-30": {DATE}'),
    ([{"from": "01.01.2026"}], "0.from", f'is "01.01.2026": {DATE}'),
    ([{"from": 2026}], "0.from", f"is 2026: {DATE}"),
    ([{"from": "1969-12-31"}], "0.from", f'is "1969-12-31": {DATE}, from the years 1970 to 2999'),
    (
        {"prices": [{"price_kwh": 0.3}], "price_kwh": 0.2},
        "price_kwh",
        ': belongs inside "prices", to the price that it is part of',
    ),
    (
        {"prices": [{"from": "2026-01-01"}, {"from": "2026-01-01", "price_kwh": 1}]},
        "prices.1.from",
        'is "2026-01-01": is the date of another price too; change or remove one of the two',
    ),
    ([{"price_kwh": 0.3}, {}], "1.from", ": is missing; only one price holds since ever"),
    (
        {"holidays": "XX"},
        "holidays",
        f'is "XX": {AREA}; the holidays of this country are not known',
    ),
    ({"holidays": "DE-XX"}, "holidays", f'is "DE-XX": {AREA}; known are DE, DE-BB, DE-BE, DE-BW,'),
    ({"holidays": "Bavaria"}, "holidays", f'is "Bavaria": {AREA}'),
    ({"holidays": ["DE"]}, "holidays", f"is a list: {AREA}"),
    ({"share_base_price": "all"}, "share_base_price", 'is "all": must be true or false'),
    ({"windows": WINDOW}, "windows", "is an object: must be a list of objects, such as [{"),
    ({"windows": ["night"]}, "windows.0", 'is "night": must be an object such as {"from": "22:00"'),
    ({"windows": [{**WINDOW, "from": "22:10"}]}, "windows.0.from", f'is "22:10": {TIME}'),
    ({"windows": [{**WINDOW, "from": "24:00"}]}, "windows.0.from", f'is "24:00": {TIME}'),
    ({"windows": [{**WINDOW, "to": "24:15"}]}, "windows.0.to", f'is "24:15": {END}'),
    ({"windows": [{**WINDOW, "to": 6}]}, "windows.0.to", f"is 6: {END}"),
    ({"windows": [WINDOW, {**WINDOW, "days": "mon-"}]}, "windows.1.days", f'is "mon-": {DAYS}'),
    ({"windows": [{**WINDOW, "days": "weekend"}]}, "windows.0.days", f'is "weekend": {DAYS}'),
    ({"windows": [{**WINDOW, "days": []}]}, "windows.0.days", f"is a list: {DAYS}"),
    ({"windows": [{**WINDOW, "days": ["mon", 2]}]}, "windows.0.days", f"is a list: {DAYS}"),
    ({"windows": [{**WINDOW, "days": "mon,"}]}, "windows.0.days", f'is "mon,": {DAYS}'),
    (
        {"windows": [{"from": "22:00", "price_kwh": 0.2, "until": "06:00"}]},
        "windows.0.to",
        f": is missing; it {END}",
    ),
    (
        {"windows": [{"from": "22:00", "to": "06:00", "pricekwh": 0.2}]},
        "windows.0.price_kwh",
        f": is missing; it {PRICE}; is pricekwh meant for it?",
    ),
    ({"dynamic": "awattar"}, "dynamic", 'is "awattar": must be an object such as {"provider": '),
    ({"dynamic": {}}, "dynamic.provider", ": is missing; it must be the name of a provider of"),
    (
        {"dynamic": {"provider": "awatar"}},
        "dynamic.provider",
        'is "awatar": must be one of awattar, csv, energy-charts, entsoe, tibber, or one that'
        " device_plugin.py registers; did you mean awattar?",
    ),
    (
        {"dynamic": {"provider": "awattar", "formula": "spot +"}},
        "dynamic.formula",
        f'is "spot +": {FORMULA}; column 7: it ends too early',
    ),
    (
        {"dynamic": {"provider": "awattar", "formula": "__import__('os')"}},
        "dynamic.formula",
        f'is "__import__(\'os\')": {FORMULA}; column 1: "__import__" is not known',
    ),
    (
        {"dynamic": {"provider": "awattar", "formula": 1.19}},
        "dynamic.formula",
        f"is 1.19: {FORMULA}",
    ),
    ({"dynamic": {"provider": "awattar", "area": ""}}, "dynamic.area", 'is "": must be a market'),
    ({"dynamic": {"provider": "csv"}}, "dynamic.file", f": is missing; it {FILE}"),
    *[
        ({"dynamic": {**CSV, "file": name}}, "dynamic.file", f'is "{name}": {FILE}')
        for name in ("", "../prices.csv", "a/b.csv", "C:prices.csv", ".env", ".")
    ],
    *[
        ({"dynamic": {"provider": "awattar", "url": url}}, "dynamic.url", f'is "{shown}": {URL}')
        for url, shown in [
            ("ftp://host", "ftp://host"),
            ("host/path", "host/path"),
            ("https://", "https://"),
            ("https://user:geheim@host", "***@host"),
            ("https://host:0", "https://host:0"),
            ("https://host:99999", "https://host:99999"),
            ("https://host/x?key=geheim", "https://host/x?***"),
            ("https://host/#geheim", "https://host/#***"),
        ]
    ],
]


@pytest.mark.parametrize(("tariff", "key", "message"), WRONG)
def test_what_is_wrong_is_told_with_its_place(
    home: Home, tariff: object, key: str, message: str
) -> None:
    (problem,) = told(home, tariff)
    gap = "" if message.startswith(":") else " "
    where = f"tariff.{key}" if key else "tariff"
    assert problem.startswith(f"config.json: {where}{gap}{message}")


def test_everything_wrong_is_told_at_once(home: Home) -> None:
    tariff = {
        "prices": [
            {"from": "soon", "price_kwh": "x"},
            {"from": "2026-01-01", "windows": [{**WINDOW, "from": 1}, {**WINDOW, "days": 1}]},
            {"from": "2026-07-01", "dynamic": {"provider": "x", "formula": "spot spot"}},
        ],
        "holidays": "DE-X",
    }
    assert [problem.split(" is ")[0] for problem in told(home, tariff)] == [
        "config.json: tariff.prices.0.from",
        "config.json: tariff.prices.0.price_kwh",
        "config.json: tariff.prices.1.windows.0.from",
        "config.json: tariff.prices.1.windows.1.days",
        "config.json: tariff.prices.2.dynamic.provider",
        "config.json: tariff.prices.2.dynamic.formula",
        "config.json: tariff.holidays",
    ]


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (
            {"tariff": {"feed_in": 0.08}},
            "tariff.feed_in: is no known key and has no effect; did you mean feed_in_kwh?",
        ),
        (
            {"tariff": [{"colour": 1}]},
            "tariff.0.colour: is no known key and has no effect",
        ),
        (
            {"tariff": {"windows": [{**WINDOW, "day": "mon"}]}},
            "tariff.windows.0.day: is no known key and has no effect; did you mean days?",
        ),
        (
            {"tariff": {"dynamic": {"provider": "awattar", "formel": "spot"}}},
            "tariff.dynamic.formel: is no known key and has no effect; did you mean formula?",
        ),
        (
            {"tariff": {"dynamic": {"provider": "awattar", "file": "a.csv"}}},
            "tariff.dynamic.file: has no effect with the provider awattar",
        ),
        (
            {"tariff": {"dynamic": {**CSV, "area": "DE"}}},
            "tariff.dynamic.area: has no effect with the provider csv",
        ),
        (
            {"general": {"tariff": {"price_kwh": 1}}},
            'general.tariff: has no effect here; it belongs beside "general"',
        ),
        ({"prices": []}, 'prices: has no effect here; it belongs inside "tariff"'),
        ({"tarif": {}}, "tarif: is no known section and has no effect; did you mean tariff?"),
    ],
)
def test_what_has_no_effect_is_warned_about(home: Home, content: object, warning: str) -> None:
    assert home.write("config.json", content).warnings() == (f"config.json: {warning}",)


def test_a_key_without_effect_is_not_in_the_market(home: Home) -> None:
    assert market_of(home, **CSV, area="DE", url="http://a").source == "csv:prices.csv"
    assert market_of(home, file="a.csv").source == "awattar"


def test_a_key_that_stands_twice_is_told_with_its_place(home: Home) -> None:
    home.write("config.json", '{"tariff": [{"price_kwh": 1, "price_kwh": 2}]}')
    assert home.problem().key == "tariff.0.price_kwh"


# --- providers and tokens ---


def test_while_the_plugin_does_not_load_an_unknown_provider_is_a_warning(home: Home) -> None:
    home.types_complete = False
    assert market_of(home, provider="my-market", area="1", file="x").source == "my-market:1:x"
    assert home.warnings() == (
        'config.json: tariff.dynamic.provider: "my-market" is none of the providers that are loaded'
        " (awattar, csv, energy-charts, entsoe, tibber); their prices are missing until"
        " device_plugin.py loads",
    )


def test_a_registered_provider_is_known(home: Home) -> None:
    home.providers = ("awattar", "mine")
    assert market_of(home, provider="mine", area="x", file="y").file == "y"
    assert home.warnings() == ()


@pytest.mark.parametrize("provider", ["tibber", "entsoe"])
def test_a_token_that_is_missing_is_told(home: Home, provider: str) -> None:
    (problem,) = told(home, {"dynamic": {"provider": provider}})
    assert problem == (
        f"config.json: tariff.dynamic.token: is missing; {provider} gives prices only to those who"
        " have one. Enter it here, or set TARIFF_TOKEN, or TARIFF_TOKEN_FILE for a file that holds"
        " it"
    )


def test_a_token_comes_from_the_file_or_else_from_the_environment(home: Home) -> None:
    home.environ["TARIFF_TOKEN"] = " of-the-environment "
    assert market_of(home, provider="tibber").token == SecretStr("of-the-environment")
    assert market_of(home, provider="tibber", token="own").token == SecretStr("own")
    assert market_of(home, provider="tibber", token="").token == SecretStr("of-the-environment")


def test_a_token_may_be_in_a_file_of_its_own_or_in_dotenv(home: Home) -> None:
    (home.files / "token").write_text("from-a-file\n")
    (home.files / ".env").write_text("TARIFF_TOKEN_FILE=token\n")
    assert market_of(home, provider="entsoe").token == SecretStr("from-a-file")


def test_a_token_file_that_can_not_be_read_is_the_only_problem(home: Home) -> None:
    home.environ["TARIFF_TOKEN_FILE"] = str(home.files / "none")
    (problem,) = told(home, {"dynamic": {"provider": "tibber"}})
    assert problem == (
        "environment: TARIFF_TOKEN_FILE: names a file that can't be read: No such file or directory"
    )


def test_providers_that_want_no_token_do_not_get_the_one_of_the_environment(home: Home) -> None:
    home.environ["TARIFF_TOKEN"] = "geheim"
    home.providers = ("awattar", "csv", "mine")
    assert market_of(home).token is None
    assert market_of(home, **CSV).token is None
    assert market_of(home, provider="mine").token == SecretStr("geheim")


def test_a_token_is_never_shown(home: Home) -> None:
    home.plug(tariff={"dynamic": {"provider": "tibber", "token": "geheim"}})
    assert "geheim" not in repr(home.load())
    home.plug(tariff={"dynamic": {"provider": "tibber", "token": 4711, "url": "x"}})
    told = str([str(problem) for problem in home.problems()])
    assert "dynamic.token: must be a token" in told
    assert "4711" not in told


@pytest.mark.parametrize("token", [4711, ["4711"], "47 11", "4711\n4711", "4711é", True])
def test_what_is_no_token_is_refused_unseen(home: Home, token: object) -> None:
    (problem,) = told(home, {"dynamic": {"provider": "tibber", "token": token}})
    assert problem.startswith("config.json: tariff.dynamic.token: must be a token")
    assert "47" not in problem
    home.write("config.json", "{}")
    if isinstance(token, str):
        home.environ["TARIFF_TOKEN"] = token
        assert str(home.problem()).startswith("environment: TARIFF_TOKEN: must be a token")
        assert "47" not in str(home.problem())


def test_blanks_that_were_copied_along_are_not_part_of_a_token(home: Home) -> None:
    token = market_of(home, provider="tibber", token=" 4711\n").token
    assert token == SecretStr("4711")


@pytest.mark.parametrize("tariff", [{"provider": "awattar"}, {"prices": [{"area": "DE"}]}])
def test_a_key_of_a_market_outside_of_it_is_a_problem(home: Home, tariff: object) -> None:
    (problem,) = told(home, tariff)
    assert problem.endswith(': belongs inside "dynamic"')


# --- what is hardly meant so ---


@pytest.mark.parametrize(
    ("tariff", "key", "warning"),
    [
        ({"price_kwh": 30}, "", "says 30 € per kWh; is that in cents? Prices are in €"),
        ({"feed_in_kwh": "8,1"}, "", "says 8.1 € per kWh; is that in cents? Prices are in €"),
        ({"windows": [{**WINDOW, "price_kwh": 21}]}, "", "says 21 € per kWh; is that in cents?"),
        ({"holidays": "BY"}, ".holidays", '"BY" is another country; the German state is "DE-BY"'),
    ],
)
def test_what_is_hardly_meant_so_is_asked_about(
    home: Home, tariff: object, key: str, warning: str
) -> None:
    home.write("config.json", {"general": {"currency": "€"}, "tariff": tariff})
    (found,) = home.warnings()
    assert found.startswith(f"config.json: tariff{key}: {warning}")
    home.write("config.json", {})
    (found,) = home.plug(tariff=tariff).warnings()
    assert found.startswith(f"devices.json: Fridge.tariff{key}: {warning}")


def test_a_plain_price_in_cents_is_asked_about_once(home: Home) -> None:
    home.write("config.json", {"general": {"price_kwh": 30}, "tariff": {"base_price_month": 9}})
    assert home.warnings() == (
        "config.json: general.price_kwh: says 30 € per kWh; is that in cents? Prices are in €",
    )
    assert home.general(price_kwh=30, currency="Kč").warnings() == ()
    home.general()
    (found,) = home.plug(price_kwh=30).warnings()
    assert found.startswith("devices.json: Fridge.price_kwh: says 30 € per kWh")


def test_two_ways_to_fetch_the_same_prices_are_told(home: Home) -> None:
    home.write("config.json", {"tariff": {"dynamic": {"provider": "tibber", "token": "one"}}})
    home.plug(tariff={"dynamic": {"provider": "tibber", "token": "two"}})
    assert home.warnings() == (
        'devices.json: Fridge.tariff: fetches the prices "tibber" with another token or url than'
        " tariff does, which goes for both; tell them apart by area",
    )
    home.plug(tariff={"dynamic": {"provider": "tibber", "token": "two", "area": "2nd home"}})
    assert home.warnings() == ()
    home.plug(tariff={"dynamic": {"provider": "tibber", "token": "one", "formula": "spot + 1"}})
    assert home.warnings() == ()


# --- of a device ---


def test_a_device_may_have_a_tariff_of_its_own(home: Home) -> None:
    home.general(price_kwh=0.28)
    device = home.plug(tariff=OF_THE_ISSUE).fridge()
    assert device.tariff == tariff_of(home, OF_THE_ISSUE, price_kwh=0.28)
    assert device.settings["tariff"] == OF_THE_ISSUE


def test_the_plain_price_of_the_house_holds_before_the_dates_of_a_devices_tariff(
    home: Home,
) -> None:
    home.general(price_kwh="0,27")
    tariff = home.plug(tariff=[{"from": "2026-01-01", "price_kwh": 0.2}]).fridge().tariff
    assert tariff is not None
    assert [one.price_kwh for one in tariff.sections] == [Decimal("0.27"), Decimal("0.2")]


def test_what_is_wrong_in_a_devices_tariff_is_told_under_its_name(home: Home) -> None:
    home.plug(tariff={"prices": [{"from": "x"}]}, update_time=0)
    assert {problem.key for problem in home.problems()} == {
        "Fridge.tariff.prices.0.from",
        "Fridge.update_time",
    }


def test_a_price_and_a_tariff_of_one_device_contradict_each_other(home: Home) -> None:
    problem = home.plug(price_kwh=0.2, tariff={"price_kwh": 0.3}).problem()
    assert str(problem) == (
        "devices.json: Fridge.price_kwh is 0.2: stands beside tariff, which has the prices of this"
        " device; remove one of the two"
    )


def test_sharing_the_base_price_is_the_houses_affair(home: Home) -> None:
    tariff = home.plug(tariff={"share_base_price": True}).fridge().tariff
    assert tariff is not None
    assert not tariff.share_base_price
    assert home.warnings() == (
        "devices.json: Fridge.tariff.share_base_price: has no effect in the tariff of a device",
    )


def test_a_tariff_is_a_key_so_that_two_of_one_content_are_computed_once(home: Home) -> None:
    home.write("devices.json", {name: {**PLUG, "tariff": OF_THE_ISSUE} for name in ("One", "Two")})
    one, two = (device.tariff for device in home.load().devices.values())
    assert len({one, two}) == 1


# --- whatever stands there ---

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 3000),
    st.floats(allow_nan=True),
    st.sampled_from(
        ["", "x", "0,3", "22:00", "24:00", "2026-01-01", "mon-fri", "awattar", "csv", "\0"]
    ),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.just({}),
)
KEYS = st.sampled_from(["from", "to", "days", "price_kwh", "feed_in_kwh", "holidays", "colour"])
WINDOWS = st.dictionaries(KEYS, ODD, max_size=4)
MARKETS = st.dictionaries(
    st.sampled_from(["provider", "area", "formula", "token", "file", "url"]), ODD, max_size=4
)
PRICES = st.dictionaries(KEYS, ODD, max_size=4).flatmap(
    lambda price: st.fixed_dictionaries(
        {},
        optional={
            **{key: st.just(value) for key, value in price.items()},
            "windows": st.one_of(ODD, st.lists(st.one_of(ODD, WINDOWS), max_size=2)),
            "dynamic": st.one_of(ODD, MARKETS),
            "prices": st.one_of(ODD, st.lists(WINDOWS, max_size=2)),
        },
    )
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(ODD, PRICES, st.lists(st.one_of(ODD, PRICES), max_size=2)))
def test_whatever_stands_there_is_a_tariff_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, tariff: object
) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    home.write("config.json", {"tariff": tariff})
    problems = home.problems()
    assert all(problem.key.startswith("tariff") for problem in problems)
    assert problems or home.load().tariff is not None or tariff is None
