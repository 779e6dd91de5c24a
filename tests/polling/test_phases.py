"""Three phases: balanced as a German utility's meter does it, or each phase for itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source.model import Phase, Reading
from source.polling.metering import Metering
from source.polling.power import trapezoid
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


def test_a_phase_that_jumps_is_set_aside() -> None:
    metered = Metered(Metering(separates_phases=True, max_power_w=2500.0))
    metered.poll(house([0, 0, 0], [0, 0, 0], (360, 0, 0)))
    point = metered.poll(house([1, 5000, 0], [0, 0, 0], (360, 0, 0)))
    assert (wh(point), point.fields["energy_set_aside_wh"]) == (1.0, 5000.0)
    assert (point.fields["energy_wh_a"], "energy_wh_b" in point.fields) == (1.0, False)


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
