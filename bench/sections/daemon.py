"""The daemon's CPU from poll to InfluxDB, against a bare loop in the same run; its memory."""

from __future__ import annotations

from statistics import mean

from bench.figures import Unavailable
from bench.run import Run
from bench.window import Fleet, Window

COUNT = 50
ALONE = Fleet(COUNT, yardstick=True)
WITH_DATABASE = Fleet(COUNT, yardstick=True, database=True)
RATIO_LIMIT, RATIO_AIM = 2.5, 1.8
RSS_LIMIT_MB = 60.0
INFLUX_LIMIT_S = 0.09


def measure(run: Run) -> None:
    _try(run, WITH_DATABASE, "with InfluxDB")
    _try(run, ALONE, "journal alone")


def _try(run: Run, fleet: Fleet, how: str) -> None:
    try:
        window = run.window(fleet)
    except Unavailable as err:
        run.sheet.lacks(how, err)
    else:
        _add(run, window, how, database=fleet.database)


def _add(run: Run, window: Window, how: str, *, database: bool) -> None:
    sheet, bare_ms = run.sheet, mean(window.bare_ms)
    apart = " and ".join(f"{ms:.3f}" for ms in window.bare_ms)
    sheet.add(f"bare http.client loop, {how}", bare_ms, "ms", note=f"before and after: {apart}")
    sheet.add(
        f"the same at the daemon's pace, {how}",
        mean(window.paced_ms),
        "ms",
        note="one thread that sleeps between polls",
    )
    sheet.add(f"daemon's CPU a poll, {how}", window.daemon_ms, "ms")
    sheet.add(
        f"ratio to the bare loop, {how}",
        window.daemon_ms / bare_ms,
        "×",
        at_most=RATIO_LIMIT,
        note=f"aim {RATIO_AIM:g}; to the paced loop {window.daemon_ms / mean(window.paced_ms):.2f}",
    )
    sheet.add(f"memory (RSS), {how}", window.rss_mb, "MB", at_most=RSS_LIMIT_MB)
    sheet.add(f"polls without a value, {how}", window.polls.missing_percent, "%")
    if database:
        influx_s = 1000.0 * window.influx_cpu_s / max(1, window.points)
        sheet.add("influxd's CPU for 1,000 points", influx_s, "s", at_most=INFLUX_LIMIT_S)
        sheet.add("points in InfluxDB after the stop", window.copied_percent, "%", at_least=100.0)
    sheet.add(f"stop after SIGTERM, {how}", window.stop_s, "s", at_most=10.0)
