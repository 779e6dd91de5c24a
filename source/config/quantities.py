"""Kinds of values that are numbers: with a decimal point or comma, also written as text."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from source.config.kinds import Control, Json, Kind

NUMBER = "^ *([0-9]+([.,][0-9]*)?|[.,][0-9]+) *$"
_NUMBER = re.compile(NUMBER)
SHORT_UNITS = {
    "seconds": "s",
    "watts": "W",
    "per kWh": "{currency}/kWh",
    "per month": "{currency}/month",
}
"""Unit as sentences name it → as it stands behind a number."""


def exact(value: object) -> Decimal | None:
    """A finite number exactly as it is written; None for anything else (true and NaN included)."""
    if isinstance(value, str) and len(value) <= 100 and _NUMBER.fullmatch(value):
        return Decimal(value.strip().replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A number in a range, both ends included."""

    minimum: float
    maximum: float
    unit: str

    @property
    def allowed(self) -> str:
        return f"must be a number of {self.unit} from {self.minimum:.15g} to {self.maximum:.15g}"

    @property
    def type_text(self) -> str:
        return "number"

    @property
    def control(self) -> Control:
        unit = SHORT_UNITS.get(self.unit, self.unit)
        return Control("number", unit, self.minimum, self.maximum)

    def read(self, value: object) -> float:
        return float(self._within(value))

    def _within(self, value: object) -> Decimal:
        number = exact(value)
        size = math.nan if number is None else float(number)
        if number is None or not self.minimum <= size <= self.maximum:
            raise self.refuse()
        return number

    def written(self, value: float) -> Json:
        return int(value) if value.is_integer() else value

    def schema(self) -> dict[str, Json]:
        return {
            "type": ["number", "string"],
            "minimum": self.minimum,
            "maximum": self.maximum,
            "pattern": NUMBER,
        }


@dataclass(frozen=True, slots=True)
class Positive(Number):
    """A number above 0."""

    minimum: float = 0.0
    maximum: float = math.inf
    unit: str = ""

    @property
    def allowed(self) -> str:
        return f"must be a number of {self.unit} above 0, at most {self.maximum:.15g}"

    @property
    def control(self) -> Control:
        unit = SHORT_UNITS.get(self.unit, self.unit)
        return Control("number", unit, self.minimum, self.maximum, exclusive_minimum=True)

    def read(self, value: object) -> float:
        size = float(self._within(value))
        if size == 0:
            raise self.refuse()
        return size

    def schema(self) -> dict[str, Json]:
        return {
            "type": ["number", "string"],
            "exclusiveMinimum": 0,
            "maximum": self.maximum,
            "pattern": NUMBER,
        }


@dataclass(frozen=True, slots=True)
class Price(Number):
    """An amount of money, exact to the last digit that is written."""

    @property
    def allowed(self) -> str:
        span = f"from {self.minimum:.15g} to {self.maximum:.15g}"
        return f'must be a price {self.unit} {span}, such as 0.296 or "0,296"'

    def read(self, value: object) -> Decimal:  # type: ignore[override]
        return self._within(value).copy_abs()  # the sign of -0 is of no use to anybody

    def written(self, value: Decimal) -> Json:  # type: ignore[override]
        return float(value)

    def text(self, value: Decimal) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Whole(Kind):
    """A whole number in a range, both ends included."""

    minimum: int
    maximum: int
    unit: str | None = None
    """As it stands behind the number."""

    @property
    def allowed(self) -> str:
        return f"must be a whole number from {self.minimum} to {self.maximum}"

    @property
    def type_text(self) -> str:
        return "whole number"

    @property
    def control(self) -> Control:
        return Control("integer", self.unit, self.minimum, self.maximum)

    def read(self, value: object) -> int:
        number = exact(value)
        if number is None or number != number.to_integral_value():
            raise self.refuse()
        if not self.minimum <= number <= self.maximum:
            raise self.refuse()
        return int(number)

    def schema(self) -> dict[str, Json]:
        return {
            "type": ["integer", "string"],
            "minimum": self.minimum,
            "maximum": self.maximum,
            "pattern": "^ *[0-9]+([.,]0*)? *$",
        }
