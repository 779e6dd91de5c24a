"""Kinds of values that stand in tariffs: dates, hours, weekdays, formulas, sources of prices."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from pydantic import SecretStr

from source import formula
from source.config.dates import TimeOfDay
from source.config.kinds import Control, Json, Kind, Password

DATE = "^ *[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) *$"
FIRST_YEAR, LAST_YEAR = 1970, 2999
QUARTER_TIME = "^ *([01]?[0-9]|2[0-3]):(00|15|30|45) *$"
END_TIME = "^ *(([01]?[0-9]|2[0-3]):(00|15|30|45)|24:00) *$"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_WORDS = (
    DAYS,
    ("mo", "di", "mi", "do", "fr", "sa", "so"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
)
DAY_NUMBERS = {day: number for days in DAY_WORDS for number, day in enumerate(days)}
DASH = "[-–]"
"""Word processors make the second one of the first."""
FILE_NAME = r"^ *[^\s/\\:.][^/\\:]{0,198}$"
URL = r"^ *[hH][tT][tT][pP][sS]?://[^\s/?#]+[^\s?#]* *$"
UNBROKEN = r"^\s*[!-~]*\s*$"


def _any_case(words: Iterable[str]) -> str:
    return "|".join("".join(f"[{c}{c.upper()}]" for c in word) for word in words)


_DAY = f"({_any_case(DAY_NUMBERS)})"
WEEKDAYS = f"^( *{_DAY} *({DASH} *{_DAY} *)?(,(?= *[a-zA-Z])|$))+$"


@dataclass(frozen=True, slots=True)
class CalendarDate(Kind):
    """A day of one year."""

    @property
    def allowed(self) -> str:
        return 'must be a date that exists, as year, month and day: "2026-01-31"'

    @property
    def type_text(self) -> str:
        return '"YYYY-MM-DD"'

    @property
    def control(self) -> Control:
        return Control("date", placeholder="2026-01-31")

    def read(self, value: object) -> date:
        if isinstance(value, date):
            return value
        if not isinstance(value, str) or not re.fullmatch(DATE, value):
            raise self.refuse()
        try:
            day = date.fromisoformat(value.strip())
        except ValueError:
            raise self.refuse() from None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(f"{self.allowed}, from the years {FIRST_YEAR} to {LAST_YEAR}")
        return day

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": DATE, "format": "date"}

    def written(self, value: date) -> Json:
        return value.isoformat()


@dataclass(frozen=True, slots=True)
class QuarterTime(TimeOfDay):
    """A time of day on a quarter hour; the end of a day is ``24:00`` too."""

    is_end: bool = False

    @property
    def pattern(self) -> str:
        return END_TIME if self.is_end else QUARTER_TIME

    @property
    def allowed(self) -> str:
        latest = "24:00" if self.is_end else "23:45"
        return f'must be a time of day on a quarter hour, from "00:00" to "{latest}"'


@dataclass(frozen=True, slots=True)
class Weekdays(Kind):
    """Days of the week, alone and from one to another, over the week's end too; 0 is Monday."""

    @property
    def allowed(self) -> str:
        return 'must be days of the week, such as "mon-fri", "sat,sun", "mo-fr" or ["mon", "wed"]'

    @property
    def type_text(self) -> str:
        return "text or list"

    @property
    def control(self) -> Control:
        return Control("weekdays", choices=DAYS, placeholder="mon-fri")

    def read(self, value: object) -> frozenset[int]:
        if isinstance(value, frozenset):
            return value
        given = value if isinstance(value, list | tuple) else [value]
        texts = [text for text in given if isinstance(text, str) and re.fullmatch(WEEKDAYS, text)]
        if not texts or len(texts) != len(given):
            raise self.refuse()
        spans = [span for text in texts for span in text.lower().split(",")]
        return frozenset(day for span in spans for day in _days_of(span))

    def schema(self) -> dict[str, Json]:
        text: Json = {"type": "string", "pattern": WEEKDAYS}
        return {"anyOf": [text, {"type": "array", "items": text, "minItems": 1}]}

    def written(self, value: frozenset[int]) -> Json:
        if value == frozenset(range(7)):
            return "mon-sun"
        return ",".join(DAYS[day] for day in sorted(value))


def _days_of(span: str) -> Iterable[int]:
    numbers = [DAY_NUMBERS[day.strip()] for day in re.split(DASH, span)]
    first, last = numbers[0], numbers[-1]
    return (day % 7 for day in range(first, first + (last - first) % 7 + 1))


@dataclass(frozen=True, slots=True)
class FormulaText(Kind):
    """What is made of the market's price, as ``source.formula`` understands it."""

    @property
    def allowed(self) -> str:
        return f'must be a formula such as "{formula.EXAMPLE}"'

    @property
    def type_text(self) -> str:
        return "text"

    @property
    def control(self) -> Control:
        return Control(placeholder=formula.EXAMPLE)

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise self.refuse()
        return formula.parse(value.strip()).text

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class FileName(Kind):
    """The name of a file of the user's own, without any folder."""

    @property
    def allowed(self) -> str:
        return 'must be the name of a file in the files folder, such as "prices.csv"'

    @property
    def type_text(self) -> str:
        return "text"

    @property
    def control(self) -> Control:
        return Control(placeholder="prices.csv")

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(FILE_NAME, value):
            raise self.refuse()
        if not value.isprintable():
            raise self.refuse()
        return value.strip()

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": FILE_NAME}


@dataclass(frozen=True, slots=True)
class WebAddress(Kind):
    """The address of a server."""

    @property
    def allowed(self) -> str:
        return (
            "must be an address that begins with http:// or https://, and a host name, without"
            ' "@", "?" and "#" (a token has a key of its own, "token")'
        )

    @property
    def type_text(self) -> str:
        return "text"

    @property
    def control(self) -> Control:
        return Control(placeholder="https://")

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(URL, value) or not value.isprintable():
            raise self.refuse()
        try:
            parts = urlsplit(value.strip())
            is_good = parts.hostname and parts.port != 0 and "@" not in parts.netloc
        except ValueError:  # a port that is none, brackets that do not fit
            raise self.refuse() from None
        if not is_good:
            raise self.refuse()
        return value.strip()

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": URL}


@dataclass(frozen=True, slots=True)
class Token(Password):
    """What a server knows its customer by; without blanks around it, which copying brings along."""

    @property
    def allowed(self) -> str:
        return "must be a token: letters, digits and signs, without blanks and umlauts in it"

    def read(self, value: object) -> SecretStr:
        if isinstance(value, SecretStr):
            return value
        if not isinstance(value, str) or not re.fullmatch(UNBROKEN, value):
            raise self.refuse()
        return SecretStr(value.strip())

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "writeOnly": True, "pattern": UNBROKEN}
