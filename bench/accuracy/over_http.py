"""One load once more over real HTTP: handler, client and answers are those of the daemon."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.accuracy.cases import START_S, UP_BEFORE_S
from bench.accuracy.methods import NO_PLUGINS
from bench.accuracy.table import COUNTER_PERCENT
from bench.figures import Sheet
from source.config.models import DeviceConfig
from source.devices.plugins import load_plugins
from source.journal.prepared import prepare
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, Period, Point
from source.polling.energy import EnergyMeter
from source.setup import open_device
from source.simulator.curves import fridge
from source.simulator.load_curve import DAY_S
from source.simulator.plug_s import VirtualPlugS
from source.simulator.server import SimulatorServer
from source.timing import SystemClock

STEP_S = 60.0
NAME = "Fridge"


class HandClock(SystemClock):
    """Wall clock of the virtual socket: it goes on from poll to poll."""

    def __init__(self) -> None:
        self.wall_us = round(START_S * US_PER_S)

    def now_us(self) -> int:
        return self.wall_us


def measure(sheet: Sheet) -> None:
    """A day of polls; no time is waited for."""
    curve, clock = fridge(), HandClock()
    interval_us = round(STEP_S * US_PER_S)
    with SimulatorServer(clock) as server, tempfile.TemporaryDirectory() as folder:
        address = server.add(VirtualPlugS(curve, START_S - UP_BEFORE_S), keep_alive=True)
        entry = DeviceConfig(name=NAME, ip=address, update_time_s=STEP_S)
        journal = Journal(Path(folder) / JOURNAL_FILE, clock=SystemClock(), raw_days=36_500)
        journal.open()
        journal.load([prepare(NAME, _polled(entry, clock, interval_us))])
        period = Period(round(START_S * US_PER_S), round((START_S + DAY_S) * US_PER_S))
        with JournalReader(journal.path) as reader:
            totals = reader.totals(NAME, period, interval_us)
        journal.close()
    true_wh = curve.energy_wh(START_S + DAY_S) - curve.energy_wh(START_S)
    error = 100.0 * (totals.energy_wh - true_wh) / true_wh
    note = f"{error:+.4f} % of {true_wh:,.1f} Wh, {totals.good_polls} polls"
    sheet.add("60 s, counter", abs(error), "%", at_most=COUNTER_PERCENT, note=note)


def _polled(
    entry: DeviceConfig, clock: HandClock, interval_us: int
) -> Iterator[tuple[Point, Checkpoint | None]]:
    """From midnight to midnight. Raises DeviceError."""
    registry, _ = load_plugins(NO_PLUGINS)
    socket, read = open_device(entry, registry)
    meter = EnergyMeter(entry.name, interval_us, None)
    for _ in range(round(DAY_S / STEP_S) + 1):
        point, checkpoint = meter.measure(read(), clock.wall_us)
        meter.accept(checkpoint)
        yield point, checkpoint
        clock.wall_us += interval_us
    socket.close()
