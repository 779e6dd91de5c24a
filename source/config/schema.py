"""What may stand in the files, derived from the models: JSON Schema, and rows for tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from source.config.folder import FILES_FOLDER, FILES_VARIABLE
from source.config.general import SCHEMA_KEY, SECTION
from source.config.kinds import Json
from source.config.models import CostCalculation, Database, DeviceConfig, General, kinds_of
from source.config.shapes import DEVICE_NAMES, GENERAL_NAMES, IDLE_DEVICE_KEYS, IDLE_SECTIONS, ORDER

File: TypeAlias = Literal["config", "devices"]
Row: TypeAlias = tuple[str, str, str, str]
"""Key, type, default and description."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDLE_TEXT = "Known from other versions and kept; this version does not act on it yet."
ORDER_TEXT = "The reports of this socket, at the times that `general` in config.json gives for all."
NO_NAMES: Mapping[str, str] = {}
NO_DEFAULT = "-"
REQUIRED = "required"


def schema(which: File) -> dict[str, Json]:
    """The JSON Schema of ``config.json`` or ``devices.json``, as users write it."""
    return _config_schema() if which == "config" else _devices_schema()


def rows(which: Literal["config", "devices", "environment"]) -> list[Row]:
    """A row for each key, for tables.

    ``config``: the keys of ``general``, then the sections beside it.
    """
    if which == "environment":
        folder = "Folder of the files below; `--files` does the same."
        return [
            *_rows(Database),
            (FILES_VARIABLE, "path", f"`{FILES_FOLDER}` beside main.py", folder),
        ]
    if which == "config":
        return [*_rows(General, GENERAL_NAMES), *_idle_rows(IDLE_SECTIONS)]
    order = [(f"{ORDER}.{row[0]}", *row[1:]) for row in _rows(CostCalculation)]
    return [*_rows(DeviceConfig, DEVICE_NAMES), *order, *_idle_rows(IDLE_DEVICE_KEYS)]


def _config_schema() -> dict[str, Json]:
    return {
        "$schema": DIALECT,
        "title": "config.json",
        "type": "object",
        "properties": {
            SCHEMA_KEY: {"type": "string"},
            SECTION: _object(General, GENERAL_NAMES),
            **_idle_properties(IDLE_SECTIONS),
        },
    }


def _devices_schema() -> dict[str, Json]:
    device = _object(DeviceConfig, DEVICE_NAMES)
    device["properties"] |= {
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


def _object(model: type[BaseModel], other_names: Mapping[str, str] = NO_NAMES) -> dict[str, Any]:
    """The schema of ``model``, its defaults written as in the file, with the keys' other names."""
    described = model.model_json_schema()
    kinds = kinds_of(model)
    for key, field in _fields(model).items():
        one = described["properties"][key]
        one.pop("title", None)
        one.pop("default", None)
        if _has_default(field):
            one["default"] = kinds[key].written(field.default)
    for other, key in other_names.items():
        text = {"description": _same_as(key)}
        described["properties"][other] = {**described["properties"][key], **text}
    return described


def _rows(model: type[BaseModel], other_names: Mapping[str, str] = NO_NAMES) -> list[Row]:
    kinds = kinds_of(model)
    result = [
        (key, kinds[key].type_text, _default_text(key, field, model), str(field.description))
        for key, field in _fields(model).items()
    ]
    others = [
        (other, kinds[key].type_text, NO_DEFAULT, _same_as(key))
        for other, key in other_names.items()
    ]
    return result + others


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields that are keys of the file, by key."""
    named = {field.alias or name: field for name, field in model.model_fields.items()}
    return {key: named[key] for key in kinds_of(model)}


def _has_default(field: FieldInfo) -> bool:
    """Whether one value is the default: not computed, not "left out"."""
    return not (field.is_required() or field.default_factory or field.default is None)


def _default_text(key: str, field: FieldInfo, model: type[BaseModel]) -> str:
    if field.is_required():
        return REQUIRED
    return kinds_of(model)[key].text(field.default) if _has_default(field) else NO_DEFAULT


def _same_as(key: str) -> str:
    return f"Another name of `{key}`."


def _idle_properties(keys: Sequence[str]) -> dict[str, Json]:
    return {key: {"description": IDLE_TEXT} for key in keys}


def _idle_rows(keys: Sequence[str]) -> list[Row]:
    return [(key, "object", NO_DEFAULT, IDLE_TEXT) for key in keys]
