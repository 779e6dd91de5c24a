"""The configuration as a whole: the folder, and all problems at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from source.config.load import files_folder
from source.errors import ConfigError
from tests.config.home import Home


def test_the_problems_of_all_files_are_told_at_once(home: Home) -> None:
    home.environ |= {"DB_IP_ADDRESS": "influxdb", "DB_USER_NAME": "logger", "DB_PORT": "x"}
    (home.root / ".env").write_bytes(b"\xff")
    home.general(price_kwh="abc", raw_days=0)
    home.plug(ip=..., update_time="ten", type="tasmota", cost_calc_month="32")
    with pytest.raises(ConfigError) as caught:
        home.load()
    places = [(problem.source, problem.key) for problem in caught.value.problems]
    assert places == [
        (str(home.root / ".env"), ""),
        ("environment", "DB_NAME"),
        ("environment", "DB_PORT"),
        ("config.json", "general.price_kwh"),
        ("config.json", "general.raw_days"),
        ("devices.json", "Fridge.type"),
        ("devices.json", "Fridge.ip"),
        ("devices.json", "Fridge.update_time"),
        ("devices.json", "Fridge.cost_calc_month"),
    ]
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]


def test_a_broken_file_hides_no_problem_of_the_other(home: Home) -> None:
    home.write("config.json", "{").write("devices.json", "[]")
    assert [problem.source for problem in home.problems()] == ["config.json", "devices.json"]


def test_every_device_that_is_wrong_is_told(home: Home) -> None:
    home.write("devices.json", {"A": {"type": "x", "ip": "a"}, "B": [], "C": {"ip": 1}})
    assert {problem.key for problem in home.problems()} == {"A.type", "B", "C.ip"}


def test_a_folder_that_is_not_there_is_told_with_what_is_wrong_in_the_environment(
    home: Home,
) -> None:
    home.files = home.root / "nowhere"
    home.environ |= {"DB_IP_ADDRESS": "influxdb", "DB_USER_NAME": "logger"}
    missing, folder = home.problems()
    assert missing.key == "DB_NAME"
    assert folder.source == str(home.root / "nowhere")
    assert folder.allowed == (
        "is no folder; create it, or name the right one with --files or ISDL_FILES"
    )


def test_a_file_is_no_folder(home: Home) -> None:
    home.files = home.files / "config.json"
    assert "is no folder" in home.problems()[-1].allowed


def test_loading_changes_no_file(home: Home) -> None:
    home.general(price_kwh=1).plug()
    before = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}
    home.load()
    assert {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()} == before


# --- where the folder is ---


def test_the_files_folder_is_beside_main_py_if_nothing_is_said(tmp_path: Path) -> None:
    assert files_folder({}, None, tmp_path) == tmp_path / "files"
    assert files_folder({"ISDL_FILES": ""}, None, tmp_path) == tmp_path / "files"


def test_the_option_goes_before_the_environment_and_that_before_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ISDL_FILES=from-dotenv\n")
    environ = {"ISDL_FILES": "/from/environment"}
    assert files_folder(environ, Path("/from/option"), tmp_path) == Path("/from/option")
    assert files_folder(environ, None, tmp_path) == Path("/from/environment")
    assert files_folder({}, None, tmp_path) == tmp_path / "from-dotenv"


def test_a_relative_folder_begins_where_the_user_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert files_folder({"ISDL_FILES": "here"}, None, Path("/root")) == tmp_path / "here"
    assert files_folder({}, Path("there"), Path("/root")) == tmp_path / "there"


def test_the_home_folder_may_be_abbreviated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert files_folder({"ISDL_FILES": "~/isdl"}, None, Path("/root")) == tmp_path / "isdl"
    absent = "~no-such-user/isdl"
    assert files_folder({"ISDL_FILES": absent}, None, Path("/root")) == tmp_path / absent


def test_a_dotenv_that_is_no_text_does_not_keep_from_telling_so(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff")
    assert files_folder({}, None, tmp_path) == tmp_path / "files"
