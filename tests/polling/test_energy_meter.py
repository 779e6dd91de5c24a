"""The energy meter: literal cases of counters, reboots, gaps and phases."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source.model import US_PER_S, Checkpoint, Phase, Point, Reading
from source.polling.energy import EnergyMeter
from tests.fakes import START_US, TEN_S

ROLL_OVER_WH = 2**32 / 60


def meter(last: Checkpoint | None = None) -> EnergyMeter:
    return EnergyMeter("Fridge", TEN_S, last)


def plug(counter_wh: float | None, uptime_s: float, power_w: float = 60.0) -> Reading:
    return Reading(
        power_w=power_w,
        counter_wh=counter_wh,
        uptime_s=uptime_s,
        counter_in_ram=True,
        counter_modulus_wh=ROLL_OVER_WH,
    )


def after(last: Checkpoint | None, reading: Reading, elapsed_s: float) -> Point:
    start_us = START_US if last is None else last.time_us
    elapsed_us = round(elapsed_s * US_PER_S)
    return meter(last).measure(reading, start_us + elapsed_us, elapsed_us)[0]


def test_the_first_point_has_no_energy_because_nothing_is_known_before_it() -> None:
    point, checkpoint = meter().measure(plug(335.5, 100.0), START_US)
    assert "energy_wh" not in point.fields
    assert point.span_us == 0
    assert point.fields["counter_wh"] == 335.5
    assert checkpoint == Checkpoint(START_US, 60.0, 335.5, None, 100.0, {})


@pytest.mark.parametrize(
    ("last", "reading", "elapsed_s", "energy_wh", "span_s"),
    [
        pytest.param((100.0, 1000.0), plug(100.5, 1010.0), 10, 0.5, 10, id="counter goes on"),
        pytest.param((100.0, 1000.0), plug(100.0, 1010.0), 10, 0.0, 10, id="counter stands"),
        pytest.param((1.0, 20.0), plug(1.5, 15.0), 60, 1.5, 15, id="reboot, counter larger"),
        pytest.param((1.0, 20.0), plug(900.0, 8e4), 90_000, 900.0, 80_000, id="reboot in a gap"),
        pytest.param((100.0, 1000.0), plug(700.0, 4600.0), 3600, 600.0, 3600, id="gap, no reboot"),
        pytest.param(
            (ROLL_OVER_WH - 1.0, 1e6), plug(0.5, 1e6 + 10), 10, 1.5, 10, id="32-bit roll-over"
        ),
    ],
)
def test_energy_is_the_way_of_the_counter(
    last: tuple[float, float], reading: Reading, elapsed_s: float, energy_wh: float, span_s: float
) -> None:
    checkpoint = Checkpoint(START_US, 60.0, last[0], None, last[1])
    point = after(checkpoint, reading, elapsed_s)
    assert point.fields["energy_wh"] == pytest.approx(energy_wh, abs=1e-6)
    assert point.span_us == round(span_s * US_PER_S)
    assert point.estimated is (span_s > 35)


@pytest.mark.parametrize(
    ("last", "reading", "elapsed_s"),
    [
        pytest.param((100.0, 3e5), plug(2843.0, 2e5), 10, id="10 s later"),
        pytest.param((8e4, 9e5), plug(3e3, 5e5), 120, id="two minutes later"),
    ],
)
def test_of_another_plug_in_its_place_nothing_is_known(
    last: tuple[float, float], reading: Reading, elapsed_s: float
) -> None:
    point = after(Checkpoint(START_US, 60.0, last[0], None, last[1]), reading, elapsed_s)
    assert "energy_wh" not in point.fields
    assert point.span_us == 0


def test_without_a_counter_it_is_the_trapezoid_over_real_time_not_the_nominal_interval() -> None:
    last = Checkpoint(START_US, 100.0)
    point = after(last, Reading(power_w=200.0), 12.0)
    assert point.fields["energy_wh"] == pytest.approx(150.0 * 12 / 3600)


def test_without_a_counter_nothing_is_invented_across_a_gap() -> None:
    last = Checkpoint(START_US, 100.0)
    point = after(last, Reading(power_w=200.0), 36.0)
    assert "energy_wh" not in point.fields
    assert point.span_us == 0


@pytest.mark.parametrize("elapsed_s", [29.9998, 30.0002, 30.5])
def test_after_two_failed_polls_the_energy_is_known_whatever_the_milliseconds(
    elapsed_s: float,
) -> None:
    last = Checkpoint(START_US, 100.0)
    point = after(last, Reading(power_w=100.0), elapsed_s)
    assert point.fields["energy_wh"] == pytest.approx(100.0 * elapsed_s / 3600)
    assert point.estimated is False


def test_a_failed_poll_has_no_numbers() -> None:
    point = meter().failure(START_US)
    assert dict(point.fields) == {"fetch_success": False}


def test_an_invalid_reading_keeps_its_values_and_its_energy_waits_for_the_next_valid_one() -> None:
    last = Checkpoint(START_US, 60.0, 100.0, None, 1000.0)
    reading = Reading(power_w=9999.0, counter_wh=7.0, is_valid=False)
    fridge = meter(last)
    point, checkpoint = fridge.measure(reading, START_US + TEN_S, TEN_S)
    assert point.fields["is_valid"] is False
    assert point.fields["power"] == 9999.0
    assert "energy_wh" not in point.fields
    fridge.accept(checkpoint)
    following, _ = fridge.measure(plug(100.4, 1020.0), START_US + 2 * TEN_S, 2 * TEN_S)
    assert following.fields["energy_wh"] == pytest.approx(0.4)


def test_a_point_that_is_not_accepted_is_covered_by_the_next() -> None:
    fridge = meter(Checkpoint(START_US, 60.0, 100.0, None, 1000.0))
    fridge.measure(plug(100.2, 1010.0), START_US + TEN_S, TEN_S)
    point, _ = fridge.measure(plug(100.5, 1020.0), START_US + 2 * TEN_S, 2 * TEN_S)
    assert point.fields["energy_wh"] == pytest.approx(0.5)


def test_the_energy_of_an_older_handler_is_counted_as_it_is() -> None:
    reading = Reading(power_w=5.0, energy_wh=0.123)
    assert after(None, reading, 0.0).fields["energy_wh"] == 0.123
    point = after(Checkpoint(START_US, 5.0), reading, 600.0)
    assert point.fields["energy_wh"] == 0.123


def test_after_a_gap_an_older_handlers_energy_lies_in_its_last_interval() -> None:
    point = after(Checkpoint(START_US, 5.0), Reading(power_w=5.0, energy_wh=0.123), 600.0)
    assert point.span_us == TEN_S
    assert point.estimated is False


def test_a_clock_set_back_between_two_processes_does_not_hide_energy() -> None:
    last = Checkpoint(START_US, 60.0, 100.0, None, 1e6)
    point, _ = meter(last).measure(plug(700.0, 1e6 + 3600), START_US - 5 * US_PER_S, None)
    assert point.fields["energy_wh"] == pytest.approx(600.0)
    assert point.span_us == 3600 * US_PER_S
    assert point.estimated is True


@pytest.mark.parametrize(
    ("uptime_s", "counter_wh", "energy_wh"),
    [
        pytest.param(180.0, 1.5, 1.5, id="the power cut ended three minutes ago"),
        pytest.param(9e5, 5e4, None, id="another plug, put there while the logger was off"),
    ],
)
def test_after_a_power_cut_a_machine_without_a_clock_still_knows_a_reboot(
    uptime_s: float, counter_wh: float, energy_wh: float | None
) -> None:
    """A Raspberry Pi goes on with the time at which it was cut off, until it has asked a server."""
    last = Checkpoint(START_US, 60.0, 8e4, None, 1e6)
    point, _ = meter(last).measure(plug(counter_wh, uptime_s), START_US + US_PER_S, None)
    assert point.fields.get("energy_wh") == energy_wh


def test_a_checkpoint_from_1970_does_not_spread_energy_over_half_a_century() -> None:
    last = Checkpoint(60 * US_PER_S, 60.0, 100.0, None, 1000.0)
    point, _ = meter(last).measure(plug(100.5, 1600.0), START_US, None)
    assert point.fields["energy_wh"] == pytest.approx(0.5)
    assert point.span_us == 600 * US_PER_S


def test_another_3em_in_its_place_brings_none_of_its_counters() -> None:
    phases = {name: Phase(counter_wh=1.6e6, counter_returned_wh=0.0) for name in "abc"}
    last = Checkpoint(START_US, 5.0, 3e5, 0.0, 1e6, dict.fromkeys("abc", (100000.0, 0.0)))
    reading = Reading(
        power_w=5.0, counter_wh=4.8e6, counter_returned_wh=0.0, phases=phases, uptime_s=9e6
    )
    point, checkpoint = meter(last).measure(reading, START_US + TEN_S, TEN_S)
    assert point.fields["energy_wh"] == pytest.approx(5.0 * 10 / 3600)  # what the power says
    assert point.fields["energy_set_aside_wh"] == 4.5e6
    assert not [name for name in point.fields if name.startswith("energy_wh_")]
    assert checkpoint is not None
    assert checkpoint.counter_wh == 4.8e6


def test_a_wall_clock_that_jumps_changes_neither_energy_nor_span() -> None:
    last = Checkpoint(START_US, 100.0, 50.0, None, 500.0)
    jumped = START_US + 3600 * US_PER_S
    point, _ = meter(last).measure(plug(50.3, 510.0), jumped, TEN_S)
    assert point.fields["energy_wh"] == pytest.approx(0.3)
    assert point.span_us == TEN_S


def test_a_clock_set_back_while_the_logger_was_off_gives_no_negative_span() -> None:
    last = Checkpoint(START_US, 100.0, 50.0, None, 500.0)
    point, _ = meter(last).measure(plug(50.3, 510.0), START_US - TEN_S)
    assert point.span_us == TEN_S  # by the socket's own uptime
    unknown = Reading(power_w=60.0, counter_wh=50.3)
    assert meter(last).measure(unknown, START_US - TEN_S)[0].span_us == 0
    assert point.fields["energy_wh"] == pytest.approx(0.3)


def three_phases(totals: list[float], returned: list[float]) -> Reading:
    names = "abc"
    return Reading(
        power_w=-5.0,
        counter_wh=sum(totals),
        counter_returned_wh=sum(returned),
        phases={
            name: Phase(power_w=1.0, is_valid=True, counter_wh=t, counter_returned_wh=r)
            for name, t, r in zip(names, totals, returned, strict=True)
        },
    )


def test_three_phases_are_balanced_import_minus_return() -> None:
    heat_pump = meter()
    _, checkpoint = heat_pump.measure(three_phases([10, 20, 30], [1, 2, 3]), START_US)
    heat_pump.accept(checkpoint)
    point, _ = heat_pump.measure(three_phases([10, 21, 30.5], [5, 2, 3]), START_US + TEN_S, TEN_S)
    assert point.fields["energy_wh"] == pytest.approx(-2.5)
    assert point.fields["energy_wh_a"] == pytest.approx(-4.0)
    assert point.fields["energy_wh_b"] == pytest.approx(1.0)
    assert point.fields["energy_wh_c"] == pytest.approx(0.5)
    assert point.fields["counter_wh"] == pytest.approx(61.5)
    assert point.fields["counter_returned_wh"] == pytest.approx(10.0)
    assert point.fields["is_valid_a"] is True


def test_one_invalid_phase_makes_the_energy_wait() -> None:
    last = Checkpoint(START_US, 1.0, 60.0, 6.0)
    reading = three_phases([10, 20, 31], [1, 2, 3])
    broken = Reading(
        power_w=1.0,
        counter_wh=61.0,
        counter_returned_wh=6.0,
        phases={**reading.phases, "b": Phase(is_valid=False)},
    )
    point, checkpoint = meter(last).measure(broken, START_US + TEN_S, TEN_S)
    assert "energy_wh" not in point.fields
    assert checkpoint is None


def accepted(one: EnergyMeter, reading: Reading, at_s: float, elapsed_s: float) -> object:
    """The energy of the point, which is stored."""
    point, state = one.measure(reading, START_US + round(at_s * US_PER_S), round(elapsed_s * 1e6))
    one.accept(state)
    return point.fields.get("energy_wh")


def test_an_answer_without_the_counter_before_a_gap_loses_none_of_the_gaps_energy() -> None:
    fridge = meter(Checkpoint(START_US, 60.0, 100.0, None, 1000.0))
    assert accepted(fridge, plug(None, 1010.0), 10, 10) is None
    assert accepted(fridge, plug(150.0, 4600.0), 3600, 3600) == 50.0
    assert accepted(fridge, plug(150.5, 4610.0), 3610, 10) == 0.5


def test_an_answer_without_the_counter_is_counted_once() -> None:
    fridge = meter(Checkpoint(START_US, 60.0, 100.0, None, 1000.0))
    energies = [accepted(fridge, plug(None, 1000.0 + s), s, s) for s in (10, 20)]
    assert energies == [None, None]
    assert accepted(fridge, plug(100.5, 1030.0), 30, 30) == 0.5


def test_a_reboot_behind_an_answer_without_the_counter_is_known() -> None:
    fridge = meter(Checkpoint(START_US, 60.0, 1.0, None, 1000.0))
    accepted(fridge, plug(None, 5.0), 60, 60)
    assert accepted(fridge, plug(1.5, 65.0), 120, 120) == 1.5


def test_a_phase_that_lacks_its_counter_loses_and_doubles_nothing() -> None:
    house = meter()
    accepted(house, three_phases([10, 20, 30], [1, 2, 3]), 0, 0)
    whole = three_phases([11, 21, 31], [1, 2, 4])
    lacking = Reading(
        power_w=1.0,
        counter_returned_wh=7.0,
        phases={**whole.phases, "b": Phase(power_w=1.0, counter_returned_wh=2.0)},
    )
    point, state = house.measure(lacking, START_US + TEN_S, TEN_S)
    house.accept(state)
    assert not [name for name in point.fields if name.startswith("energy_wh")]
    after, _ = house.measure(three_phases([12, 22, 32], [1, 2, 5]), START_US + 2 * TEN_S, 2 * TEN_S)
    names = ("energy_wh", "energy_wh_a", "energy_wh_b", "energy_wh_c")
    assert [after.fields[name] for name in names] == pytest.approx([4.0, 2.0, 2.0, 0.0])


def test_what_was_fed_in_is_not_lost_where_one_answer_does_not_tell_it() -> None:
    house = meter()
    accepted(house, three_phases([10, 20, 30], [1, 2, 3]), 0, 0)
    whole = three_phases([11, 20, 30], [1, 2, 3])
    silent = {
        name: Phase(counter_wh=phase.counter_wh, power_w=1.0)
        for name, phase in whole.phases.items()
    }
    assert accepted(house, Reading(power_w=1.0, counter_wh=61.0, phases=silent), 10, 10) is None
    assert accepted(house, three_phases([11, 20, 30], [1, 2, 9]), 20, 20) == pytest.approx(-5.0)


def test_a_counter_that_is_sent_no_more_is_waited_for_an_hour_then_the_power_counts() -> None:
    fridge = meter(Checkpoint(START_US, 360.0, 100.0, None, 1000.0))
    without = [accepted(fridge, Reading(power_w=360.0), n * 10, n * 10) for n in range(1, 361)]
    assert set(without) == {None}
    assert accepted(fridge, Reading(power_w=360.0), 3610, 3610) is None
    assert accepted(fridge, Reading(power_w=360.0), 3620, 10) == 1.0


@given(
    steps=st.lists(
        st.tuples(
            st.floats(0, 50), st.floats(1, 5000), st.sampled_from(["good", "fails", "no counter"])
        ),
        min_size=1,
        max_size=50,
    )
)
def test_whatever_polls_fail_the_sum_over_the_points_is_the_way_of_the_counter(
    steps: list[tuple[float, float, str]],
) -> None:
    fridge = meter()
    counter, uptime, time_us = 500.0, 1000.0, START_US
    _, checkpoint = fridge.measure(plug(counter, uptime), time_us)
    fridge.accept(checkpoint)
    accepted_us, total, covered = time_us, 0.0, counter
    for energy, elapsed_s, kind in steps:
        counter += energy
        uptime += elapsed_s
        time_us += round(elapsed_s * US_PER_S)
        if kind == "fails":
            continue
        read = plug(None if kind == "no counter" else counter, uptime)
        point, checkpoint = fridge.measure(read, time_us, time_us - accepted_us)
        fridge.accept(checkpoint)
        if kind == "no counter":
            continue
        accepted_us = time_us
        total += float(point.fields["energy_wh"])
        covered = counter
    assert math.isclose(total, covered - 500.0, abs_tol=1e-6)
