"""What the live table and ``status`` show."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from source.config.models import General
from source.journal.reader import JournalReader
from source.journal.store import HEARTBEAT_S, Journal
from source.model import US_PER_S, Checkpoint, DeviceStatus, Snapshot
from source.reports.overview import Run, running_pid, silence, snapshot, stuck_limit_us
from tests.fakes import START_US, TEN_S, FakeClock, failed_point, good_point
from tests.reports.house import DAY_US, configuration, poll_hourly, us


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


@pytest.mark.parametrize(
    ("age_s", "since_s", "state"),
    [
        (33, None, None),
        (34, None, "off-line"),
        (63, None, "off-line"),
        (64, None, "stuck"),
        (64, 64, "stuck"),
        (3600, 63, "waiting"),
        (3600, 64, "stuck"),
        (33, 3600, None),
        (None, None, "waiting"),
        (None, 63, "waiting"),
        (None, 64, "stuck"),
    ],
)
def test_a_silent_socket_is_stuck_after_a_minute_while_the_daemon_polls(
    age_s: int | None, since_s: int | None, state: str | None
) -> None:
    now_us = START_US + 10 * DAY_US
    (device,) = configuration(Path(), Fridge={"update_time_s": 10.0}).devices.values()
    newest = [] if age_s is None else [good_point(now_us - age_s * US_PER_S)]
    since_us = None if since_s is None else now_us - since_s * US_PER_S
    run = Run(pid=7, polls_since_us=since_us, is_clock_awaited=False)
    assert silence(device, General(), newest, run, now_us) == state


@pytest.mark.parametrize(("changed_s", "state"), [(63, "waiting"), (64, "stuck")])
def test_a_socket_that_was_added_while_the_daemon_polls_is_given_its_time(
    changed_s: int, state: str
) -> None:
    now_us = START_US + 10 * DAY_US
    (device,) = configuration(Path(), Fridge={"update_time_s": 10.0}).devices.values()
    run = Run(
        pid=7,
        polls_since_us=START_US,
        is_clock_awaited=False,
        changed_us=now_us - changed_s * US_PER_S,
    )
    assert silence(device, General(), [], run, now_us) == state


@pytest.mark.parametrize(
    ("entry", "limit_s"),
    [
        ({"update_time_s": 10.0}, 63),
        ({"update_time_s": 3600.0}, 3 * 3600 + 3),
        ({"update_time_s": 10.0, "timeout_s": 100.0}, 203),
    ],
)
def test_slow_sockets_are_stuck_later(entry: dict[str, float], limit_s: int) -> None:
    (device,) = configuration(Path(), Fridge=entry).devices.values()
    assert stuck_limit_us(device, General()) == limit_s * US_PER_S


def test_nothing_is_stuck_without_a_daemon_or_while_it_waits_for_the_time() -> None:
    now_us = START_US + 10 * DAY_US
    (device,) = configuration(Path(), Fridge={"update_time_s": 10.0}).devices.values()
    newest = [good_point(START_US)]
    stopped = Run(pid=None, polls_since_us=START_US + 1, is_clock_awaited=False)
    waiting = Run(pid=7, polls_since_us=None, is_clock_awaited=True)
    assert silence(device, General(), newest, stopped, now_us) == "off-line"
    assert silence(device, General(), newest, waiting, now_us) == "waiting"


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
