"""What the OpenAPI document says of the files' own keys: the very schemas of the configuration.

What is sent to be saved or tried may be of that shape alone. What is shown is as it stands in the
files, right or wrong, and stays an object of any shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from source.config.general import SECTION
from source.config.prices import TARIFF
from source.config.schema import schema
from source.config.webreading import WEB

ENTRY = "DevicesEntry"
PLACES: Mapping[str, Mapping[str, str]] = {
    "NewSocket": {"entry": ENTRY},
    "ChangedSocket": {"entry": ENTRY},
    "Tested": {"entry": ENTRY},
    "ChangedSettings": {key: f"{key.capitalize()}Section" for key in (SECTION, TARIFF, WEB)},
    "PreviewRequest": {key: f"{key.capitalize()}Section" for key in (SECTION, TARIFF)},
}
"""Model of a request → key → what it is."""


def install(app: FastAPI) -> None:
    """Let the application's document have them."""
    plain = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain()["components"]["schemas"])
        return plain()

    app.openapi = document  # type: ignore[method-assign]  # as FastAPI wants it


def _complete(models: dict[str, Any]) -> None:
    models.update(_sections())
    for model, keys in PLACES.items():
        for key, name in keys.items():
            _refer(models[model]["properties"][key], name)


def _sections() -> Iterator[tuple[str, Any]]:
    yield ENTRY, schema("devices")["additionalProperties"]
    sections: Any = schema("config")["properties"]
    for key in (SECTION, TARIFF, WEB):
        yield f"{key.capitalize()}Section", sections[key]


def _refer(place: dict[str, Any], name: str) -> None:
    """Null stays allowed where it is: it removes a section."""
    reference = {"$ref": f"#/components/schemas/{name}"}
    may_be_null = {"type": "null"} in place.get("anyOf", [])
    for shape in ("type", "additionalProperties", "anyOf"):
        place.pop(shape, None)
    place.update({"anyOf": [reference, {"type": "null"}]} if may_be_null else reference)
