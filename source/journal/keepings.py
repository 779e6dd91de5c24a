"""What is kept for good beside the points: market prices, results of periods, appliance runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from source.model import Period, PeriodKind, Result, Run

_RESULT = "SELECT device, kind, start_us, end_us, revision, figures, exported FROM result"
_ORDER = " ORDER BY device, kind, end_us, revision"
INSERT_RESULT = (
    "INSERT INTO result (device, kind, start_us, end_us, revision, figures, exported)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_KEY = "device = ? AND kind = ? AND end_us = ? AND revision = ?"
REOPEN_RESULT = f"UPDATE result SET exported = 0 WHERE {_KEY}"  # noqa: S608 (constants)
_PUT_RESULT = f"""{INSERT_RESULT}
    ON CONFLICT (device, kind, end_us, revision) DO UPDATE SET start_us = excluded.start_us,
        figures = excluded.figures, exported = excluded.exported WHERE exported = 0
"""
"""Again after a commit that took too long to be waited for; what stands in files stays."""


# --- market prices ---


def put_prices(db: sqlite3.Connection, source: str, nano_by_quarter: Mapping[int, int]) -> None:
    """Add prices; those known of the same quarter hours are replaced."""
    db.executemany(
        "INSERT OR REPLACE INTO price (quarter, source, price_nano) VALUES (?, ?, ?)",
        [(quarter, source, nano) for quarter, nano in nano_by_quarter.items()],
    )


def prices(db: sqlite3.Connection, source: str, first: int, end: int) -> dict[int, int]:
    """Those known of the quarter hours ``first … end - 1``."""
    rows = db.execute(
        "SELECT quarter, price_nano FROM price WHERE quarter >= ? AND quarter < ? AND source = ?",
        (first, end, source),
    )
    return dict(rows.fetchall())


# --- results ---


def row_of_result(result: Result) -> tuple[str | int, ...]:
    """The values of ``INSERT_RESULT``."""
    period = result.period
    return (
        result.device,
        result.kind,
        period.start_us,
        period.end_us,
        result.revision,
        result.figures,
        int(result.exported),
    )


def key_of_result(result: Result) -> tuple[str | int, ...]:
    """The key of its row."""
    return result.device, result.kind, result.period.end_us, result.revision


def put_results(db: sqlite3.Connection, results: Iterable[Result]) -> None:
    """Add results; one that stands in files already is not changed."""
    db.executemany(_PUT_RESULT, map(row_of_result, results))


def finish_results(db: sqlite3.Connection, results: Iterable[Result]) -> None:
    """They stand in all files that they belong in."""
    db.executemany(
        f"UPDATE result SET exported = 1 WHERE {_KEY}",  # noqa: S608 (constants)
        map(key_of_result, results),
    )


def results(
    db: sqlite3.Connection,
    device: str | None,
    kind: PeriodKind | None,
    after_us: int,
    until_us: int,
) -> list[Result]:
    """All revisions that end in ``(after, until]``; None stands for all devices, all kinds."""
    wanted: dict[str, Any] = {"device = ?": device, "kind = ?": kind}
    wanted = {condition: value for condition, value in wanted.items() if value is not None}
    where = " AND ".join((*wanted, "end_us > ? AND end_us <= ?"))
    rows = db.execute(
        f"{_RESULT} WHERE {where}{_ORDER}",  # (constants)
        (*wanted.values(), after_us, until_us),
    )
    return [_result(row) for row in rows.fetchall()]


def unexported_results(db: sqlite3.Connection) -> list[Result]:
    """Those that do not stand in all files yet."""
    return [_result(row) for row in db.execute(f"{_RESULT} WHERE exported = 0{_ORDER}").fetchall()]


def last_result_end_us(db: sqlite3.Connection, device: str, kind: PeriodKind) -> int | None:
    """Where the newest one of a device and kind ends."""
    row = db.execute(
        "SELECT max(end_us) FROM result WHERE device = ? AND kind = ?", (device, kind)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def _result(row: tuple[Any, ...]) -> Result:
    device, kind, start_us, end_us, revision, figures, exported = row
    return Result(device, kind, Period(start_us, end_us), revision, figures, bool(exported))


# --- runs ---


def put_runs(db: sqlite3.Connection, device_id: int, runs: Iterable[Run], idle_us: int) -> None:
    """Add runs, and note up to where they were searched for; one of the same start is replaced."""
    db.executemany(
        "INSERT OR REPLACE INTO run (device_id, start_us, end_us, energy_wh, peak_w, quarters)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                device_id,
                run.start_us,
                run.end_us,
                run.energy_wh,
                run.peak_w,
                json.dumps(dict(run.quarters_wh)),
            )
            for run in runs
        ],
    )
    db.execute(
        "INSERT OR REPLACE INTO run_scan (device_id, idle_us) VALUES (?, ?)", (device_id, idle_us)
    )


def runs(db: sqlite3.Connection, device: str, device_id: int) -> list[Run]:
    """Those of a device, oldest first."""
    rows = db.execute(
        "SELECT start_us, end_us, energy_wh, peak_w, quarters FROM run WHERE device_id = ?"
        " ORDER BY start_us",
        (device_id,),
    )
    return [
        Run(device, start_us, end_us, energy_wh, peak_w, _quarters(quarters))
        for start_us, end_us, energy_wh, peak_w, quarters in rows.fetchall()
    ]


def runs_scanned_us(db: sqlite3.Connection, device_id: int) -> int | None:
    """Up to where they were searched for."""
    row = db.execute("SELECT idle_us FROM run_scan WHERE device_id = ?", (device_id,)).fetchone()
    return None if row is None else int(row[0])


def _quarters(text: str) -> dict[int, float]:
    """Energy by quarter hour; none where a damaged disk left no sense in it."""
    try:
        return {int(quarter): float(wh) for quarter, wh in json.loads(text).items()}
    except (TypeError, ValueError, AttributeError):
        return {}
