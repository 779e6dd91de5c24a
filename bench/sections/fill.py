"""How fast the demo's past is filled in: its own curves, meter and journal."""

from __future__ import annotations

import threading
import time

from bench.run import Run
from source.cli.fill import fill
from source.cli.history import STEP_US, Home, Past
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import US_PER_S
from source.simulator.house import NAMES
from source.timing import SystemClock

DAYS = 60
DAY_US = 86_400 * US_PER_S
AIM_PER_S = 100_000.0
LIMIT_S = 30.0
BEGIN_US = 1_735_689_600 * US_PER_S  # 2025-01-01, any day will do


def measure(run: Run) -> None:
    journal = Journal(run.new_folder("fill") / JOURNAL_FILE, clock=SystemClock())
    journal.open()
    pasts = [Past(name, BEGIN_US, DAYS * DAY_US // STEP_US, None) for name in NAMES]
    points: list[int] = []
    began = time.monotonic()
    fill(journal, Home(BEGIN_US / US_PER_S, 3600.0), pasts, threading.Event(), points.append)
    took_s = time.monotonic() - began
    journal.close()
    note = f"{sum(points):,} points"
    run.sheet.add(f"{DAYS} days of the demo", took_s, "s", at_most=LIMIT_S, note=note)
    run.sheet.add("points filled a second", sum(points) / took_s, "1/s", at_least=AIM_PER_S)
