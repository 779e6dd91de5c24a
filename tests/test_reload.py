"""A changed configuration is applied while everything runs; a broken one changes nothing."""

from __future__ import annotations

import json
import logging
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from source.reload import Reload
from source.setup import Setup, prepare
from source.simulator.server import SimulatorServer
from tests.running import add_plug, all_points, entry, polls, reading, running_daemon
from tests.sinks.places import until

PLUG = {"type": "shelly:plug-s", "ip": "127.0.0.1:1"}
PLUGIN = """
from source.model import Reading

def setup(plugins):
    @plugins.register("user:fixed")
    def fixed(device):
        return Reading(power_w=POWER)
"""

ODD_PLUGIN = """
from contextlib import ContextDecorator
from source.model import Reading

class Quiet(ContextDecorator):
    def __enter__(self): pass
    def __exit__(self, *error): pass

class Fixed:
    def __call__(self, device):
        return Reading(power_w=POWER)

def setup(plugins):
    @plugins.register("user:quiet")
    @Quiet()
    def quiet(device):
        return Reading(power_w=POWER)
    plugins.register("user:lambda")(lambda device: Reading(power_w=POWER))
    plugins.register("user:Fixed")(Fixed())
"""


class Folder:
    """A files folder, and the watch over it; each look is one call."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config(price_kwh=0.3)
        self.devices(A=PLUG)
        self.reload = Reload(folder=path, prepare=partial(prepare, {}, path))
        self.first = self.reload.first()

    def config(self, **general: object) -> None:
        self.write("config.json", json.dumps({"general": general}))

    def devices(self, **devices: object) -> None:
        self.write("devices.json", json.dumps(devices))

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

    def looks(self, count: int = 2) -> Setup | None:
        for _ in range(count):
            self.reload.look()
        return self.reload.fresh()


@pytest.fixture
def folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Folder:
    caplog.set_level(logging.INFO)
    return Folder(tmp_path)


def test_nothing_is_read_while_nothing_changes(folder: Folder) -> None:
    assert folder.looks(5) is None


def test_a_change_is_read_when_it_stands_still_for_a_look(folder: Folder) -> None:
    folder.devices(A=PLUG, B=PLUG)
    assert folder.looks(1) is None
    folder.devices(A=PLUG, B=PLUG, C=PLUG)  # the editor writes on
    assert folder.looks(1) is None
    fresh = folder.looks(1)
    assert fresh is not None
    assert list(fresh.configuration.devices) == ["A", "B", "C"]
    assert folder.looks(3) is None


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("devices.json", '{"A": {"type": "shelly:pl', "no valid JSON"),
        ("devices.json", "", "is empty"),
        ("devices.json", '{"A": {"type": "no:such", "ip": "127.0.0.1"}}', "A.type"),
        ("config.json", '{"general": {"price_kwh": "abc"}}', "general.price_kwh"),
        ("device_plugin.py", "def setup(plugins)\n", "SyntaxError"),
        ("device_plugin.py", "def setup(plugins):\n    raise KeyError('x')\n", "KeyError"),
    ],
)
def test_a_broken_file_changes_nothing_is_told_once_and_a_mended_one_is_read(
    folder: Folder, name: str, text: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = folder.path / name
    before = path.read_text(encoding="utf-8") if path.exists() else None
    folder.write(name, text)
    assert folder.looks(5) is None
    (error,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert error.getMessage().startswith(f"{name}: not applied, what was in force before stays so")
    assert told in error.getMessage()
    if before is None:
        path.unlink()
    else:
        path.write_text(before, encoding="utf-8")
    assert folder.looks(2) is not None


@pytest.mark.parametrize("name", ["config.json", "devices.json"])
def test_a_file_that_is_gone_changes_nothing(folder: Folder, name: str) -> None:
    (folder.path / name).unlink()
    assert folder.looks(3) is None


def test_a_hang_up_reads_the_files_at_once_and_the_plugin_too(folder: Folder) -> None:
    folder.reload.ask()
    fresh = folder.looks(1)
    assert fresh is not None
    assert fresh.configuration == folder.first.configuration
    assert fresh.registry is not folder.first.registry
    assert folder.looks(1) is None


def test_what_the_page_has_written_is_read_at_once_and_not_again(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.devices(A=PLUG, B=PLUG)
    read = folder.reload.apply()
    assert read is not None
    assert list(read.configuration.devices) == ["A", "B"]
    assert read.registry is folder.first.registry
    assert folder.looks(3) is read
    assert caplog.text.count("read again") == 1


def test_what_the_page_wrote_counts_although_an_editor_wrote_at_the_same_time(
    folder: Folder,
) -> None:
    folder.config(price_kwh=0.4)
    assert folder.looks(1) is None
    folder.devices(A=PLUG, B=PLUG)
    read = folder.reload.apply()
    assert read is not None
    assert str(read.configuration.general.price_kwh) == "0.4"
    assert folder.looks(3) is read


def test_what_the_page_asks_for_is_refused_where_it_is_wrong(folder: Folder) -> None:
    folder.write("devices.json", "{")
    assert folder.reload.apply() is None
    assert folder.looks(3) is None


def test_each_setup_that_was_read_has_a_higher_number(folder: Folder) -> None:
    numbers = [folder.first.number]
    for price in (1, 2):
        folder.config(price_kwh=price)
        read = folder.reload.apply()
        assert read is not None
        numbers.append(read.number)
    folder.config(price_kwh=3)
    fresh = folder.looks()
    assert fresh is not None
    assert [*numbers, fresh.number] == [0, 1, 2, 3]


def test_the_plugin_file_is_run_again_only_where_it_changed(folder: Folder) -> None:
    folder.write("device_plugin.py", PLUGIN.replace("POWER", "1.0"))
    with_plugin = folder.looks()
    assert with_plugin is not None
    folder.devices(A=PLUG, B={**PLUG, "type": "user:fixed"})
    both = folder.looks()
    assert both is not None
    assert both.registry is with_plugin.registry
    folder.write("device_plugin.py", PLUGIN.replace("POWER", "2.0"))
    changed = folder.looks()
    assert changed is not None
    a, b = both.configuration.devices.values()
    assert changed.version_of(a) == both.version_of(a)
    assert changed.version_of(b) != both.version_of(b)


@pytest.mark.parametrize("power", ["lambda", "quiet", "Fixed"])
def test_a_changed_plugin_counts_whatever_its_handlers_are_made_of(
    folder: Folder, power: str
) -> None:
    """A decorator of a library, a lambda, an object: not each has its code in the plugin file."""
    folder.devices(A={**PLUG, "type": f"user:{power}"})
    folder.write("device_plugin.py", ODD_PLUGIN.replace("POWER", "1.0"))
    before = folder.looks()
    folder.write("device_plugin.py", ODD_PLUGIN.replace("POWER", "2.0"))
    changed = folder.looks()
    assert before is not None
    assert changed is not None
    (device,) = changed.configuration.devices.values()
    assert changed.version_of(device) != before.version_of(device)


def test_a_file_whose_permissions_were_mended_is_read_again(folder: Folder) -> None:
    (folder.path / "devices.json").chmod(0o600)
    assert folder.looks() is not None


def test_a_change_is_not_forgotten_where_a_bug_ends_its_reading(folder: Folder) -> None:
    """The supervisor starts the watch again; no thread may have been left for the plugin file."""
    bugs = [RuntimeError("can't start new thread")]

    def prepared(in_force: Setup | None) -> Setup:
        if in_force is not None and bugs:
            raise bugs.pop()
        return prepare({}, folder.path, in_force)

    folder.reload = Reload(folder=folder.path, prepare=prepared)
    folder.reload.first()
    folder.devices(A=PLUG, B=PLUG)
    with pytest.raises(RuntimeError):
        folder.looks()
    fresh = folder.looks(1)
    assert fresh is not None
    assert list(fresh.configuration.devices) == ["A", "B"]


def test_a_plugin_file_that_cannot_be_read_is_told(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    (folder.path / "device_plugin.py").mkdir()
    assert folder.looks() is None
    assert "device_plugin.py: not applied" in caplog.text
    assert "IsADirectoryError" in caplog.text


def test_a_plugin_that_was_broken_at_the_start_does_not_hold_up_other_changes(
    tmp_path: Path,
) -> None:
    (tmp_path / "device_plugin.py").write_text("no python", encoding="utf-8")
    folder = Folder(tmp_path)
    assert folder.first.plugin_errors
    folder.devices(A=PLUG, B=PLUG)
    fresh = folder.looks()
    assert fresh is not None
    assert list(fresh.configuration.devices) == ["A", "B"]


# --- the whole daemon ---


def test_sockets_come_go_and_change_while_the_others_miss_no_poll(
    tmp_path: Path, sockets: SimulatorServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stays, goes, comes = entry(add_plug(sockets)), entry(add_plug(sockets)), add_plug(sockets)
    path = tmp_path / "devices.json"
    with running_daemon(tmp_path, {"Stays": stays, "Goes": goes, "Turns": stays}):
        until(lambda: len(polls(tmp_path, "Goes")) >= 2)
        changed = {"Stays": stays, "Comes": entry(comes), "Turns": {**stays, "update_time": 0.2}}
        path.write_text(json.dumps(changed), encoding="utf-8")
        until(lambda: len(polls(tmp_path, "Comes")) >= 2)
        gone = len(polls(tmp_path, "Goes"))
        path.write_text('{"Stays": ', encoding="utf-8")
        until(lambda: "devices.json: not applied" in caplog.text)
        before = len(polls(tmp_path, "Turns"))
        until(lambda: len(polls(tmp_path, "Turns")) >= before + 5)
        assert len(polls(tmp_path, "Goes")) == gone
    assert all(polls(tmp_path, "Stays"))
    times = [point.time_us for point in all_points(tmp_path) if point.device == "Stays"]
    assert max(b - a for a, b in pairwise(times)) < 750_000
    assert (
        "configuration applied: new: Comes; changed: Turns; no longer polled: Goes" in caplog.text
    )


def test_it_is_noted_when_a_configuration_was_applied(
    tmp_path: Path, sockets: SimulatorServer
) -> None:
    """For status: a socket that has just been added is not stuck."""
    plug = entry(add_plug(sockets))
    with running_daemon(tmp_path, {"Stays": plug}):
        until(lambda: meta(tmp_path, "polling_us") is not None)
        assert meta(tmp_path, "changed_us") == meta(tmp_path, "polling_us")
        (tmp_path / "devices.json").write_text(
            json.dumps({"Stays": plug, "Comes": plug}), encoding="utf-8"
        )
        until(lambda: (meta(tmp_path, "changed_us") or 0) > (meta(tmp_path, "polling_us") or 0))


def meta(folder: Path, key: str) -> int | None:
    with reading(folder) as reader:
        return reader.meta(key)


def test_a_changed_handler_is_used(tmp_path: Path, sockets: SimulatorServer) -> None:
    plugin = tmp_path / "device_plugin.py"
    plugin.write_text(PLUGIN.replace("POWER", "1.0"), encoding="utf-8")
    with running_daemon(tmp_path, {"User": entry("127.0.0.1:1", "user:fixed")}):
        until(lambda: len(polls(tmp_path, "User")) >= 1)
        plugin.write_text(PLUGIN.replace("POWER", "2.0"), encoding="utf-8")
        until(lambda: all_points(tmp_path)[-1].fields.get("power") == 2.0)
    powers = [point.fields["power"] for point in all_points(tmp_path)]
    assert powers == sorted(powers)
