"""Kinds of values that are times of the calendar: of day, of month, of year, and the zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from source.config.kinds import Control, Flag, Json, Kind
from source.config.spelling import did_you_mean
from source.config.zones import all_zones, zone_named

TIME_OF_DAY = "^([01]?[0-9]|2[0-3]):([0-5][0-9])$"
DAY_OF_MONTH = "^(0?[1-9]|[12][0-9]|3[01])$"
DAY_OF_YEAR = (
    "^((0?[1-9]|[12][0-9])[.](0?[1-9]|1[0-2])|30[.](0?[13-9]|1[0-2])|31[.](0?[13578]|1[02]))[.]?$"
)
"""Day and month; the 29th of February is a day, the 31st is none."""


@dataclass(frozen=True, slots=True)
class TimeOfDay(Kind):
    """Hours and minutes."""

    @property
    def pattern(self) -> str:
        return TIME_OF_DAY

    @property
    def allowed(self) -> str:
        return 'must be a time of day from "00:00" to "23:59"'

    @property
    def type_text(self) -> str:
        return '"HH:MM"'

    @property
    def control(self) -> Control:
        return Control("time", placeholder="00:00")

    def read(self, value: object) -> time:
        if isinstance(value, time):
            return value
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise self.refuse()
        hour, minute = value.split(":")
        return time(int(hour) % 24, int(minute))  # 24:00, where that is allowed, is midnight

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": self.pattern}

    def written(self, value: time) -> Json:
        return value.strftime("%H:%M")


@dataclass(frozen=True, slots=True)
class DailySwitch(Flag):
    """Yes or no; in the oldest files a time of day, which means yes."""

    def read(self, value: object) -> bool:
        return is_time_of_day(value) or Flag.read(self, value)

    def schema(self) -> dict[str, Json]:
        return {"anyOf": [Flag.schema(self), {"type": "string", "pattern": TIME_OF_DAY}]}


def is_time_of_day(value: object) -> bool:
    """Whether it is a text such as ``7:05``."""
    return isinstance(value, str) and re.fullmatch(TIME_OF_DAY, value) is not None


@dataclass(frozen=True, slots=True)
class DayOfMonth(Kind):
    """A day from the 1st to the 31st; a shorter month's last day stands in for those it lacks."""

    optional: bool = False

    @property
    def allowed(self) -> str:
        without = "; leave the key out for no monthly report" if self.optional else ""
        return f'must be a day of the month from "01" to "31"{without}'

    @property
    def type_text(self) -> str:
        return '"01" … "31"'

    @property
    def control(self) -> Control:
        return Control("day_of_month", minimum=1, maximum=31, placeholder="01")

    def read(self, value: object) -> int | None:
        if value is None and self.optional:
            return None
        is_number = isinstance(value, int) and not isinstance(value, bool)
        text = str(value) if is_number else value
        if not isinstance(text, str) or not re.fullmatch(DAY_OF_MONTH, text):
            raise self.refuse()
        return int(text)

    def schema(self) -> dict[str, Json]:
        types: list[Json] = ["string", "integer"]
        return {
            "type": types + ["null"] * self.optional,
            "pattern": DAY_OF_MONTH,
            "minimum": 1,
            "maximum": 31,
        }

    def written(self, value: int | None) -> Json:
        return None if value is None else f"{value:02}"


@dataclass(frozen=True, slots=True)
class DayOfYear(Kind):
    """A day of a month of every year, as (day, month)."""

    optional: bool = False

    @property
    def allowed(self) -> str:
        without = "; leave the key out for no yearly report" if self.optional else ""
        return f'must be a day and month that exist, as "dd.mm" from "01.01" to "31.12"{without}'

    @property
    def type_text(self) -> str:
        return '"dd.mm"'

    @property
    def control(self) -> Control:
        return Control("day_of_year", placeholder="01.01")

    def read(self, value: object) -> tuple[int, int] | None:
        if value is None and self.optional:
            return None
        text = self.written(value) if isinstance(value, tuple) else value
        if not isinstance(text, str) or not re.fullmatch(DAY_OF_YEAR, text):
            raise self.refuse()
        day, month = text.rstrip(".").split(".")
        return int(day), int(month)

    def schema(self) -> dict[str, Json]:
        types: list[Json] = ["string"]
        return {"type": types + ["null"] * self.optional, "pattern": DAY_OF_YEAR}

    def written(self, value: tuple[int, ...] | None) -> Json:
        return None if value is None else ".".join(f"{part:02}" for part in value)


@dataclass(frozen=True, slots=True)
class ZoneName(Kind):
    """The name of a time zone of the IANA list."""

    @property
    def allowed(self) -> str:
        return 'must be the name of a time zone, such as "Europe/Berlin"'

    @property
    def type_text(self) -> str:
        return "text"

    @property
    def control(self) -> Control:
        return Control("zone", placeholder="Europe/Berlin")

    def read(self, value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.refuse()
        name = value.strip()
        if zone_named(name) is None:
            raise ValueError(self.allowed + did_you_mean(name, all_zones()))
        return name

    def schema(self) -> dict[str, Json]:
        return {"type": ["string", "null"], "minLength": 1}
