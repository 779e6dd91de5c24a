"""A house for faults: virtual sockets, a real InfluxDB, the real program, and a witness.

The witness reads the journal beside the program. What it has seen committed must be there for ever,
in the journal and in the end in the database, whatever happens.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from source.config.models import General
from source.errors import JournalError
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.model import Point
from source.simulator.curves import constant
from source.simulator.server import SimulatorServer
from source.simulator.socket import Virtual3EM, VirtualPlugS, VirtualSocket
from tests.faults import checks
from tests.faults.child import Logger, until
from tests.faults.outcome import Outcome, Promise
from tests.influx_server import InfluxServer

DATABASE = "home"
PLUG_W = 360.0
PHASES_W = (300.0, 90.0, 150.0)
UP_S = 10 * 86_400.0
DAY_US = 86_400_000_000
EVERYTHING = 100_000_000
START_S = 15.0
"""From a start to the first point, on a machine that has other work too."""
COPIED_S = 120.0
"""Until a database that is well again has everything: back-off, a minute at most, and the copy."""


@dataclass
class Witness:
    """Remembers every point that it has seen committed."""

    journal: Path
    points: dict[checks.Key, Point] = field(default_factory=dict)
    seq: int = 0

    def look(self) -> int:
        """Read what is new; gives the number of points seen so far."""
        try:
            with JournalReader(self.journal) as reader:
                new = reader.points_after(self.seq, EVERYTHING)
        except JournalError:  # it is not made yet
            return len(self.points)
        self.points |= {(point.device, point.time_us): point for _, point in new}
        self.seq = max((seq for seq, _ in new), default=self.seq)
        return len(self.points)

    @property
    def seen(self) -> checks.Rows:
        return checks.rows_of(self.points.values())

    def older_than(self, time_us: int) -> dict[checks.Key, Point]:
        return {key: point for key, point in self.points.items() if point.time_us < time_us}


@dataclass
class House:
    """All that takes part; made by ``house``."""

    files: Path
    sockets: SimulatorServer
    virtual: Mapping[str, VirtualSocket]
    addresses: Mapping[str, str]
    interval_s: float
    influx: InfluxServer | None
    logger: Logger
    witness: Witness
    database: str
    untouched: set[str]
    """Sockets that the fault must not touch; at first all."""
    general: Mapping[str, object]
    complaints: list[str] = field(default_factory=list)
    tolerated_start_s: float = START_S

    def configure(self, devices: Mapping[str, Mapping[str, object]], **general: object) -> None:
        section = {"log_file": False, **self.general, **general}
        _write(self.files / "config.json", {"general": section})
        _write(self.files / "devices.json", devices)

    def entries(self, **more: object) -> dict[str, dict[str, object]]:
        """Each socket's entry of devices.json."""
        return {
            name: {
                "type": socket.type_name,
                "ip": self.addresses[name],
                "update_time": self.interval_s,
                **more,
            }
            for name, socket in self.virtual.items()
        }

    # --- what is waited for ---

    def until_polled(self, more: int = 1) -> None:
        """Return when the journal has so many more points."""
        wanted = self.witness.look() + more

        def there() -> bool:
            alive = self.logger.is_alive
            assert alive or self.witness.look() >= wanted, f"it died: {self.logger.log_end()}"
            return self.witness.look() >= wanted

        until(there, lambda: f"{more} more points: {self.logger.log_end()}")

    def until_copied(self, limit_s: float = COPIED_S, at_least: int | None = None) -> None:
        """Return when the database has all that is committed now, or so many points."""
        with JournalReader(self.witness.journal) as reader:
            last = reader.last_seq() if at_least is None else at_least
            until(
                lambda: [s for s in reader.sinks() if s.acknowledged_seq >= last],
                lambda: f"the copy of {last} points: {self.logger.log_end()}",
                limit_s,
            )

    def until_logged(self, *texts: str, since: int) -> None:
        """Return when the log has one of these, beyond its first ``since`` bytes."""

        def told() -> bool:
            new = self.logger.log.read_bytes()[since:].decode("utf-8", "replace")
            return any(text in new for text in texts)

        until(told, lambda: f"the log says {' or '.join(texts)}: {self.logger.log_end()}")

    # --- the end ---

    def finish(self) -> None:
        """Let all be well again: everything is copied, the program stops in order.

        Mostly the last try at the stop is enough, which saves seconds.
        """
        if self.influx is not None and not self.influx.is_running:
            self.influx.start()
        if not self.logger.is_alive:
            self.logger.start()
        self.until_polled()
        self.stop()
        if self.influx is not None and self._backlog():
            self.logger.start()
            self.until_copied()
            self.stop()

    def _backlog(self) -> int:
        """How many points the database does not have yet."""
        with JournalReader(self.witness.journal) as reader:
            return max((sink.backlog for sink in reader.sinks()), default=reader.last_seq())

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.witness.look()
        if complaint := self.logger.stop(number):
            self.complaints.append(complaint)

    def points_of(self, names: Sequence[str]) -> dict[str, list[Point]]:
        """All points of these sockets, in order of time."""
        with JournalReader(self.witness.journal) as reader:
            numbered = reader.points_after(0, EVERYTHING)
        grouped = checks.by_device(point for _, point in numbered)
        return {name: grouped[name] for name in names}

    def outcome(self, fault: str, injected: int, stop_s: float | None = 1.0) -> Outcome:
        """What became of it, after ``finish``.

        ``stop_s``: how long a socket may stay without a point; None where the fault ends the
        program itself, whose next start counts then.
        """
        with JournalReader(self.witness.journal) as reader:
            numbered = reader.points_after(0, EVERYTHING)
            there = {(point.device, point.time_us): point for _, point in numbered}
            # Those that were old enough to be deleted count as if they were there.
            old = self.witness.older_than(time.time_ns() // 1000 - self._raw_us())
            points = list((old | there).values())
            grouped = checks.by_device(points)
            sums = checks.interval_complaints(reader, grouped)
            aside = {seq for sink in reader.sinks() for seq, *_ in reader.rejected(sink.sink)}
        refused = checks.rows_of(point for seq, point in numbered if seq in aside)
        lost, doubled = self._compared(points, refused)
        doubled += len(numbered) - len(there)
        stopped_s = self._longest_stop_s(grouped) if stop_s is not None else self._start_s(points)
        truth = checks.truth_complaints(grouped, self.virtual)
        return Outcome(
            fault=fault,
            injected=injected,
            points_lost=lost,
            points_doubled=doubled,
            energy_difference_wh=checks.energy_difference_wh(grouped),
            longest_stop_s=stopped_s,
            promise=Promise(
                energy_wh=checks.ROUNDING_WH,
                stop_s=self.tolerated_start_s if stop_s is None else stop_s,
            ),
            complaints=(*self.complaints, *sums, *truth),
        )

    def _compared(self, points: list[Point], refused: checks.Rows) -> tuple[int, int]:
        """Lost points and doubled ones, of journal and database together."""
        there, seen = checks.rows_of(points), self.witness.seen
        lost, doubled = checks.lost(seen, there), checks.changed(seen, there)
        if self.influx is not None:
            copied = copied_rows(self.influx, self.database)
            lost += checks.lost(there, copied | refused)
            doubled += checks.lost(copied, there) + checks.changed(there, copied)
        return lost, doubled

    def _raw_us(self) -> int:
        days = self.general.get("raw_days", General().raw_days)
        assert isinstance(days, int)
        return days * DAY_US

    def _longest_stop_s(self, grouped: Mapping[str, list[Point]]) -> float:
        watched = {name: grouped[name] for name in self.untouched if name in grouped}
        return checks.longest_stop_s(watched, self.interval_s, self.logger.starts_us)

    def _start_s(self, points: list[Point]) -> float:
        return checks.longest_start_s(points, self.logger.starts_us)


def copied_rows(influx: InfluxServer, database: str = DATABASE) -> checks.Rows:
    """What the database holds, as the journal would; 5.0 comes as 5 in the server's JSON."""
    return {
        (device, time_ns // 1000): {
            name: float(value) if type(value) is int else value for name, value in fields.items()
        }
        for (device, time_ns), fields in influx.points(database).items()
    }


@contextmanager
def house(
    folder: Path,
    *,
    plugs: int = 2,
    threes: int = 0,
    interval_s: float = 0.1,
    influx: bool = True,
    shared: InfluxServer | None = None,
    database: str = DATABASE,
    port: int = 0,
    started: bool = True,
    **general: object,
) -> Iterator[House]:
    """Sockets that answer, a database that runs (or not) and a program that is not started yet.

    ``shared`` is a server of several houses, each with a database of its own; ``port`` that of a
    relay in front of it.
    """
    files = folder / "files"
    files.mkdir(parents=True)
    virtual = _virtual_sockets(plugs, threes)
    server = shared or (InfluxServer(folder / "influx") if influx else None)
    with SimulatorServer() as sockets:
        addresses = {
            name: sockets.add(socket, keep_alive=number % 2 == 0)
            for number, (name, socket) in enumerate(virtual.items())
        }
        logger = Logger(
            files, {} if server is None else _environment(port or server.port, database)
        )
        made = House(
            files=files,
            sockets=sockets,
            virtual=virtual,
            addresses=addresses,
            interval_s=interval_s,
            influx=server,
            logger=logger,
            witness=Witness(files / JOURNAL_FILE),
            database=database,
            untouched=set(virtual),
            general=general,
        )
        made.configure(made.entries())
        try:
            if server is not None and started and not server.is_running:
                server.start()
            yield made
        finally:
            logger.kill()
            if server is not None and server is not shared:
                server.stop()


def _virtual_sockets(plugs: int, threes: int) -> dict[str, VirtualSocket]:
    boot_s = time.time() - UP_S
    a, b, c = map(constant, PHASES_W)
    found: dict[str, VirtualSocket] = {
        f"Plug {n}": VirtualPlugS(constant(PLUG_W), boot_s, mac=f"E868E7{n:06X}")
        for n in range(plugs)
    }
    meters = {
        f"3EM {n}": Virtual3EM((a, b, c), boot_s, mac=f"C45BBE{n:06X}") for n in range(threes)
    }
    return {**found, **meters}


def _environment(port: int, database: str) -> dict[str, str]:
    return {
        "DB_IP_ADDRESS": "127.0.0.1",
        "DB_PORT": str(port),
        "DB_USER_NAME": "logger",
        "DB_NAME": database,
    }


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), "utf-8")
