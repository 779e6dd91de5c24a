"""The section web of config.json, and the variables that go before it."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from source.config.schema import schema
from tests.config.home import Home

SECRET = "geheim&Wort"
GOOD: list[tuple[str, Any, Any]] = [
    *[("enabled", value, False) for value in (False, "off", "no", 0)],
    ("host", "0.0.0.0", "0.0.0.0"),
    ("host", "localhost", "localhost"),
    ("host", "::", "::"),
    ("host", "[::1]", "::1"),
    ("port", 80, 80),
    ("port", "8081", 8081),
    ("port", 0, 0),
    ("root_path", "", ""),
    ("root_path", "/", ""),
    ("root_path", "/isdl", "/isdl"),
    ("root_path", "/a/b-c_d~1.0/", "/a/b-c_d~1.0"),
    ("hosts", [], ()),
    ("hosts", "isdl.lan", ("isdl.lan",)),
    ("hosts", ["ISDL.lan", "isdl.lan", "10.0.0.1"], ("isdl.lan", "10.0.0.1")),
    ("test_any_address", "yes", True),
]
WRONG: list[tuple[str, Any]] = [
    *[("enabled", value) for value in ("maybe", 2, None)],
    *[("host", value) for value in ("", "a b", "127.0.0.1/x", "http://x", 1, None)],
    *[("port", value) for value in (-1, 65536, "x", 80.5, None)],
    *[("root_path", value) for value in ("isdl", "/a b", "/../etc", "//x", "/ä", "/a\n", 1, None)],
    *[("hosts", value) for value in ("a b", [""], [1], {"a": 1}, 1, None, ["x"] * 101)],
    *[("test_any_address", value) for value in ("x", None)],
]


def section(home: Home, value: object) -> Home:
    return home.write("config.json", {"web": value})


@pytest.mark.parametrize("content", ["{}", '{"web": null}', '{"web": {}}'])
def test_without_a_section_the_page_is_for_this_machine_alone(home: Home, content: str) -> None:
    home.write("config.json", content)
    web = home.load().web
    assert (web.enabled, web.host, web.port, web.root_path) == (True, "127.0.0.1", 8080, "")
    assert (web.hosts, web.test_any_address, web.password) == ((), False, None)
    assert home.warnings() == ()


def test_the_page_is_there_without_a_config_file_too(home: Home) -> None:
    (home.files / "config.json").unlink()
    assert home.load().web.enabled


@pytest.mark.parametrize(("key", "value", "meant"), GOOD)
def test_every_good_value_is_read(home: Home, key: str, value: object, meant: object) -> None:
    assert getattr(section(home, {key: value}).load().web, key) == meant


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_every_wrong_value_is_told_with_its_key(home: Home, key: str, value: object) -> None:
    problem = section(home, {key: value}).problem()
    assert (problem.source, problem.key) == ("config.json", f"web.{key}")
    assert problem.allowed.startswith("must be")


@pytest.mark.parametrize(("key", "value"), [*[case[:2] for case in GOOD], *WRONG])
def test_the_schema_agrees(key: str, value: object) -> None:
    is_good = (key, value) in [case[:2] for case in GOOD]
    found = Draft202012Validator(schema("config")).is_valid({"web": {key: value}})
    # In Python $ stands before a line end too.
    assert found is is_good or value == "/a\n"


@pytest.mark.parametrize("value", [[], "on", 1])
def test_a_section_that_is_no_object_is_a_problem(home: Home, value: object) -> None:
    assert section(home, value).problem().allowed.startswith("must be an object such as")


def test_an_unknown_key_is_told_with_the_one_that_is_meant(home: Home) -> None:
    assert section(home, {"ports": 1}).warnings() == (
        "config.json: web.ports: is no known key and has no effect; did you mean port?",
    )


def test_a_password_in_the_file_is_not_used_and_told_without_it(home: Home) -> None:
    (warning,) = section(home, {"password": SECRET}).warnings()
    assert "set WEB_PASSWORD" in warning
    assert SECRET not in warning
    assert home.load().web.password is None


def test_the_section_has_a_near_miss(home: Home) -> None:
    home.write("config.json", {"webs": {}})
    assert home.warnings()[0].endswith("did you mean web?")


def test_the_variables_go_before_the_file(home: Home) -> None:
    section(home, {"host": "10.0.0.1", "port": 1, "root_path": "/x"})
    home.environ |= {"WEB": "off", "WEB_HOST": "0.0.0.0", "WEB_PORT": "9000"}
    web = home.load().web
    assert (web.enabled, web.host, web.port, web.root_path) == (False, "0.0.0.0", 9000, "/x")


@pytest.mark.parametrize("word", ["on", "true", "YES", "1"])
def test_a_variable_switches_it_on_too(home: Home, word: str) -> None:
    section(home, {"enabled": False})
    home.environ["WEB"] = word
    assert home.load().web.enabled


@pytest.mark.parametrize(
    ("name", "text"), [("WEB", "maybe"), ("WEB_HOST", "a b"), ("WEB_PORT", "http")]
)
def test_a_wrong_variable_is_told(home: Home, name: str, text: str) -> None:
    home.environ[name] = text
    problem = home.problem()
    assert (problem.source, problem.key, problem.value) == ("environment", name, f'"{text}"')


def test_an_empty_variable_counts_as_not_set(home: Home) -> None:
    home.environ |= {"WEB": "", "WEB_HOST": "", "WEB_PORT": "", "WEB_PASSWORD": ""}
    assert home.load().web.password is None


def test_the_password_comes_from_the_environment_or_a_file_and_is_never_shown(home: Home) -> None:
    home.environ["WEB_PASSWORD"] = SECRET
    found = home.load()
    assert found.web.password is not None
    assert found.web.password.get_secret_value() == SECRET
    assert SECRET not in f"{found!r}{found}{found.web.model_dump_json()}"
    (home.root / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    del home.environ["WEB_PASSWORD"]
    home.environ["WEB_PASSWORD_FILE"] = str(home.root / "secret")
    again = home.load().web.password
    assert again is not None
    assert again.get_secret_value() == SECRET


def test_no_problem_of_the_password_shows_it(home: Home) -> None:
    home.environ |= {"WEB_PASSWORD": SECRET, "WEB_PASSWORD_FILE": SECRET}
    assert SECRET not in str(home.problem())


def test_a_misspelt_variable_is_warned_about(home: Home) -> None:
    home.environ |= {"WEB_PASWORD": SECRET, "WEB_CONCURRENCY": "2"}
    assert home.warnings() == ("environment: WEB_PASWORD: is not used; did you mean WEB_PASSWORD?",)
