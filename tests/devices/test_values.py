"""Values out of a socket's JSON: the right ones pass, everything else is named."""

from __future__ import annotations

import math

import pytest

from source.devices.values import (
    as_float,
    items,
    number,
    optional_flag,
    optional_number,
    parsed,
)
from source.errors import BadPayload


def test_json_is_read_with_and_without_a_byte_order_mark() -> None:
    assert parsed(b'\xef\xbb\xbf{"a": 1}') == parsed(b'{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>", "begins with '<!DOCTYPE html>"),
        (b'{"a": 1', "begins with"),
        (b'{"a": NaN}', "holds NaN"),
        (b'{"a": -Infinity}', "holds -Infinity"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 200_000, "not JSON"),
    ],
)
def test_what_is_no_json_shows_how_it_begins(body: bytes, words: str) -> None:
    with pytest.raises(BadPayload, match=words):
        parsed(body)


HUGE = 10**400


@pytest.mark.parametrize(
    "value", [None, "12.5", True, [], {}, math.nan, math.inf, 1e300, HUGE], ids=lambda v: str(v)[:5]
)
def test_a_number_is_a_finite_number_of_a_plausible_size(value: object) -> None:
    with pytest.raises(BadPayload, match="'power'"):
        number({"power": value}, "power")


@pytest.mark.parametrize("value", [0, 12, -3, 12.5, -0.0])
def test_whole_numbers_become_floats(value: float) -> None:
    assert type(as_float(value, "power")) is float
    assert as_float(value, "power") == value


def test_what_is_missing_or_null_is_unknown() -> None:
    assert optional_number({}, "total") is optional_number({"total": None}, "total") is None
    assert optional_flag({}, "is_valid") is None


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), (False, False), ("true", True), ("False", False)]
)
def test_a_flag_may_come_as_text(value: object, flag: bool) -> None:
    assert optional_flag({"is_valid": value}, "is_valid") is flag


@pytest.mark.parametrize("value", ["yes", 1, [], 0.0])
def test_other_values_are_no_flag(value: object) -> None:
    with pytest.raises(BadPayload, match="not true or false"):
        optional_flag({"is_valid": value}, "is_valid")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({}, "has no 'meters'"),
        ([], "is a list where an object with 'meters' is expected"),
        (None, "is null where"),
        (False, "is False where"),
        ({"meters": {}}, "'meters' is an object, not a list"),
        ({"meters": []}, "'meters' has 0 elements, 1 are expected"),
    ],
)
def test_a_missing_list_says_what_is_there_instead(answer: object, words: str) -> None:
    with pytest.raises(BadPayload, match=words):
        items(answer, "meters", 1)
