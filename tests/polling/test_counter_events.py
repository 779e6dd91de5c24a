"""What happens to counters: reboots, resets, roll-overs, jumps; each with its literal energy."""

from __future__ import annotations

import pytest

from source.model import US_PER_S, Checkpoint, Phase, Reading
from source.polling.metering import Metering
from tests.fakes import START_US, TEN_S
from tests.polling.metered import Metered, wh

MODULUS_WH = 2**32 / 60
STEP_WH = 1 / 60
PLUG_S = Metering(max_power_w=2500.0)


def plug(
    counter_wh: float | None, uptime_s: float | None, power_w: float | None = 360.0
) -> Reading:
    return Reading(
        power_w=power_w,
        counter_wh=counter_wh,
        uptime_s=uptime_s,
        counter_in_ram=True,
        counter_modulus_wh=MODULUS_WH,
    )


def flash(
    counter_wh: float, uptime_s: float | None = None, power_w: float | None = 360.0
) -> Reading:
    return Reading(power_w=power_w, counter_wh=counter_wh, uptime_s=uptime_s)


def after(counter_wh: float, uptime_s: float | None = None, power_w: float = 360.0) -> Metered:
    """A logger that runs, and has read this."""
    metered = Metered(PLUG_S)
    metered.poll(plug(counter_wh, uptime_s, power_w))
    return metered


# --- reboots ---


def test_a_reboot_between_two_polls_brings_the_new_count_and_the_part_before_it() -> None:
    """720 W until the boot 6 s after the last reading, as far as the two readings tell."""
    point = after(1000.0, 5000.0, 720.0).poll(plug(0.4, 4.0, 720.0))
    assert wh(point) == round(0.4 + 720 * 6 / 3600, 9)
    assert (point.span_us, point.estimated) == (TEN_S, True)


def test_the_power_at_the_boot_lies_between_that_of_the_two_readings() -> None:
    """From 600 W to 200 W: 360 W at the boot, 6 s after the first, so 480 W on the average."""
    point = after(1000.0, 5000.0, 600.0).poll(plug(0.25, 4.0, 200.0))
    assert wh(point) == round(0.25 + 480 * 6 / 3600, 9)


def test_a_reboot_is_known_where_the_counter_has_passed_the_old_one_already() -> None:
    point = after(0.1, 5.0).poll(plug(0.6, 4.0))
    assert wh(point) == 1.2
    assert point.estimated is True


def test_a_reboot_is_known_by_the_counter_alone() -> None:
    """Without an uptime no one knows when: at least what the counter shows, or the power says."""
    assert wh(after(1000.0).poll(plug(0.4, None))) == 1.0
    more = after(1000.0).poll(plug(1.7, None))
    assert (wh(more), more.estimated) == (1.7, True)


def test_what_flowed_before_a_reboot_in_a_gap_is_not_invented() -> None:
    """Three hours off-line, the boot 36 s after the last reading: longer than 3.5 intervals."""
    point = after(1000.0, 5000.0).poll(plug(900.0, 10_764.0), 10_800)
    assert wh(point) == 900.0
    assert (point.span_us, point.estimated) == (10_764 * US_PER_S, True)


def test_what_flowed_before_a_reboot_is_known_if_the_gap_comes_after_it() -> None:
    """The boot 35 s after the last reading, then the WLAN was away."""
    point = after(1000.0, 5000.0).poll(plug(900.0, 10_765.0), 10_800)
    assert wh(point) == 903.5
    assert (point.span_us, point.estimated) == (10_800 * US_PER_S, True)


def test_after_a_power_cut_only_the_time_since_the_boot_is_known() -> None:
    point = after(1000.0, 5000.0).poll(plug(0.5, 5.0), 10_800)
    assert wh(point) == 0.5
    assert (point.span_us, point.estimated) == (5 * US_PER_S, False)


def test_a_reboot_while_the_logger_was_off_is_known() -> None:
    metered = after(1000.0, 5000.0)
    metered.restart(PLUG_S)
    assert wh(metered.poll(plug(1.5, 20.0), 3600)) == 1.5


def test_a_socket_that_does_not_tell_its_power_brings_the_new_count_alone() -> None:
    metered = Metered(PLUG_S)
    metered.poll(plug(1000.0, 5000.0, None))
    point = metered.poll(plug(0.4, 4.0, None))
    assert (wh(point), point.span_us) == (0.4, 4 * US_PER_S)


def test_only_the_counter_counts_where_the_user_says_so() -> None:
    metered = Metered(Metering(energy_source="counter"))
    metered.poll(plug(1000.0, 5000.0))
    point = metered.poll(plug(0.4, 4.0))
    assert (wh(point), point.span_us) == (0.4, 4 * US_PER_S)


def test_a_reboot_leaves_a_counter_in_flash_as_it_is() -> None:
    metered = Metered(PLUG_S)
    metered.poll(flash(1000.0, 5000.0))
    point = metered.poll(flash(1001.0, 4.0))
    assert (wh(point), point.estimated) == (1.0, False)


def test_a_counter_that_is_in_flash_although_its_handler_says_ram_is_not_counted_from_zero() -> (
    None
):
    assert wh(after(80_000.0, 5000.0).poll(plug(80_001.0, 4.0))) == 1.0


# --- resets ---


@pytest.mark.parametrize(
    ("reading", "energy_wh"),
    [
        pytest.param(flash(0.4, 4.0), 1.0, id="with the uptime: 0.4 Wh since, 0.6 Wh before it"),
        pytest.param(flash(0.4, 5010.0), 1.0, id="the socket ran on: what the power says"),
        pytest.param(flash(1.7, 5010.0), 1.7, id="the socket ran on: more than the power says"),
        pytest.param(flash(0.0), 1.0, id="without an uptime"),
    ],
)
def test_a_factory_reset_begins_a_counter_in_flash_anew(reading: Reading, energy_wh: float) -> None:
    metered = Metered(PLUG_S)
    metered.poll(flash(5000.0, 5000.0))
    point = metered.poll(reading)
    assert (wh(point), point.estimated) == (energy_wh, True)
    assert "energy_set_aside_wh" not in point.fields


def test_a_factory_reset_in_a_gap_brings_what_was_counted_since() -> None:
    metered = Metered(PLUG_S)
    metered.poll(flash(5000.0))
    point = metered.poll(flash(300.0), 3600)
    assert (wh(point), point.span_us) == (300.0, 3600 * US_PER_S)


@pytest.mark.parametrize(
    ("before_wh", "now_wh"), [(90_000.0, 89_000.0), (10.0, 9.0)], ids=["much", "little"]
)
def test_a_counter_set_back_to_what_it_had_saved_counts_nothing_twice(
    before_wh: float, now_wh: float
) -> None:
    metered = Metered(PLUG_S)
    metered.poll(flash(before_wh, 5000.0))
    assert wh(metered.poll(flash(now_wh, 4.0))) == 1.0  # by the power
    assert wh(metered.poll(flash(now_wh + 0.5, 14.0))) == 0.5


def test_a_counter_set_back_in_a_gap_tells_nothing_of_the_gap() -> None:
    metered = Metered(PLUG_S)
    metered.poll(flash(90_000.0, 5000.0))
    point = metered.poll(flash(89_000.0, 4.0), 3600)
    assert (wh(point), point.span_us) == (None, 0)


def test_a_reset_of_one_counter_leaves_what_the_other_one_counted_in_the_whole_gap() -> None:
    """The socket booted 9 s ago; the 795 Wh were fed in over the hour, not in these 9 s."""

    def both(counter_wh: float, returned_wh: float, uptime_s: float) -> Reading:
        return Reading(
            counter_wh=counter_wh,
            counter_returned_wh=returned_wh,
            uptime_s=uptime_s,
            power_w=-800.0,
        )

    metered = Metered(PLUG_S)
    metered.poll(both(5000.0, 95.0, 5000.0))
    point = metered.poll(both(1.0, 890.0, 9.0), 3600)
    assert (wh(point), point.span_us) == (-794.0, 3600 * US_PER_S)


def test_a_counter_with_more_than_can_have_flowed_since_the_boot_did_not_begin_with_it() -> None:
    point = after(80_000.0, 5000.0).poll(plug(900.0, 60.0), 3600)
    assert (wh(point), point.span_us) == (900.0, 3600 * US_PER_S)


# --- roll-over ---


@pytest.mark.parametrize(
    ("before_wh", "now_wh", "after_s", "energy_wh"),
    [
        pytest.param(MODULUS_WH - STEP_WH, 0.0, 10, STEP_WH, id="one step"),
        pytest.param(MODULUS_WH - 1.0, 0.5, 10, 1.5, id="in the middle of a span"),
        pytest.param(MODULUS_WH - STEP_WH, STEP_WH, 10, 2 * STEP_WH, id="a step on each side"),
        pytest.param(MODULUS_WH - 300.0, 300.0, 3600, 600.0, id="in a gap"),
        pytest.param(MODULUS_WH * 0.95, 2.0, 10, 2.0, id="too far from the end: a reset"),
        pytest.param(MODULUS_WH * 0.5, 0.0, 10, 1.0, id="a reset far from the end"),
    ],
)
def test_a_32_bit_counter_rolls_over(
    before_wh: float, now_wh: float, after_s: float, energy_wh: float
) -> None:
    up_s = 4e7
    point = after(before_wh, up_s).poll(plug(now_wh, up_s + after_s), after_s)
    assert point.fields["energy_wh"] == pytest.approx(energy_wh, abs=1e-7)


def test_a_reboot_near_the_end_of_the_counter_is_no_roll_over() -> None:
    point = after(MODULUS_WH - 1.0, 4e7).poll(plug(0.4, 4.0))
    assert wh(point) == 1.0


def test_a_reset_near_the_end_without_an_uptime_is_taken_for_a_roll_over() -> None:
    """No one can tell them apart; the roll-over is what was to be expected."""
    assert after(MODULUS_WH - 1.0).poll(plug(0.5, None)).fields["energy_wh"] == pytest.approx(1.5)


def test_the_sum_of_three_phases_rolls_over_with_one_of_them() -> None:
    def house(a_wh: float) -> Reading:
        phases = {n: Phase(counter_wh=w) for n, w in (("a", a_wh), ("b", 10.0), ("c", 20.0))}
        return Reading(counter_wh=a_wh + 30.0, phases=phases, counter_modulus_wh=100_000.0)

    metered = Metered()
    metered.poll(house(99_999.0))
    point = metered.poll(house(0.5))
    assert (wh(point), point.fields["energy_wh_a"]) == (1.5, 1.5)


def test_a_counter_beyond_its_modulus_never_goes_back_by_a_roll_over() -> None:
    """Its handler is wrong about where it rolls over: that is no energy fed in."""
    point = after(MODULUS_WH + 20_000.0, 5000.0).poll(plug(10.0, 8600.0), 3600)
    assert wh(point) == 10.0


# --- jumps ---


def test_a_jump_further_than_the_socket_can_carry_is_set_aside() -> None:
    metered = after(1000.0, 5000.0)
    point = metered.poll(plug(4000.0, 5010.0))
    assert point.fields["energy_set_aside_wh"] == 3000.0
    assert wh(point) == 1.0  # what the power says
    assert wh(metered.poll(plug(4000.5, 5020.0))) == 0.5


def test_a_jump_in_a_gap_leaves_the_gap_unknown() -> None:
    """3 kW for an hour and ten seconds of slack: 3008.3 Wh at most."""
    point = after(1000.0, 5000.0).poll(plug(4010.0, 8600.0), 3600)
    assert point.fields["energy_set_aside_wh"] == 3010.0
    assert (wh(point), point.span_us) == (None, 0)
    most = after(1000.0, 5000.0).poll(plug(4008.0, 8600.0), 3600)
    assert wh(most) == 3008.0
    assert "energy_set_aside_wh" not in most.fields


def test_over_a_restart_ten_minutes_more_are_allowed() -> None:
    for energy_wh, expected in ((508.0, 508.0), (509.0, None)):
        metered = after(1000.0)
        metered.restart(PLUG_S)
        metered.poll(plug(1000.0 + energy_wh, None, None))
        assert wh(metered.points[-1]) == expected


def test_the_counter_alone_leaves_the_time_of_a_jump_unknown() -> None:
    metered = Metered(Metering(energy_source="counter", max_power_w=2500.0))
    metered.poll(plug(1000.0, 5000.0))
    point = metered.poll(plug(4000.0, 5010.0))
    assert (wh(point), point.fields["energy_set_aside_wh"]) == (None, 3000.0)


def test_a_jump_of_what_was_fed_in_is_set_aside_too() -> None:
    metered = Metered(PLUG_S)
    metered.poll(Reading(power_w=-360.0, counter_wh=5.0, counter_returned_wh=10.0))
    point = metered.poll(Reading(power_w=-360.0, counter_wh=5.0, counter_returned_wh=5010.0))
    assert (wh(point), point.fields["energy_set_aside_wh"]) == (-1.0, 5000.0)


def test_a_counter_that_shows_nonsense_once_adds_nothing() -> None:
    metered = after(1000.0, 5000.0)
    for n, counter_wh in enumerate((5e6, 1002.0, 1003.0), 1):
        metered.poll(plug(counter_wh, 5000.0 + 10 * n))
    assert [wh(point) for point in metered.points] == [None, 1.0, 1.0, 1.0]


def test_energy_of_the_time_in_which_the_machine_slept_is_no_jump() -> None:
    """The clock that never jumps stands still while a laptop sleeps; the socket runs on."""
    metered = after(1000.0, 5000.0)
    before = metered.state
    assert before is not None
    slept_us = before.time_us + 3600 * US_PER_S
    point, _ = metered._meter.measure(plug(1360.0, 8600.0), slept_us, TEN_S)
    assert (wh(point), point.span_us) == (360.0, 3600 * US_PER_S)
    unknown, _ = metered._meter.measure(plug(1360.0, None), slept_us, TEN_S)
    assert (wh(unknown), unknown.span_us) == (360.0, 3600 * US_PER_S)


def test_a_wall_clock_set_forward_does_not_stretch_the_span() -> None:
    metered = after(1000.0, 5000.0)
    jumped_us = START_US + 7200 * US_PER_S
    point, _ = metered._meter.measure(plug(1001.0, 5010.0), jumped_us, TEN_S)
    assert (wh(point), point.span_us) == (1.0, TEN_S)


# --- another socket ---


def test_another_socket_under_the_same_name_begins_anew() -> None:
    def socket(mac: str, counter_wh: float) -> Reading:
        return Reading(power_w=360.0, counter_wh=counter_wh, uptime_s=1e6, mac=mac)

    first = Checkpoint(START_US, 360.0, 1000.0, uptime_s=1e6, mac="E868E7F3A021", still_wh=5.0)
    metered = Metered(PLUG_S, first)
    new = metered.poll(socket("E868E7F3A022", 1002.0))
    assert (wh(new), new.span_us) == (None, 0)
    assert "energy_set_aside_wh" not in new.fields
    assert wh(metered.poll(socket("E868E7F3A022", 1003.0))) == 1.0


def test_values_that_a_socket_calls_invalid_are_stored_and_their_energy_waits() -> None:
    metered = after(1000.0, 5000.0)
    wrong = Reading(power_w=9e9, counter_wh=7.0, is_valid=False, uptime_s=5010.0)
    point = metered.poll(wrong)
    assert (wh(point), point.span_us, point.fields["power"]) == (None, 0, 9e9)
    assert wh(metered.poll(plug(1002.0, 5020.0))) == 2.0


def test_an_hour_of_invalid_values_does_not_wear_out_the_patience_for_a_counter() -> None:
    metered = after(1000.0, 5000.0)
    for _ in range(400):
        metered.poll(Reading(power_w=360.0, counter_wh=7.0, is_valid=False))
    assert wh(metered.poll(plug(None, None))) is None
    assert wh(metered.poll(plug(1402.0, None))) == 402.0
