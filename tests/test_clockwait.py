"""The start waits for a clock that can be right, and not for ever."""

from __future__ import annotations

import logging

import pytest

from source.clockwait import ClockWait
from source.model import US_PER_S
from tests.fakes import START_US, FakeClock

DAY_S = 86_400.0


@pytest.fixture
def in_1970() -> FakeClock:
    return FakeClock(12 * US_PER_S)


def test_a_clock_that_can_be_right_is_not_waited_for(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert ClockWait(clock, 300.0, START_US).is_over()
    assert caplog.messages == []


def test_in_1970_the_right_time_is_waited_for_and_both_are_said_once(
    in_1970: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    wait = ClockWait(in_1970, 300.0, 0)
    for _ in range(10):
        assert not wait.is_over()
        in_1970.advance(1.0)
    in_1970.step_wall(START_US / US_PER_S)
    assert wait.is_over()
    first, last = caplog.messages
    assert first.startswith("the clock says 1970-01-01 00:00:12 UTC, which can't be right")
    assert last == "the clock is right now: 2026-01-01 00:00:22 UTC, after 10 s"


def test_the_wait_has_an_end_and_is_not_begun_again(
    in_1970: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    wait = ClockWait(in_1970, 300.0, 0)
    assert not wait.is_over()
    in_1970.advance(299.0)
    assert not wait.is_over()
    in_1970.advance(1.0)
    assert wait.is_over()
    assert wait.is_over()
    assert "polling begins all the same" in caplog.messages[-1]
    assert len(caplog.messages) == 2


@pytest.mark.parametrize(("behind_s", "over"), [(3600.0, True), (2 * DAY_S, False)])
def test_a_clock_long_before_a_stored_point_is_wrong_and_one_set_back_an_hour_may_be_right(
    clock: FakeClock, behind_s: float, over: bool
) -> None:
    newest_us = START_US + round(behind_s * US_PER_S)
    assert ClockWait(clock, 300.0, newest_us).is_over() is over


def test_no_wait_where_it_is_switched_off(in_1970: FakeClock) -> None:
    assert ClockWait(in_1970, 0.0, 0).is_over()
