"""JSON Schema agrees with what is accepted and refused."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from source.config.models import kinds_of
from source.config.schema import Table, rows, schema
from source.config.tariffs import Market, PriceSection, Tariff, Window
from tests.config.home import PLUG, Home
from tests.config.test_devices import GOOD, WRONG
from tests.config.test_rules import COUNTER, RUN
from tests.config.test_rules import WRONG as WRONG_RULES
from tests.config.test_shapes import BOTH_SHAPES
from tests.config.test_tariff import CSV, OF_THE_ISSUE, WINDOW
from tests.config.test_tariff import WRONG as WRONG_TARIFFS

BY_CODE_ONLY = {
    ("ip", "192.168.178."),  # an address in numbers that is none
    ("ip", "plug:0"),
    ("ip", "plug:65536"),
    ("ip", "fe80::1"),
    ("cost_calc_month", "15\n"),  # in Python $ stands before a line end too
}
"""Values that are refused and that a schema can't tell from good ones."""
TOLD_BY_CODE_ONLY = (
    "from the years 1970 to 2999",
    '"2026-02-30"',
    "the date of another price",
    "only one price holds since ever",
    "holidays of this country are not known",
    "known are ",
    "only the holidays of the whole country",
    "gives prices only to those who have one",
    "must be one of awattar",
    "column ",
    "must not be more than",
    "[at]host",
    "https://host:",
    '"http://a:b"',
    "dynamic.file: is missing",
)
"""What is in the messages about further ones: of several values together, of a calendar, of a list
that a registry has."""
TARIFFS: list[Any] = [
    OF_THE_ISSUE,
    OF_THE_ISSUE["prices"],
    {},
    None,
    {"price_kwh": "0,31", "base_price_month": 12, "holidays": "DE-BY", "share_base_price": "yes"},
    {"prices": [{"from": None}], "holidays": None},
    {"windows": None, "dynamic": None},
    {"windows": []},
    *[{"windows": [{**WINDOW, "days": days}]} for days in ("mon-fri, So", ["sat", "SUN"], "mi")],
    {"windows": [{**WINDOW, "from": "7:15", "to": "24:00"}]},
    {"dynamic": CSV},
    {"dynamic": {"provider": "awattar", "url": "HTTP://127.0.0.1:80/x", "token": None}},
]
GENERAL: list[tuple[str, Any, bool]] = [
    *[("log_level", value, True) for value in ("debug", "INFO", " Warning ")],
    *[("log_level", value, False) for value in ("loud", "", 10, None)],
    *[("log_file", value, True) for value in (True, "off", "Yes", "TRUE", 0, "1")],
    *[("log_file", value, False) for value in ("main.log", 2, None)],
    *[("cost_calc_request_time", value, True) for value in ("00:00", "7:05", "23:59")],
    *[("cost_calc_request_time", value, False) for value in ("24:00", "0:60", 0, None)],
    *[("calc_request_time_daily", value, True) for value in ("00:00", "7:05")],
    *[("calc_request_time_daily", value, False) for value in ("24:00", "x")],
    *[("price_kwh", value, True) for value in (1, 0, 0.296, "0,296", "0.3", " .5 ")],
    *[("price_kwh", value, False) for value in ("abc", -1, "-1", "", None, True, 2_000_000)],
    *[("currency", value, True) for value in ("€", "CHF", " kr ", "x" * 8)],
    *[("currency", value, False) for value in ("", "  ", "x" * 9, 1, None)],
    *[("timezone", value, True) for value in ("Europe/Berlin", None)],
    *[("timezone", value, False) for value in ("", 1)],
    *[("locale", value, True) for value in ("de", "de_DE", "en-GB", None)],
    *[("locale", value, False) for value in ("", "german", "de.DE", 1)],
    *[("raw_days", value, True) for value in (1, 90, "90", 36500)],
    *[("raw_days", value, False) for value in (0, 1.5, "1.5", "ten", 36501, None)],
    *[("journal_max_mb", value, True) for value in (16, "4096", 1_000_000)],
    *[("journal_max_mb", value, False) for value in (15, 4.5, None)],
    *[("clock_wait_s", value, True) for value in (0, "60", 86_400)],
    *[("clock_wait_s", value, False) for value in (-1, "x", None)],
    *[("commit_interval_s", value, True) for value in (0.1, 1, 60, "0,5")],
    *[("commit_interval_s", value, False) for value in (0, 61, "x", None)],
    *[("calc_request_time_monthly", value, True) for value in ("01", 31, "9")],
    *[("calc_request_time_monthly", value, False) for value in ("32", 0, None)],
    *[("calc_request_time_yearly", value, True) for value in ("29.02", "31.12.", "1.1")],
    *[("calc_request_time_yearly", value, False) for value in ("31.02", None, 1.1)],
]


CONFIG_SCHEMA = Draft202012Validator(schema("config"))


def accepts(file: str, content: object) -> bool:
    which: Any = schema("config") if file == "config.json" else schema("devices")
    return Draft202012Validator(which).is_valid(json.loads(json.dumps(content)))


def is_told_by_code_only(message: str) -> bool:
    return any(text in message.replace("@", "[at]") for text in TOLD_BY_CODE_ONLY)


def one(key: str, value: object) -> dict[str, Any]:
    return {"Fridge": {**PLUG, key: value}}


@pytest.mark.parametrize("which", ["config", "devices"])
def test_the_schema_is_a_schema_of_pure_json(which: Any) -> None:
    found = schema(which)
    Draft202012Validator.check_schema(found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize(("key", "value"), [case[:2] for case in GOOD])
def test_every_good_value_of_a_device_validates(key: str, value: object) -> None:
    assert accepts("devices.json", one(key, value))


@pytest.mark.parametrize(("key", "value"), [case[:2] for case in WRONG])
def test_every_wrong_value_of_a_device_does_not(key: str, value: object) -> None:
    told_by_code_only = isinstance(value, str) and (key, value) in BY_CODE_ONLY
    assert accepts("devices.json", one(key, value)) is told_by_code_only


@pytest.mark.parametrize(("key", "value", "good"), GENERAL)
def test_the_schema_of_general_agrees_with_the_code(
    home: Home, key: str, value: object, good: bool
) -> None:
    assert (not home.general(**{key: value}).problems()) is good
    assert accepts("config.json", {"general": {key: value}}) is good


@pytest.mark.parametrize("tariff", TARIFFS)
def test_every_good_tariff_validates_in_both_files(home: Home, tariff: object) -> None:
    home.write("config.json", {"tariff": tariff})
    assert home.plug(tariff=tariff).problems() == ()
    assert accepts("config.json", {"tariff": tariff})
    assert accepts("devices.json", one("tariff", tariff))


@pytest.mark.parametrize(("tariff", "key", "message"), WRONG_TARIFFS)
def test_every_wrong_tariff_does_not(tariff: object, key: str, message: str) -> None:
    told_by_code_only = is_told_by_code_only(f"{key}{message}")
    assert accepts("config.json", {"tariff": tariff}) is told_by_code_only
    assert accepts("devices.json", one("tariff", tariff)) is told_by_code_only


VALUES = st.one_of(
    st.sampled_from(
        [None, True, False, [], {}, "", " ", "x", "0,3", "0.3 ", "1.2.3", -1, 0, 0.3, 2e6]
    ),
    st.sampled_from(["22:00", "7:15", "7:20", "24:00", "2026-01-31", "31.01.2026", "DE", "de-by"]),
    st.sampled_from(["mo-fr", "Sat , so", "mon-", "Montag", ["mi", "sun"], ["x"], [1], "freitags"]),
    st.sampled_from(
        ["awattar", "csv", "tibber", "a.csv", "../a", "spot", "http://a/b", "http://a?b"]
    ),
    st.sampled_from(["http://a:b", "token", " token ", "tok en", "tökén", "yes", "no", "p.csv "]),
    st.text("ab:-, .0?#/é", max_size=4),
    st.integers(-2, 3),
)


PLACES = [
    *[("tariff", key) for key in (*kinds_of(Tariff), "prices", "price_kwh", "from", "area")],
    *[("price", key) for key in (*kinds_of(PriceSection), "windows", "dynamic", "prices", "url")],
    *[("window", key) for key in kinds_of(Window)],
    *[("market", key) for key in kinds_of(Market)],
]


def changed(changes: list[tuple[tuple[str, str], object]], form: str) -> object:
    """A good tariff with other values in some places; Ellipsis takes the key away."""
    window, market = dict(WINDOW), {"provider": "awattar"}
    price: dict[str, Any] = {"price_kwh": 0.3, "windows": [window], "dynamic": market}
    tariff: dict[str, Any] = {"holidays": "DE"}
    objects = {"tariff": tariff, "price": price, "window": window, "market": market}
    for (where, key), value in changes:
        objects[where][key] = value
    for one in objects.values():
        for key in [key for key, value in one.items() if value is ...]:
            del one[key]
    if form == "list":
        return [price]
    return {**price, **tariff} if form == "alone" else {"prices": [price], **tariff}


CHANGES = st.lists(
    st.tuples(st.sampled_from(PLACES), st.one_of(VALUES, st.just(...))), min_size=1, max_size=2
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(CHANGES, st.sampled_from(["list", "alone", "by date"]))
def test_the_schema_takes_what_the_code_takes(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[tuple[str, str], object]],
    form: str,
) -> None:
    tariff = changed(changes, form)
    home = Home(tmp_path_factory.mktemp("home"))
    problems = [str(one) for one in home.write("config.json", {"tariff": tariff}).problems()]
    if problems and all(map(is_told_by_code_only, problems)):
        return
    is_good = CONFIG_SCHEMA.is_valid(json.loads(json.dumps({"tariff": tariff})))
    assert is_good is (not problems), problems


@pytest.mark.parametrize("rule", [COUNTER, {**COUNTER, "daily": "yes", "monthly": 0}, None])
def test_every_good_counter_validates(rule: object) -> None:
    assert accepts("devices.json", one("power_on_counter", rule))


@pytest.mark.parametrize("rule", [RUN, {**RUN, "end_after_s": "900"}, None])
def test_every_good_run_validates(rule: object) -> None:
    assert accepts("devices.json", one("run", rule))


@pytest.mark.parametrize(("key", "value", "inner", "message"), WRONG_RULES)
def test_every_wrong_rule_does_not(key: str, value: object, inner: str, message: str) -> None:
    assert accepts("devices.json", one(key, value)) is is_told_by_code_only(message)


@pytest.mark.parametrize(("order", "own"), BOTH_SHAPES)
def test_both_shapes_validate(order: dict[str, Any], own: dict[str, Any]) -> None:
    assert accepts("devices.json", {"Fridge": {**PLUG, "cost_calculation": order}})
    assert accepts("devices.json", {"Fridge": {**PLUG, **own}})


@pytest.mark.parametrize("order", [True, [], {"daily": "daily"}, {"yearly": None}])
def test_a_wrong_order_does_not(order: object) -> None:
    assert not accepts("devices.json", {"Fridge": {**PLUG, "cost_calculation": order}})


@pytest.mark.parametrize(
    ("file", "content", "good"),
    [
        ("devices.json", {}, True),
        ("devices.json", {"$schema": "x"}, True),
        ("devices.json", {"A": {**PLUG, "token": [1], "switch": {}, "energy_alarm": 1}}, True),
        ("devices.json", {"A": {"ip": "a"}}, True),
        ("devices.json", {"A": {"type": "shelly:3em"}}, False),
        ("devices.json", {"A": []}, False),
        ("devices.json", {"": dict(PLUG)}, False),
        ("devices.json", [], False),
        ("config.json", {}, True),
        ("config.json", {"$schema": "x", "general": {}, "telegrambot": {}}, True),
        ("config.json", {"general": []}, False),
        ("config.json", [], False),
    ],
)
def test_the_form_of_the_files_agrees_with_the_code(
    home: Home, file: str, content: object, good: bool
) -> None:
    assert (not home.write(file, content).problems()) is good
    assert accepts(file, content) is good


@pytest.mark.parametrize("which", ["config", "devices"])
def test_every_default_of_the_schema_is_the_one_in_force(home: Home, which: Any) -> None:
    found: Any = schema(which)
    if which == "config":
        keys = found["properties"]["general"]["properties"]
    else:
        keys = found["additionalProperties"]["properties"]
    written = {key: one["default"] for key, one in keys.items() if "default" in one}
    assert written
    if which == "config":
        assert home.load().general == home.general(**written).loaded_general()
    else:
        plain = home.plug().fridge()
        home.plug(**written)
        assert home.fridge().model_copy(update={"settings": plain.settings}) == plain


@pytest.mark.parametrize("which", get_args(Table))
def test_every_row_can_stand_in_a_table(which: Any) -> None:
    found = rows(which)
    keys = [row[0] for row in found]
    assert len(set(keys)) == len(keys)
    for cell in (cell for row in found for cell in row):
        assert cell == cell.strip() != ""
        assert "|" not in cell
        assert cell.isprintable()


def test_there_is_a_row_for_every_key_of_the_schemas() -> None:
    config, devices = schema("config"), schema("devices")
    general: Any = config["properties"]
    device: Any = devices["additionalProperties"]
    assert {row[0] for row in rows("config")} == (
        {*general["general"]["properties"], *general} - {"general", "$schema"}
    )
    order = device["properties"].pop("cost_calculation")["properties"]
    inner = {key: keys_below(device["properties"][key]) for key in ("power_on_counter", "run")}
    for key, keys in inner.items():
        assert keys == {row[0] for row in rows(key)}  # type: ignore[arg-type]
    assert {row[0] for row in rows("devices")} == {
        *device["properties"],
        *(f"cost_calculation.{key}" for key in order),
    }


def keys_below(found: Any) -> set[str]:
    """The keys of the object in a schema that also takes null."""
    (whole,) = (option for option in found["anyOf"] if "properties" in option)
    return set(whole["properties"])


def test_there_is_a_row_for_every_key_of_a_tariff() -> None:
    found: Any = schema("config")["properties"]
    by_date, alone, prices, _ = found["tariff"]["anyOf"]
    assert {row[0] for row in rows("tariff")} == keys_taken(by_date)
    price = prices["items"]
    assert {row[0] for row in rows("price")} == keys_taken(price)
    assert keys_taken(alone) == {*keys_taken(price), "holidays", "share_base_price"}
    windows = price["properties"]["windows"]["anyOf"][0]
    assert {row[0] for row in rows("window")} == set(windows["items"]["properties"])
    assert {row[0] for row in rows("dynamic")} == keys_below(price["properties"]["dynamic"])


def keys_taken(found: Any) -> set[str]:
    return {key for key, one in found["properties"].items() if one is not False}
