"""The configuration changes under load, also half-written: who did not change misses no poll."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.faults.child import until
from tests.faults.house import House, house
from tests.faults.outcome import Outcome, Scenario

PLUGS = 8
INTERVAL_S = 0.5
STOP_S = 0.4
"""Less than an interval: no poll is missed."""
APPLIED_S = 5.0
"""A change is in force by then, as promised."""
APPLIES_S = APPLIED_S + 1.5
"""With the first poll, its commit, and a machine that has other work too."""
WELL = "read again"
BROKEN = "not applied"

BROKEN_PLUGIN = "def setup(plugins:\n"
PLUGIN = """
from source.model import Reading

def setup(plugins):
    @plugins.register("own:{name}")
    def own(device):
        return Reading(power_w={number}.0)
"""


def reloaded(folder: Path, times: int) -> Outcome:
    """One socket comes, goes and changes; files break in between and are mended."""
    chance = random.Random(times)
    with house(folder, plugs=PLUGS, interval_s=INTERVAL_S, influx=False) as home:
        home.untouched = {f"Plug {number}" for number in range(1, PLUGS)}
        home.logger.start()
        home.until_polled(PLUGS)
        for number in range(times):
            act = CHANGES[number % len(CHANGES)]
            act(home, number)
            time.sleep(chance.uniform(0.0, 0.3))
        home.finish()
        return home.outcome("configuration changed", times, STOP_S)


def _comes_and_goes(home: House, number: int) -> None:
    """Without Plug 0, then with it again."""
    entries = home.entries()
    gone = {name: entry for name, entry in entries.items() if name != "Plug 0"}
    _applied(home, WELL, lambda: _write(home, "devices.json", gone))
    _until_it_rests(home)
    _applied(home, WELL, lambda: _write(home, "devices.json", entries))
    _until_it_is_polled(home)


def _hang_up(home: House, number: int) -> None:
    """SIGHUP, with another time between two polls."""
    entries = home.entries()
    entries["Plug 0"]["update_time"] = 0.2 + number % 5 / 10
    _write(home, "devices.json", entries)
    _applied(home, WELL, lambda: os.kill(home.logger.pid, signal.SIGHUP))
    _until_it_is_polled(home)


def _half_written(home: House, number: int) -> None:
    """An editor that stops in the middle; Plug 0 goes on as before."""
    whole = json.dumps(home.entries())
    half = whole[: number * 37 % (len(whole) - 1) + 1]
    _applied(home, BROKEN, lambda: (home.files / "devices.json").write_text(half, "utf-8"))
    _until_it_is_polled(home)
    _applied(home, WELL, lambda: (home.files / "devices.json").write_text(whole, "utf-8"))


def _wrong(home: House, number: int) -> None:
    """A value that is not allowed, and no file at all."""
    _applied(home, BROKEN, lambda: _write(home, "config.json", {"general": {"price_kwh": "x"}}))
    _applied(home, BROKEN, (home.files / "config.json").unlink)
    _until_it_is_polled(home)
    price = {"log_file": False, "price_kwh": 0.1 + number % 7}
    _applied(home, WELL, lambda: _write(home, "config.json", {"general": price}))


def _plugin(home: House, number: int) -> None:
    """A plugin that breaks, and one that brings a type."""
    file = home.files / "device_plugin.py"
    _applied(home, BROKEN, lambda: file.write_text(BROKEN_PLUGIN, "utf-8"))
    _until_it_is_polled(home)
    text = PLUGIN.format(name=f"t{number}", number=number)
    _applied(home, WELL, lambda: file.write_text(text, "utf-8"))


CHANGES = (_comes_and_goes, _half_written, _hang_up, _wrong, _plugin)


def _applied(home: House, answer: str, act: Callable[[], object]) -> None:
    """Do it; the log has to give the answer in time."""
    told = home.logger.log.stat().st_size
    began = time.monotonic()
    act()
    home.until_logged(answer, since=told)
    if time.monotonic() - began > APPLIES_S:
        home.complaints.append(f"{answer!r} after {time.monotonic() - began:.1f} s")


def _until_it_is_polled(home: House) -> None:
    count = home.sockets.requests(home.addresses["Plug 0"])
    began = time.monotonic()
    until(lambda: home.sockets.requests(home.addresses["Plug 0"]) > count, "a poll of Plug 0")
    if time.monotonic() - began > APPLIES_S:
        home.complaints.append(f"Plug 0 is polled after {time.monotonic() - began:.1f} s")


def _until_it_rests(home: House) -> None:
    """Plug 0 is not asked any more."""
    asked = partial(home.sockets.requests, home.addresses["Plug 0"])

    def rests() -> bool:
        before = asked()
        time.sleep(2.5 * INTERVAL_S)
        return asked() == before

    until(rests, "Plug 0 is left alone", APPLIES_S)


def _write(home: House, name: str, content: object) -> None:
    (home.files / name).write_text(json.dumps(content), "utf-8")


SCENARIOS = (Scenario("reload", reloaded, quick=2, full=60, beside=True),)
