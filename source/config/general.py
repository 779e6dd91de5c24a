"""config.json: the section ``general``, and the sections that other versions have beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from source.config.findings import Findings, Place, shown
from source.config.jsonfile import exact_number, read_object
from source.config.models import General, kinds_of
from source.config.reading import validated, warn_of_unknown
from source.config.shapes import GENERAL_NAMES, IDLE_KEYS, acted_on, renamed, spelled
from source.config.spelling import did_you_mean

CONFIG_FILE = "config.json"
SECTION = "general"
SCHEMA_KEY = "$schema"
"""Editors read from it where the schema is."""


def read_general(path: Path, system_zone: ZoneInfo, findings: Findings) -> General:
    """The general settings; the defaults, with problems noted, where they are wrong."""
    place = findings.at(path.name)
    defaults = General(zone=system_zone)
    try:
        content = read_object(path, place, parse_float=exact_number)
    except FileNotFoundError:
        place.warn(
            f"there is no such file in {path.parent}, the defaults are used:"
            f" {defaults.price_kwh} {defaults.currency}/kWh, time zone {defaults.zone}"
        )
        return defaults
    if content is None:
        return defaults
    _look_at_sections(content, place)
    if SECTION not in content:
        return defaults
    section, place = content[SECTION], place.at(SECTION)
    if not isinstance(section, dict):
        place.problem('must be an object such as {"price_kwh": 0.30}', shown(section))
        return defaults
    return _section(section, system_zone, place) or defaults


def _look_at_sections(content: Mapping[str, object], place: Place) -> None:
    keys_of_general = {*kinds_of(General), *GENERAL_NAMES}
    for key in content:
        if key in IDLE_KEYS:
            place.without_effect(key)
        elif key in keys_of_general:
            place.at(key).warn(f'has no effect here; it belongs inside "{SECTION}"')
        elif key not in (SECTION, SCHEMA_KEY):
            hint = did_you_mean(key, (SECTION, *IDLE_KEYS))
            place.at(key).warn(f"is no known section and has no effect{hint}")


def _section(raw: Mapping[str, object], system_zone: ZoneInfo, place: Place) -> General | None:
    entries = acted_on(raw, place)
    warn_of_unknown(entries, {*kinds_of(General), *GENERAL_NAMES}, place, kept=False)
    current = renamed(entries, GENERAL_NAMES, place)
    zone = {} if current.get("timezone") is not None else {"zone": system_zone}
    return validated(General, current, place, spelled(entries, GENERAL_NAMES), **zone)
