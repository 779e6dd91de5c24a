"""Over the changes of summer time: each day has one line, of as many hours as it had."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from source.model import US_PER_S
from tests.fakes import FakeClock
from tests.faults.home import INTERVAL_S, Socket
from tests.faults.lives import Life
from tests.reports.house import cells, configuration, job, lines

HOUR_US = 3_600 * US_PER_S
DAYS_BEFORE, DAYS = 2, 5
POLL_WH = 7.0
LOOK_EVERY = 16
RESTART_EVERY = 111
"""Polls; both fall on other times each day."""
CHANGES = (
    ("Europe/Berlin", "2026-03-29", 23.0),
    ("Europe/Berlin", "2026-10-25", 25.0),
    ("Europe/Berlin", "2027-03-28", 23.0),
    ("Europe/Berlin", "2027-10-31", 25.0),
    ("America/New_York", "2026-03-08", 23.0),
    ("America/New_York", "2026-11-01", 25.0),
    ("America/St_Johns", "2027-03-14", 23.0),
    ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ("Australia/Lord_Howe", "2026-10-04", 23.5),
    ("Asia/Kolkata", "2026-03-29", 24.0),
)


@pytest.mark.parametrize("at", ["00:00", "02:30"])
@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_each_day_has_one_line_and_the_days_hold_all_energy(
    tmp_path: Path, zone: str, day: str, hours: float, at: str
) -> None:
    change = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    start = (change - timedelta(days=DAYS_BEFORE)).replace(hour=12)
    clock = FakeClock(round(start.timestamp()) * US_PER_S)
    socket = Socket("Fridge", "counter", clock, power_w=POLL_WH * 3_600 / INTERVAL_S)
    general = {"timezone": zone, "cost_calc_request_time": at}
    configured = configuration(tmp_path, general, Fridge={"update_time_s": INTERVAL_S})
    life: Life | None = None
    for n in range(round(DAYS * 86_400 / INTERVAL_S)):
        if life is None or n % RESTART_EVERY == 0:
            if life is not None:
                life.stop()
            life = Life(tmp_path, clock)
            worker, reports = life.worker(socket), job(life.journal, clock, configured)
        clock.advance(INTERVAL_S)
        worker.poll()
        if n % LOOK_EVERY == 0:
            life.journal.flush()
            reports.catch_up()
    assert life is not None
    with life.reader() as reader:
        entries = reader.reports("Fridge")
    life.stop()
    rows = lines(tmp_path / "Fridge_day.txt")
    assert len(rows) == len(entries) == DAYS
    for before, after in pairwise(entries):
        assert before.period.end_us == after.period.start_us
    lengths = [(e.period.end_us - e.period.start_us) / HOUR_US for e in entries[1:]]
    # Where the clocks jump over the request time, the day ends at the jump.
    assert sum(lengths) == hours + 24.0 * (DAYS - 2)
    if at == "00:00":
        assert sorted(lengths) == sorted([hours, *[24.0] * (DAYS - 2)])
    polls = [(e.period.end_us - e.period.start_us) / US_PER_S / INTERVAL_S for e in entries]
    kwh = [float(cells(row)[1]) for row in rows]
    assert sum(kwh) == pytest.approx(sum(polls) * POLL_WH / 1000, abs=0.0005 * DAYS)
    assert [cells(row)[3:5] for row in rows] == [["0.0", "0.0"]] * DAYS
