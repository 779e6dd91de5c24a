"""The database fails: polling does not notice, and in the end it has each point once.

Faults that a real server can't be brought to are put between it and the program, those of
``tests/sinks/test_every_fault.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path

from tests.faults.child import until
from tests.faults.house import House, house
from tests.faults.outcome import Outcome, Scenario
from tests.influx_server import InfluxServer
from tests.sinks.relay import Fault, Relay
from tests.sinks.scripted_server import scripted_server
from tests.sinks.test_every_fault import FAULTS

INTERVAL_S = 0.25
PLUGS = 4
STOP_S = 1.0
"""No poll may be so late, on a machine that has other work too."""
AT_ONCE = 5
SUBJECT = "influxdb:"
COPIED_S = 180.0
"""A database that asks for two minutes gets them."""

Act = Callable[[InfluxServer], None]


def _stop(server: InfluxServer) -> None:
    server.stop()


def _kill(server: InfluxServer) -> None:
    server.kill()


def _hang(server: InfluxServer) -> None:
    server.hang()


def _drop(server: InfluxServer) -> None:
    server.query("DROP DATABASE home")


def _forget(server: InfluxServer) -> None:
    server.forget()


def _start(server: InfluxServer) -> None:
    server.start()


def _start_empty(server: InfluxServer) -> None:
    """A new server has its database from the compose file: no answer says that it is missing."""
    server.start()
    server.query("CREATE DATABASE home")


def _go_on(server: InfluxServer) -> None:
    server.go_on()


def _nothing(server: InfluxServer) -> None:
    """It mends itself."""


REAL: dict[str, tuple[Act, Act]] = {
    "InfluxDB stopped and started": (_stop, _start),
    "InfluxDB killed and started": (_kill, _start),
    "InfluxDB hangs": (_hang, _go_on),
    "InfluxDB's database dropped": (_drop, _nothing),
    "InfluxDB's volume lost": (_forget, _start_empty),
}


def real_server(folder: Path, times: int) -> list[Outcome]:
    """What can be done to a real server; each time the program has to notice."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        absent = pool.submit(_absent, folder / "absent", times)
        refused = pool.submit(_refuses, folder / "refused", times)
        acts = [
            pool.submit(_done_to, folder / str(number), times, fault)
            for number, fault in enumerate(REAL)
        ]
        return [future.result() for future in (absent, refused, *acts)]


def _absent(folder: Path, times: int) -> Outcome:
    with _running(folder, started=False) as home:
        for number in range(times):
            home.until_logged(SUBJECT, since=0)
            home.until_polled(5 * PLUGS)
            home.stop()
            if number < times - 1:
                home.logger.start()
        home.finish()
        return home.outcome("InfluxDB absent at the start", times, stop_s=None)


def _done_to(folder: Path, times: int, fault: str) -> Outcome:
    act, mend = REAL[fault]
    with _running(folder) as home:
        assert home.influx is not None
        home.until_copied(at_least=1)
        for number in range(times):
            if number:
                home.until_copied()
            told = home.logger.log.stat().st_size
            act(home.influx)
            home.until_logged(SUBJECT, since=told)
            home.until_polled(2 * PLUGS)
            mend(home.influx)
        home.finish()
        return home.outcome(fault, times, STOP_S)


FLIPPING = """
from source.model import Reading

def setup(plugins):
    turns = {}

    @plugins.register("own:flipping")
    def flipping(device):
        turn = turns[device.name] = turns.get(device.name, 0) + 1
        return Reading(power_w=1.0, extra={"mode": "eco" if turn % 5 == 0 else float(turn)})
"""


def _refuses(folder: Path, times: int) -> Outcome:
    """Each fifth point of one socket has a text where the others have a number."""
    with _running(folder, plugin=FLIPPING) as home:
        home.until_logged("refused", "set aside", since=0)
        until(lambda: _flipped(home) >= times, "poisoned points")
        home.finish()
        return home.outcome("InfluxDB refuses points (400)", _flipped(home), STOP_S)


def _flipped(home: House) -> int:
    home.witness.look()
    return sum(point.fields.get("mode") == "eco" for point in home.witness.points.values())


def scripted_server_faults(folder: Path, times: int) -> list[Outcome]:
    """What stands between it and the program answers so, every other time."""
    server = InfluxServer(folder / "influx")
    server.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            # What takes longest goes first.
            names = sorted(FAULTS, key=lambda name: ("Retry" not in name, "hang" not in name))
            return list(pool.map(partial(_answers, folder, server, times), names))
    finally:
        server.stop()


def _answers(folder: Path, server: InfluxServer, times: int, name: str) -> Outcome:
    database = f"db_{list(FAULTS).index(name)}"
    wanted = 1 if "Retry-After" in name else times  # it is two minutes
    with scripted_server() as between:
        relay = Relay(between, server)
        faults: list[Fault | None] = [FAULTS[name]] * wanted
        relay.begin(*chain.from_iterable(zip(faults, [None] * wanted, strict=True)))
        with _running(
            folder / database, shared=server, database=database, port=between.port
        ) as home:
            until(lambda: relay.injected >= wanted, f"{name}, {wanted} times", COPIED_S)
            home.until_copied(COPIED_S)
            home.finish()
            return home.outcome(f"InfluxDB: {name}", relay.injected, STOP_S)


@contextmanager
def _running(
    folder: Path,
    *,
    started: bool = True,
    plugin: str = "",
    shared: InfluxServer | None = None,
    database: str = "home",
    port: int = 0,
) -> Iterator[House]:
    with house(
        folder,
        plugs=PLUGS,
        interval_s=INTERVAL_S,
        started=started,
        shared=shared,
        database=database,
        port=port,
        commit_interval_s=0.2,
    ) as home:
        if plugin:
            (home.files / "device_plugin.py").write_text(plugin, "utf-8")
            flips = {"type": "own:flipping", "ip": "127.0.0.1:9", "update_time": INTERVAL_S}
            home.configure({**home.entries(), "Flips": flips})
        home.logger.start()
        home.until_polled()
        yield home


SCENARIOS = (
    Scenario("InfluxDB", real_server, quick=1, full=10, beside=True),
    # within make test: tests/sinks/test_every_fault.py
    Scenario("InfluxDB's answers", scripted_server_faults, quick=0, full=5, beside=True),
)
