"""The rated power of each type of sockets: what its counter can't outrun."""

from __future__ import annotations

from pathlib import Path

import pytest

from source.config.models import DeviceConfig
from source.devices.plugins import load_plugins
from source.devices.registry import Registry
from source.polling.metering import Metering, metering_of


def registry_of(folder: Path, argument: str) -> Registry:
    (folder / "device_plugin.py").write_text(
        "def setup(plugins):\n"
        f'    @plugins.register("user:one"{argument})\n'
        "    def one(device):\n"
        "        pass\n"
    )
    registry, _ = load_plugins(folder)
    return registry


@pytest.mark.parametrize(
    ("type_name", "max_power_w"), [("shelly:plug-s", 3680.0), ("shelly:3em", 82_800.0)]
)
def test_the_built_in_types_know_it(tmp_path: Path, type_name: str, max_power_w: float) -> None:
    registry, _ = load_plugins(tmp_path)
    assert registry.max_power_w(type_name) == max_power_w


@pytest.mark.parametrize(
    ("argument", "max_power_w"), [("", None), (", max_power_w=3680", 3680.0)], ids=["left out", "W"]
)
def test_a_users_type_may_tell_it(tmp_path: Path, argument: str, max_power_w: float | None) -> None:
    registry = registry_of(tmp_path, argument)
    assert "user:one" in registry.names()
    assert registry.max_power_w("user:one") == max_power_w


@pytest.mark.parametrize("wrong", ["0", "-5", "True", "'2500'", "float('nan')", "float('inf')"])
def test_what_is_no_power_is_refused_with_the_type(tmp_path: Path, wrong: str) -> None:
    registry = registry_of(tmp_path, f", max_power_w={wrong}")
    assert "user:one" not in registry.names()
    (problem,) = registry.problems
    assert str(problem).startswith("'user:one' has max_power_w = ")


def test_an_unknown_type_has_none(tmp_path: Path) -> None:
    assert registry_of(tmp_path, "").max_power_w("no:such") is None


@pytest.mark.parametrize(
    ("entry", "type_max_w", "metering"),
    [
        pytest.param({}, None, Metering(max_power_w=100_000.0), id="nothing is known"),
        pytest.param({}, 2500.0, Metering(max_power_w=2500.0), id="the type's"),
        pytest.param(
            {"max_power_w": 3680.0}, 2500.0, Metering(max_power_w=3680.0), id="the entry's own"
        ),
        pytest.param(
            {"energy_source": "power", "phases": "separate"},
            None,
            Metering(energy_source="power", separates_phases=True),
            id="source and phases",
        ),
    ],
)
def test_the_entry_comes_before_the_type(
    entry: dict[str, object], type_max_w: float | None, metering: Metering
) -> None:
    device = DeviceConfig.model_validate({"name": "Fridge", "ip": "127.0.0.1", **entry})
    assert metering_of(device, type_max_w) == metering
