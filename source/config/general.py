"""config.json: the sections ``general`` and ``web``, the ``tariff`` of the house, and what else
stands there."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from source.config.findings import Findings, Place, shown
from source.config.jsonfile import exact_number, read_object
from source.config.models import General, kinds_of
from source.config.prices import PRICE_KEYS, TARIFF, TARIFF_KEYS, Markets, read_tariff
from source.config.reading import MOST_UNKNOWN, validated, warn_of_unknown
from source.config.shapes import GENERAL_NAMES, IDLE_KEYS, acted_on, renamed, spelled
from source.config.spelling import did_you_mean
from source.config.tariffs import Tariff
from source.config.web import Web
from source.config.webreading import WEB, read_web

CONFIG_FILE = "config.json"
SECTION = "general"
SCHEMA_KEY = "$schema"
"""Editors read from it where the schema is."""


def read_config(
    path: Path,
    system_zone: ZoneInfo,
    markets: Markets,
    findings: Findings,
    text: bytes | None = None,
) -> tuple[General, Tariff | None, Web]:
    """The general settings, the tariff and the page; the defaults, with problems noted, where it is
    wrong. ``text`` is read in the place of the file, where it is given."""
    place = findings.at(path.name)
    defaults = General(zone=system_zone)
    try:
        content = read_object(path, place, exact_number, text)
    except FileNotFoundError:
        place.warn(
            f"there is no such file in {path.parent}, the defaults are used:"
            f" {defaults.price_kwh} {defaults.currency}/kWh, time zone {defaults.zone}"
        )
        return defaults, None, Web()
    if content is None:
        return defaults, None, Web()
    _look_at_sections(content, place)
    general = _general(content, system_zone, place) or defaults
    tariff = read_tariff(content.get(TARIFF), general.price_kwh, markets, place.at(TARIFF))
    return general, tariff, read_web(content.get(WEB), place.at(WEB))


def _look_at_sections(content: Mapping[str, object], place: Place) -> None:
    belongs = {
        **dict.fromkeys((*PRICE_KEYS, *TARIFF_KEYS), TARIFF),
        **dict.fromkeys((*kinds_of(General), *GENERAL_NAMES), SECTION),
    }
    for key in islice(content, MOST_UNKNOWN):
        if key in IDLE_KEYS:
            place.without_effect(key)
        elif key in belongs:
            place.at(key).warn(f'has no effect here; it belongs inside "{belongs[key]}"')
        elif key not in (SECTION, TARIFF, WEB, SCHEMA_KEY):
            hint = did_you_mean(key, (SECTION, TARIFF, WEB, *IDLE_KEYS))
            place.at(key).warn(f"is no known section and has no effect{hint}")


def _general(content: Mapping[str, object], system_zone: ZoneInfo, place: Place) -> General | None:
    section, place = content.get(SECTION, {}), place.at(SECTION)
    if not isinstance(section, dict):
        place.problem('must be an object such as {"price_kwh": 0.30}', shown(section))
        return None
    entries = acted_on(section, place)
    if TARIFF in entries:
        place.at(TARIFF).warn(f'has no effect here; it belongs beside "{SECTION}"')
        del entries[TARIFF]
    warn_of_unknown(entries, {*kinds_of(General), *GENERAL_NAMES}, place, kept=False)
    current = renamed(entries, GENERAL_NAMES, place)
    zone = {} if current.get("timezone") is not None else {"zone": system_zone}
    return validated(General, current, place, spelled(entries, GENERAL_NAMES), **zone)
