"""The past of the demo's house: the polls that a logger would have made, computed, not waited for.

They go the way of a live poll: the socket's reading, the energy meter, the journal's rows.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from source.journal.prepared import Prepared, prepare
from source.model import US_PER_S, Checkpoint, Point
from source.polling.energy import EnergyMeter
from source.polling.metering import Metering
from source.simulator.house import UPDATE_TIME_S, HouseSocket, demo_socket

STEP_US = UPDATE_TIME_S * US_PER_S
UP_BEFORE_S = 30 * 86_400
"""So long the sockets had been plugged in before the records begin."""
CHUNK_POLLS = 12 * 3600 // UPDATE_TIME_S
"""Half a day of polls is computed, sent and stored at a time."""


@dataclass(frozen=True, slots=True)
class Home:
    """What all sockets of the demo follow from: the same home has the same past, and the same
    counters, in every process and every run."""

    begin_s: float
    """When the records begin, in s since 1970."""
    utc_offset_s: float
    """Of the clock that people live by."""

    def socket(self, name: str) -> HouseSocket:
        return demo_socket(name, self.begin_s - UP_BEFORE_S, self.utc_offset_s)


@dataclass(frozen=True, slots=True)
class Past:
    """Polls of one socket that were not made."""

    name: str
    first_us: int
    count: int
    checkpoint: Checkpoint | None
    """The meter's state before the first of them."""
    metering: Metering | None = None
    """What the socket's entry in devices.json says of it."""


def history(entry: HouseSocket, past: Past) -> Iterator[Prepared]:
    """What the polls would have given, chunk by chunk; no numbers while the socket is off-line."""
    meter = EnergyMeter(entry.name, STEP_US, past.checkpoint, past.metering)
    for begin in range(0, past.count, CHUNK_POLLS):
        count = min(CHUNK_POLLS, past.count - begin)
        yield prepare(entry.name, _polls(entry, meter, past.first_us + begin * STEP_US, count))


def _polls(
    entry: HouseSocket, meter: EnergyMeter, first_us: int, count: int
) -> Iterator[tuple[Point, Checkpoint | None]]:
    readings = entry.socket.readings(first_us / US_PER_S, UPDATE_TIME_S, count)
    times_us = range(first_us, first_us + count * STEP_US, STEP_US)
    for time_us, reading in zip(times_us, readings, strict=True):
        if entry.offline(time_us / US_PER_S):
            yield meter.failure(time_us), None
            continue
        point, checkpoint = meter.measure(reading, time_us)
        meter.accept(checkpoint)
        yield point, checkpoint


def send_history(past: Past, home: Home, sending: Connection) -> None:
    """Compute the past of one socket in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    gc.disable()  # short-lived, and nothing here is a cycle
    # A broken pipe: the parent has enough, or has ended.
    with sending, suppress(BrokenPipeError):
        for prepared in history(home.socket(past.name), past):
            sending.send(prepared)
