"""Sockets fail in every way there is: their own polls fail, no others, and no energy is lost."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.polls import Polls, polls_of, together
from source.journal.reader import JournalReader
from source.model import US_PER_S, Point
from source.simulator.curves import constant
from source.simulator.fault import Fault
from source.simulator.socket import VirtualPlugS
from tests.faults import checks
from tests.faults.child import until
from tests.faults.house import EVERYTHING, PLUG_W, UP_S, House, house
from tests.faults.outcome import Outcome, Promise, Scenario

INTERVAL_S = 0.25
STOP_S = 1.0
"""No poll of another socket may be so late, on a machine that has other work too."""
FAILED_POLLS = 4
MAC = "E868E8{:06X}"


# --- each fault of the simulator ---


def each_fault(folder: Path, times: int) -> list[Outcome]:
    """All of them at once, each at a socket of its own; on and off, over and over."""
    with house(folder, plugs=4, interval_s=INTERVAL_S, influx=False) as home:
        ill = {fault.name: fault for fault in Fault}
        _add(home, list(ill))
        home.logger.start()
        until_told(home, lambda: _answered(home, ill), "all answer")
        for _ in range(times):
            _inject(home, ill)
        home.stop()
        return _outcomes(home, ill, times)


def _add(home: House, names: Sequence[str]) -> None:
    """Further sockets, which the fault is to touch, each of half a timeout."""
    boot_s = time.time() - UP_S
    fresh = {
        name: VirtualPlugS(constant(PLUG_W), boot_s, mac=MAC.format(number))
        for number, name in enumerate(names)
    }
    home.addresses = {
        **home.addresses,
        **{name: home.sockets.add(socket) for name, socket in fresh.items()},
    }
    home.virtual = {**home.virtual, **fresh}
    home.configure(home.entries(timeout_s=INTERVAL_S * 0.8), commit_interval_s=0.2)


def _inject(home: House, ill: dict[str, Fault]) -> None:
    with more_polls(home, ill, success=False, more=FAILED_POLLS):
        for name, fault in ill.items():
            home.sockets.fault(home.addresses[name], fault)
    with more_polls(home, ill, success=True, more=FAILED_POLLS):
        for name in ill:
            home.sockets.fault(home.addresses[name], None)


@contextmanager
def more_polls(
    home: House, names: Iterable[str], *, success: bool, more: int = 3
) -> Iterator[None]:
    """Leave when each of these sockets has so many more polls that went well, or did not."""
    before = polls_so_far(home, success=success)
    yield

    def have_come() -> bool:
        polls = polls_so_far(home, success=success)
        return all(polls[name] >= before[name] + more for name in names)

    until_told(home, have_come, f"{more} polls that {'succeed' if success else 'fail'}")


def until_told(home: House, condition: Callable[[], object], what: str) -> None:
    """``until``; what the program said last stands in the error."""
    try:
        until(condition, what)
    except AssertionError as err:
        raise AssertionError(f"{err}; {home.logger.log_end()}") from err


def polls_so_far(home: House, *, success: bool) -> Counter[str]:
    """How many polls of each socket there are so far that went well, or did not."""
    home.witness.look()
    rows = home.witness.seen.items()
    return Counter(name for (name, _), fields in rows if fields["fetch_success"] is success)


def _answered(home: House, names: Sequence[str] | dict[str, Fault]) -> bool:
    well = polls_so_far(home, success=True)
    return all(well[name] for name in names)


def _outcomes(home: House, ill: dict[str, Fault], times: int) -> list[Outcome]:
    """A line for each fault; what is not of one socket stands in each."""
    whole = home.outcome("", times, STOP_S)
    grouped = checks.by_device(points_of(home))
    return [
        replace(
            whole,
            fault=f"socket: {fault.name.lower().replace('_', ' ')}",
            energy_difference_wh=checks.energy_difference_wh({name: grouped[name]}),
            complaints=tuple(c for c in whole.complaints if c.split(":")[0] not in ill)
            + tuple(c for c in whole.complaints if c.startswith(f"{name}:")),
        )
        for name, fault in ill.items()
    ]


def points_of(home: House) -> list[Point]:
    with JournalReader(home.witness.journal) as reader:
        return [point for _, point in reader.points_after(0, EVERYTHING)]


# --- another socket in its place ---


def replaced(folder: Path, times: int) -> Outcome:
    """Another one answers at its address, with a counter that is far ahead: it is refused until its
    MAC address is confirmed, over a restart too; none of its counter's way is counted."""
    with house(folder, plugs=3, interval_s=INTERVAL_S, influx=False) as home:
        _add(home, ["Swapped"])
        home.untouched = {name for name in home.virtual if name != "Swapped"}
        home.logger.start()
        until_told(home, lambda: _answered(home, ["Swapped"]), "all answer")
        for number in range(times):
            _swap(home, MAC.format(0xA00 + number))
        home.stop()
        points = [point for point in points_of(home) if point.device == "Swapped"]
        outcome = home.outcome("another socket at the same ip", times, None)
        return replace(
            outcome,
            energy_difference_wh=_beyond_the_truth_wh(home, points, times),
            # While it was refused nothing was counted.
            complaints=tuple(c for c in outcome.complaints if not c.startswith("Swapped:")),
        )


def _swap(home: House, mac: str) -> None:
    plug, told = home.virtual["Swapped"], home.logger.log.stat().st_size
    with more_polls(home, ["Swapped"], success=False):
        plug.replace_by(mac)
    home.until_logged(f"its MAC address is {mac} and not", since=told)
    home.stop()
    with more_polls(home, ["Swapped"], success=False):  # over a restart too
        home.logger.start()
    entries = home.entries(timeout_s=INTERVAL_S * 0.8)
    entries["Swapped"]["mac"] = mac
    home.stop()
    with more_polls(home, ["Swapped"], success=True):
        home.configure(entries, commit_interval_s=0.2)
        home.logger.start()


def _beyond_the_truth_wh(home: House, points: Sequence[Point], times: int) -> float:
    """More energy than flowed while the right socket was there: 0 where there is none."""
    good = [point for point in points if point.success]
    first_s, last_s = good[0].time_us / US_PER_S, good[-1].time_us / US_PER_S
    truth_wh = home.virtual["Swapped"].true_energy_wh(first_s, last_s)
    resolution_wh = (times + 1) * checks.RESOLUTION_WH["shelly:plug-s"]
    return max(0.0, checks.energy_wh(good) - truth_wh - resolution_wh)


# --- host names ---

RESOLVER = '''
"""Looks up names under .test as the file `resolver` says: there, gone, or never an answer."""
import socket
import time
from pathlib import Path

HERE = Path(__file__).parent
real = getattr(socket, "real_getaddrinfo", socket.getaddrinfo)
socket.real_getaddrinfo = real


def scripted(host, port, *args, **kwargs):
    if not host.endswith(".test"):
        return real(host, port, *args, **kwargs)
    while (word := (HERE / "resolver").read_text()) == "hangs":
        time.sleep(0.05)
    if word == "gone":
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def setup(plugins):
    socket.getaddrinfo = scripted
'''


def names(folder: Path, times: int) -> list[Outcome]:
    """The host names of sockets stop resolving, or the resolver does not answer for a while."""
    return [_named(folder / word, times, word) for word in ("gone", "hangs")]


def _named(folder: Path, times: int, word: str) -> Outcome:
    named = ["Named 0", "Named 1"]
    with house(folder, plugs=3, interval_s=INTERVAL_S, influx=False) as home:
        home.addresses = dict(home.addresses)
        _add(home, named)
        home.untouched = set(home.virtual) - set(named)
        (home.files / "device_plugin.py").write_text(RESOLVER, "utf-8")
        entries = home.entries(timeout_s=INTERVAL_S * 0.8)
        for name in named:
            port = home.addresses[name].rpartition(":")[2]
            entries[name]["ip"] = f"{name.replace(' ', '-').lower()}.test:{port}"
        home.configure(entries, commit_interval_s=0.2)
        _resolve(home, "there")
        home.logger.start()
        until_told(home, lambda: _answered(home, named), "all answer")
        for _ in range(times):
            _fail_and_recover(home, named, word)
        home.stop()
        return home.outcome(f"host name {word}" if word == "gone" else "resolver hangs", times)


def _fail_and_recover(home: House, named: Sequence[str], word: str) -> None:
    with more_polls(home, named, success=False, more=FAILED_POLLS):
        _resolve(home, word)
    with more_polls(home, named, success=True):
        _resolve(home, "there")


def _resolve(home: House, word: str) -> None:
    fresh = home.files / "resolver.new"
    fresh.write_text(word, "utf-8")
    fresh.rename(home.files / "resolver")


# --- many at once ---

NO_ROUTE = "127.255.255.255"
"""The broadcast address of the loopback network: Linux refuses to connect to it at once."""
HEALTHY, DEAD = 50, 300
LATE_LIMIT_MS = 100.0
ROUND_S = 15.0
FILES = 4096


def many_off_line(folder: Path, times: int) -> Outcome:
    """300 sockets are dead, the others are polled every second: each poll comes, and in time."""
    return _off_line(folder, HEALTHY, DEAD, times * ROUND_S)


def _off_line(folder: Path, healthy: int, dead: int, lasts_s: float) -> Outcome:
    with _many_files(), house(folder, plugs=healthy, interval_s=1.0, influx=False) as home:
        home.configure({**home.entries(), **_dead_entries(home, dead)})
        home.logger.start()
        until_told(home, lambda: _answered(home, sorted(home.untouched)), "all healthy ones answer")
        until_told(
            home, lambda: len(polls_so_far(home, success=False)) >= dead, "all dead ones fail"
        )
        began_us = time.time_ns() // 1000 + US_PER_S
        with more_polls(home, sorted(home.untouched), success=True, more=round(lasts_s)):
            pass
        ended_us = time.time_ns() // 1000 - 2 * US_PER_S
        home.stop()
        polls = _of_the_healthy(home, began_us, ended_us)
        outcome = home.outcome("", 1, STOP_S)
    late_ms = polls.late_ms(0.99)
    missed = f"{polls.missed} of {polls.due} polls missed, {polls.failed} failed"
    too_late = f"p99 of the lateness is {late_ms:.0f} ms, at most {LATE_LIMIT_MS:g} ms"
    return replace(
        outcome,
        fault=f"{dead} sockets off-line (p99 {late_ms:.1f} ms late)",
        promise=Promise(energy_wh=outcome.promise.energy_wh, stop_s=STOP_S),
        complaints=(
            *outcome.complaints,
            *([missed] if polls.missed or polls.failed else []),
            *([too_late] if late_ms > LATE_LIMIT_MS else []),
        ),
    )


def _number_dead(home: House) -> int:
    return len(polls_so_far(home, success=False))


def _dead_entries(home: House, count: int) -> dict[str, dict[str, object]]:
    """A third refuses, a third takes the request and never answers, no route leads to the rest."""
    entries: dict[str, dict[str, object]] = {}
    for number in range(count):
        address, fault = NO_ROUTE, (Fault.REFUSE, Fault.HANG, None)[number % 3]
        if fault is not None:
            address = home.sockets.add(VirtualPlugS(constant(1.0), time.time()))
            home.sockets.fault(address, fault)
        entries[f"Dead {number}"] = {"type": "shelly:plug-s", "ip": address, "update_time": 1.0}
    return entries


def _of_the_healthy(home: House, began_us: int, ended_us: int) -> Polls:
    grouped = checks.by_device(points_of(home))
    return together(
        [
            polls_of(
                [(point.time_us, point.success) for point in grouped[name]],
                began_us,
                ended_us,
                US_PER_S,
            )
            for name in sorted(home.untouched)
        ]
    )


@contextmanager
def _many_files() -> Iterator[None]:
    """Every virtual socket needs a port and a connection in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


SCENARIOS = (
    Scenario("sockets", each_fault, quick=1, full=20),
    Scenario("another socket", replaced, quick=1, full=5, beside=True),
    Scenario("host names", names, quick=1, full=10, beside=True),
    Scenario("sockets off-line", many_off_line, quick=0, full=3),
)
