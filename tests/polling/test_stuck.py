"""A handler that hangs is told once, and so is the end of it."""

from __future__ import annotations

import logging

import pytest

from source.journal.store import Journal
from source.model import Reading
from source.polling.stuck import StuckHandlers
from source.polling.worker import Worker
from tests.fakes import FakeClock
from tests.polling.test_worker import nothing, worker


def hanging(journal: Journal, clock: FakeClock, device: str = "Fridge") -> Worker:
    """A worker that is in the middle of a poll."""
    polling = worker(journal, clock, lambda: Reading(power_w=1.0), nothing, device)
    polling.busy_since = clock.monotonic()
    return polling


@pytest.fixture
def stuck() -> StuckHandlers:
    return StuckHandlers(lambda device: f"the handler of {device}")


def test_it_is_told_once_after_a_minute_and_that_it_came_back(
    journal: Journal, clock: FakeClock, stuck: StuckHandlers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    polling = hanging(journal, clock)
    clock.advance(60)
    stuck.look([polling], clock.monotonic())
    assert caplog.messages == []
    clock.advance(1)
    for _ in range(3):
        stuck.look([polling], clock.monotonic())
    (message,) = caplog.messages
    assert message.startswith("Fridge: the handler of its type (the handler of Fridge) has not")
    polling.busy_since = None
    for _ in range(3):
        stuck.look([polling], clock.monotonic())
    assert caplog.messages[1:] == ["Fridge: is polled again"]


def test_it_is_told_anew_where_the_socket_was_taken_out_meanwhile(
    journal: Journal, clock: FakeClock, stuck: StuckHandlers, caplog: pytest.LogCaptureFixture
) -> None:
    before = hanging(journal, clock)
    clock.advance(61)
    stuck.look([before], clock.monotonic())
    stuck.look([], clock.monotonic())
    stuck.look([hanging(journal, clock)], clock.monotonic())
    again = hanging(journal, clock)
    clock.advance(61)
    stuck.look([again], clock.monotonic())
    assert len([one for one in caplog.records if one.levelno == logging.ERROR]) == 2
