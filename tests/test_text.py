"""Texts for people."""

from __future__ import annotations

import pytest

from source.text import counted, duration_text, shorten


def test_foreign_text_is_one_short_line() -> None:
    assert shorten("a\n b\tc") == "a b c"
    assert len(shorten("x" * 1000)) == 200
    assert shorten("\x1b[2Jgone") == "\\x1b[2Jgone"
    assert shorten("Küche 🔌 €") == "Küche 🔌 €"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (4320, "1 h 12 min"), (273_600, "3 d 4 h")],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_one_thing_is_told_without_an_s() -> None:
    assert [counted(count, "socket") for count in (0, 1, 2)] == [
        "0 sockets",
        "1 socket",
        "2 sockets",
    ]
