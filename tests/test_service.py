"""Start, crash, restart, change and stop of services are one mechanism."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from source.service import ABANDON_S, Runnable, Supervisor, Wanted
from tests.fakes import FakeClock


class Waiting:
    """Runs until it is stopped."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def run(self, stopping: threading.Event) -> None:
        self.begun.set()
        stopping.wait(10)


class Crashing:
    """Ends with an error at once."""

    def run(self, stopping: threading.Event) -> None:
        raise RuntimeError("a bug")


class Deaf:
    """Does not listen to the stop until it is released."""

    def __init__(self, release: threading.Event) -> None:
        self._release = release

    def run(self, stopping: threading.Event) -> None:
        self._release.wait(10)


def until_dead(supervisor: Supervisor, name: str) -> None:
    deadline = time.monotonic() + 5
    while name in supervisor.running() and time.monotonic() < deadline:
        time.sleep(0.001)
    assert name not in supervisor.running()


def until_running(supervisor: Supervisor, wanted: dict[str, Wanted]) -> dict[str, Runnable]:
    deadline = time.monotonic() + 5
    supervisor.reconcile(wanted)
    while set(supervisor.running()) != set(wanted) and time.monotonic() < deadline:
        time.sleep(0.001)
        supervisor.reconcile(wanted)
    return supervisor.running()


def test_missing_services_start_and_surplus_ones_stop() -> None:
    supervisor = Supervisor()
    supervisor.reconcile({"a": Wanted(Waiting), "b": Wanted(Waiting)})
    assert sorted(supervisor.running()) == ["a", "b"]
    supervisor.reconcile({"b": Wanted(Waiting)})
    assert sorted(supervisor.running()) == ["b"]
    assert supervisor.stop(5) == []


def test_what_did_not_change_is_not_touched_and_what_did_is_built_anew() -> None:
    supervisor = Supervisor()
    supervisor.reconcile({"a": Wanted(Waiting, 1), "b": Wanted(Waiting, 1)})
    before = supervisor.running()
    changed = {"a": Wanted(Waiting, 1), "b": Wanted(Waiting, 2)}
    after = until_running(supervisor, changed)
    assert after["a"] is before["a"]
    assert after["b"] is not before["b"]
    assert supervisor.stop(5) == []


def test_a_successor_waits_for_the_end_of_its_predecessor_and_a_stop_for_both() -> None:
    release = threading.Event()
    supervisor = Supervisor()
    supervisor.reconcile({"a": Wanted(lambda: Deaf(release), 1)})
    for _ in range(3):
        supervisor.reconcile({"a": Wanted(Waiting, 2)})
        assert supervisor.running() == {}
    assert supervisor.stop(0.01) == ["a"]
    release.set()
    after = until_running(supervisor, {"a": Wanted(Waiting, 2)})
    assert isinstance(after["a"], Waiting)
    assert supervisor.stop(5) == []


def test_a_thread_that_the_system_does_not_give_is_tried_again_and_harms_no_other(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = Supervisor(clock.monotonic)
    wanted = {"a": Wanted(Waiting), "b": Wanted(Waiting)}
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "a":
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        supervisor.reconcile(wanted)
        supervisor.reconcile(wanted)
    assert set(supervisor.running()) == {"b"}
    clock.advance(1.0)
    assert set(until_running(supervisor, wanted)) == {"a", "b"}
    assert supervisor.stop(5) == []


def test_a_crashed_service_starts_again_after_longer_and_longer_pauses(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    supervisor = Supervisor(clock.monotonic)
    built: list[Crashing] = []

    def build() -> Crashing:
        built.append(Crashing())
        return built[-1]

    wanted = {"bad": Wanted(build), "good": Wanted(Waiting)}
    supervisor.reconcile(wanted)
    good = supervisor.running()["good"]
    pauses = []
    for count in range(1, 4):
        until_dead(supervisor, "bad")
        assert len(built) == count
        supervisor.reconcile(wanted)
        pauses.append(caplog.records[-1].getMessage().split(" in ")[1])
        clock.advance(float(pauses[-1].split()[0]))
        supervisor.reconcile(wanted)
        assert len(built) == count + 1
    assert pauses == ["1 s", "2 s", "4 s"]
    assert supervisor.running()["good"] is good
    assert supervisor.stop(5) == []


def test_a_stop_before_the_threads_first_line_is_not_lost() -> None:
    supervisor = Supervisor()
    waiting = Waiting()
    supervisor.reconcile({"a": Wanted(lambda: waiting)})
    assert supervisor.stop(5) == []


def test_one_deadline_is_shared_by_all_that_do_not_stop() -> None:
    release = threading.Event()
    supervisor = Supervisor()
    supervisor.reconcile({name: Wanted(lambda: Deaf(release)) for name in "abc"})
    began = time.monotonic()
    assert supervisor.stop(0.1) == ["a", "b", "c"]
    assert time.monotonic() - began < 1.0
    release.set()


class Hanging(Deaf):
    """Like Deaf, but can be given up."""

    def __init__(self, release: threading.Event) -> None:
        super().__init__(release)
        self.is_abandoned = False

    def abandon(self) -> None:
        self.is_abandoned = True


def test_a_predecessor_that_hangs_for_long_is_given_up_where_it_can_be(clock: FakeClock) -> None:
    release = threading.Event()
    hanging = Hanging(release)
    supervisor = Supervisor(clock.monotonic)
    supervisor.reconcile({"a": Wanted(lambda: hanging, 1), "b": Wanted(lambda: Deaf(release), 1)})
    wanted = {"a": Wanted(Waiting, 2), "b": Wanted(Waiting, 2)}
    supervisor.reconcile(wanted)
    clock.advance(ABANDON_S - 1.0)
    supervisor.reconcile(wanted)
    assert supervisor.running() == {}
    assert not hanging.is_abandoned
    clock.advance(2.0)
    supervisor.reconcile(wanted)
    assert set(supervisor.running()) == {"a"}
    assert hanging.is_abandoned
    assert sorted(supervisor.stop(0.01)) == ["a", "b"]
    release.set()
