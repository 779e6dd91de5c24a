"""What the log says of a socket's counter and power, through a worker and a real journal."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pytest

from source.config.models import PowerOn
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Period, Reading
from source.polling.metering import Metering
from source.polling.worker import Worker
from tests.fakes import FakeClock
from tests.polling.test_worker import nothing


@pytest.fixture(autouse=True)
def _all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def poll(
    journal: Journal,
    clock: FakeClock,
    readings: Iterable[Reading],
    metering: Metering | None = None,
) -> None:
    answers = list(readings)
    feed = iter(answers)
    polling = Worker(
        device="Fridge",
        interval_s=10.0,
        offset_s=0.0,
        read=lambda: next(feed),
        timeout_s=5.0,
        close=nothing,
        journal=journal,
        health=Health(clock.monotonic),
        queue_health=Health(clock.monotonic),
        clock=clock,
        metering=metering,
    )
    for _ in answers:
        polling.poll()
        clock.advance(10)
    journal.flush()


def test_each_jump_is_told_with_both_numbers_and_what_to_do(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    counters = (1000.0, 4000.0, 4001.0, 5001.0)
    plug_s = Metering(max_power_w=2500.0)
    poll(journal, clock, [Reading(power_w=360.0, counter_wh=wh) for wh in counters], plug_s)
    assert caplog.messages == [
        "Fridge: first reading, 360 W",
        "Fridge: its counter jumped by 3000 Wh within 10 s, but more than 2500 W does not flow"
        " through it: not counted; if more can, set max_power_w in its entry",
        "Fridge: its counter jumped by 1000 Wh within 10 s, but more than 2500 W does not flow"
        " through it: not counted; if more can, set max_power_w in its entry",
    ]


def test_energy_of_a_handler_that_can_not_be_real_is_told(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    plug_s = Metering(max_power_w=2500.0)
    poll(journal, clock, [Reading(power_w=360.0, energy_wh=wh) for wh in (1.0, 1.0, 3e6)], plug_s)
    assert caplog.messages[1:] == [
        "Fridge: its energy grew by 3e+06 Wh within 10 s, but more than 2500 W does not flow"
        " through it: not counted; if more can, set max_power_w in its entry"
    ]


def test_a_power_that_can_not_be_real_is_told_once(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    readings = [Reading(power_w=watts) for watts in (5.0, 9e6, 9e6, 5.0, 9e6)]
    poll(journal, clock, readings, Metering(max_power_w=2500.0))
    assert caplog.messages[1:] == 2 * [
        "Fridge: says 9e+06 W, but more than 2500 W does not flow through it (max_power_w): no"
        " energy is computed from such a power"
    ]


@pytest.mark.parametrize("first", [[], [Reading(power_w=5.0, counter_wh=1.0)]], ids=["no", "yes"])
def test_a_counter_that_alone_is_to_count_and_is_not_sent_is_told_once(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture, first: list[Reading]
) -> None:
    silent = [Reading(power_w=5.0)] * 400
    poll(journal, clock, first + silent, Metering(energy_source="counter"))
    assert caplog.messages[1:] == [
        'Fridge: sends no counter; with "energy_source": "counter" no energy is counted'
    ]


def test_where_the_power_counts_the_counter_is_no_matter(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    readings = [Reading(power_w=360.0, counter_wh=wh) for wh in (5.0, *[9e9] * 60, 3.0)]
    poll(journal, clock, [*readings, Reading(power_w=360.0)], Metering(energy_source="power"))
    assert caplog.messages == ["Fridge: first reading, 360 W"]


def test_a_counter_that_goes_back_is_told(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    poll(journal, clock, [Reading(power_w=360.0, counter_wh=wh) for wh in (800.0, 0.5)])
    assert caplog.messages[1:] == [
        "Fridge: its counter went back from 800 Wh to 0.5 Wh: a reboot, a reset, or its end"
    ]


def test_a_waiting_reading_that_arms_the_switch_on_counter_moves_no_energy(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    """Its state goes to the journal without the meter having moved on."""
    metering = Metering(power_on=PowerOn(on_threshold_w=100.0, off_threshold_w=10.0))
    one, two = (Reading(power_w=5.0, counter_wh=wh) for wh in (100.0, 101.0))
    poll(journal, clock, [Reading(power_w=200.0, counter_wh=99.0), one], metering)
    poll(journal, clock, [Reading(power_w=200.0), Reading(power_w=5.0), two], metering)
    points = list(reversed(reader.latest("Fridge", 9)))
    assert [point.fields.get("energy_wh") for point in points] == [None, 1.0, None, None, 1.0]
    assert points[-1].span_us == 30_000_000
    assert journal.checkpoint("Fridge") is not None


def test_completeness_shows_the_time_in_which_a_socket_called_its_values_invalid(
    journal: Journal, reader: JournalReader, clock: FakeClock
) -> None:
    begin_us = clock.now_us()
    good = [Reading(power_w=360.0, counter_wh=100.0 + n) for n in range(46)]
    broken = [Reading(power_w=9e9, counter_wh=7.0, is_valid=False)] * 22
    again = [Reading(power_w=360.0, counter_wh=168.0 + n) for n in range(23)]
    poll(journal, clock, [*good, *broken, *again])
    total = reader.totals("Fridge", Period(begin_us, begin_us + 900_000_000), 10_000_000)
    assert total.energy_wh == pytest.approx(90.0)  # the counter bridges it
    assert total.estimated_wh == pytest.approx(23.0)
    assert (total.good_polls, total.unmetered_polls) == (90, 22)
    assert total.measured_us == 670_000_000
    assert total.estimated_us == 230_000_000
    assert total.longest_gap_us == 230_000_000
