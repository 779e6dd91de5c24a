"""How foreign text is shown in messages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.config.findings import VALUE_LIMIT, Findings, readable, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (7, "7"),
        (0.5, "0.5"),
        (Decimal("0.30"), "0.30"),
        (float("nan"), "nan"),
        ("ten", '"ten"'),
        (" two  blanks ", '" two  blanks "'),
        ("Küche 🔌", '"Küche 🔌"'),
        ("a\nb\u00a0\u2028\ud800", '"a\\nb\\xa0\\u2028\\ud800"'),
        ({"password": "geheim"}, "an object"),
        (["geheim"], "a list"),
        ("http://user:ge@heim@plug", '"***@plug"'),
    ],
)
def test_a_value_is_shown_as_the_file_has_it(value: object, text: str) -> None:
    assert shown(value) == text


@settings(deadline=None)
@given(st.text(alphabet=st.characters()))
def test_shown_text_is_one_short_line_that_can_be_printed(text: str) -> None:
    line = readable(text)
    assert line.isprintable()
    assert len(line) <= VALUE_LIMIT
    assert line == text or not text.isprintable() or len(text) > VALUE_LIMIT


def test_a_place_is_told_with_the_path_of_its_key() -> None:
    findings = Findings()
    place = findings.at("devices.json")
    place.warn("as a whole")
    place.at("Küche\n").at("ip").warn("as a key")
    assert findings.all_warnings() == (
        "devices.json: as a whole",
        "devices.json: Küche\\n.ip: as a key",
    )
