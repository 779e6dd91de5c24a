"""The job as a whole: what is due is written, at its time, once, with the right energy."""

from __future__ import annotations

import sqlite3
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import schedule

from source.errors import JournalDamaged, JournalError
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, LoadProfile, Period, Totals
from source.reports.house import TOTAL
from source.reports.job import ReportsJob
from source.timing import LeapWatch
from tests.fakes import FakeClock, failed_point
from tests.reports.house import (
    DAY_US,
    HOUR_US,
    cells,
    configuration,
    hourly_point,
    job,
    lines,
    periods,
    poll_hourly,
    us,
)

DAY_FILE, MONTH_FILE, YEAR_FILE = "Fridge_day.txt", "Fridge_month.txt", "Fridge_year.txt"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def at(clock: FakeClock, text: str) -> None:
    """Move the clock to an instant; time passes on both clocks."""
    clock.advance((us(text) - clock.now_us()) / US_PER_S)


def test_a_day_is_written_once_after_its_end(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-11 22:00")
    at(clock, "2026-01-11 22:30")
    assert reports.catch_up() == 1  # the 10th, which began with the first point
    poll_hourly(journal, "2026-01-11 22:00", "2026-01-11 23:00")
    at(clock, "2026-01-11 23:00")
    assert reports.catch_up() == 1
    assert reports.catch_up() == 0
    row = lines(files / DAY_FILE)[-1]
    assert row == (
        "| 2026-01-11 00:00:00 - 2026-01-12 00:00:00 |              2.400 "
        "|      0.72 ( 0.30€/KWh) |     0.0 |     0.0 |"
    )


def test_a_first_period_counts_from_the_first_point_and_includes_it(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files, Fridge={"cost_month": 1}))
    journal.append(hourly_point(us("2026-01-10 12:00"), 100.0, span_us=0))
    poll_hourly(journal, "2026-01-10 12:00", "2026-02-01 00:00")
    at(clock, "2026-02-01 00:00")
    assert reports.catch_up() == 22 + 1
    assert cells(lines(files / DAY_FILE)[0]) == [
        "2026-01-10 13:00:00 - 2026-01-11 00:00:00",
        "1.200",  # twelve points, the first with the energy that its handler gave it
        "0.36 ( 0.30€/KWh)",
        "0.0",
        "0.0",
    ]
    assert periods(files / MONTH_FILE) == ["2026-01-10 13:00:00 - 2026-02-01 00:00:00"]


def test_a_device_without_points_has_no_lines(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files))
    at(clock, "2026-03-01 12:00")
    assert reports.catch_up() == 0
    assert list(files.iterdir()) == []


@pytest.mark.parametrize("span_us", [0, 300 * DAY_US])
def test_points_of_a_clock_that_was_not_set_yet_begin_no_period(
    journal: Journal, clock: FakeClock, files: Path, span_us: int
) -> None:
    for minute in (5, 10):
        journal.append(hourly_point(us(f"1970-01-01 00:{minute:02}"), 1.0, span_us=0))
    journal.flush()
    at(clock, "2026-01-09 23:00")
    entry = {"cost_month": 1, "cost_year": (1, 1)}
    reports = job(journal, clock, configuration(files, Fridge=entry))
    clock.advance(5 * HOUR_US / US_PER_S)
    assert reports.catch_up() == 0
    journal.append(hourly_point(us("2026-01-09 23:00"), 100.0, span_us=span_us))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-12 12:00")
    at(clock, "2026-01-12 12:00")
    assert reports.catch_up() == 2
    assert periods(files / DAY_FILE)[0] == "2026-01-10 00:00:00 - 2026-01-11 00:00:00"


def test_days_off_are_caught_up_oldest_first_over_the_change_to_summer_time(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    poll_hourly(journal, "2026-03-26 23:00", "2026-03-27 23:00")
    at(clock, "2026-03-31 12:00")
    back_us = us("2026-03-31 12:00")
    span_us = back_us - us("2026-03-27 23:00")
    reports = job(journal, clock, configuration(files))
    assert reports.catch_up() == 1  # the 27th; what came later is not known yet
    gap_wh = span_us / HOUR_US * 100.0
    journal.append(hourly_point(back_us, gap_wh, span_us=span_us), Checkpoint(back_us))
    journal.flush()
    assert reports.catch_up() == 3
    assert [cells(line)[:2] for line in lines(files / DAY_FILE)] == [
        ["2026-03-27 00:00:00 - 2026-03-28 00:00:00", "2.400"],
        ["2026-03-28 00:00:00 - 2026-03-29 00:00:00", "2.400"],
        ["2026-03-29 00:00:00 - 2026-03-30 00:00:00", "2.300"],
        ["2026-03-30 00:00:00 - 2026-03-31 00:00:00", "2.400"],
    ]
    assert [cells(line)[4] for line in lines(files / DAY_FILE)] == ["0.0"] + 3 * ["100.0"]


def test_many_restarts_write_each_line_once(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    configured = configuration(files, Fridge={"cost_month": 31})
    poll_hourly(journal, "2026-01-31 23:00", "2026-03-31 22:00")
    written = 0
    for day in range(1, 31):
        at(clock, f"2026-03-{day:02} 12:00")
        written += job(journal, clock, configured).catch_up()
    assert written == 57 + 1
    assert len(set(periods(files / DAY_FILE))) == len(lines(files / DAY_FILE)) == 57
    assert periods(files / MONTH_FILE) == ["2026-02-01 00:00:00 - 2026-02-28 00:00:00"]


def test_months_and_years_end_on_their_days(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    general = {"timezone": "UTC", "cost_calc_request_time": "03:15"}
    entry = {"cost_day": False, "cost_month": 31, "cost_year": (29, 2)}
    reports = job(journal, clock, configuration(files, general, Fridge=entry))
    poll_hourly(journal, "2025-12-31 00:00", "2026-04-30 04:00")
    at(clock, "2026-04-30 04:00")
    assert reports.catch_up() == 6
    assert periods(files / MONTH_FILE) == [
        "2025-12-31 00:00:00 - 2025-12-31 03:15:00",
        "2025-12-31 03:15:00 - 2026-01-31 03:15:00",
        "2026-01-31 03:15:00 - 2026-02-28 03:15:00",
        "2026-02-28 03:15:00 - 2026-03-31 03:15:00",
        "2026-03-31 03:15:00 - 2026-04-30 03:15:00",
    ]
    assert periods(files / YEAR_FILE) == ["2025-12-31 00:00:00 - 2026-02-28 03:15:00"]
    kwh = [float(cells(line)[1]) for line in lines(files / MONTH_FILE)]
    # A quarter of the hour from 03:00 lies before the end, and three quarters after it.
    assert kwh == [0.325, 74.4, 67.2, 74.4, 72.0]
    assert not (files / DAY_FILE).exists()


def test_a_first_point_on_the_end_of_a_period_makes_no_line_of_one_instant(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files))
    journal.append(hourly_point(us("2026-01-09 23:00"), 0.0, span_us=0))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-11 12:00")
    at(clock, "2026-01-11 12:00")
    assert reports.catch_up() == 1
    assert periods(files / DAY_FILE) == ["2026-01-10 00:00:00 - 2026-01-11 00:00:00"]


# --- waiting for the energy across the end ---


def test_a_line_waits_for_the_point_whose_energy_spans_its_end(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files, Fridge={"update_time_s": 10.0}))
    journal.append(hourly_point(us("2026-01-10 22:59:55"), 0.0), Checkpoint(1))
    at(clock, "2026-01-10 23:00:02")
    assert reports.catch_up() == 0
    late_us = us("2026-01-10 23:00:05")
    point = hourly_point(late_us, 8.0, span_us=10 * US_PER_S)
    journal.append(point, Checkpoint(late_us))
    written = reports.catch_up()  # it is not committed, or has just been
    journal.flush()
    assert written + reports.catch_up() == 1
    assert cells(lines(files / DAY_FILE)[0])[1] == "0.004"


def test_a_line_does_not_wait_for_ever_for_a_dead_socket(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files, Fridge={"update_time_s": 10.0}))
    journal.append(hourly_point(us("2026-01-10 22:00"), 50.0), Checkpoint(us("2026-01-10 22:00")))
    journal.append(failed_point(us("2026-01-10 22:30")))
    journal.flush()
    at(clock, "2026-01-10 23:00:59")
    assert reports.catch_up() == 0
    at(clock, "2026-01-10 23:01:00")
    assert reports.catch_up() == 1
    assert cells(lines(files / DAY_FILE)[0])[3] == "50.0"


def test_a_line_waits_as_long_as_a_poll_may_still_bring_energy_across_its_end(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files, Fridge={"update_time_s": 60.0}))
    before_us = us("2026-01-10 22:59") + 50 * US_PER_S
    journal.append(hourly_point(before_us, 0.0), Checkpoint(before_us))
    journal.flush()
    at(clock, "2026-01-10 23:03:15")
    assert reports.catch_up() == 0
    span_us = clock.now_us() - before_us  # less than a gap, which three and a half intervals are
    journal.append(hourly_point(clock.now_us(), 41.0, span_us=span_us), Checkpoint(clock.now_us()))
    journal.flush()
    assert reports.catch_up() == 1
    assert cells(lines(files / DAY_FILE)[0])[1] == "0.002"


def with_counter(time_us: int, counter_wh: float) -> Checkpoint:
    return Checkpoint(time_us, 2000.0, counter_wh)


def test_a_socket_that_is_away_over_midnight_loses_nothing_when_it_comes_back(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files, Fridge={"update_time_s": 10.0}))
    for text, energy_wh, hours in (("18:00", 0.0, 0), ("19:00", 2000.0, 1)):
        time_us = us(f"2026-01-10 {text}")
        point = hourly_point(time_us, energy_wh, span_us=hours * HOUR_US)
        journal.append(point, with_counter(time_us, energy_wh))
    journal.append(failed_point(us("2026-01-10 22:59")))
    journal.flush()
    at(clock, "2026-01-11 05:00")
    assert reports.catch_up() == 0
    back_us = us("2026-01-11 06:00")
    point = hourly_point(back_us, 22_000.0, span_us=11 * HOUR_US)
    journal.append(point, with_counter(back_us, 24_000.0))
    journal.flush()
    at(clock, "2026-01-11 06:01")
    assert reports.catch_up() == 1
    assert cells(lines(files / DAY_FILE)[0])[1] == "10.000"


def test_a_socket_with_a_counter_is_waited_for_a_day_and_not_for_ever(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files, Fridge={"update_time_s": 10.0}))
    time_us = us("2026-01-10 22:00")
    journal.append(hourly_point(time_us, 50.0), with_counter(time_us, 50.0))
    journal.flush()
    at(clock, "2026-01-11 22:59")
    assert reports.catch_up() == 0
    at(clock, "2026-01-11 23:00")
    assert reports.catch_up() == 1
    restarted = job(journal, clock, configuration(files, Fridge={"update_time_s": 10.0}))
    at(clock, "2026-01-15 12:00")
    assert restarted.catch_up() == 3  # the fourth, of this midnight, is still waited for


def test_after_a_start_a_line_waits_for_the_energy_of_the_time_off(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    poll_hourly(journal, "2026-01-10 12:00", "2026-01-10 20:00")
    at(clock, "2026-01-15 12:00")
    reports = job(journal, clock, configuration(files, Fridge={"update_time_s": 10.0}))
    assert reports.catch_up() == 0
    clock.advance(59)
    assert reports.catch_up() == 0
    clock.advance(1)
    assert reports.catch_up() == 5


def test_points_that_wait_for_their_commit_are_in_the_line(
    tmp_path: Path, clock: FakeClock, files: Path
) -> None:
    journal = Journal(tmp_path / "slow.db", clock=clock, commit_interval_s=60.0)
    journal.open()
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    reports = job(journal, clock, configuration(files))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-10 20:00")
    for hour in (21, 22):
        journal.append(hourly_point(us(f"2026-01-10 {hour}:00"), 100.0))
    at(clock, "2026-01-11 03:00")
    assert reports.catch_up() == 1
    stopping.set()
    thread.join(10)
    journal.close()
    assert cells(lines(files / DAY_FILE)[0])[1] == "2.300"


# --- devices and settings that change ---


def test_a_disabled_device_gets_a_line_for_its_last_point_and_no_more(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files, Fridge={"enabled": False}))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-11 12:00")
    at(clock, "2026-01-20 12:00")
    clock.advance(3 * 3600)
    assert reports.catch_up() == 2
    assert periods(files / DAY_FILE)[-1] == "2026-01-11 00:00:00 - 2026-01-12 00:00:00"
    assert reports.catch_up() == 0


def test_a_disabled_device_gets_its_last_line_also_when_its_raw_points_are_gone(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files, Fridge={"enabled": False}))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-11 12:00")
    with sqlite3.connect(journal.path) as db:
        db.execute("DELETE FROM point WHERE seq < (SELECT max(seq) FROM point)")
        db.execute("UPDATE point SET device_id = 99")
    at(clock, "2026-01-20 12:00")
    clock.advance(3 * 3600)
    assert reports.catch_up() == 2
    assert periods(files / DAY_FILE)[-1] == "2026-01-11 00:00:00 - 2026-01-12 00:00:00"


def test_a_changed_request_time_leaves_no_gap(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-13 12:00")
    at(clock, "2026-01-11 12:00")
    job(journal, clock, configuration(files)).catch_up()
    at(clock, "2026-01-12 12:00")
    changed = configuration(files, {"cost_calc_request_time": "03:00"})
    assert job(journal, clock, changed).catch_up() == 2
    assert periods(files / DAY_FILE)[1:] == [
        "2026-01-11 00:00:00 - 2026-01-11 03:00:00",
        "2026-01-11 03:00:00 - 2026-01-12 03:00:00",
    ]


def test_a_clock_that_is_set_back_neither_doubles_nor_stops_the_reports(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-16 12:00")
    at(clock, "2026-01-12 12:00")
    assert reports.catch_up() == 2
    clock.step_wall(-2 * 86_400)
    assert reports.catch_up() == 0
    clock.advance(3 * 86_400)
    assert reports.catch_up() == 1


def test_a_clock_that_leaps_ahead_is_believed_after_a_while_only(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-16 12:00")
    at(clock, "2026-01-12 12:00")
    assert reports.catch_up() == 2
    clock.step_wall(4000 * 86_400)
    assert reports.catch_up() == 0
    clock.advance(200)
    assert reports.catch_up() == 0
    clock.step_wall(-4000 * 86_400)
    clock.advance(100)
    assert reports.catch_up() == 0
    clock.step_wall(2 * 86_400)
    assert reports.catch_up() == 0
    clock.advance(2 * 3600 - 1)  # an hour for each day
    assert reports.catch_up() == 0
    clock.advance(1)
    assert reports.catch_up() == 2


def test_a_clock_that_comes_back_is_trusted_at_once(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-16 12:00")
    at(clock, "2026-01-11 22:59")
    assert reports.catch_up() == 1
    clock.step_wall(30 * 86_400)
    assert reports.catch_up() == 0
    clock.advance(120)
    clock.step_wall(-30 * 86_400)
    assert reports.catch_up() == 1


def test_a_leap_in_the_middle_of_a_look_is_not_believed(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-16 12:00")
    at(clock, "2026-01-11 22:59")
    opened = reports._open_reader

    def leap() -> JournalReader:
        clock.step_wall(4 * 86_400)
        return opened()

    reports._open_reader = leap
    assert reports.catch_up() == 1
    assert len(lines(files / DAY_FILE)) == 1


def test_a_leap_is_remembered_over_a_reload(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    leaps = LeapWatch(clock)
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-16 12:00")
    at(clock, "2026-01-12 12:00")
    assert job(journal, clock, configuration(files), leaps=leaps).catch_up() == 2
    clock.step_wall(86_400)
    assert job(journal, clock, configuration(files), leaps=leaps).catch_up() == 0


def test_a_period_that_has_not_ended_is_never_written(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    reports = job(journal, clock, configuration(files))
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-20 12:00")
    clock.advance((us("2026-01-12 23:00") - 1 - clock.now_us()) / US_PER_S)
    assert reports.catch_up() == 2
    assert periods(files / DAY_FILE)[-1] == "2026-01-11 00:00:00 - 2026-01-12 00:00:00"


# --- trouble ---


def test_one_unwritable_file_does_not_hold_up_the_others(
    journal: Journal, clock: FakeClock, files: Path, reader: JournalReader
) -> None:
    health = Health(clock.monotonic)
    reports = job(journal, clock, configuration(files, Fridge={}, Washer={}), health)
    for device in ("Fridge", "Washer"):
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-13 12:00", device=device)
    (files / DAY_FILE).mkdir()
    at(clock, "2026-01-11 12:00")
    assert reports.catch_up() == 1
    at(clock, "2026-01-13 12:00")
    assert reports.catch_up() == 2
    assert health.state(f"report {DAY_FILE}").failures == 2
    (files / DAY_FILE).rmdir()
    assert reports.catch_up() == 3
    assert periods(files / DAY_FILE) == periods(files / "Washer_day.txt")
    assert all(entry.done for entry in reader.reports())


def test_energy_that_nobody_can_write_down_holds_up_its_own_file_only(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    health = Health(clock.monotonic)
    reports = job(journal, clock, configuration(files, Fridge={}, Washer={}), health)
    for device in ("Fridge", "Washer"):
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-11 12:00", device=device)
    with sqlite3.connect(journal.path) as db:  # as a bit that flipped on the disk leaves it
        db.execute("UPDATE interval SET energy_wh = 1e300 WHERE device_id = 1")
    at(clock, "2026-01-11 12:00")
    assert reports.catch_up() == 1
    assert len(lines(files / "Washer_day.txt")) == 1
    assert "1e+30" in health.state(f"report {DAY_FILE}").reason


def test_lines_begun_before_a_crash_come_before_newer_ones(
    journal: Journal, clock: FakeClock, files: Path, reader: JournalReader
) -> None:
    configured = configuration(files)
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-13 12:00")
    at(clock, "2026-01-12 12:00")
    target = files / "gone" / "file"
    (files / DAY_FILE).symlink_to(target)
    assert job(journal, clock, configured).catch_up() == 0
    at(clock, "2026-01-13 12:00")
    assert job(journal, clock, configured).catch_up() == 0
    assert len(reader.unfinished_reports()) == 2  # the third waits until these stand in the file
    target.parent.mkdir()
    assert job(journal, clock, configured).catch_up() == 3
    assert periods(target) == sorted(set(periods(target)))


def test_more_lines_than_one_step_takes_are_all_written(
    journal: Journal, clock: FakeClock, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source.reports.job.LINES_AT_ONCE", 7)
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-31 12:00")
    at(clock, "2026-01-31 12:00")
    assert job(journal, clock, configuration(files)).catch_up() == 21
    assert len(set(periods(files / DAY_FILE))) == 21


def test_a_journal_that_cannot_be_read_is_told_and_tried_again(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    health = Health(clock.monotonic)
    reports = job(journal, clock, configuration(files), health)
    opened = reports._open_reader

    def fail() -> JournalReader:
        raise JournalError("no such file")

    reports._open_reader = fail
    reports._look()
    assert health.state("reports").reason == "no such file"
    reports._open_reader = opened
    reports._look()
    assert health.state("reports").failures == 0


def test_a_damaged_journal_is_told_to_its_writer(
    journal: Journal, clock: FakeClock, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(journal, "damaged", lambda: told.append("damaged"))
    reports = job(journal, clock, configuration(files))

    def fail() -> JournalReader:
        raise JournalDamaged("malformed")

    reports._open_reader = fail
    reports._look()
    assert told == ["damaged"]


# --- the thread ---


def test_the_thread_looks_at_its_start_and_ends_when_told(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-12 12:00")
    at(clock, "2026-01-12 12:00")
    stopping = threading.Event()
    thread = threading.Thread(
        target=job(journal, clock, configuration(files)).run, args=(stopping,)
    )
    thread.start()
    deadline = time.monotonic() + 10
    while not lines(files / DAY_FILE) and time.monotonic() < deadline:
        stopping.wait(0.01)
    stopping.set()
    thread.join(2)
    assert not thread.is_alive()
    assert len(lines(files / DAY_FILE)) == 2


def test_the_thread_looks_again_also_when_the_wall_clock_was_set_back(
    journal: Journal, clock: FakeClock, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source.reports.job.STEP_S", 0.01)
    monkeypatch.setattr("source.reports.job.LOOK_S", 1)
    reports, stopping = job(journal, clock, configuration(files)), threading.Event()
    looks: list[int] = []
    armed: list[schedule.Scheduler] = []
    arm = reports._arm

    def arm_and_set_back(scheduler: schedule.Scheduler) -> None:
        arm(scheduler)
        if not armed:  # as seen from a clock that was set back: the next look is a year away
            scheduler.jobs[0].next_run = datetime.now() + timedelta(days=365)
        armed.append(scheduler)

    def look() -> int:
        looks.append(1)
        if len(looks) == 3:
            stopping.set()
        return 0

    monkeypatch.setattr(reports, "_arm", arm_and_set_back)
    monkeypatch.setattr(reports, "catch_up", look)
    watchdog = threading.Timer(20, stopping.set)
    watchdog.start()
    reports.run(stopping)
    watchdog.cancel()
    assert (len(looks), len(armed)) == (3, 2)


def test_a_job_that_has_to_stop_writes_no_further_lines(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    poll_hourly(journal, "2026-01-09 23:00", "2026-01-12 12:00")
    at(clock, "2026-01-12 12:00")
    reports = job(journal, clock, configuration(files))
    reports._stopping.set()
    assert reports.catch_up() == 0


class CountingReader(JournalReader):
    """Notes what is read of the load profile."""

    def __init__(self, path: Path, asked: list[tuple[str, Period]]) -> None:
        super().__init__(path)
        self._asked = asked

    def totals(self, device: str, period: Period, interval_us: int) -> Totals:
        self._asked.append((device, period))
        return super().totals(device, period, interval_us)

    def load_profile(self, device: str, period: Period) -> LoadProfile:
        raise AssertionError("one price for all needs no profile")


def test_a_look_reads_each_period_of_a_device_once_and_no_profile_where_there_is_one_price(
    journal: Journal, clock: FakeClock, files: Path
) -> None:
    asked: list[tuple[str, Period]] = []
    reports = ReportsJob(
        journal=journal,
        open_reader=lambda: CountingReader(journal.path, asked),
        configuration=configuration(files, Fridge={}, Lamp={}),
        health=Health(clock.monotonic),
        clock=clock,
    )
    for device, energy_wh in (("Fridge", 100.0), ("Lamp", 7.0)):
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-11 23:00", energy_wh, device)
    at(clock, "2026-01-11 23:00")
    assert reports.catch_up() == 4
    first_us, next_us = us("2026-01-09 23:00"), us("2026-01-10 23:00")
    days = [Period(first_us, next_us), Period(next_us, next_us + DAY_US)]
    assert asked == [(device, day) for device in ("Fridge", "Lamp") for day in days]
    with JournalReader(journal.path) as reader:
        house = reader.results(TOTAL)
        assert [one.period for one in house] == days
        assert ['"energy_wh":2568.0' in one.figures for one in house] == [True, True]
