"""The thread that finds runs: each once, also where it was killed, and those of the past too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from source.config.models import DeviceConfig
from source.errors import JournalError
from source.faultpoint import VARIABLE
from source.health import Health
from source.journal.prepared import prepare
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Point, Run
from source.reports.runs_job import NOTE_US, SLICE_US, RunsJob
from source.simulator.curves import washing_machine
from tests.fakes import FakeClock
from tests.reports.laundry import RULE, WASHER, at, found, minutes, polled
from tests.running import entry, running_daemon, running_journal
from tests.sinks.places import until
from tests.test_layers import ROOT

WASHING = [0.6, *[1500.0] * 20, *[0.6] * 3, *[200.0] * 10]
OFF = [0.6] * 10
DAY_MINUTES = 1440
LAST_MINUTE = 4 * DAY_MINUTES


def job(journal: Journal, clock: FakeClock, health: Health | None = None) -> RunsJob:
    """As it is after a start."""
    washer = DeviceConfig(name=WASHER, ip="127.0.0.1", update_time_s=60.0, run=RULE)
    return RunsJob(
        journal=journal,
        open_reader=partial(JournalReader, journal.path),
        devices=[washer],
        health=health or Health(clock.monotonic),
        clock=clock,
    )


def keep(journal: Journal, clock: FakeClock, points: list[Point]) -> None:
    for point in points:
        journal.append(point)
    journal.flush()
    clock.advance(max(0.0, (points[-1].time_us - clock.wall_us) / US_PER_S))


def spans(runs: list[Run]) -> list[tuple[int, int]]:
    return [(run.start_us, run.end_us) for run in runs]


def test_a_run_is_stored_once_when_it_is_over(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    looking = job(journal, clock)
    keep(journal, clock, minutes(WASHING))
    assert looking.look() == 0
    assert reader.runs(WASHER) == []
    keep(journal, clock, minutes(OFF, len(WASHING) + 1))
    assert [looking.look() for _ in range(3)] == [1, 0, 0]
    [run] = reader.runs(WASHER)
    assert spans([run]) == [(at(1), at(34))]
    assert run.energy_wh == pytest.approx((20 * 1500.0 + 3 * 0.6 + 10 * 200.0) / 60.0)
    assert sum(run.quarters_wh.values()) == pytest.approx(run.energy_wh)


def test_after_a_restart_within_a_run_it_is_found_whole(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    keep(journal, clock, minutes(WASHING[:10]))
    assert job(journal, clock).look() == 0
    keep(journal, clock, minutes([*WASHING[10:], *OFF], 11))
    assert job(journal, clock).look() == 1
    assert spans(reader.runs(WASHER)) == [(at(1), at(34))]


def test_the_past_of_a_new_rule_is_looked_through_in_slices(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    for day in (0, 1, 3):
        keep(journal, clock, minutes([*WASHING, *OFF], 1 + day * DAY_MINUTES))
    assert job(journal, clock).look() == 3
    assert [run.start_us for run in reader.runs(WASHER)] == [
        at(1 + day * DAY_MINUTES) for day in (0, 1, 3)
    ]
    scanned_us = reader.runs_scanned_us(WASHER)
    assert scanned_us is not None
    assert clock.wall_us - NOTE_US < scanned_us <= clock.wall_us
    assert at(4 * DAY_MINUTES) - at(0) > 2 * SLICE_US


def test_runs_of_polled_days_are_the_same_look_by_look(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    start_s = clock.wall_us / 1e6
    metered = list(polled(washing_machine(), start_s, start_s + 4 * 86_400, 60.0, 0.05, 1))
    looking = job(journal, clock)
    for begin in range(0, len(metered), 500):
        if begin % 2000 == 0:
            looking = job(journal, clock)
        keep(journal, clock, [point for point, _ in metered[begin : begin + 500]])
        looking.look()
    runs = reader.runs(WASHER)
    assert runs == found(point for point, _ in metered)
    assert len(runs) >= 3


def test_a_point_that_waits_for_its_commit_is_seen_later(tmp_path: Path, clock: FakeClock) -> None:
    with running_journal(tmp_path, clock) as journal, JournalReader(journal.path) as reader:
        looking = job(journal, clock)
        keep(journal, clock, minutes([0.6, 1500.0]))
        clock.advance(3 * 3600.0)  # the disk takes nothing
        assert looking.look() == 0
        keep(journal, clock, minutes([1500.0, *OFF], 3))
        assert looking.look() == 1
        assert spans(reader.runs(WASHER)) == [(at(1), at(3))]


def test_what_could_not_be_stored_is_found_again(
    journal: Journal, reader: JournalReader, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = Health(clock.monotonic)
    looking = job(journal, clock, health)
    keep(journal, clock, minutes([*WASHING, *OFF]))

    def full(*_: object) -> None:
        raise JournalError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "put_runs", full)
        looking._try()
        assert health.state("runs").failures == 1
    looking._try()
    assert health.state("runs").failures == 0
    assert spans(reader.runs(WASHER)) == [(at(1), at(34))]


def test_nothing_is_found_while_the_clock_is_in_doubt(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    looking = job(journal, clock)
    keep(journal, clock, minutes([*WASHING, *OFF]))
    clock.step_wall(2 * 86_400.0)
    assert looking.look() == 0
    clock.step_wall(-2 * 86_400.0)
    assert looking.look() == 1


LIFE = """
import sys
from pathlib import Path
from tests.fakes import FakeClock
from tests.reports.laundry import at
from tests.reports.test_runs_job import LAST_MINUTE, job
from tests.running import running_journal

clock = FakeClock(at(LAST_MINUTE))
with running_journal(Path(sys.argv[1]), clock) as journal:
    print(job(journal, clock).look())
"""


def life(folder: Path, place: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LIFE, str(folder)],
        cwd=ROOT,
        env={**os.environ, VARIABLE: place},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_at_each_step_every_run_is_there_once(tmp_path: Path, clock: FakeClock) -> None:
    points = [
        point for day in range(4) for point in minutes([*WASHING, *OFF], 1 + day * DAY_MINUTES)
    ]
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    journal.open()
    journal.load([prepare(WASHER, ((point, None) for point in points))])
    journal.close()
    for place in ("runs: found", "runs: stored", "runs: found:2"):
        assert life(tmp_path, place).returncode == -signal.SIGKILL, place
    now = FakeClock(at(LAST_MINUTE))
    with running_journal(tmp_path, now) as journal:
        job(journal, now).look()
    with JournalReader(journal.path) as reader:
        assert reader.runs(WASHER) == found(points)
        assert len(reader.runs(WASHER)) == 4


def test_the_daemon_looks_for_the_runs_of_devices_with_a_rule(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=FakeClock())
    journal.open()
    points = minutes([*WASHING, *OFF, *WASHING, *OFF])
    journal.load([prepare(WASHER, ((point, None) for point in points))])
    journal.close()
    rule = {"start_w": 20, "end_w": 5, "end_after_s": 300}
    devices = {WASHER: entry("127.0.0.1:9", run=rule), "Fridge": entry("127.0.0.1:9")}
    with running_daemon(tmp_path, devices):
        until(lambda: has_runs(tmp_path))
    with JournalReader(journal.path) as reader:
        assert spans(reader.runs(WASHER)) == [(at(1), at(34)), (at(45), at(78))]
        assert reader.runs("Fridge") == []


def has_runs(folder: Path) -> bool:
    with JournalReader(folder / "isdl.db") as reader:
        return bool(reader.runs(WASHER))
