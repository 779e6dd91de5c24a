"""What the live table and ``status`` show."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from source.journal.reader import JournalReader
from source.journal.store import HEARTBEAT_S, Journal
from source.model import US_PER_S, Checkpoint, DeviceStatus, Snapshot
from source.reports.overview import running_pid, snapshot
from tests.fakes import START_US, TEN_S, FakeClock, failed_point, good_point
from tests.reports.house import configuration, poll_hourly, us


def seen(reader: JournalReader, files: Path, now_us: int = START_US + 10 * TEN_S) -> Snapshot:
    return snapshot(reader, configuration(files, Fridge={"update_time_s": 10.0}), now_us)


def device(found: Snapshot) -> DeviceStatus:
    (status,) = found.devices
    return status


def test_a_device_without_points_is_waiting(reader: JournalReader, tmp_path: Path) -> None:
    status = device(seen(reader, tmp_path))
    assert (status.state, status.last_us, status.power_w) == ("waiting", None, None)
    assert (status.today.energy_wh, status.cost_today) == (0.0, Decimal(0))


@pytest.mark.parametrize(
    ("polls", "state", "power"),
    [
        ("g", "ok", 90.0),
        ("fffg", "ok", 90.0),
        ("gf", "failing", None),
        ("gff", "failing", None),
        ("gfff", "off-line", None),
        ("gffffff", "off-line", None),
        ("f", "failing", None),
        ("ff", "failing", None),
        ("fff", "off-line", None),
    ],
)
def test_the_state_is_that_of_the_newest_polls(
    journal: Journal, reader: JournalReader, tmp_path: Path, polls: str, state: str, power: float
) -> None:
    last_us = None
    for tick, kind in enumerate(polls):
        time_us = START_US + tick * TEN_S
        if kind == "g":
            journal.append(good_point(time_us, 1.0), Checkpoint(time_us))
            last_us = time_us
        else:
            journal.append(failed_point(time_us))
    journal.flush()
    status = device(seen(reader, tmp_path, START_US + len(polls) * TEN_S))
    assert (status.state, status.power_w, status.last_us) == (state, power, last_us)


def test_a_socket_whose_handler_does_not_come_back_shows_no_old_power(
    journal: Journal, reader: JournalReader, tmp_path: Path
) -> None:
    journal.append(good_point(START_US, 1.0), Checkpoint(START_US))
    journal.flush()
    for seconds, state, power in ((32, "ok", 90.0), (34, "off-line", None)):
        status = device(seen(reader, tmp_path, START_US + seconds * US_PER_S))
        assert (status.state, status.power_w) == (state, power)


def test_today_begins_at_local_midnight(
    journal: Journal, reader: JournalReader, tmp_path: Path
) -> None:
    poll_hourly(journal, "2026-01-09 12:00", "2026-01-10 12:00")
    found = snapshot(reader, configuration(tmp_path), us("2026-01-10 12:30"))
    assert device(found).today.energy_wh == pytest.approx(1300.0)
    assert float(device(found).cost_today) == pytest.approx(0.39)
    assert found.points == 24
    assert found.journal_bytes > 0
    assert found.time_us == us("2026-01-10 12:30")


def test_disabled_devices_are_left_out_and_the_others_in_the_order_of_the_file(
    reader: JournalReader, tmp_path: Path
) -> None:
    configured = configuration(tmp_path, Z={}, Off={"enabled": False}, A={})
    found = snapshot(reader, configured, START_US)
    assert [status.device for status in found.devices] == ["Z", "A"]
    assert found.devices[0].type_name == "shelly:plug-s"


def test_the_daemon_runs_while_its_heart_beats(journal: Journal, reader: JournalReader) -> None:
    journal.flush()  # the first commit notes the process, at the clock's time
    limit_us = round(3 * HEARTBEAT_S * US_PER_S)
    assert running_pid(reader, START_US + limit_us) == os.getpid()
    assert running_pid(reader, START_US - limit_us) == os.getpid()
    assert running_pid(reader, START_US + limit_us + 1) is None
    assert running_pid(reader, START_US - limit_us - 1) is None


def test_a_daemon_that_ended_in_order_does_not_run(tmp_path: Path, clock: FakeClock) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    journal.open()
    journal.append(good_point(START_US, 1.0))
    journal.close()
    with JournalReader(journal.path) as reader:
        assert running_pid(reader, START_US) is None


def test_a_journal_that_never_ran_has_no_daemon(tmp_path: Path, clock: FakeClock) -> None:
    journal = Journal(tmp_path / "fresh.db", clock=clock)
    journal.open()
    with JournalReader(journal.path) as reader:
        assert snapshot(reader, configuration(tmp_path), START_US).running_pid is None
    journal.close()


def test_sinks_are_listed_with_their_backlog(
    journal: Journal, reader: JournalReader, tmp_path: Path
) -> None:
    poll_hourly(journal, "2026-01-09 12:00", "2026-01-09 22:00")
    journal.acknowledge("influxdb", 4)
    journal.flush()
    (sink,) = seen(reader, tmp_path).sinks
    assert (sink.sink, sink.acknowledged_seq, sink.backlog) == ("influxdb", 4, 6)
