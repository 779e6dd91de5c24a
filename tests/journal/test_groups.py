"""Commits in groups: how much is encoded at once, in which order, what waits for what."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from source.errors import JournalError
from source.journal import intake
from source.journal.intake import Group, Intake
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.journal.writes import Statements
from source.model import Checkpoint
from tests.fakes import START_US, FakeClock, good_point
from tests.journal.driving import locked_by_another, process, running, seqs, thread_of

LIMIT = 10


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "GROUP_LIMIT", LIMIT)


def add(journal: Journal | Intake, first: int, count: int) -> None:
    for n in range(first, first + count):
        journal.append(good_point(START_US + n), Checkpoint(START_US + n))


def times(entries: list[intake.Entry]) -> list[int]:
    return [point.time_us - START_US for point, _ in entries]


def nothing(_: Statements) -> None:
    """An operation."""


def opened() -> Intake:
    taken = Intake()
    taken.open({})
    return taken


def test_points_are_taken_oldest_first_in_groups_that_are_not_too_large() -> None:
    taken = opened()
    add(taken, 0, 25)
    groups = [taken.take() for _ in range(4)]
    assert [times(group.entries) for group in groups] == [
        [*range(10)],
        [*range(10, 20)],
        [*range(20, 25)],
        [],
    ]
    assert [group.is_last for group in groups] == [False, False, True, True]


def test_what_is_put_back_comes_first_again() -> None:
    taken = opened()
    add(taken, 0, 15)
    taken.acknowledge("copy", 3)
    taken.acknowledge("other", 1)
    group = taken.take()
    add(taken, 15, 1)
    taken.acknowledge("copy", 7)
    taken.put_back(group)
    assert taken.waiting == 16
    again = taken.take()
    assert times(again.entries) == [*range(10)]
    assert again.cursors == {"copy": 7, "other": 1}
    assert times(taken.take().entries) == [*range(10, 16)]


def test_a_write_is_carried_out_with_the_last_of_the_points_before_it() -> None:
    taken = opened()
    add(taken, 0, 15)
    waiting = threading.Thread(target=lambda: taken.perform(nothing, 10.0))
    waiting.start()
    taken.hurry.wait(10)
    add(taken, 15, 15)
    first = taken.take()
    assert first.operations == []
    taken.put_back(first)
    assert taken.take().operations == []
    second = taken.take()
    assert len(second.operations) == 1
    assert times(second.entries) == [*range(10, 20)]
    second.operations[0].done.set()
    waiting.join(10)
    assert not waiting.is_alive()


def test_a_flush_returns_when_all_points_before_it_are_stored(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=60.0)
    journal.open()
    with running(journal):
        for round_ in range(5):
            add(journal, round_ * 99, 99)
            journal.flush()
            assert len(seqs(journal.path)) == (round_ + 1) * 99
    journal.close()
    with JournalReader(journal.path) as reader:
        read = [point.time_us - START_US for _, point in reader.points_after(0, 999)]
    assert read == [*range(5 * 99)]


def test_what_waits_goes_on_at_once_group_by_group(tmp_path: Path, clock: FakeClock) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.1)
    journal.open()
    add(journal, 0, 30 * LIMIT)
    began = time.monotonic()
    with thread_of(journal):
        journal.flush()
        assert time.monotonic() - began < 2.5, "not one group for each interval"
    assert len(seqs(journal.path)) == 30 * LIMIT


def test_at_the_close_all_groups_are_stored(tmp_path: Path, clock: FakeClock) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    journal.open()
    add(journal, 0, 95)
    journal.close()
    assert len(seqs(journal.path)) == 95


def test_the_meter_state_that_is_stored_belongs_to_the_last_point_that_is(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    journal.open()
    add(journal, 0, 25)
    journal._commit_group(journal._opener.writer(), journal._intake.take(), None)
    with JournalReader(journal.path) as reader:
        assert reader.last_seq() == LIMIT
        assert reader.metered_until_us("Fridge") == START_US + LIMIT - 1
    assert journal.checkpoint("Fridge") == Checkpoint(START_US + 24)
    journal.close()


def test_a_queue_that_is_full_takes_points_again_when_some_are_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = opened()
    monkeypatch.setattr(intake, "WEIGHT_LIMIT", 12 * intake.weight_of((good_point(0), None)))
    add(taken, 0, 12)
    with pytest.raises(JournalError, match="12 points wait"):
        add(taken, 12, 1)
    group = taken.take()
    add(taken, 12, 1)
    taken.put_back(group)
    with pytest.raises(JournalError, match="13 points wait"):
        add(taken, 13, 1)


MEMORY = """
import sys, time
from source.errors import JournalError
from source.journal.intake import Group, Intake
from source.model import Checkpoint, Point

def memory_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

intake = Intake()
intake.open({})
before, count, more = memory_mb(), 0, int(sys.argv[1])
try:
    while True:
        count += 1.0
        fields = {"fetch_success": True, "is_valid": True, "power": count, "energy_wh": count / 3,
                  "counter_wh": count * 2, "device_temperature": count / 7}
        fields.update({f"x{n}": count + n for n in range(more)})
        intake.append(
            Point("Fridge", int(count), fields, int(count), int(count)),
            Checkpoint(int(count), count, count, None, count / 2, {}),
        )
except JournalError:
    print(memory_mb() - before, int(count))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
@pytest.mark.parametrize("further_fields", [0, 14])
def test_what_waits_in_memory_takes_no_more_than_70_mb(further_fields: int) -> None:
    ended = process(MEMORY, further_fields)
    assert ended.returncode == 0, ended.stderr
    megabytes, count = map(float, ended.stdout.split())
    assert megabytes < 70, f"{megabytes:.0f} MB"
    assert count > 20_000


def test_a_write_whose_caller_has_given_up_does_not_wait_on() -> None:
    taken = opened()
    for _ in range(3):
        with pytest.raises(JournalError, match="no commit within 0 s"):
            taken.perform(nothing, 0.0)
    assert taken.take().operations == []


def test_a_write_whose_caller_gave_up_while_it_was_tried_is_not_tried_again() -> None:
    taken = opened()
    waiting = threading.Thread(target=give_up, args=(taken,))
    waiting.start()
    assert taken.hurry.wait(5)
    group = taken.take()
    assert len(group.operations) == 1
    waiting.join()
    taken.put_back(group)
    assert taken.take() == Group()


def give_up(taken: Intake) -> None:
    with pytest.raises(JournalError, match="no commit"):
        taken.perform(nothing, 0.3)


def test_after_points_were_given_up_a_flush_of_the_next_life_returns(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.01)
    journal.open()
    with locked_by_another(journal.path):
        journal.append(good_point(START_US))
        with pytest.raises(JournalError):
            journal.close()
    journal.open()
    with thread_of(journal):
        journal.flush(2.0)
