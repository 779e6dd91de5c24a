"""How often a password may be tried."""

from __future__ import annotations

import pytest

from source.web.security.throttle import (
    BURST,
    FORGET_S,
    LONGEST_S,
    MOST_ADDRESSES,
    Throttle,
    group,
)
from tests.fakes import FakeClock

HOME = "192.168.178.20"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def throttle(clock: FakeClock) -> Throttle:
    return Throttle(clock.monotonic)


def fail(throttle: Throttle, clock: FakeClock, address: str, times: int) -> list[int]:
    """The waits that stood before each failure."""
    waits = []
    for _ in range(times):
        wait_s = throttle.attempt(address)
        waits.append(wait_s)
        if wait_s:
            clock.advance(wait_s)
            assert throttle.attempt(address) == 0
    return waits


def test_the_wait_doubles_up_to_five_minutes(throttle: Throttle, clock: FakeClock) -> None:
    waits = fail(throttle, clock, HOME, 16)
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, LONGEST_S, LONGEST_S]


def test_a_success_begins_anew(throttle: Throttle, clock: FakeClock) -> None:
    fail(throttle, clock, HOME, 8)
    clock.advance(8)
    assert throttle.attempt(HOME) == 0
    throttle.succeeded(HOME)
    assert fail(throttle, clock, HOME, 5) == [0] * 5


def test_a_try_that_has_to_wait_makes_the_wait_no_longer(
    throttle: Throttle, clock: FakeClock
) -> None:
    fail(throttle, clock, HOME, 5)
    assert [throttle.attempt(HOME) for _ in range(50)] == [1] * 50


def test_an_address_is_forgotten_after_an_hour(throttle: Throttle, clock: FakeClock) -> None:
    fail(throttle, clock, HOME, 10)
    clock.advance(FORGET_S)
    assert fail(throttle, clock, HOME, 5) == [0] * 5


def test_many_addresses_together_have_to_wait(throttle: Throttle, clock: FakeClock) -> None:
    waits = [throttle.attempt(f"10.0.{n // 250}.{n % 250}") for n in range(200)]
    assert waits.count(0) == BURST
    assert set(waits[int(BURST) :]) == {10}
    clock.advance(10)
    assert throttle.attempt("10.9.9.9") == 0
    assert throttle.attempt("10.9.9.10") == 10


def test_who_has_logged_in_before_is_not_held_up_by_others(throttle: Throttle) -> None:
    assert throttle.attempt(HOME) == 0
    throttle.succeeded(HOME)
    for n in range(200):
        throttle.attempt(f"10.0.0.{n}")
    assert throttle.attempt("10.9.9.9") > 0
    assert throttle.attempt(HOME) == 0


def test_its_memory_has_an_end(throttle: Throttle, clock: FakeClock) -> None:
    for n in range(MOST_ADDRESSES + 500):
        throttle.attempt(f"10.{n // 65536}.{n // 256 % 256}.{n % 256}")
        throttle.succeeded(f"11.{n // 65536}.{n // 256 % 256}.{n % 256}")
        clock.advance(10)
    assert len(throttle._tries) <= MOST_ADDRESSES
    assert len(throttle._known) <= 100


def test_one_network_of_ipv6_is_one_address() -> None:
    assert group("2001:db8::1") == group("2001:db8::ffff:1") != group("2001:db8:0:1::1")
    assert group("::ffff:10.0.0.1") == group("10.0.0.1")
    assert group("fe80::1%eth0") == group("fe80::2%eth1")
    assert len(group("x" * 1000)) == 100
