"""Three phases: balanced as a German utility's meter does it, or each phase for itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source.model import Checkpoint, Phase, Reading
from source.polling.between import Between
from source.polling.metering import Metering
from source.polling.power import ByPower, trapezoid
from tests.fakes import START_US, TEN_S
from tests.polling.metered import Metered, returned_wh, wh

SEPARATE = Metering(separates_phases=True)
POWER = Metering(energy_source="power")
SEPARATE_POWER = Metering(energy_source="power", separates_phases=True)


def house(
    totals: list[float], returned: list[float], powers: tuple[float, float, float] = (1, 1, 1)
) -> Reading:
    return Reading(
        power_w=sum(powers),
        counter_wh=sum(totals),
        counter_returned_wh=sum(returned),
        phases={
            name: Phase(power_w=p, counter_wh=t, counter_returned_wh=r)
            for name, t, r, p in zip("abc", totals, returned, powers, strict=True)
        },
    )


def powers(a_w: float, b_w: float, c_w: float) -> Reading:
    phases = {name: Phase(power_w=w) for name, w in zip("abc", (a_w, b_w, c_w), strict=True)}
    return Reading(power_w=a_w + b_w + c_w, phases=phases)


@pytest.mark.parametrize(
    ("metering", "energy_wh", "apart_wh"),
    [pytest.param(None, -2.5, None, id="balanced"), pytest.param(SEPARATE, -2.5, 4.0, id="apart")],
)
def test_the_counters_of_the_phases_are_balanced_or_kept_apart(
    metering: Metering | None, energy_wh: float, apart_wh: float | None
) -> None:
    """4 Wh were fed in by phase a, 1.5 Wh taken by the others."""
    metered = Metered(metering)
    metered.poll(house([10, 20, 30], [1, 2, 3]))
    point = metered.poll(house([10, 21, 30.5], [5, 2, 3]))
    assert (wh(point), returned_wh(point)) == (energy_wh, apart_wh)
    assert [point.fields[f"energy_wh_{name}"] for name in "abc"] == [-4.0, 1.0, 0.5]


@pytest.mark.parametrize(
    ("metering", "energy_wh", "apart_wh"),
    [
        pytest.param(POWER, 1.0, None, id="balanced"),
        pytest.param(SEPARATE_POWER, 1.0, 1.0, id="apart"),
    ],
)
def test_the_powers_of_the_phases_are_balanced_or_kept_apart(
    metering: Metering, energy_wh: float, apart_wh: float | None
) -> None:
    metered = Metered(metering)
    for _ in range(2):
        metered.poll(powers(360.0, -360.0, 360.0))
    point = metered.points[-1]
    assert (wh(point), returned_wh(point)) == (energy_wh, apart_wh)


def test_after_a_restart_the_phases_are_known_from_the_second_answer_on() -> None:
    metered = Metered(SEPARATE_POWER)
    metered.poll(powers(360.0, -360.0, 360.0))
    metered.restart(SEPARATE_POWER)
    for _ in range(2):
        metered.poll(powers(360.0, -360.0, 360.0))
    assert [returned_wh(point) for point in metered.points] == [None, None, 1.0]
    assert metered.energy_wh == pytest.approx(2.0)


def test_in_a_gap_the_counters_of_the_phases_still_tell_both_directions() -> None:
    metered = Metered(SEPARATE)
    metered.poll(house([0, 0, 0], [0, 0, 0]))
    point = metered.poll(house([500, 0, 0], [0, 300, 0]), 3600)
    assert (wh(point), returned_wh(point), point.estimated) == (200.0, 300.0, True)


# --- balanced, and the sum of the powers changes its direction between two readings ---


def switched(
    before_w: float, until_s: float, now_w: float, after_s: float = 10.0
) -> tuple[Reading, Reading]:
    """Phase a feeds in 1000 W; b takes so much that the sum is the one power, then the other."""
    taken_wh = ((1000 + before_w) * until_s + (1000 + now_w) * (after_s - until_s)) / 3600
    returned_wh = 1000 * after_s / 3600
    return (
        house([0, 0, 0], [0, 0, 0], (-1000, 1000 + before_w, 0)),
        house([0, taken_wh, 0], [returned_wh, 0, 0], (-1000, 1000 + now_w, 0)),
    )


@pytest.mark.parametrize(
    ("before_w", "until_s", "now_w", "energy_wh", "apart_wh"),
    [
        pytest.param(-360, 6, 720, 0.2, 0.6, id="fed in, then taken"),
        pytest.param(720, 6, -360, 0.8, 0.4, id="taken, then fed in"),
        pytest.param(-360, 10, 720, -1.0, None, id="switched at the very end"),
        pytest.param(-360, 0, 720, 2.0, None, id="switched at the very begin"),
        pytest.param(-360, 5, -720, -1.5, None, id="fed in all the time"),
        pytest.param(0, 5, -720, -1.0, None, id="nothing before"),
    ],
)
def test_balanced_phases_count_both_directions_where_their_sum_changes_its_own(
    before_w: float, until_s: float, now_w: float, energy_wh: float, apart_wh: float | None
) -> None:
    metered = Metered()
    for reading in switched(before_w, until_s, now_w):
        metered.poll(reading)
    point = metered.points[-1]
    assert (wh(point), returned_wh(point)) == (energy_wh, apart_wh)


def test_over_a_restart_the_sum_is_known_to_have_changed_its_direction() -> None:
    metered = Metered()
    first, second = switched(-360, 6, 720)
    metered.poll(first)
    metered.restart()
    assert returned_wh(metered.poll(second)) == 0.6


def test_in_a_gap_balanced_phases_count_the_direction_that_prevails() -> None:
    """The sum may have changed its direction any number of times."""
    metered = Metered()
    first, second = switched(-360, 20, 720, 36)
    metered.poll(first)
    point = metered.poll(second, 36)
    assert (wh(point), returned_wh(point)) == (1.2, None)


def balanced(
    ways: tuple[float, float], before_w: float, now_w: float, span_us: int
) -> tuple[float, float]:
    last = Checkpoint(START_US, before_w)
    between = Between(last, Reading(power_w=now_w), now_w, {}, span_us, 0.0, 0)
    return ByPower(separates_phases=False, gap_us=10**12).balanced(between, ways)


@pytest.mark.parametrize(
    ("ways", "both"),
    [
        pytest.param((0.5, 0.1), (0.5, 0.1), id="no more than the phases themselves fed in"),
        pytest.param((3.1, 0.1), (3.0, 0.0), id="more was taken than the power tells"),
        pytest.param((0.1, 2.6), (0.0, 2.5), id="more was fed in than the power tells"),
    ],
)
def test_counters_in_coarse_steps_keep_the_balance_within_what_can_be(
    ways: tuple[float, float], both: tuple[float, float]
) -> None:
    assert balanced(ways, -360.0, 720.0, TEN_S) == pytest.approx(both)


some_w = st.floats(-1e5, 1e5)
some_wh = st.floats(0.0, 1e5)


@given(some_w, some_w, st.floats(0.0, 1.0), st.integers(1, 10**9))
def test_the_balance_finds_when_the_power_was_switched(
    before_w: float, now_w: float, share: float, span_us: int
) -> None:
    parts = (before_w * share * span_us / 3.6e9, now_w * (1.0 - share) * span_us / 3.6e9)
    taken_wh, returned_wh = (sum(max(0.0, sign * part) for part in parts) for sign in (1, -1))
    both = balanced((taken_wh + 7.0, returned_wh + 7.0), before_w, now_w, span_us)
    assert both == pytest.approx((taken_wh, returned_wh), abs=1e-6)


@given(some_wh, some_wh, some_w, some_w, st.integers(0, 10**9))
def test_the_balance_keeps_the_net_energy_and_never_exceeds_the_phases(
    taken_wh: float, returned_wh: float, before_w: float, now_w: float, span_us: int
) -> None:
    both = balanced((taken_wh, returned_wh), before_w, now_w, span_us)
    assert both[0] - both[1] == pytest.approx(taken_wh - returned_wh, abs=1e-6)
    assert 0.0 <= both[0] <= taken_wh + 1e-9
    assert 0.0 <= both[1] <= returned_wh + 1e-9


def test_a_phase_that_jumps_is_set_aside() -> None:
    metered = Metered(Metering(separates_phases=True, max_power_w=2500.0))
    metered.poll(house([0, 0, 0], [0, 0, 0], (360, 0, 0)))
    point = metered.poll(house([1, 5000, 0], [0, 0, 0], (360, 0, 0)))
    assert (wh(point), point.fields["energy_set_aside_wh"]) == (1.0, 5000.0)
    assert (point.fields["energy_wh_a"], "energy_wh_b" in point.fields) == (1.0, False)


def test_phases_that_jump_further_than_all_of_them_together_can_are_set_aside() -> None:
    """3 kW for ten seconds and ten of slack: 16.7 Wh at most."""
    metered = Metered(Metering(separates_phases=True, max_power_w=2500.0))
    metered.poll(house([0, 0, 0], [0, 0, 0], (360, 0, 0)))
    point = metered.poll(house([8, 8, 8], [0, 0, 0], (360, 0, 0)))
    assert (wh(point), point.fields["energy_set_aside_wh"]) == (1.0, 24.0)


def test_a_factory_reset_of_all_phases_that_are_billed_apart() -> None:
    metered = Metered(SEPARATE)
    metered.poll(house([5000, 5000, 5000], [5000, 5000, 5000]))
    point = metered.poll(house([1, 0, 0], [0, 2, 0]), 3600)
    assert (wh(point), returned_wh(point)) == (-1.0, 2.0)


def test_power_only_tells_nothing_of_the_phases_counters() -> None:
    metered = Metered(POWER)
    for n in (0, 1):
        metered.poll(house([n, n, n], [0, 0, 0]))
    assert not [name for name in metered.points[-1].fields if name.startswith("energy_wh_")]


@given(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5), st.integers(0, 10**9))
def test_both_parts_of_a_trapezoid_make_up_the_whole(
    before_w: float, now_w: float, span_us: int
) -> None:
    taken, returned = trapezoid(before_w, now_w, span_us)
    assert taken >= 0.0
    assert returned >= 0.0
    assert taken - returned == pytest.approx((before_w + now_w) / 2 * span_us / 3.6e9, abs=1e-6)


steps = st.lists(st.tuples(*[st.floats(0, 20)] * 6), min_size=1, max_size=20)


@given(steps, st.booleans())
def test_whatever_the_phases_do_the_sums_are_those_of_their_counters(
    ways: list[tuple[float, ...]], separate: bool
) -> None:
    totals, returned = [5.0, 6.0, 7.0], [1.0, 2.0, 3.0]
    metered = Metered(SEPARATE if separate else None)
    metered.poll(house(totals, returned))
    for way in ways:
        totals = [t + w for t, w in zip(totals, way[:3], strict=True)]
        returned = [r + w for r, w in zip(returned, way[3:], strict=True)]
        metered.poll(house(totals, returned))
    assert metered.energy_wh == pytest.approx(sum(totals) - sum(returned) - 12.0, abs=1e-6)
    fed_in = sum(
        float(p.fields.get("energy_returned_wh", max(0.0, -float(p.fields.get("energy_wh", 0.0)))))
        for p in metered.points
    )
    if separate:
        assert fed_in == pytest.approx(sum(returned) - 6.0, abs=1e-6)
    for name, t, r, first in zip("abc", totals, returned, (4.0, 4.0, 4.0), strict=True):
        way_wh = sum(float(p.fields.get(f"energy_wh_{name}", 0.0)) for p in metered.points)
        assert way_wh == pytest.approx(t - r - first, abs=1e-6)
