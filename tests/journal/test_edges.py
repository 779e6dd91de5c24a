"""Energy of spans that end inside a quarter hour: the next point's lies on both sides."""

from __future__ import annotations

import sqlite3

import pytest

from source.journal import energy
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import QUARTER_US, US_PER_S, Period, Point
from tests.fakes import START_US, TEN_S, failed_point, good_point

EDGE_US = START_US + 5 * US_PER_S
"""Halfway between the first two points."""


def spanning_point(time_us: int, energy_wh: float, span_us: int) -> Point:
    fields = {"fetch_success": True, "energy_wh": energy_wh, "power": 1.0}
    return Point("Fridge", time_us, fields, span_us, TEN_S)


def test_an_invalid_reading_does_not_hide_the_energy_across_an_edge(
    journal: Journal, reader: JournalReader
) -> None:
    journal.append(good_point(START_US, 0.0))
    journal.append(Point("Fridge", START_US + TEN_S, {"fetch_success": True, "is_valid": False}))
    journal.append(spanning_point(START_US + 2 * TEN_S, 8.0, 2 * TEN_S))
    journal.flush()
    before = reader.totals("Fridge", Period(START_US, EDGE_US), TEN_S)
    after = reader.totals("Fridge", Period(EDGE_US, START_US + QUARTER_US), TEN_S)
    assert before.energy_wh == pytest.approx(2.0)
    assert after.energy_wh == pytest.approx(6.0)


@pytest.mark.parametrize("quarters", [1, 5, 200])
def test_energy_across_an_edge_is_found_behind_a_long_outage(
    journal: Journal, reader: JournalReader, quarters: int
) -> None:
    journal.append(good_point(START_US, 0.0))
    for quarter in range(quarters):
        journal.append(failed_point(START_US + quarter * QUARTER_US + TEN_S))
    back_us = START_US + quarters * QUARTER_US + TEN_S
    journal.append(spanning_point(back_us, 100.0, back_us - START_US))
    journal.flush()
    before = reader.totals("Fridge", Period(START_US, EDGE_US), TEN_S)
    assert before.energy_wh == pytest.approx(100.0 * 5 * US_PER_S / (back_us - START_US))


def test_up_to_the_newest_point_the_sums_are_taken_without_reading_points(
    journal: Journal, reader: JournalReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tick in range(1, 60):
        journal.append(good_point(START_US + tick * TEN_S, 1.0))
    journal.append(failed_point(START_US + 60 * TEN_S))
    journal.flush()
    until_now = Period(START_US, START_US + 60 * TEN_S + US_PER_S)
    monkeypatch.setattr(energy, "_part", None)
    total = reader.totals("Fridge", until_now, TEN_S)
    assert total.energy_wh == pytest.approx(59.0)
    assert (total.good_polls, total.failed_polls) == (59, 1)
    assert total.expected_polls == pytest.approx(60.1)


def test_the_sums_are_not_taken_for_a_quarter_hour_that_goes_on(
    journal: Journal, reader: JournalReader
) -> None:
    for tick in range(1, 61):
        journal.append(good_point(START_US + tick * TEN_S, 1.0))
    journal.flush()
    total = reader.totals("Fridge", Period(START_US, START_US + 30 * TEN_S), TEN_S)
    assert (total.energy_wh, total.good_polls) == (pytest.approx(30.0), 30)


def test_where_all_points_are_gone_a_span_in_the_last_quarter_hour_takes_its_share(
    journal: Journal, reader: JournalReader
) -> None:
    for tick in range(1, 91):
        journal.append(good_point(START_US + tick * TEN_S, 1.0))
    journal.append(good_point(START_US, 0.0, device="Other"))
    journal.flush()
    with sqlite3.connect(journal.path) as db:
        db.execute("DELETE FROM point WHERE device_id = 1")
    total = reader.totals("Fridge", Period(START_US, START_US + QUARTER_US // 3), TEN_S)
    assert total.energy_wh == pytest.approx(30.0)


@pytest.mark.parametrize("seconds", [900, 450])
def test_polls_that_bring_no_energy_are_missing_although_they_are_good(
    journal: Journal, reader: JournalReader, seconds: int
) -> None:
    for tick in range(1, 91):
        energy_wh = None if tick % 3 == 0 else 0.25
        journal.append(good_point(START_US + tick * TEN_S, energy_wh))
    journal.flush()
    period = Period(START_US, START_US + seconds * US_PER_S)
    totals = reader.totals("Fridge", period, TEN_S)
    polls = seconds // 10
    assert (totals.good_polls, totals.unmetered_polls) == (polls, polls // 3)
    assert totals.missing_percent == pytest.approx(100 / 3)
    assert totals.energy_wh == pytest.approx(0.25 * polls * 2 / 3)
