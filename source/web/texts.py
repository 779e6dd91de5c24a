"""The page's languages: which one a reader gets, and the German for each English text.

English is what stands in the sources, marked with ``_()``. The German stands in catalogues by
area, ``locale/de/*.po``, which count as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from starlette.requests import HTTPConnection

from source.config.models import Configuration

LOCALE = Path(__file__).resolve().parent / "locale"
LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}
"""Code → what it is called by those who speak it."""
FALLBACK = "en"
COOKIE = "language"
MOST_TAGS = 20
WELL_FORMED = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(?![^-])", re.IGNORECASE)
"""Language, script and country. Scripts of the page fail with a tag that is none."""

Translator = Callable[[str], str]


def N_(text: str) -> str:  # noqa: N802 (gettext's customary name)
    """Marks a text that is translated later, where it is shown."""
    return text


def language_of(request: HTTPConnection, configuration: Configuration) -> str:
    """What the reader has chosen, else what the browser prefers, else that of the reports."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    wanted = [*preferred(request), configuration.general.locale or ""]
    return next((tag[:2].lower() for tag in wanted if tag[:2].lower() in LANGUAGES), FALLBACK)


def locale_of(request: HTTPConnection, configuration: Configuration) -> str:
    """How numbers and dates are written, such as ``de-AT``; always one of the language."""
    language = language_of(request, configuration)
    wanted = [*preferred(request), (configuration.general.locale or "").replace("_", "-")]
    same = (tag for tag in wanted if tag.lower().split("-")[0] == language)
    found = WELL_FORMED.match(next(same, language))
    return found[0] if found else language


def preferred(request: HTTPConnection) -> list[str]:
    """The language tags that the browser asks for, best first."""
    tags = request.headers.get("accept-language", "").split(",")[:MOST_TAGS]
    weighed = [_weighed(tag) for tag in tags]
    weighed.sort(key=lambda one: -one[1])
    return [tag for tag, weight in weighed if weight > 0 and tag.replace("-", "").isalnum()]


def _weighed(tag: str) -> tuple[str, float]:
    name, _, parameter = tag.strip().partition(";")
    weight = parameter.strip().removeprefix("q=") or "1"
    try:
        return name.strip(), float(weight)
    except ValueError:
        return name.strip(), 0.0


def translator(language: str) -> Translator:
    """English text → that of ``language``; one that it does not know comes back unchanged."""
    known = catalogue(language)
    return lambda text: known.get(text, text)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """English text → text, of all areas; empty for English."""
    merged: dict[str, str] = {}
    for path in sorted((LOCALE / language).glob("*.po")) if language in LANGUAGES else ():
        merged.update(area(path))
    return merged


def area(path: Path) -> Mapping[str, str]:
    """The texts of one catalogue; without those that are not translated yet."""
    with path.open("rb") as file:
        read = read_po(file, locale=path.parent.name)
    return {str(one.id): str(one.string) for one in read if one.id and one.string and not one.fuzzy}
