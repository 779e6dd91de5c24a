"""Points made ready for the journal, by any process: rows that only lack the journal's numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from source.journal.codec import Row, row_of
from source.journal.intervals import LoadRow, Profile
from source.model import Checkpoint, Point


@dataclass(frozen=True, slots=True)
class Prepared:
    """Points of one device in order of time; cheap to send and to store."""

    device: str
    rows: list[Row]
    """Rows of the table ``point``, numbered from 0: seq, device and field set."""
    fieldsets: tuple[tuple[str, ...], ...]
    """The names of further fields, at the number by which the rows call them."""
    loads: list[LoadRow]
    """Rows of the table ``interval`` with device 0."""
    checkpoint: Checkpoint | None
    """The meter's state after the last point."""


def prepare(device: str, metered: Iterable[tuple[Point, Checkpoint | None]]) -> Prepared:
    """The points of ``device``, each with the meter's state that belongs to it."""
    numbers: dict[tuple[str, ...], int] = {}
    profile = Profile()
    rows: list[Row] = []
    last = None

    def number(names: tuple[str, ...]) -> int:
        return numbers.setdefault(names, len(numbers))

    for seq, (point, checkpoint) in enumerate(metered):
        rows.append(row_of(seq, 0, point, number))
        profile.add(0, point)
        last = checkpoint or last
    return Prepared(device, rows, tuple(numbers), list(profile.rows()), last)
