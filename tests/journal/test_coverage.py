"""How much of each quarter hour is known."""

from __future__ import annotations

from pathlib import Path

from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import QUARTER_US, Point
from tests.fakes import START_US, FakeClock, failed_point


def test_measured_and_estimated_time_is_known_and_nothing_else(tmp_path: Path) -> None:
    first = START_US // QUARTER_US
    begin_us, half_us = first * QUARTER_US, QUARTER_US // 2
    fields = {"fetch_success": True, "power": 5.0, "energy_wh": 1.0}
    points = [
        Point("Fridge", begin_us + QUARTER_US, dict(fields), QUARTER_US, QUARTER_US),
        Point("Fridge", begin_us + QUARTER_US + half_us, dict(fields), half_us, half_us),
        failed_point(begin_us + 2 * QUARTER_US + half_us),
        Point(
            "Fridge",
            begin_us + 5 * QUARTER_US,
            dict(fields),
            QUARTER_US + half_us,
            half_us,
            estimated=True,
        ),
    ]
    journal = Journal(tmp_path / "isdl.db", clock=FakeClock())
    journal.open()
    for point in points:
        journal.append(point)
    journal.close()
    with JournalReader(tmp_path / "isdl.db") as reader:
        known_us = reader.known_us("Fridge", first, first + 9)
        assert known_us == {
            first: QUARTER_US,
            first + 1: half_us,
            first + 2: 0,
            first + 3: half_us,
            first + 4: QUARTER_US,
        }
        assert reader.known_us("Fridge", first + 1, first + 2) == {first + 1: half_us}
        assert reader.known_us("nobody", first, first + 9) == {}
