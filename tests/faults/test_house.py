"""The house itself tells of what is wrong, and the trend of a process."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from source.model import US_PER_S, Point
from tests.faults.growth import Sample, sample, slopes
from tests.faults.house import DATABASE, House, house
from tests.faults.lateness import lateness


def outcome_after(home: House, *statements: str) -> tuple[int, int]:
    """Points lost and doubled, once somebody has changed the journal behind the program's back."""
    with closing(sqlite3.connect(home.witness.journal, isolation_level=None)) as journal:
        for statement in statements:
            journal.execute(statement)
    outcome = home.outcome("tampered with", 1)
    return outcome.points_lost, outcome.points_doubled


MIDDLE = "(SELECT max(seq) / 2 FROM point)"


@pytest.mark.influx
def test_a_house_tells_of_points_that_somebody_takes_away_or_changes(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        assert home.influx is not None
        home.logger.start()
        home.until_polled(30)
        home.finish()
        well = home.outcome("nothing", 1)
        assert well.ok, well.broken
        changed = f"UPDATE point SET power = 1 WHERE seq = {MIDDLE}"
        # changed against what the witness saw, and against the copy
        assert outcome_after(home, changed) == (0, 2)
        # seen by the witness and gone; in the copy, where they are too many
        deleted = f"DELETE FROM point WHERE abs(seq - {MIDDLE}) <= 5"
        assert outcome_after(home, deleted) == (11, 11)
        assert home.outcome("", 1).energy_difference_wh > 0.0
        lost_before = home.outcome("", 1).points_lost
        home.influx.query("DROP MEASUREMENT census", DATABASE)
        assert home.outcome("", 1).points_lost > lost_before + 30


def test_a_process_is_looked_at_in_proc() -> None:
    now = sample(os.getpid(), 1.0)
    assert now.rss_mb > 5.0
    assert now.threads >= 1
    assert now.files >= 3


def test_the_slope_of_what_grows_is_told_per_hour() -> None:
    growing = [Sample(10.0 * n, 50.0 + 0.1 * n, 7, 20 - n % 2, 0.0) for n in range(100)]
    found = slopes(growing)
    assert found.mb_per_hour == pytest.approx(36.0)
    assert found.threads_per_hour == 0.0
    assert abs(found.files_per_hour) < 1.0
    assert slopes(growing[:1]).mb_per_hour == 0.0


def test_polls_that_are_missed_or_late_are_counted() -> None:
    times_s = [float(second) for second in range(100) if second not in (40, 41, 70)]
    times_s[10] += 0.25
    points = [Point("Plug", round(t * US_PER_S), {"fetch_success": t != 5.0}) for t in times_s]
    found = lateness({"Plug": points}, 1.0)
    assert (found.polls, found.missed, found.failed) == (97, 3, 1)
    assert found.p50_s == 0.0
    assert found.max_s == pytest.approx(0.25)
    assert found.missed_share == pytest.approx(0.03)
