"""A worker over a real journal, with a scripted socket."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from source.errors import DeviceUnreachable, JournalError
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, Point, Reading
from source.polling.worker import Worker
from tests.fakes import START_US, FakeClock


def worker(
    journal: Journal,
    clock: FakeClock,
    read: Callable[[], Reading],
    close: Callable[[], None],
    device: str = "Fridge",
) -> Worker:
    return Worker(
        device=device,
        interval_s=10.0,
        offset_s=0.0,
        read=read,
        timeout_s=5.0,
        close=close,
        journal=journal,
        health=Health(clock.monotonic),
        queue_health=Health(clock.monotonic),
        clock=clock,
    )


def nothing() -> None:
    """There is nothing to close."""


class Script:
    """A socket whose counter runs at 360 W; the given polls fail."""

    def __init__(self, clock: FakeClock, failing: set[int]) -> None:
        self._clock, self._failing, self.polls = clock, failing, 0

    def __call__(self) -> Reading:
        self.polls += 1
        if self.polls in self._failing:
            raise DeviceUnreachable("no answer within 5 s")
        return Reading(power_w=360.0, counter_wh=(self._clock.monotonic() - 1000.0) * 0.1)


def test_failed_polls_are_points_and_lose_no_energy(
    journal: Journal, reader: JournalReader, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    polling = worker(journal, clock, Script(clock, {3, 4, 5, 6}), nothing)
    for _ in range(8):
        polling.poll()
        clock.advance(10)
    journal.flush()
    points = [point for _, point in reader.points_after(0, 99)]
    assert [p.success for p in points] == [True, True, False, False, False, False, True, True]
    assert [p.fields.get("energy_wh") for p in points if p.success] == [
        None,
        pytest.approx(1.0),
        pytest.approx(5.0),
        pytest.approx(1.0),
    ]
    assert points[6].estimated
    assert points[6].span_us == 50 * US_PER_S
    assert "Fridge: back on-line after 40 s, 4 polls failed" in caplog.text


def test_a_new_process_goes_on_from_the_checkpoint(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    read = Script(clock, set())
    worker(journal, clock, read, nothing).poll()
    clock.advance(3600)
    worker(journal, clock, read, nothing).poll()
    journal.flush()
    newest = reader.latest("Fridge")[0]
    assert newest.fields["energy_wh"] == pytest.approx(360.0)
    assert newest.span_us == 3600 * US_PER_S


def test_a_clock_stepped_by_an_hour_changes_no_energy(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    polling = worker(journal, clock, lambda: Reading(power_w=360.0), nothing)
    polling.poll()
    clock.advance(10)
    clock.step_wall(3600)
    polling.poll()
    clock.advance(10)
    clock.step_wall(-7200)
    polling.poll()
    journal.flush()
    energies = [p.fields.get("energy_wh") for _, p in reader.points_after(0, 9)]
    assert energies == [None, pytest.approx(1.0), pytest.approx(1.0)]


def test_two_polls_within_one_microsecond_have_different_stamps(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    polling = worker(journal, clock, Script(clock, set()), nothing)
    polling.poll()
    polling.poll()
    journal.flush()
    assert [p.time_us for _, p in reader.points_after(0, 9)] == [START_US, START_US + 1]


class RefusingOnce(Journal):
    """A journal that takes no point while it is told not to."""

    refusing = False

    def append(self, point: Point, checkpoint: Checkpoint | None = None) -> None:
        if self.refusing:
            raise JournalError("200000 points wait for the disk already")
        super().append(point, checkpoint)


def test_a_point_that_the_journal_refuses_is_covered_by_the_next_ones_energy(
    journal: Journal, clock: FakeClock
) -> None:
    refusing = RefusingOnce(journal.path.with_name("other.db"), clock=clock)
    refusing.open()
    polling = worker(refusing, clock, Script(clock, set()), nothing)
    for refuse in (False, True, True, False):
        refusing.refusing = refuse
        polling.poll()
        clock.advance(10)
    refusing.close()
    with JournalReader(refusing.path) as reader:
        energies = [p.fields.get("energy_wh") for _, p in reader.points_after(0, 9)]
    assert energies == [None, pytest.approx(3.0)]


def test_the_socket_is_closed_when_the_worker_stops(journal: Journal, clock: FakeClock) -> None:
    closed = threading.Event()
    stopping = threading.Event()
    stopping.set()
    worker(journal, clock, Script(clock, set()), closed.set).run(stopping)
    assert closed.is_set()


def test_a_socket_that_calls_its_values_invalid_is_told_once(
    journal: Journal, reader: JournalReader, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    flags = iter([True, False, False, True, True])

    def read() -> Reading:
        return Reading(power_w=5.0, counter_wh=clock.monotonic(), is_valid=next(flags))

    polling = worker(journal, clock, read, nothing)
    for _ in range(5):
        polling.poll()
        clock.advance(10)
    journal.flush()
    assert caplog.text.count("says that its values are not valid") == 1
    assert caplog.text.count("its values are valid again") == 1
    energies = [point.fields.get("energy_wh") for point in reversed(reader.latest("Fridge", 5))]
    assert energies == [None, None, None, 30.0, 10.0]


def test_a_socket_may_be_called_like_a_part_of_the_program(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    script = Script(clock, set(range(1, 10)))
    polling = worker(journal, clock, script, nothing, "journal queue")
    for _ in range(10):
        polling.poll()
        clock.advance(10)
    assert caplog.text.count("journal queue: failed") == 1
    assert caplog.text.count("journal queue: off-line") == 1
    assert caplog.text.count("journal queue: back on-line") == 1


@pytest.mark.parametrize("place", ["accept", "measure"])
def test_a_worker_that_dies_anywhere_in_a_poll_doubles_and_loses_no_energy(
    journal: Journal,
    reader: JournalReader,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    read = Script(clock, set())
    for dies in (False, True, False, True, False):
        polling = worker(journal, clock, read, nothing)
        polling.poll()
        clock.advance(10)
        if dies:

            def broken(*_: object) -> None:
                raise RuntimeError("a bug")

            monkeypatch.setattr(polling._meter, place, broken)
            with pytest.raises(RuntimeError):
                polling.poll()
            clock.advance(10)
    journal.flush()
    points = [point for _, point in reader.points_after(0, 99)]
    way_wh = float(points[-1].fields["counter_wh"]) - float(points[0].fields["counter_wh"])
    assert sum(float(p.fields.get("energy_wh", 0.0)) for p in points) == pytest.approx(way_wh)


def test_a_counter_that_is_sent_no_more_is_told_once(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([Reading(power_w=5.0, counter_wh=1.0), *[Reading(power_w=5.0)] * 400])
    polling = worker(journal, clock, lambda: next(answers), nothing)
    for _ in range(401):
        polling.poll()
        clock.advance(10)
    assert [record.getMessage() for record in caplog.records] == [
        "Fridge: sends its counter no more; energy is computed from its power until it does"
    ]
