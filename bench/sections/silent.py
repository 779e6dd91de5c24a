"""A socket that never answers, and what the others feel of it."""

from __future__ import annotations

from bench.figures import Unavailable
from bench.run import Run
from bench.sections.missed import add_lateness, told
from bench.window import Fleet

TEN = Fleet(10, hang=1)
P99_LIMIT_MS = 50.0


def measure(run: Run) -> None:
    try:
        window = run.window(TEN)
    except Unavailable as err:
        run.sheet.lacks("ten sockets", err)
        return
    missing = window.polls.missing_percent
    run.sheet.add("others: polls without a value", missing, "%", at_most=0.0, note=told(window))
    add_lateness(run.sheet, "others", window, p99_limit_ms=P99_LIMIT_MS)
