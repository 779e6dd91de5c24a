"""What is logged of a subject: changes of its state, nothing else."""

from __future__ import annotations

import logging

import pytest

from source.health import Health
from tests.fakes import FakeClock


def test_first_failure_offline_and_back_are_said_once_each(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    health = Health(clock.monotonic)
    health.well("Fridge")
    for _ in range(431):
        health.failed("Fridge", "no answer")
        clock.advance(10)
    health.well("Fridge", "polls")
    health.well("Fridge", "polls")
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("WARNING", "Fridge: failed: no answer"),
        ("ERROR", "Fridge: off-line, 3 tries failed: no answer"),
        ("INFO", "Fridge: back on-line after 1 h 11 min, 431 polls failed"),
    ]


def test_a_state_is_kept_until_the_subject_is_well(clock: FakeClock) -> None:
    health = Health(clock.monotonic)
    health.failed("Fridge", "a")
    clock.advance(5)
    health.failed("Fridge", "b")
    state = health.state("Fridge")
    assert (state.failures, state.since, state.reason) == (2, 1000.0, "b")
    health.well("Fridge")
    assert health.state("Fridge").failures == 0
