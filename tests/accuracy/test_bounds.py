"""The energy keeps its bounds against the truth, over everything that goes wrong in a household.

A few loads of ``make accuracy``, which has the whole table.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import pytest

from bench.accuracy.cases import own_cases
from bench.accuracy.measure import NOMINAL, RETURNED, Error, Household, load_of
from bench.accuracy.methods import BALANCED, COUNTER, POWER, SEPARATE

CASES = {case.name: case for case in own_cases()}
Measured: TypeAlias = Callable[[str, float], list[Error]]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """The errors of a load at a poll interval; each is measured once."""

    @cache
    def errors(name: str, interval_s: float) -> list[Error]:
        folder = tmp_path_factory.mktemp("journal")
        return Household(load_of(CASES[name]), interval_s, 0, folder).errors()

    return errors


def one(found: list[Error], method: str, *, with_reboot: bool = False) -> Error:
    [error] = [e for e in found if e.method == method and e.with_reboot is with_reboot]
    return error


@pytest.mark.parametrize(
    ("name", "interval_s"), [("fridge", 10.0), ("washing machine", 60.0), ("induction hob", 60.0)]
)
def test_a_counter_is_true_over_lost_polls_outages_and_a_stopped_logger(
    measured: Measured, name: str, interval_s: float
) -> None:
    found = measured(name, interval_s)
    assert abs(one(found, COUNTER).overall) <= 0.02
    assert abs(one(found, COUNTER, with_reboot=True).overall) <= 0.2
    assert abs(one(found, NOMINAL).overall) > 10.0  # the trouble is there


@pytest.mark.parametrize("interval_s", [10.0, 60.0])
def test_power_alone_is_true_outside_the_outages(measured: Measured, interval_s: float) -> None:
    error = one(measured("fridge", interval_s), POWER)
    assert abs(error.judged) <= 1.5
    assert error.overall < -5.0  # in them nothing is invented


def test_power_alone_can_be_far_off_where_the_load_goes_in_step_with_the_polls(
    measured: Measured,
) -> None:
    found = measured("a load that switches in step with the polls", 60.0)
    assert abs(one(found, POWER).judged) > 50.0
    assert abs(one(found, COUNTER).overall) <= 0.02


def test_both_directions_of_three_phases_are_true_balanced_and_apart(measured: Measured) -> None:
    found = measured("heat pump with solar power", 60.0)
    counted = {
        (e.phases, e.direction): e for e in found if e.method == COUNTER and not e.with_reboot
    }
    assert len(counted) == 4
    for (phases, _), error in counted.items():
        assert abs(error.judged) <= 0.02
        assert abs(error.outside) <= 0.1  # beside a meter, which sees each instant
        assert phases != SEPARATE or abs(error.overall) <= 0.02
    # apart, the phases take and return more than together
    apart, together = counted[SEPARATE, RETURNED], counted[BALANCED, RETURNED]
    assert apart.true_wh > together.true_wh + 10.0
