"""Texts of files without their secrets, and with them again."""

from __future__ import annotations

import json
import time

import pytest

from source.config.secrettext import hidden_text, revealed_text, still_hidden
from source.config.secretwords import hidden

SECRET = "geheim&Wort"
TEXT = json.dumps(
    {
        "A": {"ip": "h", "Password": SECRET, "my_api_key_2": 123456, "password_needed": True},
        "B": {"login": {"token": SECRET, "tokens": [SECRET, {"x": SECRET}]}, "secret": None},
        "C": {"url": f"http://me:{SECRET}@host/x", "passwort": ""},
    },
    indent=2,
)


def test_no_secret_is_left_and_what_is_none_stays() -> None:
    shown = hidden_text(TEXT)
    assert SECRET not in shown
    assert "123456" not in shown
    assert shown.count("********") == 6
    assert shown.count("\n") == TEXT.count("\n")
    assert json.loads(shown) == hidden(json.loads(TEXT))
    for kept in ('"password_needed": true', '"secret": null', '"passwort": ""', '"ip": "h"'):
        assert kept in shown


def test_what_comes_back_unchanged_is_what_it_was() -> None:
    assert revealed_text(hidden_text(TEXT), TEXT) == TEXT


def test_a_new_secret_stays_the_new_one() -> None:
    text = hidden_text(TEXT).replace('"Password": "********"', '"Password": "new"')
    assert json.loads(revealed_text(text, TEXT))["A"]["Password"] == "new"


def test_a_secret_that_nobody_knows_is_told() -> None:
    text = '{"D": {"token": "********", "url": "********", "note": "*"}}'
    assert still_hidden(revealed_text(text, TEXT)) == [("D", "token"), ("D", "url")]


@pytest.mark.parametrize(
    "key",
    [
        "pass",
        "PASS",
        "wlan_pw",
        "userPass",
        "pwd2",
        "psk",
        "Authorization",
        "credentials",
        "auth_key",
    ],
)
def test_what_plugins_call_a_secret_is_one(key: str) -> None:
    text = json.dumps({"A": {key: SECRET}}, indent=1)
    assert SECRET not in hidden_text(text)
    assert SECRET not in hidden_text(text[:-3])
    assert revealed_text(hidden_text(text), text) == text
    assert hidden({key: SECRET}) == {key: "********"}


@pytest.mark.parametrize("key", ["passive", "bypass_s", "compass", "spwm", "author", "key", "pin"])
def test_what_only_sounds_like_it_is_none(key: str) -> None:
    assert hidden({key: "shown"}) == {key: "shown"}


@pytest.mark.parametrize(
    "value",
    [
        f"http://me:{SECRET}@host",
        f"http://host/x?access_token={SECRET}",
        f"http://host/x?a=1&api_key={SECRET}",
        f"Bearer {SECRET}",
        f"basic {SECRET}",
    ],
)
@pytest.mark.parametrize("escaped", ["", "/", "?:=&B"])
def test_what_tells_a_secret_by_itself_is_one_however_it_is_written(
    value: str, escaped: str
) -> None:
    written = json.dumps(value)
    for char in escaped:
        written = written.replace(char, "\\/" if char == "/" else f"\\u{ord(char):04x}")
    text = f'{{"A": {{"x": {written}}}}}'
    assert json.loads(text)["A"]["x"] == value
    assert SECRET not in hidden_text(text)
    assert revealed_text(hidden_text(text), text) == text


@pytest.mark.parametrize("part", ["token", "-pass ", "token" + " " * 100, "?token", "://a", "\\/"])
def test_a_text_full_of_what_nearly_is_a_secret_takes_no_time(part: str) -> None:
    text = '{"a": "' + part * (50_000 // len(part))
    began = time.monotonic()
    hidden_text(text)
    hidden_text(f'{text}"}}')
    assert time.monotonic() - began < 3  # it was minutes


def test_a_login_in_a_broken_text_is_not_shown_however_it_is_written() -> None:
    for slash in ("/", "\\/"):
        assert SECRET not in hidden_text(f'{{"A": {{"x": "http:{slash}{slash}u:{SECRET}@h"}}')


def test_the_only_secret_of_a_list_is_found_wherever_it_moved() -> None:
    current = '{"tariff": {"prices": [{"dynamic": {"token": "t"}}]}}'
    text = '{"tariff": {"prices": [{"price_kwh": 1}, {"dynamic": {"token": "********"}}]}}'
    assert '{"token": "t"}' in revealed_text(text, current)


SIGNS = [place for place, char in enumerate(TEXT) if char in '{}]:,"']


@pytest.mark.parametrize("cut", SIGNS)
def test_no_secret_is_shown_of_a_text_that_is_broken_anywhere(cut: int) -> None:
    assert SECRET not in hidden_text(TEXT[:cut])
    text = TEXT[:cut] + TEXT[cut + 1 :]
    assert SECRET not in hidden_text(text) or '"http//me' in text


def test_no_secret_is_shown_where_a_comma_is_missing() -> None:
    text = '{"A": {"ip": "h" "password": "geheim&Wort", "x": {"token": "geheim&Wort"'
    assert SECRET not in hidden_text(text)


def test_no_secret_is_shown_however_deep_it_is() -> None:
    text = '{"a":' * 300 + f'{{"token": "{SECRET}"}}' + "}" * 300
    assert SECRET not in hidden_text(text)
