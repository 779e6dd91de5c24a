"""Polls without a value, lateness and memory with many sockets on one machine.

The simulator shares the machine's cores: its part of a core is printed beside.
"""

from __future__ import annotations

from bench.figures import Sheet, Unavailable
from bench.run import Run
from bench.window import Fleet, Window

LIMITS_PERCENT = {200: 0.5, 500: 2.0, 1000: None}
RSS_LIMITS_MB = {200: 75.0, 500: None, 1000: 130.0}


def measure(run: Run) -> None:
    for count, limit in LIMITS_PERCENT.items():
        try:
            window = run.window(Fleet(count))
        except Unavailable as err:
            run.sheet.lacks(f"{count} sockets", err)
            continue
        who = f"{count} sockets"
        run.sheet.add(
            f"{who}: polls without a value",
            window.polls.missing_percent,
            "%",
            at_most=limit,
            note=told(window),
        )
        add_lateness(run.sheet, who, window)
        run.sheet.add(f"{who}: memory (RSS)", window.rss_mb, "MB", at_most=RSS_LIMITS_MB[count])
        run.sheet.add(
            f"{who}: daemon's CPU",
            100.0 * window.daemon_cpu_s / window.seconds,
            "% of a core",
            note=f"simulator {100.0 * window.simulator_cpu_s / window.seconds:.0f} %,"
            f" {window.daemon_ms:.3f} ms a poll",
        )


def add_lateness(
    sheet: Sheet, who: str, window: Window, *, p99_limit_ms: float | None = None
) -> None:
    """How late answers were stamped, against the earliest phase of their own socket."""
    polls = window.polls
    sheet.add(
        f"{who}: lateness, 99th percentile",
        polls.late_ms(0.99),
        "ms",
        at_most=p99_limit_ms,
        note=f"median {polls.late_ms(0.5):.1f}, largest {polls.late_ms(1.0):.1f}",
    )


def told(window: Window) -> str:
    polls = window.polls
    return f"{polls.due:,} due: {polls.missed} without a point, {polls.failed} failed"
