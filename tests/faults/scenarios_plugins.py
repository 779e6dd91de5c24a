"""Plugins do what they like: their own sockets fail at most, and the program stops in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from source.model import US_PER_S
from tests.faults import checks
from tests.faults.house import House, house
from tests.faults.outcome import Outcome, Promise, Scenario
from tests.faults.scenarios_sockets import points_of, polls_so_far, until_told

INTERVAL_S = 0.25
STOP_S = 1.0
"""No poll of another socket may be so late, on a machine that has other work too."""
POLLS = 8
"""Of each socket for each time."""

PLUGIN = '''
"""One type for each thing that a handler should not do."""
import decimal
import locale
import os
import signal
import socket
import sys
import threading
import time
import warnings

POINT = [{"fields": {"power": 1.0}}]


class Mute(Exception):
    def __str__(self):
        return 1 / 0


class Undead:
    def __del__(self):
        raise ValueError("at the end")


def deeper():
    deeper()


def for_ever():
    while True:
        time.sleep(0.01)


def raising():
    raise ValueError("in a thread")


def setup(plugins):
    begun = set()

    @plugins.register("own:raises")
    def raises(settings):
        raise ValueError("always")

    @plugins.register("own:exits")
    def exits(settings):
        sys.exit(3)

    @plugins.register("own:interrupts")
    def interrupts(settings):
        raise KeyboardInterrupt

    @plugins.register("own:ends generators")
    def ends(settings):
        raise GeneratorExit

    @plugins.register("own:raises what can't be told")
    def mute(settings):
        raise Mute

    @plugins.register("own:calls itself for ever")
    def recursive(settings):
        deeper()

    @plugins.register("own:listens to signals")
    def listens(settings):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    @plugins.register("own:returns 100,000 fields")
    def many(settings):
        return [{"fields": {str(number): 1.0 for number in range(100_000)}}]

    @plugins.register("own:returns a text of 10 MB")
    def large(settings):
        return [{"fields": {"note": "x" * 10_000_000}}]

    @plugins.register("own:closes stdout")
    def closes(settings):
        sys.stdout.close()
        sys.stderr.close()
        if "closes" not in begun:
            begun.add("closes")
            os.close(1)
        return POINT

    @plugins.register("own:prints megabytes")
    def prints(settings):
        print("x" * 1_000_000)
        for number in range(10_000):
            print(number)
        return POINT

    @plugins.register("own:starts threads")
    def threads(settings):
        if "threads" not in begun:
            begun.add("threads")
            threading.Thread(target=for_ever).start()
            threading.Thread(target=for_ever, daemon=True).start()
        threading.Thread(target=raising).start()
        Undead()
        return POINT

    @plugins.register("own:changes its settings")
    def changes(settings):
        assert settings["device_name"] and settings["ip"] != "x"
        settings["ip"] = "x"
        settings.clear()
        return POINT

    @plugins.register("own:changes the process")
    def process(settings):
        os.chdir("/")
        os.environ.clear()
        os.umask(0o777)
        decimal.DefaultContext.prec = decimal.getcontext().prec = 1
        locale.setlocale(locale.LC_ALL, "C")
        warnings.simplefilter("error")
        socket.setdefaulttimeout(0.001)
        sys.setswitchinterval(0.05)
        return POINT

    @plugins.register("own:forks")
    def forks(settings):
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        return POINT

    @plugins.register("own:waits for ever")
    def waits(settings):
        time.sleep(1_000_000)
'''
FAILS, WORKS, SAYS_NOTHING = "fails", "works", "says nothing"
TYPES: Mapping[str, str] = {
    "raises": FAILS,
    "exits": FAILS,
    "interrupts": FAILS,
    "ends generators": FAILS,
    "raises what can't be told": FAILS,
    "calls itself for ever": FAILS,
    "listens to signals": FAILS,
    "returns 100,000 fields": FAILS,
    "returns a text of 10 MB": FAILS,
    "closes stdout": WORKS,
    "prints megabytes": WORKS,
    "starts threads": WORKS,
    "changes its settings": WORKS,
    "changes the process": WORKS,
    "forks": WORKS,
    "waits for ever": SAYS_NOTHING,
}
"""What each one's own polls do."""


def everything(folder: Path, times: int) -> list[Outcome]:
    """All at once, over a database too; a line for each."""
    with house(folder, plugs=4, interval_s=INTERVAL_S, commit_interval_s=0.2) as home:
        (home.files / "device_plugin.py").write_text(PLUGIN, "utf-8")
        home.configure({**home.entries(), **_entries(TYPES)}, commit_interval_s=0.2)
        home.logger.start()
        wanted = times * POLLS
        until_told(
            home,
            lambda: all(
                polls >= wanted
                for name, polls in _polls(home).items()
                if TYPES.get(name) != SAYS_NOTHING
            ),
            "each has been polled",
        )
        home.finish()
        whole = home.outcome("", times, STOP_S)
        return [_of_type(home, whole, name) for name in TYPES]


def _entries(types: Mapping[str, str]) -> dict[str, dict[str, object]]:
    return {
        name: {"type": f"own:{name}", "ip": "127.0.0.1:9", "update_time": INTERVAL_S}
        for name in types
    }


def _polls(home: House) -> Counter[str]:
    """How many polls of each socket there are so far; of those without any, none."""
    counted = Counter(dict.fromkeys([*home.untouched, *TYPES], 0))
    counted.update(polls_so_far(home, success=True))
    counted.update(polls_so_far(home, success=False))
    return counted


def _of_type(home: House, whole: Outcome, name: str) -> Outcome:
    well = polls_so_far(home, success=True)[name]
    ill = polls_so_far(home, success=False)[name]
    expected = {FAILS: well == 0 < ill, WORKS: ill == 0 < well, SAYS_NOTHING: well == ill == 0}
    told = f"{name!r}: {well} polls succeed, {ill} fail: it {TYPES[name]} was expected"
    return replace(
        whole,
        fault=f"plugin {name}",
        injected=well + ill + (TYPES[name] == SAYS_NOTHING),
        complaints=(*whole.complaints, *(() if expected[TYPES[name]] else (told,))),
    )


# --- what takes all of something ---

GREEDY = """
import resource

def setup(plugins):
    @plugins.register("own:loops")
    def loops(settings):
        while True:
            pass

    @plugins.register("own:eats")
    def eats(settings):
        pages = int(open("/proc/self/statm").read().split()[0])
        room = pages * resource.getpagesize() + 100_000_000
        if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
            resource.setrlimit(resource.RLIMIT_AS, (room, room))
        held = []
        while True:
            held.append(bytearray(100_000))
"""


def greedy(folder: Path, times: int) -> list[Outcome]:
    """One that takes all the time of a processor, and one that takes all memory there is."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda name: _greedy(folder / name, times, name), ("loops", "eats")))


def _greedy(folder: Path, times: int, name: str) -> Outcome:
    with house(folder, plugs=4, interval_s=INTERVAL_S, influx=False) as home:
        (home.files / "device_plugin.py").write_text(GREEDY, "utf-8")
        home.configure({**home.entries(), **_entries({name: FAILS})}, commit_interval_s=0.2)
        home.logger.start()
        home.until_polled(times * POLLS * len(home.untouched))
        home.stop()
        failed = polls_so_far(home, success=False)[name]
        if name == "eats" and not failed:
            home.complaints.append("no poll of the one that eats memory has failed")
        outcome = home.outcome(f"plugin {name} for ever", times, STOP_S)
        grouped = checks.by_device(points_of(home))
        spans = [(grouped[n][-1].time_us - grouped[n][0].time_us) for n in sorted(home.untouched)]
        due = sum(span // round(INTERVAL_S * US_PER_S) for span in spans)
        missed = due - sum(len(grouped[n]) - 1 for n in home.untouched)
        told = (f"{missed} of {due} polls missed",) if missed > 0.01 * due + 1 else ()
        return replace(
            outcome,
            complaints=(*outcome.complaints, *told),
            promise=Promise(energy_wh=outcome.promise.energy_wh, stop_s=STOP_S),
        )


SCENARIOS = (
    Scenario("plugins", everything, quick=1, full=20),
    Scenario("greedy plugins", greedy, quick=1, full=20),
)
