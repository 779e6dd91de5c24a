"""What may stand in the files, derived from the models: JSON Schema, and rows for tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from source.config.folder import FILES_FOLDER, FILES_VARIABLE
from source.config.general import SCHEMA_KEY, SECTION
from source.config.kinds import Json
from source.config.models import (
    CostCalculation,
    Database,
    DeviceConfig,
    General,
    PowerOn,
    RunRule,
    kinds_of,
)
from source.config.prices import DYNAMIC, MARKET_KEYS, PRICES, TARIFF, TOKEN_VARIABLE, WINDOWS
from source.config.rules import POWER_ON, RUN
from source.config.shapes import DEVICE_NAMES, GENERAL_NAMES, IDLE_DEVICE_KEYS, IDLE_SECTIONS, ORDER
from source.config.tariffs import Market, PriceSection, Tariff, Window
from source.config.web import PASSWORD_VARIABLE, VARIABLES, Web
from source.config.webreading import WEB

File: TypeAlias = Literal["config", "devices"]
Row: TypeAlias = tuple[str, str, str, str]
"""Key, type, default and description."""
Table: TypeAlias = Literal[
    "environment",
    "config",
    "web",
    "devices",
    "tariff",
    "price",
    "window",
    "dynamic",
    "power_on_counter",
    "run",
]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDLE_TEXT = "Known from other versions and kept; this version does not act on it yet."
ORDER_TEXT = "The reports of this socket, at the times that `general` in config.json gives for all."
TARIFF_TEXT = "Prices of the house, by date, time of use or market."
OWN_TARIFF_TEXT = "Own tariff of this device, in the place of the one of the house."
POWER_ON_TEXT = "Counts how often the appliance is switched on."
RUN_TEXT = "What a run of the appliance is, such as a wash."
PRICES_TEXT = "The prices, each from a date on. A single one may stand in the tariff itself."
WINDOWS_TEXT = "Hours of the day with a price of their own; the first that fits holds."
DYNAMIC_TEXT = "A dynamic price, from a market or a file."
TOKEN_TEXT = "Token for dynamic prices of `tibber` or `entsoe`."  # noqa: S105 (a description)
WEB_TEXT = "The web page: where it listens, and for whom."
PASSWORD_TEXT = "Password of the web page. Left out: the one that is set on the page."  # noqa: S105 (a description)
OBJECT, LIST = "object", "list"
INHERITED = ("price_kwh",)
"""Keys of a price that ``general`` has where they are left out."""
NO_NAMES: Mapping[str, str] = {}
NO_DEFAULT = "-"
REQUIRED = "required"


def schema(which: File) -> dict[str, Json]:
    """The JSON Schema of ``config.json`` or ``devices.json``, as users write it."""
    return _config_schema() if which == "config" else _devices_schema()


def rows(which: Table) -> list[Row]:
    """A row for each key, for tables.

    ``config``: the keys of ``general``, then the sections beside it.
    """
    return _TABLES[which]()


def _environment_rows() -> list[Row]:
    folder = "Folder of the files below; `--files` does the same."
    return [
        *_rows(Database),
        *_web_variables(),
        (TOKEN_VARIABLE, "text", "none", TOKEN_TEXT),
        (FILES_VARIABLE, "path", f"`{FILES_FOLDER}` beside main.py", folder),
    ]


def _web_variables() -> list[Row]:
    """Those keys of the page that variables may set, under the variables' names."""
    of_key = {row[0]: row[1:] for row in _rows(Web)}
    rows = [(name, *of_key[key]) for name, key in VARIABLES.items()]
    return [*rows, (PASSWORD_VARIABLE, "text", "none", PASSWORD_TEXT)]


def _config_rows() -> list[Row]:
    sections = [(TARIFF, OBJECT, NO_DEFAULT, TARIFF_TEXT), (WEB, OBJECT, NO_DEFAULT, WEB_TEXT)]
    return [*_rows(General, GENERAL_NAMES), *sections, *_idle_rows(IDLE_SECTIONS)]


def _device_rows() -> list[Row]:
    order = [(f"{ORDER}.{row[0]}", *row[1:]) for row in _rows(CostCalculation)]
    objects = [
        (TARIFF, OBJECT, NO_DEFAULT, OWN_TARIFF_TEXT),
        (POWER_ON, OBJECT, NO_DEFAULT, POWER_ON_TEXT),
        (RUN, OBJECT, NO_DEFAULT, RUN_TEXT),
    ]
    return [*_rows(DeviceConfig, DEVICE_NAMES), *objects, *order, *_idle_rows(IDLE_DEVICE_KEYS)]


def _tariff_rows() -> list[Row]:
    return [(PRICES, LIST, NO_DEFAULT, PRICES_TEXT), *_rows(Tariff)]


def _price_rows() -> list[Row]:
    return [
        *_rows(PriceSection, optional=INHERITED),
        (WINDOWS, LIST, NO_DEFAULT, WINDOWS_TEXT),
        (DYNAMIC, OBJECT, NO_DEFAULT, DYNAMIC_TEXT),
    ]


def _config_schema() -> dict[str, Json]:
    return {
        "$schema": DIALECT,
        "title": "config.json",
        "type": "object",
        "properties": {
            SCHEMA_KEY: {"type": "string"},
            SECTION: _object(General, GENERAL_NAMES),
            TARIFF: _tariff_schema(TARIFF_TEXT),
            WEB: _or_null({**_object(Web), "description": WEB_TEXT}),
            **_idle_properties(IDLE_SECTIONS),
        },
    }


def _devices_schema() -> dict[str, Json]:
    device = _object(DeviceConfig, DEVICE_NAMES)
    device["properties"] |= {
        TARIFF: _tariff_schema(OWN_TARIFF_TEXT),
        POWER_ON: _or_null({**_object(PowerOn), "description": POWER_ON_TEXT}),
        RUN: _or_null({**_object(RunRule), "description": RUN_TEXT}),
        ORDER: {**_object(CostCalculation), "description": ORDER_TEXT},
        **_idle_properties(IDLE_DEVICE_KEYS),
    }
    return {
        "$schema": DIALECT,
        "title": "devices.json",
        "description": "The sockets, each under its name.",
        "type": "object",
        "properties": {SCHEMA_KEY: {"type": "string"}},
        "propertyNames": {"minLength": 1},
        "additionalProperties": {**device, "additionalProperties": True},
    }


def _tariff_schema(text: str) -> dict[str, Json]:
    """Of a tariff: an object with a list of prices, one with the keys of a single price, a list."""
    price = _price_schema()
    prices: dict[str, Json] = {
        "type": "array",
        "items": price,
        "minItems": 1,
        "description": PRICES_TEXT,
    }
    whole = _object(Tariff)
    alone = {**whole, "properties": {**price["properties"], **whole["properties"]}}
    by_date = {**whole, "required": [PRICES]}
    by_date["properties"] = {PRICES: prices, **whole["properties"]}
    # What stands in the list must not stand beside it, and the list not beside a single price.
    by_date["properties"] |= dict.fromkeys(price["properties"], False)
    alone["properties"] |= {PRICES: False}
    return {"description": text, "anyOf": [by_date, alone, prices, {"type": "null"}]}


def _price_schema() -> dict[str, Any]:
    price = _object(PriceSection, optional=INHERITED)
    windows = {"type": "array", "items": _object(Window), "description": WINDOWS_TEXT}
    price["properties"] |= {
        WINDOWS: {"anyOf": [windows, {"type": "null"}]},
        DYNAMIC: _or_null({**_object(Market), "description": DYNAMIC_TEXT}),
        **dict.fromkeys(MARKET_KEYS, False),  # they belong inside it
    }
    return price


def _or_null(one: dict[str, Json]) -> dict[str, Json]:
    return {"anyOf": [one, {"type": "null"}]}


def _object(
    model: type[BaseModel],
    other_names: Mapping[str, str] = NO_NAMES,
    optional: Sequence[str] = (),
) -> dict[str, Any]:
    """The schema of ``model``, its defaults written as in the file, with the keys' other names.

    The ``optional`` keys may be left out, although the model needs them.
    """
    described = model.model_json_schema()
    kinds = kinds_of(model)
    for key, field in fields_of(model).items():
        one = described["properties"][key]
        one.pop("title", None)
        one.pop("default", None)
        if has_default(field):
            one["default"] = kinds[key].written(field.default)
    required = [key for key in described.pop("required", []) if key not in optional]
    if required:
        described["required"] = required
    for other, key in other_names.items():
        text = {"description": _same_as(key)}
        described["properties"][other] = {**described["properties"][key], **text}
    return described


def _rows(
    model: type[BaseModel],
    other_names: Mapping[str, str] = NO_NAMES,
    optional: Sequence[str] = (),
) -> list[Row]:
    kinds = kinds_of(model)
    result = [
        (
            key,
            kinds[key].type_text,
            NO_DEFAULT if key in optional else _default_text(key, field, model),
            str(field.description),
        )
        for key, field in fields_of(model).items()
    ]
    others = [
        (other, kinds[key].type_text, NO_DEFAULT, _same_as(key))
        for other, key in other_names.items()
    ]
    return result + others


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields that are keys of the file, by key."""
    named = {field.alias or name: field for name, field in model.model_fields.items()}
    return {key: named[key] for key in kinds_of(model)}


def has_default(field: FieldInfo) -> bool:
    """Whether one value is the default: not computed, not "left out"."""
    return not (field.is_required() or field.default_factory or field.default is None)


def _default_text(key: str, field: FieldInfo, model: type[BaseModel]) -> str:
    if field.is_required():
        return REQUIRED
    return kinds_of(model)[key].text(field.default) if has_default(field) else NO_DEFAULT


def _same_as(key: str) -> str:
    return f"Another name of `{key}`."


def _idle_properties(keys: Sequence[str]) -> dict[str, Json]:
    return {key: {"description": IDLE_TEXT} for key in keys}


def _idle_rows(keys: Sequence[str]) -> list[Row]:
    return [(key, "object", NO_DEFAULT, IDLE_TEXT) for key in keys]


_TABLES: Mapping[Table, Callable[[], list[Row]]] = {
    "environment": _environment_rows,
    "config": _config_rows,
    "web": partial(_rows, Web),
    "devices": _device_rows,
    "tariff": _tariff_rows,
    "price": _price_rows,
    "window": partial(_rows, Window),
    "dynamic": partial(_rows, Market),
    "power_on_counter": partial(_rows, PowerOn),
    "run": partial(_rows, RunRule),
}
