"""Providers by name, and those of the user's plugin file: no mistake goes beyond its own source."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from source.errors import ConfigError, PricesUnavailable
from source.setup import Setup, load_all_plugins, prepare
from source.tariffs.providers import built_in
from source.tariffs.registry import TariffRegistry
from tests.sinks.scripted_server import scripted_server
from tests.tariffs.pricing import ask, local, market, quarter, url_of

ROOT = Path(__file__).resolve().parents[2]

DAY = (local("2026-02-02T00:00"), local("2026-02-03T00:00"))
NAMES = ("awattar", "csv", "energy-charts", "entsoe", "tibber")


def plugin(folder: Path, text: str) -> tuple[TariffRegistry, list[str]]:
    """The providers with a plugin file of this content, and what is wrong with it."""
    (folder / "device_plugin.py").write_text(dedent(text), encoding="utf-8")
    _, tariffs, errors = load_all_plugins(folder)
    return tariffs, [str(error) for error in errors]


OWN = """
from datetime import timedelta
from decimal import Decimal
from source.tariffs.spot import SpotPrice

def setup_tariffs(tariffs):
    @tariffs.register("own")
    def own(market):
        for hour in range(24):
            start = market.start + timedelta(hours=hour)
            yield SpotPrice(start, start + timedelta(hours=1), Decimal(hour) / 100)
"""


def test_the_built_in_providers_are_known() -> None:
    assert built_in().names() == NAMES
    assert all(built_in().is_built_in(name) for name in NAMES)


def test_a_plugin_file_with_providers_alone_is_fine(tmp_path: Path) -> None:
    tariffs, errors = plugin(tmp_path, OWN)
    assert errors == []
    assert tariffs.names() == tuple(sorted((*NAMES, "own")))
    assert not tariffs.is_built_in("own")
    found = ask(market("own"), *DAY, registry=tariffs)
    assert found[quarter("2026-02-02T07:45")] == 70_000_000


def test_sockets_and_providers_stand_in_one_file(tmp_path: Path) -> None:
    text = f"""{OWN}
def setup(plugins):
    @plugins.register("user:one")
    def one(device):
        return None
"""
    (tmp_path / "device_plugin.py").write_text(text, encoding="utf-8")
    registry, tariffs, errors = load_all_plugins(tmp_path)
    assert errors == ()
    assert "user:one" in registry.names()
    assert "own" in tariffs.names()


def test_a_mistake_in_one_of_both_functions_leaves_the_other_alone(tmp_path: Path) -> None:
    tariffs, errors = plugin(tmp_path, OWN + "\ndef setup(plugins):\n    1 / 0\n")
    assert errors == ["device_plugin.py, line 14: ZeroDivisionError: division by zero"]
    assert "own" in tariffs.names()
    text = "def setup_tariffs(tariffs):\n    1 / 0\n\n"
    text += "def setup(plugins):\n    plugins.register('a')(id)\n"
    (tmp_path / "device_plugin.py").write_text(text, encoding="utf-8")
    registry, _, found = load_all_plugins(tmp_path)
    assert [str(one) for one in found] == [
        "device_plugin.py, line 2: ZeroDivisionError: division by zero"
    ]
    assert "a" in registry.names()


def test_a_plugin_file_with_neither_function_is_told(tmp_path: Path) -> None:
    _, errors = plugin(tmp_path, "x = 1\n")
    assert errors == ["device_plugin.py: there is no function setup(plugins) in it"]


def test_a_provider_may_stand_in_for_a_built_in_one(tmp_path: Path) -> None:
    tariffs, errors = plugin(tmp_path, OWN.replace('"own"', '"awattar"'))
    assert errors == []
    assert tariffs.replaced == {"awattar": "device_plugin.py, line 7"}
    assert len(ask(market("awattar"), *DAY, registry=tariffs)) == 96


def test_a_name_that_is_registered_twice_is_told_and_the_first_one_counts(tmp_path: Path) -> None:
    again = '    @tariffs.register("own")\n    def other(market):\n        return []\n'
    tariffs, errors = plugin(tmp_path, OWN + again)
    assert len(errors) == 1
    assert "the provider of prices 'own' is registered twice (lines 7 and 12)" in errors[0]
    assert len(ask(market("own"), *DAY, registry=tariffs)) == 96


@pytest.mark.parametrize("bad", ["tariffs.register('')(len)", "tariffs.register(3)(len)"])
def test_what_is_no_provider_is_told(tmp_path: Path, bad: str) -> None:
    tariffs, errors = plugin(tmp_path, f"def setup_tariffs(tariffs):\n    {bad}\n")
    assert len(errors) == 1
    assert "is no provider of prices" in errors[0]
    assert tariffs.names() == NAMES


def test_an_unknown_provider_is_told_with_the_known_ones() -> None:
    with pytest.raises(PricesUnavailable, match="no provider 'awatar'; known are awattar, csv"):
        ask(market("awatar"), *DAY)


# --- with the configuration ---


def folder_with(folder: Path, provider: str, plugin_text: str = "") -> Path:
    dynamic = {"provider": provider, "formula": "spot"}
    tariff = {"prices": [{"from": "2026-01-01", "price_kwh": 0.3, "dynamic": dynamic}]}
    content = {"general": {"timezone": "Europe/Berlin"}, "tariff": tariff}
    (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "devices.json").write_text("{}", encoding="utf-8")
    if plugin_text:
        (folder / "device_plugin.py").write_text(plugin_text, encoding="utf-8")
    return folder


def test_the_configuration_knows_the_users_providers(tmp_path: Path) -> None:
    setup = prepare({}, folder_with(tmp_path, "own", OWN))
    assert [source.name for source in setup.sources()] == ["own"]


def test_a_provider_that_nobody_registers_is_a_mistake_in_the_configuration(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError, match=r"provider"):
        prepare({}, folder_with(tmp_path, "nobody"))


def test_prices_are_fetched_anew_where_something_of_them_changes(tmp_path: Path) -> None:
    def version(setup: Setup) -> object:
        return setup.version_of_prices()

    first = prepare({}, folder_with(tmp_path, "own", OWN))
    assert version(prepare({}, tmp_path, first)) == version(first)
    assert version(prepare({}, folder_with(tmp_path, "own", OWN + "\n# new\n"))) != version(first)
    awattar = prepare({}, folder_with(tmp_path, "awattar"))
    assert version(awattar) != version(first)
    changed = prepare({}, folder_with(tmp_path, "awattar", OWN + "\n# newer\n"))
    assert version(changed) == version(awattar), "the user's file is no matter of a built-in one"


def test_a_name_is_registered_as_it_is_read_from_the_files(tmp_path: Path) -> None:
    tariffs, errors = plugin(tmp_path, OWN.replace('"own"', '" own "'))
    assert errors == []
    assert "own" in tariffs.names()


def test_the_provider_of_the_shipped_plugin_file_works_when_it_is_taken_out_of_its_comment(
    tmp_path: Path,
) -> None:
    text = (ROOT / "files" / "device_plugin.py").read_text(encoding="utf-8")
    head, begin, commented = text.partition("# from datetime import")
    lines = (begin + commented).splitlines()
    code = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)
    (tmp_path / "device_plugin.py").write_text(head + code, encoding="utf-8")
    registry, tariffs, errors = load_all_plugins(tmp_path)
    assert errors == ()
    assert "example:meter" in registry.names()
    with scripted_server() as server:
        begin_s = round(DAY[0].timestamp())
        answer = {"hours": [{"begin": begin_s, "eur_per_mwh": 81.5}]}
        server.then(200, json.dumps(answer))
        found = ask(market("example", url=url_of(server)), *DAY, registry=tariffs)
    assert found == dict.fromkeys(range(begin_s // 900, begin_s // 900 + 4), 81_500_000)
