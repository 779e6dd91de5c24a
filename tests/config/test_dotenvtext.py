"""Variables in the text of a .env."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.config.dotenvtext import read, with_variables

TEXT = """# the database
export DB_NAME=home  # mine

DB_USER_PASSWORD_FILE=secret.txt
OTHER='it\\'s'
"""


def test_one_is_replaced_in_its_place_and_all_else_stays() -> None:
    assert with_variables(TEXT, {"DB_NAME": "other"}) == TEXT.replace(
        "export DB_NAME=home  # mine", "DB_NAME=other"
    )


def test_a_new_one_stands_at_the_end() -> None:
    assert with_variables("A=1", {"B": "two words"}) == "A=1\nB='two words'\n"
    assert with_variables("", {"B": "2"}) == "B=2\n"


@pytest.mark.parametrize("value", [None, ""])
def test_one_is_removed(value: str | None) -> None:
    text = with_variables(TEXT, {"DB_NAME": value, "NOT_THERE": value})
    assert text == TEXT.replace("export DB_NAME=home  # mine\n", "")


def test_a_value_takes_the_place_of_a_file_that_holds_one() -> None:
    text = with_variables(TEXT, {"DB_USER_PASSWORD": "x"})
    assert read(text) == {"DB_NAME": "home", "OTHER": "it's", "DB_USER_PASSWORD": "x"}


def test_one_that_stands_there_twice_stands_there_once() -> None:
    assert with_variables("A=1\nB=2\nA=3\n", {"A": "4"}) == "B=2\nA=4\n"


QUOTES = ["'", '"', "\\", "a\\", "a'\\", "\"'\\", "\\n", "'a'", '"a"', "a'b\"c # d\\"]
OTHERS = ["#", " #x", "a #x", " a ", "${HOME}", "$x", "a\nb", "=", "ü🍳"]


@pytest.mark.parametrize("value", [*QUOTES, *OTHERS])
def test_every_value_is_read_as_it_was_written(value: str) -> None:
    text = with_variables(TEXT, {"DB_USER_PASSWORD": value})
    assert read(text)["DB_USER_PASSWORD"] == value
    again = with_variables(text, {"DB_NAME": value})
    assert read(again) == {"DB_NAME": value, "OTHER": "it's", "DB_USER_PASSWORD": value}


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_any_value_is_read_as_it_was_written_or_refused(value: str) -> None:
    try:
        text = with_variables(TEXT, {"DB_USER_PASSWORD": value})
    except ValueError:
        return
    assert read(text) == {"DB_NAME": "home", "OTHER": "it's", "DB_USER_PASSWORD": value}
