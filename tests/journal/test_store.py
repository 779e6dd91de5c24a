"""The journal's writing side: what is committed, when, and what survives."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from source.errors import JournalError
from source.health import Health
from source.journal import intake, store, writes
from source.journal.reader import JournalReader
from source.journal.retention import DAY_US
from source.journal.store import Journal
from source.model import Checkpoint, Period, Point, Written
from tests.fakes import START_US, TEN_S, FakeClock, failed_point, good_point

PLUG_FIELDS = {
    "fetch_success": True,
    "power": 11.95,
    "is_valid": True,
    "device_temperature": 31.88,
    "energy_wh": 0.1 / 3,
    "counter_wh": 335.5,
}
THREE_PHASE_FIELDS = {
    "fetch_success": True,
    "power": -6162.11,
    "energy_wh": -17.3,
    "power_a": -2355.07,
    "is_valid_a": True,
    "voltage_c": 246.57,
    "note": "größer als 'null'",
}


def test_every_kind_of_field_comes_back_unchanged(journal: Journal, reader: JournalReader) -> None:
    written = [
        Point("Fridge", START_US, PLUG_FIELDS, TEN_S, TEN_S),
        Point("Heat pump", START_US + 1, THREE_PHASE_FIELDS, TEN_S, TEN_S, estimated=True),
        failed_point(START_US + 2),
    ]
    for point in written:
        journal.append(point)
    journal.flush()
    read = reader.points_after(0, 10)
    assert [seq for seq, _ in read] == [1, 2, 3]
    assert [(p.device, p.time_us, dict(p.fields)) for _, p in read] == [
        (p.device, p.time_us, dict(p.fields)) for p in written
    ]
    assert [p.estimated for _, p in read] == [False, True, False]
    assert read[0][1].span_us == TEN_S


def test_a_whole_number_is_still_a_float_when_it_comes_back(
    journal: Journal, reader: JournalReader
) -> None:
    journal.append(Point("Fridge", START_US, {"fetch_success": True, "power": 5.0, "x": 2.0}))
    journal.flush()
    fields = reader.latest("Fridge")[0].fields
    assert [type(fields["power"]), type(fields["x"])] == [float, float]


def test_points_and_meter_state_survive_a_reopening(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "isdl.db"
    state = Checkpoint(START_US, 11.95, 335.5, None, 103978.0, {"a": (1.0, 2.0)})
    first = Journal(path, clock=clock)
    first.open()
    first.append(good_point(START_US), state)
    first.close()
    second = Journal(path, clock=clock)
    second.open()
    assert second.checkpoint("Fridge") == state
    second.append(good_point(START_US + 1))
    second.close()
    with JournalReader(path) as reader:
        assert [seq for seq, _ in reader.points_after(0, 10)] == [1, 2]
        assert reader.metered_until_us("Fridge") == START_US


def test_a_closed_journal_takes_nothing(tmp_path: Path, clock: FakeClock) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    with pytest.raises(JournalError, match="closed"):
        journal.append(good_point(START_US))
    journal.open()
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.append(good_point(START_US))


def test_a_full_queue_refuses_and_keeps_the_meter_where_it_was(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "WEIGHT_LIMIT", 2 * intake.weight_of((good_point(START_US), None)))
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    journal.open()
    journal.append(good_point(START_US), Checkpoint(START_US))
    journal.append(good_point(START_US + 1), Checkpoint(START_US + 1))
    with pytest.raises(JournalError, match="2 points wait"):
        journal.append(good_point(START_US + 2), Checkpoint(START_US + 2))
    assert journal.checkpoint("Fridge") == Checkpoint(START_US + 1)
    journal.close()
    with JournalReader(journal.path) as reader:
        assert reader.last_seq() == 2


def test_a_locked_file_delays_the_commit_and_loses_nothing(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source.journal.schema.BUSY_TIMEOUT_S", 0.01)
    monkeypatch.setattr(store, "RETRY_S", 0.01)
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.01)
    journal.open()
    blocker = sqlite3.connect(journal.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    journal.append(good_point(START_US, 1.0))
    with pytest.raises(JournalError, match="no commit"):
        journal.flush(0.2)
    journal.append(good_point(START_US + TEN_S, 2.0))
    blocker.execute("ROLLBACK")
    journal.flush()
    stopping.set()
    thread.join(10)
    journal.close()
    with JournalReader(journal.path) as reader:
        assert [p.fields["energy_wh"] for _, p in reader.points_after(0, 9)] == [1.0, 2.0]
        total = reader.totals("Fridge", Period(0, START_US + DAY_US), TEN_S)
        assert total.energy_wh == 3.0


def test_one_point_that_cannot_be_stored_does_not_hold_up_the_others(
    journal: Journal, reader: JournalReader, caplog: pytest.LogCaptureFixture
) -> None:
    journal.append(good_point(START_US))
    journal.append(Point("\ud800", START_US, {"fetch_success": True}))
    journal.append(good_point(START_US + 1))
    journal.flush()
    assert [p.time_us for _, p in reader.points_after(0, 9)] == [START_US, START_US + 1]
    assert "can't be stored" in caplog.text


def test_a_sink_that_refused_a_point_leaves_it_with_the_reason(
    journal: Journal, reader: JournalReader
) -> None:
    journal.append(good_point(START_US, 1.0))
    journal.append(Point("Heat pump", START_US, THREE_PHASE_FIELDS))
    journal.flush()
    journal.set_aside("influx", [(2, "field type conflict")])
    journal.acknowledge("influx", 2)
    journal.flush()
    assert reader.rejected("influx") == [(2, "Heat pump", "field type conflict")]
    status = reader.sinks()[0]
    assert (status.acknowledged_seq, status.backlog, status.rejected) == (2, 0, 1)


def test_a_report_line_is_unfinished_between_its_two_commits(
    journal: Journal, reader: JournalReader
) -> None:
    line = Written("Fridge", "day", Period(1, 2), "Fridge_day.txt", "| line |\n", 17, done=False)
    journal.begin_reports([line])
    assert reader.unfinished_reports() == [line]
    assert reader.last_report_end_us("Fridge", "day") == 2
    journal.finish_reports([line])
    assert reader.unfinished_reports() == []
    assert [w.done for w in reader.reports("Fridge")] == [True]
    assert reader.last_report_end_us("Fridge", "month") is None


def test_a_sign_of_life_is_noted_now_and_then(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    journal.flush()
    assert reader.meta("heartbeat_us") == START_US
    clock.advance(31)
    journal.flush()
    journal.flush()
    assert reader.meta("heartbeat_us") == clock.now_us()


def test_the_first_sign_of_life_does_not_wait_for_the_first_commit(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=60.0)
    journal.open()
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    deadline = time.monotonic() + 10
    with JournalReader(journal.path) as reader:
        while reader.meta("pid") is None and time.monotonic() < deadline:
            stopping.wait(0.01)
        noted = reader.meta("heartbeat_us"), reader.meta("pid")
    stopping.set()
    thread.join(10)
    journal.close()
    assert noted == (START_US, os.getpid())


def test_a_file_that_stays_locked_is_told_once_also_while_no_point_comes(
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("source.journal.schema.BUSY_TIMEOUT_S", 0.01)
    monkeypatch.setattr(store, "RETRY_S", 0.01)
    health = Health(clock.monotonic)
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.01, health=health)
    journal.open()
    blocker = sqlite3.connect(journal.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    stopping = threading.Event()
    thread = threading.Thread(target=journal.run, args=(stopping,))
    thread.start()
    deadline = time.monotonic() + 10
    while health.state("journal").failures < 5 and time.monotonic() < deadline:
        stopping.wait(0.01)
    failures = health.state("journal").failures
    blocker.execute("ROLLBACK")
    blocker.close()
    journal.flush()
    stopping.set()
    thread.join(10)
    journal.close()
    assert failures >= 5
    assert caplog.text.count("database is locked") == 2, "a warning and an error"


def test_of_refused_points_the_newest_are_kept(
    journal: Journal, reader: JournalReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "SET_ASIDE_LIMIT", 3)
    for tick in range(6):
        journal.append(good_point(START_US + tick * TEN_S))
    journal.flush()
    journal.set_aside("other", [(1, "no")])
    for seq in range(1, 7):
        journal.set_aside("influx", [(seq, "no")])
    assert [seq for seq, _, _ in reader.rejected("influx")] == [4, 5, 6]
    assert len(reader.rejected("other")) == 1


def test_a_write_that_can_never_be_stored_is_refused_and_holds_nothing_up(
    journal: Journal, reader: JournalReader
) -> None:
    journal.append(good_point(START_US))
    with pytest.raises(JournalError, match="can't be stored"):
        journal.begin_reports([Written("\ud800", "day", Period(1, 2), "f", "t", 0, done=False)])
    journal.append(good_point(START_US + TEN_S))
    journal.flush()
    assert len(reader.latest("Fridge", 10)) == 2
