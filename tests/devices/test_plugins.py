"""Socket types from the user's file: both forms work, and no mistake goes beyond its own socket."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from textwrap import dedent, indent

import pytest

from source.devices.device import Device
from source.devices.plugins import load_plugins
from source.devices.registry import Registry
from source.errors import (
    BadPayload,
    DeviceDenied,
    DeviceError,
    DeviceUnreachable,
    HandlerFailed,
    PluginError,
)
from source.model import Phase, Reading
from source.simulator.curves import constant
from source.simulator.server import Fault, SimulatorServer
from source.simulator.socket import VirtualPlugS
from tests.devices.raw_server import http_answer, raw_server

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"type": "user:one", "ip": "127.0.0.1:1", "update_time": 10, "channel": 3}


def plugin(folder: Path, body: str, before: str = "") -> tuple[Registry, list[PluginError]]:
    """Load a plugin file whose ``setup`` has this body."""
    text = f"{dedent(before)}\ndef setup(plugins):\n{indent(dedent(body), '    ')}\n"
    (folder / "device_plugin.py").write_text(text, encoding="utf-8")
    return load_plugins(folder)


def reader(
    registry: Registry, ip: str = "127.0.0.1:1", type_name: str = "user:one"
) -> Callable[[], Reading]:
    device = Device(
        name="Herd", ip=ip, type_name=type_name, settings={**SETTINGS, "ip": ip}, timeout_s=2.0
    )
    return registry.reader(type_name, device)


MUTE = "class Mute(Exception): __str__ = lambda self: 1 / 0\n"
"""An error that can't even be told."""


def returning(folder: Path, expression: str) -> Callable[[], Reading]:
    registry, errors = plugin(
        folder,
        f"""
        @plugins.register("user:one")
        def one(device):
            return {expression}
        """,
        before="from source.model import Phase, Reading; import math\n" + MUTE,
    )
    assert errors == []
    return reader(registry)


def test_without_a_plugin_file_there_are_the_built_in_types(tmp_path: Path) -> None:
    registry, errors = load_plugins(tmp_path)
    assert registry.names() == ("shelly:3em", "shelly:plug-s")
    assert errors == []


def test_a_new_handler_reads_its_own_keys_and_the_socket(tmp_path: Path) -> None:
    registry, errors = plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(device):
            data = device.get_json(f"/meter/{device.settings['channel']}")
            return Reading(power_w=data["w"], counter_wh=data["kwh"] * 1000, extra={"x": 1})
        """,
        before="from source.model import Reading",
    )
    assert errors == []
    with raw_server([http_answer(b'{"w": 5, "kwh": 1.25}')]) as server:
        reading = reader(registry, server.address)()
        assert server.requests[0].startswith(b"GET /meter/3 ")
    assert reading == Reading(power_w=5.0, counter_wh=1250.0, extra={"x": 1.0})
    assert type(reading.power_w) is float


OLDER = """
    @plugins.register("user:one")
    def handler(settings):
        device_name = settings["device_name"]
        request_url = "http://" + settings["ip"] + "/status"
        try:
            with urllib.request.urlopen(request_url, timeout=10) as url:
                data = json.loads(url.read().decode())
            settings["watch_hen"].normal_processing()
            return [
                {
                    "measurement": "census",
                    "tags": {"device": device_name},
                    "time": datetime.utcnow(),
                    "fields": {
                        "power": data["meters"][0]["power"],
                        "is_valid": data["meters"][0]["is_valid"],
                        "device_temperature": data["temperature"],
                        "fetch_success": True,
                        "energy_wh": data["meters"][0]["power"] * settings["update_time"] / 3600,
                        "unknown": None,
                    },
                }
            ]
        except (HTTPError, URLError, ConnectionResetError, TimeoutError) as err:
            settings["watch_hen"].failure_processing(
                type(err).__name__, err, "could not be reached"
            )
            return [
                {
                    "measurement": "census",
                    "tags": {"device": device_name},
                    "time": datetime.utcnow(),
                    "fields": {"fetch_success": False},
                }
            ]
    """
OLDER_IMPORTS = """
import json
import urllib.request
from datetime import datetime
from urllib.error import HTTPError, URLError
"""


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow")
def test_an_older_handler_works_unchanged_and_its_energy_is_taken_as_it_is(tmp_path: Path) -> None:
    registry, errors = plugin(tmp_path, OLDER, OLDER_IMPORTS)
    assert errors == []
    with SimulatorServer() as server:
        address = server.add(VirtualPlugS(constant(360.0), time.time()))
        reading = reader(registry, address)()
        server.fault(address, Fault.NOT_FOUND)
        words = "HTTPError: HTTP Error 404: Not Found could not be reached"
        with pytest.raises(DeviceUnreachable, match=words):
            reader(registry, address)()
    assert reading.power_w == 360.0
    assert reading.energy_wh == 1.0
    assert reading.is_valid is True
    assert list(reading.extra) == ["device_temperature"]


def test_an_older_handlers_flags_of_phases_may_be_text(tmp_path: Path) -> None:
    read = returning(tmp_path, '[{"fields": {"power": 5, "is_valid_b": "true", "state": "on"}}]')
    assert read() == Reading(power_w=5.0, extra={"is_valid_b": True, "state": "on"})


def test_an_older_handler_that_knows_a_counter_has_it_counted(tmp_path: Path) -> None:
    read = returning(tmp_path, '[{"fields": {"power": 5, "counter_wh": 77}}]')
    assert read() == Reading(power_w=5.0, counter_wh=77.0)


@pytest.mark.parametrize(
    ("expression", "error", "words"),
    [
        ("None", HandlerFailed, "returned None and not a Reading"),
        ("42", HandlerFailed, "returned 42 and not a Reading"),
        ("float('nan')", HandlerFailed, "returned nan and not"),
        ("{'power': 5}", HandlerFailed, "and not a Reading"),
        ("[]", HandlerFailed, "a list of 0 points"),
        ("[1]", HandlerFailed, "returned 1, a point without 'fields'"),
        ("type('X', (), {'__repr__': lambda s: 1 / 0})()", HandlerFailed, "a value of type X"),
        ("[{'fields': 5}]", HandlerFailed, "without 'fields'"),
        ("[{'fields': {}}]", HandlerFailed, "without any value"),
        ("[{'fields': {'power': 'hot'}}]", BadPayload, "'power' is 'hot'"),
        ("[{'fields': {'power': math.nan}}]", HandlerFailed, "power = nan"),
        ("[{'fields': {'power': [1]}}]", HandlerFailed, r"power = \[1\]"),
        ("[{'fields': {'p': 1}, 'tags': {'device': 'Other'}}]", HandlerFailed, "'Other'"),
        ("[{'fields': {'fetch_success': False}}]", DeviceUnreachable, "the fetch failed"),
        ("Reading()", HandlerFailed, "without any value"),
        ("Reading(power_w=math.nan)", BadPayload, "'power_w' is nan, not a number"),
        ("Reading(power_w='5')", BadPayload, "'power_w' is '5', not a number"),
        ("Reading(power_w=True)", BadPayload, "'power_w' is True"),
        ("Reading(counter_wh=-1)", BadPayload, "never negative"),
        ("Reading(power_w=1, is_valid='yes')", HandlerFailed, "is_valid = 'yes'"),
        ("Reading(power_w=1, extra=5)", HandlerFailed, "extra = 5"),
        ("Reading(power_w=1, extra={'energy_wh': 1})", HandlerFailed, "'energy_wh' in extra"),
        (
            "Reading(power_w=1, extra={'energy_returned_wh': 1})",
            HandlerFailed,
            "'energy_returned_wh' in extra",
        ),
        ("Reading(power_w=1, extra={'x': None})", BadPayload, "'x' is None"),
        (
            "Reading(power_w=1, extra={'device_temperature': 'hot'})",
            BadPayload,
            "'device_temperature' is 'hot', not a number",
        ),
        ("Reading(power_w=1, extra={'voltage_a': True})", BadPayload, "'voltage_a' is True"),
        ("Reading(power_w=1, extra={'is_valid_a': 1.0})", BadPayload, "'is_valid_a' is 1.0"),
        ("Reading(power_w=1, extra={'power': 2.0})", HandlerFailed, "'power' twice"),
        ("Reading(power_w=1, extra={5: 2.0})", HandlerFailed, "5 in extra"),
        ("Reading(power_w=1, extra={'x' * 101: 2.0})", HandlerFailed, "in extra, no name"),
        ("Reading(power_w=1, extra={'a\\nb': 2.0})", HandlerFailed, "in extra, no name"),
        (
            "Reading(power_w=1, extra={str(n): 1.0 for n in range(100_000)})",
            HandlerFailed,
            "returned 100000 fields, 200 at most",
        ),
        (
            "[{'fields': {str(n): 1.0 for n in range(100_000)}}]",
            HandlerFailed,
            "returned 100000 fields, 200 at most",
        ),
        (
            "Reading(power_w=1, extra={'note': 'x' * 10_000_000})",
            BadPayload,
            "'note' is a text of 10000000 characters, 1000 at most",
        ),
        (
            "Reading(power_w=1, phases={str(n): Phase(power_w=1.0) for n in range(1000)})",
            HandlerFailed,
            "returned 1000 phases, 12 at most",
        ),
        ("[{'fields': {'power': 1, 'voltage_a': 'x'}}]", BadPayload, "'voltage_a' is 'x'"),
        ("Reading(power_w=1, phases={'a': 5})", HandlerFailed, "phase 'a' = 5"),
        ("Reading(power_w=1, phases=[1])", HandlerFailed, r"phases = \[1\]"),
        (
            "Reading(power_w=1, phases={'a': Phase(power_w='x')})",
            BadPayload,
            "'power_w of phase a' is 'x'",
        ),
    ],
)
def test_a_wrong_shape_fails_that_poll_and_is_named(
    tmp_path: Path, expression: str, error: type[DeviceError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        returning(tmp_path, expression)()
    if error is not DeviceUnreachable:
        assert "type 'user:one' (device_plugin.py, line 6)" in str(caught.value)


def test_whole_numbers_of_a_handler_become_floats_everywhere(tmp_path: Path) -> None:
    reading = returning(tmp_path, "Reading(power_w=1, phases={'a': Phase(voltage_v=230)})")()
    assert reading == Reading(power_w=1.0, phases={"a": Phase(voltage_v=230.0)})
    assert type(reading.phases["a"].voltage_v) is float


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("device.get_json", "returned <bound method"),
        ("{}['meters']", "line 8.*KeyError: 'meters'"),
        ("1 / 0", "line 8.*ZeroDivisionError"),
        ("undefined_name", "line 8.*NameError"),
        ("open('/no/such/file')", "line 8.*FileNotFoundError"),
        ("exit(3)", "line 8.*SystemExit: 3"),
        ("(_ for _ in ()).throw(KeyboardInterrupt)", "line 8.*KeyboardInterrupt"),
        ("(_ for _ in ()).throw(GeneratorExit)", "GeneratorExit"),
        ("(_ for _ in ()).throw(Mute())", "line 8.*: Mute"),
        ("(lambda: one(device))()", "RecursionError"),
        ("(_ for _ in ()).throw(MemoryError)", "line 8.*MemoryError"),
        ("__import__('json').loads('[' * 100_000)", "line 8.*RecursionError"),
        ("sum(bytearray(1 << 60))", "line 8.*MemoryError"),
    ],
)
def test_an_error_in_a_handler_is_told_with_file_type_and_line(
    tmp_path: Path, statement: str, words: str
) -> None:
    with pytest.raises(HandlerFailed, match=words) as caught:
        returning(tmp_path, statement)()
    assert "type 'user:one' (device_plugin.py, line" in str(caught.value)


def test_a_password_in_an_address_is_not_told(tmp_path: Path) -> None:
    registry, _ = plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(device):
            return requests.get("http://127.0.0.1:1/cm?user=admin&password=GEHEIM", timeout=1)
        """,
        before="import requests",
    )
    with pytest.raises(DeviceUnreachable, match="ConnectionError") as caught:
        reader(registry)()
    assert "GEHEIM" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "error"), [("401 Unauthorized", DeviceDenied), ("500 Oops", BadPayload)]
)
def test_what_the_socket_answers_wrongly_is_told_as_such(
    tmp_path: Path, status: str, error: type[DeviceError]
) -> None:
    registry, _ = plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(device):
            return device.get_text("/")
        """,
    )
    with raw_server([http_answer(b"", status=status)]) as server, pytest.raises(error):
        reader(registry, server.address)()


def test_a_handler_that_takes_its_own_tools_away_harms_its_own_polls_only(tmp_path: Path) -> None:
    registry, _ = plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(device):
            device.watch_hen = None
            return [{"fields": {"power": 1.0}}]
        """,
    )
    read = reader(registry)
    for _ in range(2):
        with pytest.raises(HandlerFailed, match="user:one"):
            read()


@pytest.mark.parametrize(
    "harm",
    [
        "settings.clear()",
        "settings['ip'] = 'x'",
        "del settings['device_name']",
        "settings['outputs'].append(9)",
        "settings.name = settings.settings = settings.watch_hen = settings.update = None",
    ],
)
def test_a_handler_that_changes_its_settings_finds_them_unchanged_in_the_next_poll(
    tmp_path: Path, harm: str
) -> None:
    registry, _ = plugin(
        tmp_path,
        f"""
        @plugins.register("user:one")
        def one(settings):
            before = str(sorted({{**settings, **settings.settings, "watch_hen": 0}}.items()))
            settings["watch_hen"].normal_processing()
            name = settings["device_name"]
            {harm}
            SEEN.append((before, name))
            return [{{"fields": {{"power": 1.0}}}}]
        """,
        before="SEEN = []",
    )
    shared = {**SETTINGS, "outputs": [1, 2]}
    for name in ("A", "A", "B"):
        device = Device(name=name, ip="h", type_name="user:one", settings=shared, timeout_s=1.0)
        read = registry.reader("user:one", device)
        for _ in range(2):
            with suppress(HandlerFailed):  # where it took away what its own answer is read with
                read()
    seen = sys.modules["device_plugin"].SEEN
    assert [name for _, name in seen] == ["A"] * 4 + ["B"] * 2
    assert len({before for before, name in seen if name == "A"}) == 1
    assert shared == {**SETTINGS, "outputs": [1, 2]}


def test_a_handler_may_keep_in_its_settings_what_it_needs_the_next_time(tmp_path: Path) -> None:
    registry, _ = plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(settings):
            settings["polls"] = settings.get("polls", 0) + 1
            return [{"fields": {"power": settings["polls"]}}]
        """,
    )
    read = reader(registry)
    assert [read().power_w for _ in range(3)] == [1.0, 2.0, 3.0]


def test_an_error_class_of_the_handlers_own_is_told_as_the_one_it_is_derived_from(
    tmp_path: Path,
) -> None:
    registry, _ = plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(device):
            raise Gone(5, 7)
        """,
        before="""
        from source.errors import DeviceUnreachable

        class Gone(DeviceUnreachable):
            def __init__(self, a, b):
                super().__init__(a)

            def __str__(self):
                return "gone" if self.args == (5,) else 1 / 0
        """,
    )
    with pytest.raises(DeviceUnreachable, match="gone") as caught:
        reader(registry)()
    assert type(caught.value) is DeviceUnreachable


def test_what_a_failed_handler_held_is_let_go(tmp_path: Path) -> None:
    registry, _ = plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(device):
            held = Held()
            HELD.append(weakref.ref(held))
            raise ValueError(held)
        """,
        before="""
        import weakref
        HELD = []

        class Held:
            pass
        """,
    )
    read = reader(registry)
    with pytest.raises(HandlerFailed) as caught:
        read()
    assert caught.value.__context__ is caught.value.__cause__ is None
    assert [held() for held in sys.modules["device_plugin"].HELD] == [None]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_handler_that_forks_does_not_bring_a_second_logger(tmp_path: Path) -> None:
    program = f"""
        import os, sys
        sys.path.insert(0, {str(ROOT)!r})
        from pathlib import Path
        from source.devices.device import Device
        from source.devices.plugins import load_plugins

        registry, _ = load_plugins(Path({str(tmp_path)!r}))
        device = Device(name="A", ip="h", type_name="user:one", settings={{}}, timeout_s=1.0)
        print(registry.reader("user:one", device)().power_w, flush=True)
        os.wait()
        """
    plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(device):
            os.fork()
            return [{"fields": {"power": 5.0}}]
        """,
        before="import os",
    )
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)], capture_output=True, timeout=20, check=True
    )
    assert done.stdout == b"5.0\n"


@pytest.mark.parametrize(
    ("sent", "mac"),
    [
        ("E8:68:e7:f3:a0:21", "E868E7F3A021"),
        ("e868e7f3a021", "E868E7F3A021"),
        ("E8-68-E7-F3-A0-21", "E868E7F3A021"),
        ("112233AABCCD <REDACTED>", None),
        ("", None),
        ("000000000000", None),
        (5, None),
    ],
)
def test_a_mac_is_twelve_capital_hex_digits_or_nothing(
    tmp_path: Path, sent: object, mac: str | None
) -> None:
    assert returning(tmp_path, f"Reading(power_w=1, mac={sent!r})")().mac == mac


def test_texts_become_plain_ones_that_can_be_written_anywhere(tmp_path: Path) -> None:
    odd = "type('Odd', (str,), {'replace': None, '__str__': None})('on')"
    reading = returning(
        tmp_path, f"Reading(power_w=1, extra={{'a': {odd}, 'b': 'half \\ud800', 'c': 'ü'}})"
    )()
    assert reading.extra == {"a": "on", "b": "half ?", "c": "ü"}
    assert {type(text) for text in reading.extra.values()} == {str}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def setup(plugins:\n", r"device_plugin\.py, line 1: SyntaxError"),
        ("import no_such_module_here\n", "line 1: ModuleNotFoundError: No module named"),
        ("x = 1\n\nraise ValueError('boom')\n", "line 3: ValueError: boom"),
        ("import sys\nsys.exit(0)\n", "line 2: SystemExit: 0"),
        ("raise KeyboardInterrupt\n", "line 1: KeyboardInterrupt"),
        ("import asyncio\nraise asyncio.CancelledError\n", "line 2: CancelledError"),
        ("x = 1\n", r"there is no function setup\(plugins\)"),
        ("setup = 5\n", r"there is no function setup\(plugins\)"),
        ("def setup():\n    pass\n", "TypeError"),
        ("# -*- coding: klingon -*-\n", "SyntaxError"),
        ("def setup(plugins):\n    plugins.register(5)(print)\n", "5 = .* is no socket type"),
    ],
)
def test_a_file_that_does_not_load_is_told_and_takes_nothing_else_away(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "device_plugin.py").write_text(text, encoding="utf-8")
    registry, errors = load_plugins(tmp_path)
    assert len(errors) == 1
    with pytest.raises(PluginError, match=words):
        raise errors[0]
    assert registry.names() == ("shelly:3em", "shelly:plug-s")


def test_a_file_may_hold_dataclasses(tmp_path: Path) -> None:
    registry, errors = plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(device):
            return Reading(power_w=State(5.0).power_w)
        """,
        before="""
        from __future__ import annotations
        from dataclasses import dataclass
        from source.model import Reading

        @dataclass
        class State:
            power_w: float
        """,
    )
    assert errors == []
    assert reader(registry)().power_w == 5.0


def test_a_file_that_never_ends_does_not_hold_up_the_start(tmp_path: Path) -> None:
    text = "import threading\nthreading.Event().wait()\n"
    (tmp_path / "device_plugin.py").write_text(text, encoding="utf-8")
    registry, errors = load_plugins(tmp_path, limit_s=0.05)
    assert "has not loaded within 0.05 s" in str(errors[0])
    assert "shelly:plug-s" in registry.names()


def test_types_that_were_registered_before_an_error_are_there(tmp_path: Path) -> None:
    registry, errors = plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(device):
            return Reading(power_w=1.0)
        oops
        """,
    )
    assert "line 7: NameError" in str(errors[0])
    assert "user:one" in registry.names()


def test_a_type_registered_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    registry, errors = plugin(
        tmp_path,
        """
        @plugins.register("user:one")
        def one(device):
            return [{"fields": {"power": 1.0}}]

        @plugins.register("user:one")
        def two(device):
            return [{"fields": {"power": 2.0}}]
        """,
    )
    assert "'user:one' is registered twice (lines 4 and 8)" in str(errors[0])
    assert reader(registry)().power_w == 1.0


def test_a_user_may_take_over_a_built_in_type(tmp_path: Path) -> None:
    registry, errors = plugin(
        tmp_path,
        """
        @plugins.register("shelly:plug-s")
        def mine(settings):
            return [{"fields": {"power": 7.0}}]
        """,
    )
    assert errors == []
    assert reader(registry, type_name="shelly:plug-s")().power_w == 7.0
    assert registry.replaced == {"shelly:plug-s": "device_plugin.py, line 4"}


def test_an_unknown_type_names_the_known_ones(tmp_path: Path) -> None:
    registry, _ = load_plugins(tmp_path)
    with pytest.raises(PluginError, match=r"known are shelly:3em, shelly:plug-s"):
        reader(registry, type_name="shelly:plug-x")


def test_loading_writes_nothing_into_the_users_folder(tmp_path: Path) -> None:
    plugin(tmp_path, "pass")
    assert [path.name for path in tmp_path.iterdir()] == ["device_plugin.py"]


def test_the_template_that_is_shipped_works() -> None:
    registry, errors = load_plugins(ROOT / "files")
    assert errors == []
    answer = {"power": 12.5, "total_kwh": 3.2, "voltage": 231}
    with raw_server([http_answer(json.dumps(answer).encode())]) as server:
        reading = reader(registry, server.address, "example:meter")()
        assert server.requests[0].startswith(b"GET /api/meter?channel=3 ")
    assert reading.counter_wh is not None
    assert math.isclose(reading.counter_wh, 3200.0)
    assert reading.extra == {"voltage": 231.0}
