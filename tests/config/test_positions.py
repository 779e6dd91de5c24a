"""Where what is wrong stands in a file: the line and column of every kind of problem."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.config.positions import Spot, Spots, entries
from source.errors import Problem
from tests.config.home import Home

DEVICES = """{
  "Fridge": {
    "type": "shelly:plug-s",
    "ip": "192.168.178.20",
    "update_time": 10,
    "tariff": {
      "prices": [
        {"from": "2026-01-01", "price_kwh": 0.3},
        {"from": "2026-02-01",
         "price_kwh": -1}
      ]
    }
  },
  "a.b": {
    "ip": "x y"
  },
  "Dryer": {
    "type": "shelly:plug-s"
  }
}
"""


def lines(home: Home, text: str | bytes, name: str = "devices.json") -> list[tuple[str, int, int]]:
    """Key, line and column of each problem."""
    home.write(name, text)
    told = text if isinstance(text, str) else text.decode("utf-8", "replace")
    spots = Spots(told)
    found = [(one.key, spots.of(one)) for one in home.problems()]
    return [(key, spot.line, spot.column) for key, spot in found]


def test_every_problem_has_the_line_of_its_key(home: Home) -> None:
    assert lines(home, DEVICES) == [
        ("Fridge.tariff.prices.1.price_kwh", 10, 10),
        ("a.b.ip", 15, 5),
        ("Dryer.ip", 17, 3),  # it is missing: the entry that lacks it
    ]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{\n  "A": {\n    "ip": "x"\n    "type": "y"\n  }\n}', 4, 5),
        ('{\n "A": "x\n"}', 2, 9),
        ("{\n\n  A: 1}", 3, 3),
        ('{\n  "A": {}\n}\n}', 4, 1),
        ("{\n  \"A\": 'x'}", 2, 8),
        ("", 1, 1),
        ("\n\n  \n", 1, 1),
        ("\n\n [1]", 3, 2),
        ("\n null", 2, 2),
        ('\n\n"text"', 3, 1),
        ('{\n  "A": {},\n  "A": {}\n}', 3, 3),
        ('{"A": {\n  "ip": "a",\n  "ip": "b", "type": "shelly:plug-s"}}', 3, 3),
        ('{\n  "A": {"n":\n    ' + "1" * 5000 + "}}", 3, 5),
        ('{\n  "A": []\n}', 2, 3),
        ('{\n  "A": {"type": 1,\n   "ip": "h"}}', 2, 9),
        ('{\n "  ": {}}', 2, 2),
    ],
)
def test_what_is_wrong_with_a_text_has_its_line(
    home: Home, text: str, line: int, column: int
) -> None:
    found = lines(home, text)
    assert [one[1:] for one in found if one[1:] == (line, column)], found


def test_a_byte_that_is_no_utf_8_has_its_line(home: Home) -> None:
    assert [one[1] for one in lines(home, b'{\n  "A": {\n    "x": "\xff"}}')] == [3]


def test_what_is_nested_too_deeply_has_a_line(home: Home) -> None:
    text = '{"A":\n' + "[" * 100_000 + "]" * 100_000 + "}"
    assert [one[1] for one in lines(home, text)] == [2]


def test_windows_line_ends_count_as_one(home: Home) -> None:
    assert lines(home, DEVICES.replace("\n", "\r\n")) == lines(home, DEVICES)


def test_the_sections_of_config_json_have_their_lines(home: Home) -> None:
    general = '{\n "general": {\n  "price_kwh": -1,\n  "log_level": "x"},'
    text = general + '\n "web": {"port": -1},\n"tariff": 1}'
    assert sorted(lines(home, text, "config.json"), key=lambda one: one[1:]) == [
        ("general.price_kwh", 3, 3),
        ("general.log_level", 4, 3),
        ("web.port", 5, 10),
        ("tariff", 6, 1),
    ]


def test_warnings_have_the_line_of_their_key(home: Home) -> None:
    text = '{\n  "A: b": {\n    "ip": "h",\n    "update_tim": 1\n  },\n\n  "switch": {"ip": "h"}}'
    spots = Spots(text)
    found = [
        (warning, spots.of_warning(warning.partition(": ")[2]))
        for warning in home.write("devices.json", text).load().warnings
    ]
    told = {warning: spot.line for warning, spot in found if spot is not None}
    assert [line for warning, line in told.items() if "update_tim" in warning] == [4]
    assert [line for warning, line in told.items() if "A: b.type" in warning] == [2]
    assert spots.of_idle("switch") == Spot(7, 3)
    assert spots.of_warning("no: key of it") is None
    assert spots.of_idle("none") is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=5), st.sampled_from([None, 0, 2]))
def test_every_value_of_any_json_is_found_where_it_is(content: object, indent: int | None) -> None:
    text = json.dumps(content, indent=indent, ensure_ascii=False)
    found = entries(text)
    assert len(found) == len({entry.path for entry in found})
    for entry in found:
        value = content
        for step in entry.path:
            value = value[step]  # type: ignore[index]
        assert json.loads(text[entry.value : entry.end]) == value


@settings(deadline=None)
@given(st.text('{}[]",:\\ \n1ab', max_size=40))
def test_no_text_is_too_broken(text: str) -> None:
    spots = Spots(text)
    for entry in entries(text):
        assert 0 <= entry.start <= entry.value < entry.end <= len(text)
    assert spots.of(Problem("x", "a.b", "", "")).line >= 1
