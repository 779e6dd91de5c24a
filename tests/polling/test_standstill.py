"""A counter that stands still while power flows: broken ones, and those that are only slow."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, Reading
from source.polling.energy import EnergyMeter
from source.polling.metering import Metering
from source.polling.standstill import stands
from tests.fakes import START_US, FakeClock
from tests.polling.metered import Metered, wh
from tests.polling.test_worker import nothing, worker

MINUTES = 200


def at(counter_wh: float, power_w: float = 360.0) -> Reading:
    """360 W are 1 Wh in ten seconds."""
    return Reading(power_w=power_w, counter_wh=counter_wh)


def standing(polls: int, power_w: float = 360.0, metering: Metering | None = None) -> Metered:
    """A counter that moved with the first reading and has stood since."""
    metered = Metered(metering)
    metered.poll(at(99.0, power_w))
    metered.poll(at(100.0, power_w))
    for _ in range(polls):
        metered.poll(at(100.0, power_w))
    return metered


def test_after_five_minutes_and_20_wh_the_power_counts_from_when_the_counter_stopped() -> None:
    metered = standing(32)
    assert [wh(point) for point in metered.points[-4:]] == [0.0, 30.0, 1.0, 1.0]
    assert [point.estimated for point in metered.points[-4:]] == [False, True, False, False]
    assert metered.energy_wh == pytest.approx(1.0 + 32.0)


def test_what_waited_is_spread_over_the_time_since_the_counter_stopped() -> None:
    """Else five minutes of energy would lie in one interval, on one side of a price change."""
    points = standing(31).points[-2:]
    assert [(wh(point), point.span_us // US_PER_S) for point in points] == [(30.0, 300), (1.0, 10)]


def test_little_power_is_waited_for_until_it_comes_to_20_wh() -> None:
    """36 W: 0.1 Wh a poll, so 200 polls."""
    metered = standing(201, 36.0)
    energies = [wh(point) for point in metered.points[2:]]
    assert energies[:198] == [0.0] * 198
    assert sum(energy or 0.0 for energy in energies) == pytest.approx(20.1)


def test_much_power_is_waited_for_until_five_minutes_are_over() -> None:
    metered = standing(29, 3600.0)
    assert {wh(point) for point in metered.points[2:]} == {0.0}
    assert wh(metered.poll(at(100.0, 3600.0))) == 300.0


def test_one_long_interval_with_power_at_its_begin_proves_nothing() -> None:
    """A kettle that was on at one poll, and off at the next one ten minutes later."""
    for interval_s, stood in ((10, True), (600, False)):
        assert stands(166.0, 600 * US_PER_S, interval_s * US_PER_S) is stood
    meter = EnergyMeter("Kettle", 600 * US_PER_S, Checkpoint(START_US, 2000.0, 100.0))
    point, _ = meter.measure(at(100.0, 0.0), START_US + 600 * US_PER_S, 600 * US_PER_S)
    assert wh(point) == 0.0


def test_a_counter_at_rest_without_power_is_none_that_stands_still() -> None:
    metered = standing(1000, 0.0)
    assert metered.state is not None
    assert (metered.state.still_wh, metered.state.still_us) == (0.0, 0)
    assert {wh(point) for point in metered.points[2:]} == {0.0}


def test_a_broken_counter_that_goes_on_where_it_stood_counts_anew() -> None:
    metered = standing(100)
    assert wh(metered.poll(at(101.0))) == 1.0
    assert metered.energy_wh == pytest.approx(1.0 + 100.0 + 1.0)


def test_a_counter_that_catches_up_counts_nothing_twice() -> None:
    metered = standing(100)
    assert wh(metered.poll(at(202.5))) == 2.5
    assert metered.energy_wh == pytest.approx(202.5 - 99.0)


def test_what_the_power_counted_too_much_is_made_up_for_by_the_next_step() -> None:
    metered = standing(100)
    assert wh(metered.poll(at(198.0))) == 0.0  # 98 where 100 were counted
    assert wh(metered.poll(at(201.0))) == 1.0
    assert metered.energy_wh == pytest.approx(201.0 - 99.0)


def test_a_gap_while_the_counter_stands_is_not_invented_and_not_believed() -> None:
    metered = standing(100)
    gap = metered.poll(at(100.0), 3600)
    assert (wh(gap), gap.span_us) == (None, 0)
    assert wh(metered.poll(at(100.0))) == 1.0


def test_a_gap_in_which_a_sound_counter_did_not_move_had_no_energy() -> None:
    metered = standing(1)
    assert wh(metered.poll(at(100.0), 3600)) == 0.0


def test_it_is_remembered_over_a_restart() -> None:
    metered = standing(20)
    metered.restart()
    for _ in range(12):
        metered.poll(at(100.0))
    assert metered.energy_wh == pytest.approx(1.0 + 32.0)
    metered.restart()
    metered.poll(at(140.0))
    assert metered.energy_wh == pytest.approx(140.0 - 99.0)


def test_the_counter_alone_counts_where_the_user_says_so() -> None:
    metered = standing(100, metering=Metering(energy_source="counter"))
    assert metered.energy_wh == 1.0
    metered.poll(at(200.0))
    assert metered.energy_wh == 101.0


def test_a_reboot_behind_a_counter_that_stood_brings_what_had_flowed_past_it() -> None:
    def ram(counter_wh: float, uptime_s: float) -> Reading:
        return Reading(power_w=360.0, counter_wh=counter_wh, uptime_s=uptime_s, counter_in_ram=True)

    metered = Metered()
    for n in range(6):
        metered.poll(ram(100.0, 1000.0 + 10 * n))
    assert wh(metered.poll(ram(0.5, 5.0))) == 5.0 + 0.5 + 0.5  # past it, to the boot, since


def test_what_is_fed_in_stands_still_too() -> None:
    metered = Metered()
    for _ in range(32):
        metered.poll(Reading(power_w=-360.0, counter_wh=5.0, counter_returned_wh=7.0))
    assert [wh(point) for point in metered.points[-2:]] == [-30.0, -1.0]


def test_a_counter_that_does_not_count_what_is_fed_in_is_not_broken() -> None:
    metered = Metered()
    for _ in range(100):
        metered.poll(at(5.0, -360.0))
    assert {wh(point) for point in metered.points[1:]} == {0.0}


@pytest.mark.parametrize("max_power_w", [3600.0, 100_000.0])
@given(
    seed=st.integers(0, 2**32),
    step_wh=st.sampled_from([0.1, 1.0, 10.0, 100.0]),
    every=st.sampled_from([1, 6, 60]),
    error=st.floats(0.97, 1.03),
    restarts=st.sets(st.integers(0, MINUTES - 1), max_size=4),
)
@settings(max_examples=40)
def test_a_counter_that_is_only_slow_or_coarse_ends_with_its_exact_way(
    max_power_w: float,
    seed: int,
    step_wh: float,
    every: int,
    error: float,
    restarts: set[int],
) -> None:
    """Each power holds for a minute. The counter is renewed every so many polls, in whole steps."""
    metering = Metering(max_power_w=max_power_w)
    metered, true_wh, shown_wh, n = Metered(metering), 0.0, 0.0, 0
    powers = random.Random(seed)
    for minute in range(MINUTES):
        power_w = powers.choice((0.0, powers.uniform(0.0, 100.0), powers.uniform(0.0, 3600.0)))
        if minute in restarts:
            metered.restart(metering)
        for _ in range(6):
            if n % every == 0:
                shown_wh = true_wh // step_wh * step_wh
            metered.poll(at(shown_wh, power_w * error))
            true_wh += power_w / 360
            n += 1
    # Until the next step the sum may be ahead of the counter by what the power brought, never back.
    ahead_wh = metered.energy_wh - shown_wh
    assert metered.state is not None
    assert ahead_wh == pytest.approx(metered.state.counted_wh, abs=1e-6)


def told(
    journal: Journal, clock: FakeClock, counter_wh: Callable[[int], float], polls: int
) -> None:
    numbers = iter(range(polls))
    polling = worker(journal, clock, lambda: at(counter_wh(next(numbers))), nothing)
    for _ in range(polls):
        polling.poll()
        clock.advance(10)


def test_a_broken_counter_is_told_once_and_that_it_moves_again(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    told(journal, clock, lambda n: 100.0 if n < 90 else 10.0 + n, 100)
    told(journal, clock, lambda n: 109.0, 60)
    journal.flush()
    levels = [(r.levelname, r.getMessage()) for r in caplog.records if "counter" in r.getMessage()]
    stands = "Fridge: its counter stands still while power flows; energy is computed from its power"
    assert levels == [
        ("WARNING", f"{stands} until it moves again"),
        ("INFO", "Fridge: its counter moves again"),
        ("WARNING", f"{stands} until it moves again"),
    ]


def test_a_fault_that_the_process_before_has_told_is_not_told_again(
    journal: Journal, reader: JournalReader, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    told(journal, clock, lambda n: 100.0, 60)
    journal.flush()
    told(journal, clock, lambda n: 100.0, 60)
    assert caplog.text.count("stands still") == 1


def test_a_slow_counter_is_not_told_with_each_of_its_steps(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    told(journal, clock, lambda n: n // 60 * 60.0, 400)
    assert caplog.text.count("stands still") == 1
