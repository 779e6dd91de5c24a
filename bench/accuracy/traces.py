"""Load curves of real appliances, where they lie beside the project; it brings none itself.

A file has ``second_of_day,power_w`` (or three powers, one for each phase); a power holds until the
next row. Each day is repeated for ever.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from bench.simulator import ROOT
from source.simulator.curves import Phases
from source.simulator.load_curve import LoadCurve, Step

FOLDER = ROOT.parent / "shared" / "traces"


def load_curve(name: str, folder: Path = FOLDER, sign: float = 1.0) -> LoadCurve | None:
    """The curve of a file with one power; None where the file is not there."""
    rows = _rows(folder / f"{name}.csv")
    return None if rows is None else _curve(rows, 1, sign)


def phases(name: str, folder: Path = FOLDER) -> Phases | None:
    """The curves of a file with three powers; None where the file is not there."""
    rows = _rows(folder / f"{name}.csv")
    return None if rows is None else (_curve(rows, 1), _curve(rows, 2), _curve(rows, 3))


def last_second(name: str, folder: Path = FOLDER) -> float | None:
    """Of the last row, whose power holds until midnight here; None where there is no file."""
    rows = _rows(folder / f"{name}.csv")
    return None if rows is None else rows[-1][0]


def _rows(path: Path) -> list[Sequence[float]] | None:
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as lines:
        return [tuple(map(float, row)) for row in list(csv.reader(lines))[1:]]


def _curve(rows: Sequence[Sequence[float]], column: int, sign: float = 1.0) -> LoadCurve:
    """Nothing flows before the first row."""
    steps: list[Step] = [(0.0, 0.0)]
    for row in rows:
        if row[0] == steps[-1][0]:
            steps[-1] = (row[0], sign * row[column])
        elif sign * row[column] != steps[-1][1]:
            steps.append((row[0], sign * row[column]))
    return LoadCurve([steps])
