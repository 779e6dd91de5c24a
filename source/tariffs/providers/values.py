"""Takes single values out of a provider's JSON: the right kind, or PricesUnavailable."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from source.errors import PricesUnavailable
from source.period import EPOCH
from source.text import shorten

PER_MWH = Decimal(1000)
"""Kilowatt hours in a megawatt hour."""
FAR_S = 10_000_000_000
"""Seconds since 1970: the year 2286."""


def child(value: object, *keys: str) -> object:
    """What lies under the keys, one within the other."""
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            raise PricesUnavailable(f"the answer has no {key!r} where it is expected")
        value = value[key]
    return value


def items(value: object, *keys: str) -> list[object]:
    """The list that lies under the keys."""
    found = child(value, *keys)
    if not isinstance(found, list):
        raise PricesUnavailable(f"{keys[-1]!r} in the answer is no list")
    return found


def number(value: object, what: str) -> Decimal:
    """A number, exact."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise PricesUnavailable(f"{what!r} in the answer is {shorten(repr(value), 40)}, no number")


def moment(value: object, per_second: int, what: str) -> datetime:
    """An instant that is told as a whole number since 1970, so many a second."""
    since = number(value, what) / per_second
    if not 0 <= since < FAR_S:
        raise PricesUnavailable(f"{what!r} in the answer is {shorten(repr(value), 40)}, no time")
    return EPOCH + timedelta(seconds=float(since))


def check_unit(found: object, expected: str) -> None:
    """The unit has to be the one that is converted from; spaces and capitals do not matter."""
    if not isinstance(found, str) or found.replace(" ", "").lower() != expected.lower():
        told = shorten(repr(found), 40)
        raise PricesUnavailable(f"the prices are in {told}; {expected} is expected")
