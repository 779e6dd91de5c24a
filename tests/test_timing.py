"""The grid of polls and the back-off."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from source.timing import SOON_S, Ticker, backoff_s, stagger_s
from tests.fakes import FakeClock


def test_ticks_lie_on_a_grid_however_long_each_poll_takes(clock: FakeClock) -> None:
    ticker = Ticker(10.0, 0.0, clock.monotonic)
    starts = []
    for poll_s in (0.1, 3.0, 9.9, 0.2):
        clock.advance(ticker.delay())
        starts.append(clock.monotonic() - 1000.0)
        clock.advance(poll_s)
        ticker.advance()
    assert starts == pytest.approx([0.0, 10.0, 20.0, 30.0])


def test_a_poll_that_outlives_its_interval_skips_ticks_and_does_not_make_them_up(
    clock: FakeClock,
) -> None:
    ticker = Ticker(10.0, 0.0, clock.monotonic)
    clock.advance(25.0)
    ticker.advance()
    assert ticker.delay() == pytest.approx(5.0)


def test_a_wait_that_ends_a_little_early_does_not_repeat_the_tick(clock: FakeClock) -> None:
    ticker = Ticker(10.0, 5.0, clock.monotonic)
    clock.advance(4.9999)
    ticker.advance()
    assert ticker.delay() == pytest.approx(10.0001)


def test_first_polls_spread_evenly_and_come_within_ten_seconds() -> None:
    offsets = sorted(stagger_s(index, 3600.0, 1000.0) for index in range(50))
    assert offsets[0] >= 0.0
    assert offsets[-1] < 10.0
    widest = max(b - a for a, b in pairwise(offsets))
    assert widest < 0.5
    assert stagger_s(0, 1.0, 1000.0) == 0.0


def test_polls_of_many_devices_share_the_same_few_moments() -> None:
    # Each worker is built a little later than the one before.
    moments = Counter(
        round((now := 1000.03 + index / 5000) + stagger_s(index, 1.0, now), 6) % 1
        for index in range(200)
    )
    assert len(moments) == 10
    assert max(moments.values()) <= 22
    assert all(abs(moment * 10 - round(moment * 10)) < 1e-6 for moment in moments)


def test_back_off_doubles_to_its_limit_and_jitter_takes_at_most_half() -> None:
    assert [backoff_s(n, 1.0, 60.0, lambda: 1.0) for n in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff_s(3, 1.0, 60.0, lambda: 0.0) == 4.0
    assert backoff_s(10_000, 1.0, 60.0, lambda: 1.0) == 60.0


def test_first_polls_come_sooner_where_somebody_waits_for_them() -> None:
    offsets = sorted(stagger_s(index, 10.0, 1000.0, SOON_S) for index in range(50))
    assert offsets[-1] < SOON_S
    assert len(set(offsets)) > 15
