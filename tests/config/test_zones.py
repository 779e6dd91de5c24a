"""The zone that a machine is set to, by a folder that stands for /etc."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path

import pytest

from source.config.load import load
from source.config.zones import LOCAL_NAME, system_zone, zone_named
from tests.config.home import TYPES, Home

UNKNOWN = (
    "the system's time zone is not known, UTC is used; set general.timezone, such as"
    ' "Europe/Berlin"'
)


@pytest.fixture
def zoneinfo(tmp_path: Path) -> Path:
    """A tree like /usr/share/zoneinfo: New York, and Berlin under two names."""
    folder = tmp_path / "share" / "zoneinfo"
    for name in ("Europe/Berlin", "America/New_York"):
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_bytes(files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes())
    (folder / "Europe" / "Vienna").symlink_to("Berlin")
    return folder


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    "tz",
    [
        "Europe/Berlin",
        ":Europe/Berlin",
        "/usr/share/zoneinfo/Europe/Berlin",
        ":/usr/share/zoneinfo/posix/Europe/Berlin",
        "Europe/Berlin\n",
    ],
)
def test_tz_names_the_zone_in_each_of_its_forms(etc: Path, tz: str) -> None:
    (etc / "timezone").write_text("America/New_York\n")
    zone, doubt = system_zone(tz, etc)
    assert (zone.key, doubt) == ("Europe/Berlin", "")


def test_a_link_from_localtime_names_the_zone(etc: Path, zoneinfo: Path) -> None:
    (etc / "localtime").symlink_to(zoneinfo / "Europe" / "Berlin")
    (etc / "timezone").write_text("America/New_York\n")
    zone, doubt = system_zone("", etc)
    assert (zone.key, doubt) == ("Europe/Berlin", "")


def test_the_name_in_the_link_is_kept_where_it_is_a_link_itself(etc: Path, zoneinfo: Path) -> None:
    (etc / "localtime").symlink_to(zoneinfo / "Europe" / "Vienna")
    assert system_zone("", etc)[0].key == "Europe/Vienna"


def test_a_link_over_a_second_link_is_followed(etc: Path, zoneinfo: Path) -> None:
    (etc / "middle").symlink_to(zoneinfo / "Europe" / "Berlin")
    (etc / "localtime").symlink_to("middle")
    assert system_zone("", etc)[0].key == "Europe/Berlin"


def test_the_text_file_names_the_zone_where_there_is_no_localtime(etc: Path) -> None:
    (etc / "timezone").write_text("Europe/Berlin\n")
    assert system_zone("", etc)[0].key == "Europe/Berlin"


def test_the_text_file_names_the_zone_where_its_rules_are_those_of_localtime(
    etc: Path, zoneinfo: Path
) -> None:
    (etc / "localtime").write_bytes((zoneinfo / "Europe" / "Berlin").read_bytes())
    (etc / "timezone").write_text("Europe/Berlin\n")
    assert system_zone("", etc)[0].key == "Europe/Berlin"


@pytest.mark.parametrize("written", [None, "Etc/UTC\n", "America/New_York", "nonsense", "ü"])
def test_the_rules_of_localtime_go_before_a_name_that_does_not_agree(
    etc: Path, zoneinfo: Path, written: str | None
) -> None:
    (etc / "localtime").write_bytes((zoneinfo / "Europe" / "Berlin").read_bytes())
    if written is not None:
        (etc / "timezone").write_text(written)
    zone, doubt = system_zone("", etc)
    assert (str(zone), doubt) == (LOCAL_NAME, "")
    summer = datetime(2026, 7, 1, tzinfo=timezone.utc).astimezone(zone)
    assert summer.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("content", [None, b"", b"no rules\n", b"TZif2\n"])
def test_without_anything_of_use_it_is_utc_with_a_warning(etc: Path, content: bytes | None) -> None:
    if content is not None:
        (etc / "localtime").write_bytes(content)
    zone, doubt = system_zone("", etc)
    assert (zone.key, doubt) == ("UTC", UNKNOWN)


@pytest.mark.parametrize("length", [4, 44, 60, 200, -5, -1])
def test_rules_that_are_cut_off_are_nothing_of_use(etc: Path, zoneinfo: Path, length: int) -> None:
    rules = (zoneinfo / "Europe" / "Berlin").read_bytes()
    (etc / "localtime").write_bytes(rules[:length])
    assert system_zone("", etc) == (zone_named("UTC"), UNKNOWN)


def test_a_link_that_leads_nowhere_is_nothing_of_use(etc: Path) -> None:
    (etc / "localtime").symlink_to("/nowhere/at/all")
    assert system_zone("", etc) == (zone_named("UTC"), UNKNOWN)


def test_a_tz_that_is_no_zone_is_told_and_the_systems_is_used(etc: Path) -> None:
    (etc / "timezone").write_text("Europe/Berlin")
    zone, doubt = system_zone("CET-1CEST", etc)
    assert zone.key == "Europe/Berlin"
    assert doubt == "TZ is 'CET-1CEST', which is no known time zone; Europe/Berlin is used"


@pytest.mark.parametrize(
    "name", ["", "Europe", "../etc", "/etc/passwd", "a\0", "\ud800", "x" * 999]
)
def test_what_is_no_zone_is_none(name: str) -> None:
    assert zone_named(name) is None


def test_the_systems_zone_is_the_default_of_the_reports(home: Home) -> None:
    home.environ["TZ"] = "Asia/Tokyo"
    assert home.loaded_general().zone.key == "Asia/Tokyo"
    assert home.general(timezone=None).loaded_general().zone.key == "Asia/Tokyo"
    assert home.general(timezone=" Europe/Berlin ").loaded_general().zone.key == "Europe/Berlin"


def test_a_doubt_about_the_systems_zone_is_a_warning_unless_one_is_configured(home: Home) -> None:
    environ = {"TZ": "nonsense"}
    home.write("config.json", "{}")
    (warning,) = load(home.files, environ, home.root, TYPES).warnings
    assert warning.startswith("time zone: ")
    home.general(timezone="Europe/Berlin")
    assert load(home.files, environ, home.root, TYPES).warnings == ()
