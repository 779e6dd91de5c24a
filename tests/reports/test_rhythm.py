"""Mean power by weekday and hour."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from source.model import QUARTER_S, QUARTER_US, LoadProfile
from source.reports.rhythm import Patchy, slot_of, week_of
from tests.reports.house import us


def test_each_quarter_hour_counts_for_its_hour_on_the_clocks() -> None:
    first = us("2026-10-18 22:00") // QUARTER_US  # Monday midnight in Berlin
    count = 7 * 96 + 4  # with the hour that Sunday repeats
    energy_wh = [25.0] * count
    energy_wh[6 * 96 + 8 : 6 * 96 + 16] = [50.0] * 8  # both hours from two to three
    week = week_of(
        LoadProfile(first, energy_wh, [0.0] * count), ZoneInfo("Europe/Berlin"), 0, 2**40
    )
    assert week[0] == [100.0] * 24
    assert week[6] == [100.0] * 2 + [200.0] + [100.0] * 21


def test_what_is_fed_in_counts_against_what_is_taken() -> None:
    week = week_of(LoadProfile(0, [10.0] * 4, [35.0] * 4), ZoneInfo("UTC"), 0, 4)
    assert week[3][0] == -100.0, "1970 began on a Thursday"
    assert [power_w for row in week for power_w in row].count(None) == 167


def test_quarter_hours_outside_the_records_do_not_count() -> None:
    profile = LoadProfile(0, [0.0, 0.0, 25.0, 25.0], [0.0] * 4)
    assert week_of(profile, ZoneInfo("UTC"), 2, 4)[3][0] == 100.0
    assert all(w is None for row in week_of(profile, ZoneInfo("UTC"), 9, 4) for w in row)


def test_unknown_time_is_in_no_mean_and_an_unknown_hour_has_none() -> None:
    profile = LoadProfile(0, [25.0, 25.0, 0.0, 12.5, 0.0, 0.0, 0.0, 0.0], [0.0] * 8)
    known_us = {0: QUARTER_US, 1: QUARTER_US, 3: QUARTER_US // 2}
    hours = week_of(profile, ZoneInfo("UTC"), 0, 8, [Patchy(profile, known_us, 0)])[3]
    assert hours[:3] == [100.0, None, None]


def test_in_a_house_each_device_has_its_own_unknown_time() -> None:
    patchy = LoadProfile(0, [25.0, 25.0, 0.0, 0.0] + [0.0] * 4, [0.0] * 8)
    house = LoadProfile(0, [wh + 10.0 for wh in patchy.energy_wh], [0.0] * 8)
    known_us = {0: QUARTER_US, 1: QUARTER_US}
    week = week_of(house, ZoneInfo("UTC"), 0, 8, [Patchy(patchy, known_us, 0)], 2)
    assert week[3][:2] == [140.0, 40.0]


def test_before_a_device_was_there_nothing_of_it_is_unknown() -> None:
    later = LoadProfile(0, [0.0, 0.0, 25.0, 0.0], [0.0] * 4)
    week = week_of(later, ZoneInfo("UTC"), 0, 4, [Patchy(later, {2: QUARTER_US}, 2)], 2)
    assert week[3][0] == 50.0


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"])
def test_zones_with_parts_of_hours(zone: str) -> None:
    first = us("2026-04-04 10:00") // QUARTER_US
    for quarter in range(first, first + 200):
        clock = datetime.fromtimestamp(quarter * QUARTER_S, ZoneInfo(zone))
        profile = LoadProfile(quarter, [25.0], [0.0])
        week = week_of(profile, ZoneInfo(zone), quarter, quarter + 1)
        assert week[clock.weekday()][clock.hour] == 100.0


def test_slots_follow_each_other() -> None:
    assert [slot_of(n) for n in (0, 3, 4, 95, 96)] == [72, 72, 73, 95, 96]
