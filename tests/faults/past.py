"""A journal that has days behind it: reports are due, and a point that the database refuses."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, FieldValue, Point
from source.polling.energy import EnergyMeter
from source.simulator.socket import VirtualSocket
from source.timing import SystemClock

STEP_S = 600
DAY_S = 86_400
DAYS = 2
REFUSED = "Refused"
COLOURS: tuple[FieldValue, ...] = (1.0, "red")
"""A device whose second point has a text where its first has a number."""


def keep_past(journal: Path, sockets: Mapping[str, VirtualSocket]) -> int:
    """Store two whole days up to now; gives how many days each device's reports have to tell of."""
    now_s = int(time.time())
    start_s = now_s // DAY_S * DAY_S - DAYS * DAY_S + STEP_S
    made = Journal(journal, clock=SystemClock())
    made.open()
    for name, socket in sockets.items():
        for point, checkpoint in _past(name, socket, start_s, (now_s - start_s) // STEP_S):
            made.append(point, checkpoint)
    for number, colour in enumerate(COLOURS):
        fields: dict[str, FieldValue] = {"fetch_success": True, "colour": colour}
        made.append(Point(REFUSED, (start_s + number) * US_PER_S, fields, 0, STEP_S * US_PER_S))
    made.close()
    return DAYS


def _past(
    name: str, socket: VirtualSocket, start_s: int, count: int
) -> Iterator[tuple[Point, Checkpoint | None]]:
    meter = EnergyMeter(name, STEP_S * US_PER_S, checkpoint=None)
    for number, reading in enumerate(socket.readings(start_s, STEP_S, count)):
        stamp_us = (start_s + number * STEP_S) * US_PER_S
        elapsed_us = STEP_S * US_PER_S if number else None
        point, checkpoint = meter.measure(reading, stamp_us, elapsed_us)
        meter.accept(checkpoint)
        yield point, checkpoint
