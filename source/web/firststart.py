"""What first start writes: language, time zone, price and currency of the house."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from starlette.requests import HTTPConnection

from source.config.general import SECTION
from source.config.places import LocaleName
from source.web.applying import applied, editor_of
from source.web.context import Context
from source.web.texts import preferred

USUAL = {"de": "de_DE", "en": "en_GB"}
"""Locale of a language whose country is not told."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was chosen; None leaves a key as it is."""

    language: str | None
    timezone: str | None
    price_kwh: Decimal | str | None
    currency: str | None


def write_general(context: Context, request: HTTPConnection, wishes: Wishes) -> None:
    """Put them into config.json, and apply it. Raises ConfigError with what is wrong."""
    wanted: dict[str, object] = {
        "locale": _locale(request, wishes.language),
        "timezone": wishes.timezone,
        "price_kwh": wishes.price_kwh,
        "currency": wishes.currency,
    }
    changes = {key: value for key, value in wanted.items() if value is not None}
    if not changes:
        return
    editor = editor_of(context)
    before = editor.sections().get(SECTION)
    section = {**before, **changes} if isinstance(before, dict) else changes
    editor.set_section(SECTION, section, None)
    applied(context)


def _locale(request: HTTPConnection, language: str | None) -> str | None:
    """With the country that the browser prefers for the language, if there is such a locale."""
    if not language:
        return None
    wanted = language.replace("_", "-")
    same = [tag for tag in preferred(request) if tag.lower().startswith(f"{wanted.lower()}-")]
    for tag in (*same, wanted) if "-" not in wanted else (wanted,):
        if "-" in tag and (found := _known(tag.replace("-", "_"))) is not None:
            return found
    return USUAL.get(wanted[:2].lower(), wanted)


def _known(name: str) -> str | None:
    try:
        return LocaleName().read(name)
    except ValueError:
        return None
