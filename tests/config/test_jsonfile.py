"""Files that are no JSON object: each says what is wrong and where."""

from __future__ import annotations

import json

import pytest

from tests.config.home import PLUG, Home

BOTH = pytest.mark.parametrize("name", ["config.json", "devices.json"])


@BOTH
@pytest.mark.parametrize(
    ("content", "allowed"),
    [
        (b"", "is empty; the shortest valid content is {}"),
        (b" \r\n", "is empty; the shortest valid content is {}"),
        (b"\xef\xbb\xbf", "is empty; the shortest valid content is {}"),
        (b"[]", "must be an object: names and values between { and }, no list or single value"),
        (b'"x"', "must be an object: names and values between { and }, no list or single value"),
        (b"0", "must be an object: names and values between { and }, no list or single value"),
        (b"null", "must be an object, the shortest is {}"),
        (b"\xff\xfe{\0}\0", "is saved as UTF-16; save it as UTF-8"),
        (b'{\n"K\xfcche": 1}', "line 2 is not UTF-8; save the file with the encoding UTF-8"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "holds a number with thousands of digits"),
        (b'{"a": ' + b"[" * 200_000, "is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_object_is_a_problem_of_the_file(
    home: Home, name: str, content: bytes, allowed: str
) -> None:
    problem = home.write(name, content).problem()
    assert (problem.source, problem.key, problem.allowed) == (name, "", allowed)


@BOTH
@pytest.mark.parametrize(
    ("content", "where"),
    [
        ('{\n  "a": 1\n  "b": 2}', "line 3, column 3"),
        ("{'a': 1}", "line 1, column 2"),
        ('{"a": 1', "line 1, column 8"),
        ('{"a": 1,}', "line 1, column "),  # 8 or 9: the versions of Python differ
        ("{} {}", "line 1, column 4"),
    ],
)
def test_a_mistake_in_the_form_is_told_with_line_and_column(
    home: Home, name: str, content: str, where: str
) -> None:
    problem = home.write(name, content).problem()
    assert problem.allowed.startswith(where)


def test_a_file_with_a_byte_order_mark_is_read(home: Home) -> None:
    text = "\ufeff" + json.dumps({"Küche": dict(PLUG)}, ensure_ascii=False)
    assert list(home.write("devices.json", text).load().devices) == ["Küche"]


@BOTH
def test_a_folder_in_place_of_the_file_is_told(home: Home, name: str) -> None:
    (home.files / name).unlink()
    (home.files / name).mkdir()
    problem = home.problem()
    assert problem.source == name
    assert "is a folder where a file should be" in problem.allowed


def test_a_name_that_stands_twice_is_a_problem(home: Home) -> None:
    plug = json.dumps(dict(PLUG))
    problem = home.write("devices.json", f'{{"Fridge": {plug}, "Fridge": {plug}}}').problem()
    assert str(problem) == (
        "devices.json: Fridge: stands there twice; remove or rename one of the two"
    )


def test_every_key_that_stands_twice_is_told_once_with_its_path(home: Home) -> None:
    home.write(
        "devices.json",
        '{"A": {"ip": "a", "ip": "b", "ip": "c", "type": "shelly:plug-s"},'
        ' "B": {"ip": "b", "type": "shelly:plug-s", "own": [{"x": 1, "x": 1}]}}',
    )
    home.write("config.json", '{"general": {"price_kwh": 1, "price_kwh": 2}}')
    places = [(problem.source, problem.key) for problem in home.problems()]
    assert places == [
        ("config.json", "general.price_kwh"),
        ("devices.json", "A.ip"),
        ("devices.json", "B.own.0.x"),
    ]


def test_a_key_that_stands_twice_very_deep_inside_is_told_too(home: Home) -> None:
    deep = '{"x":' * 600 + '{"a": 1, "a": 2}' + "}" * 600
    home.write("config.json", f'{{"telegrambot": {deep}}}')
    assert "stands there twice" in home.problem().allowed
