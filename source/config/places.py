"""Kinds of values that say where people live: the language they read, the holidays they have.

The packages that know them are imported when such a key is there: they take their time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from source.config.kinds import Control, Json, Kind

LOCALE = "^ *[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3} *$"
HOLIDAYS = "^ *[A-Za-z]{2}(-[A-Za-z0-9]{1,3})? *$"


@dataclass(frozen=True, slots=True)
class LocaleName(Kind):
    """A language, or a language and a country, as ``de_DE``."""

    @property
    def allowed(self) -> str:
        return 'must be a language, or a language and a country, such as "de" or "de_DE"'

    @property
    def type_text(self) -> str:
        return "text"

    @property
    def control(self) -> Control:
        return Control("locale", placeholder="de_DE")

    def read(self, value: object) -> str:
        from babel import Locale  # noqa: PLC0415 (see above)
        from babel.core import UnknownLocaleError  # noqa: PLC0415

        if not isinstance(value, str) or not re.fullmatch(LOCALE, value):
            raise self.refuse()
        try:
            return str(Locale.parse(value.strip().replace("-", "_")))
        except (UnknownLocaleError, ValueError):
            raise self.refuse() from None

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": LOCALE}


@dataclass(frozen=True, slots=True)
class HolidayArea(Kind):
    """A country, or a country and its state, by their ISO 3166 codes."""

    @property
    def allowed(self) -> str:
        return 'must be the code of a country, or of a country and its state: "DE" or "DE-BY"'

    @property
    def type_text(self) -> str:
        return "text"

    @property
    def control(self) -> Control:
        return Control(placeholder="DE-BY")

    def read(self, value: object) -> str:
        from holidays import country_holidays  # noqa: PLC0415 (see above)

        if not isinstance(value, str) or not re.fullmatch(HOLIDAYS, value):
            raise self.refuse()
        area = value.strip().upper()
        country, _, state = area.partition("-")
        try:
            states = country_holidays(country).subdivisions
        except NotImplementedError:
            unknown = "the holidays of this country are not known"
            raise ValueError(f"{self.allowed}; {unknown}") from None
        if state and state not in states:
            raise ValueError(self.allowed + _known_states(country, states))
        return area

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": HOLIDAYS}


def _known_states(country: str, states: Iterable[str]) -> str:
    codes = [f"{country}-{state}" for state in states if re.fullmatch("[A-Z0-9]{1,3}", state)]
    if not codes:
        return f"; of {country} only the holidays of the whole country are known"
    return f"; known are {', '.join([country, *codes])}"
