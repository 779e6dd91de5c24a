"""What there is to choose from in long lists: time zones, and languages with their countries."""

from __future__ import annotations

from functools import cache

from babel import Locale, localedata

from source.config.zones import all_zones

NO_PLACES = ("Etc/", "posix/", "right/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/")
"""Beginnings of names that stand beside the ones of places."""


@cache
def zones() -> tuple[str, ...]:
    """The zones that are called after a place, and UTC."""
    places = (name for name in all_zones() if "/" in name and not name.startswith(NO_PLACES))
    return (*sorted(places), "UTC")


@cache
def locales(language: str) -> tuple[tuple[str, str], ...]:
    """Name and what it is called in ``language``, in the order of the latter."""
    reader = Locale.parse(language)
    found = []
    for name in localedata.locale_identifiers():
        parts = name.split("_")
        if len(parts) == 2 and len(parts[1]) == 2 and parts[0] in reader.languages:
            country = reader.territories.get(parts[1], parts[1])
            found.append((name, f"{reader.languages[parts[0]]} ({country})"))
    return tuple(sorted(found, key=lambda one: one[1].casefold()))
