"""The files that come with the program."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.config.home import TYPES, Home
from tests.config.test_schema import accepts

FILES = Path(__file__).resolve().parents[2] / "files"
NAMES = ("config.json", "devices.json")


@pytest.fixture
def shipped(home: Home) -> Home:
    for name in NAMES:
        shutil.copy(FILES / name, home.files)
    return home


def test_they_load_without_any_warning(shipped: Home) -> None:
    assert shipped.warnings() == ()


def test_the_settings_are_the_defaults(shipped: Home) -> None:
    found = shipped.load().general
    assert found == shipped.write("config.json", "{}").load().general


def test_one_socket_of_each_kind_is_shown_and_none_is_polled(shipped: Home) -> None:
    devices = list(shipped.load().devices.values())
    assert sorted(device.type_name for device in devices) == sorted(TYPES)
    assert not any(device.enabled for device in devices)


def test_the_sockets_have_the_defaults_and_all_three_reports(shipped: Home) -> None:
    for device in shipped.load().devices.values():
        assert (device.update_time_s, device.timeout_s) == (10.0, 5.0)
        assert (device.cost_day, device.cost_month, device.cost_year) == (True, 1, (1, 1))


@pytest.mark.parametrize("name", NAMES)
def test_they_validate_against_the_schema(name: str) -> None:
    assert accepts(name, json.loads((FILES / name).read_text(encoding="utf-8")))
