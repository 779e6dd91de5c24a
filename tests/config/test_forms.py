"""Every key of the files has a place in a form, with words in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from source.config.forms import DATABASE_KEYS, FORM_NAMES, FormField, FormName, form
from source.config.models import Database, kinds_of
from source.config.schema import schema
from source.web.texts import catalogue

ALIASES = {"cost_day", "calc_request_time_daily"}
FIELDS = [pytest.param(one, id=f"{name}.{one.key}") for name in FORM_NAMES for one in form(name)]


def keys(name: FormName) -> set[str]:
    return {one.key.partition(".")[0] for one in form(name)}


def alone(tariff: Any) -> Any:
    """The schema of a tariff with a single price."""
    return tariff["anyOf"][1]["properties"]


def test_every_key_of_a_socket_has_a_field() -> None:
    devices: Any = schema("devices")
    wanted = devices["additionalProperties"]["properties"]
    assert keys("socket") == set(wanted) - ALIASES
    nested = wanted["cost_calculation"]["properties"]
    order = {one.key for one in form("socket") if one.key.startswith("cost_calculation.")}
    assert order == {f"cost_calculation.{key}" for key in nested}
    for name in ("power_on_counter", "run"):
        assert keys(name) == set(wanted[name]["anyOf"][0]["properties"])


def test_every_key_of_config_json_has_a_field() -> None:
    properties: Any = schema("config")["properties"]
    assert keys("general") == set(properties["general"]["properties"]) - ALIASES
    assert keys("web") == set(properties["web"]["anyOf"][0]["properties"])
    by_date, single, _, _ = properties["tariff"]["anyOf"]
    assert keys("tariff") == {"prices", "holidays", "share_base_price"}
    assert keys("tariff") <= set(by_date["properties"])
    assert keys("price") == {
        key for key, one in by_date["properties"]["prices"]["items"]["properties"].items() if one
    }
    price = single["properties"]
    assert keys("window") == set(price["windows"]["anyOf"][0]["items"]["properties"])
    assert keys("dynamic") == set(price["dynamic"]["anyOf"][0]["properties"])


def test_every_variable_of_the_database_has_a_field() -> None:
    assert set(DATABASE_KEYS) == set(kinds_of(Database))
    assert keys("database") == set(DATABASE_KEYS.values())


def test_other_names_of_a_key_are_told() -> None:
    found = {one.key: one.other_names for name in FORM_NAMES for one in form(name)}
    assert found["cost_calc_day"] == ("cost_day",)
    assert found["cost_calc_request_time"] == ("calc_request_time_daily",)


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_has_words_in_both_languages(field: FormField) -> None:
    german = catalogue("de")
    texts = [field.label.text, field.description, field.group, *field.choice_labels().values()]
    if field.label.without:
        texts.append(field.label.without)
    assert all(texts)
    assert [text for text in texts if text not in german] == []


@pytest.mark.parametrize("field", FIELDS)
def test_the_default_of_a_field_is_one_of_its_values(field: FormField) -> None:
    control = field.control
    if field.default is None:
        assert field.required or field.default_text
    elif control.kind in ("number", "integer"):
        assert isinstance(field.default, int | float)
        assert (control.minimum or 0) <= field.default <= (control.maximum or 0)
    elif control.kind == "choice":
        assert field.default in control.choices
    elif control.kind == "flag":
        assert isinstance(field.default, bool)


def test_units_and_ranges_are_those_of_the_schema() -> None:
    poll = next(one for one in form("socket") if one.key == "update_time")
    assert (poll.label.text, poll.kind, poll.control.unit) == ("Poll every", "number", "s")
    assert (poll.control.minimum, poll.control.maximum, poll.default) == (0.1, 86_400, 10)
    limit = next(one for one in form("socket") if one.key == "timeout_s")
    assert limit.control.exclusive_minimum
