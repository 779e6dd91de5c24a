"""JSON Schema agrees with what is accepted and refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from source.config.schema import rows, schema
from tests.config.home import PLUG, Home
from tests.config.test_devices import GOOD, WRONG
from tests.config.test_shapes import BOTH_SHAPES

BY_CODE_ONLY = {
    ("ip", "192.168.178."),  # an address in numbers that is none
    ("ip", "plug:0"),
    ("ip", "plug:65536"),
    ("ip", "fe80::1"),
    ("cost_calc_month", "15\n"),  # in Python $ stands before a line end too
}
"""Values that are refused and that a schema can't tell from good ones."""
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


def accepts(file: str, content: object) -> bool:
    which: Any = schema("config") if file == "config.json" else schema("devices")
    return Draft202012Validator(which).is_valid(json.loads(json.dumps(content)))


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


@pytest.mark.parametrize("which", ["environment", "config", "devices"])
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
    assert {row[0] for row in rows("devices")} == {
        *device["properties"],
        *(f"cost_calculation.{key}" for key in order),
    }
