"""The switch-on counter, and the time without a good reading: what a point tells beside energy."""

from __future__ import annotations

import pytest

from source.config.models import PowerOn
from source.model import US_PER_S, Reading
from source.polling.metering import Metering
from source.polling.switching import switched
from tests.polling.metered import Metered

RULE = PowerOn(on_threshold_w=100.0, off_threshold_w=10.0)
COUNTING = Metering(power_on=RULE)


@pytest.mark.parametrize(
    ("powers_w", "ons"),
    [
        pytest.param([5, 200, 200, 5, 150, 3], [1, 4], id="on, off, on"),
        pytest.param([200, 200, 5, 200], [3], id="running when first seen"),
        pytest.param([5, 50, 99.9, 50, 100], [4], id="reached when equal"),
        pytest.param([5, 200, 50, 200, 10, 200, 9.9, 200], [1, 7], id="sways between the two"),
        pytest.param([-300, 200], [1], id="fed in before"),
        pytest.param([5, 50, 5, 50], [], id="never on"),
    ],
)
def test_an_on_counts_when_the_power_was_below_the_off_threshold(
    powers_w: list[float], ons: list[int]
) -> None:
    is_armed, found = False, []
    for number, power_w in enumerate(powers_w):
        is_armed, is_on = switched(RULE, power_w, is_armed=is_armed)
        found += [number] if is_on else []
    assert found == ons


def on(metered: Metered, power_w: float | None, *, stored: bool = True, **more: object) -> bool:
    reading = Reading(power_w=power_w, extra={"temperature": 20.0}, **more)  # type: ignore[arg-type]
    return metered.poll(reading, stored=stored).switched_on


def test_readings_that_are_invalid_or_without_power_change_nothing() -> None:
    metered = Metered(COUNTING)
    on(metered, 5.0)
    assert not on(metered, 200.0, is_valid=False)
    assert not on(metered, None)
    assert on(metered, 200.0)
    assert not on(metered, 5.0, is_valid=False)
    assert not on(metered, 200.0)


def test_a_power_that_can_not_be_real_switches_nothing_on() -> None:
    metered = Metered(Metering(power_on=RULE, max_power_w=2500.0))
    on(metered, 5.0)
    assert not on(metered, 9e6)
    assert on(metered, 2000.0)


def test_a_restart_counts_no_on_twice_and_loses_none() -> None:
    metered = Metered(COUNTING)
    seen = []
    for power_w in (5.0, 200.0, 200.0, 5.0, 200.0):
        metered.restart(COUNTING)
        seen.append(on(metered, power_w))
    assert seen == [False, True, False, False, True]


def test_while_the_energy_waits_for_a_counter_a_restart_counts_no_on_twice_and_loses_none() -> None:
    metered = Metered(COUNTING)
    metered.poll(Reading(power_w=5.0, counter_wh=100.0))
    seen = []
    for power_w in (200.0, 200.0, 5.0, 200.0):
        seen.append(on(metered, power_w))
        metered.restart(COUNTING)
    assert seen == [True, False, False, True]
    metered.poll(Reading(power_w=200.0, counter_wh=100.5))
    assert (metered.energy_wh, metered.points[-1].span_us) == (0.5, 50 * US_PER_S)


def test_a_point_that_is_not_stored_loses_no_on() -> None:
    metered = Metered(COUNTING)
    on(metered, 5.0)
    on(metered, 200.0, stored=False)
    on(metered, 5.0, stored=False)
    assert on(metered, 5.0)
    assert not on(metered, 5.0)
    on(metered, 200.0, stored=False)
    assert on(metered, 200.0)
    assert not on(metered, 200.0)


def test_a_rule_that_is_taken_away_and_given_again_counts_nothing_of_the_time_between() -> None:
    metered = Metered(COUNTING)
    on(metered, 5.0)
    metered.restart(Metering())
    assert not on(metered, 200.0)
    metered.restart(COUNTING)
    assert not on(metered, 200.0)
    on(metered, 5.0)
    assert on(metered, 200.0)


def test_the_gap_is_the_time_since_the_last_good_reading() -> None:
    """Good: 0, 10, then invalid ones, then again from 60 s on."""
    metered = Metered()
    good = Reading(power_w=5.0, counter_wh=100.0)
    metered.poll(good)
    metered.poll(good)
    metered.poll(Reading(power_w=5.0, counter_wh=100.0, is_valid=False), 30)
    metered.poll(good, 20)
    assert [point.gap_us // US_PER_S for point in metered.points] == [0, 10, 0, 50]


def test_a_reading_whose_energy_waits_ends_a_gap() -> None:
    metered = Metered()
    for counter_wh in (100.0, None, None, 101.0):
        metered.poll(Reading(power_w=5.0, counter_wh=counter_wh), 20)
    assert [point.gap_us // US_PER_S for point in metered.points] == [0, 20, 20, 20]
    assert metered.points[-1].span_us == 60 * US_PER_S


def test_over_a_restart_the_gap_goes_by_the_stamps() -> None:
    metered = Metered()
    metered.poll(Reading(power_w=5.0, counter_wh=100.0))
    metered.restart()
    assert metered.poll(Reading(power_w=5.0, counter_wh=101.0), 3600).gap_us == 3600 * US_PER_S


def test_another_socket_in_its_place_ends_the_gap_of_the_device() -> None:
    metered = Metered()
    metered.poll(Reading(power_w=5.0, mac="E868E7F3A021"))
    metered.poll(Reading(power_w=5.0, mac="E868E7F3A022"), 600)
    assert metered.points[-1].gap_us == 600 * US_PER_S
