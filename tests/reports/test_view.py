"""The view of a span: figures, parts, the house, prices, standby and runs."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from source.config.models import RunRule
from source.config.tariffs import Market, PriceSection, Tariff, Window
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import QUARTER_US, Period, Run
from source.reports.calculation import Calculation
from source.reports.slices import Slices
from source.tariffs.book import PriceBook
from tests.fakes import FakeClock
from tests.reports.house import us
from tests.reports.views import BEGIN, END, configured, kept, quarter_point, surveyed, view
from tests.running import running_journal

DEVICES = ("Fridge", "Roof")
NIGHT = Window(start=time(22), end=time(6), price_kwh=Decimal("0.20"))
TARIFF = Tariff(
    sections=(
        PriceSection(
            price_kwh=Decimal("0.30"),
            base_price_month=Decimal("31.00"),
            feed_in_kwh=Decimal("0.08"),
            windows=(NIGHT,),
        ),
    )
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kept(tmp_path)
    return tmp_path


BASE_COST = round(31 * Decimal("192.75") / 745, 7)
"""Of the hours of the month in which there are records, those of its last 8 days and one more."""


def test_a_device_s_day_of_25_hours(folder: Path) -> None:
    found = view(folder, configured(folder, DEVICES), "2026-10-25", "Fridge")
    assert found.figures.totals.energy_wh == pytest.approx(100 * 40.0)
    assert found.figures.bill.cost == Decimal("1.2")
    assert len(found.parts) == 25
    assert {round(part.figures.totals.energy_wh, 6) for part in found.parts} == {160.0}
    assert found.figures.totals.measured_percent == 100.0
    assert (found.prices, found.price_ranges, found.devices) == (None, (), ())


@pytest.mark.parametrize("period", ["2026-10-25", "2026-10", "2026", "2026-10-24..2026-10-30"])
@pytest.mark.parametrize("subject", ["_total", "Fridge", "Roof"])
def test_the_parts_add_up_to_the_whole(folder: Path, period: str, subject: str) -> None:
    found = view(folder, configured(folder, DEVICES, TARIFF), period, subject)
    whole, parts = found.figures, [part.figures for part in found.parts]
    for name in ("energy_wh", "returned_wh", "measured_us", "good_polls"):
        total = sum(getattr(part.totals, name) for part in parts)
        assert total == pytest.approx(getattr(whole.totals, name)), name
    assert whole.totals.energy_wh > 0.0
    for name in ("energy_cost", "revenue", "base_cost"):
        total = sum((getattr(part.bill, name) for part in parts), Decimal(0))
        assert total.quantize(Decimal("1e-12")) == getattr(whole.bill, name).quantize(
            Decimal("1e-12")
        ), name


def test_the_house_is_the_sum_of_its_devices_and_has_the_base_price_once(folder: Path) -> None:
    found = view(folder, configured(folder, DEVICES, TARIFF), "2026-10")
    assert [one.device for one in found.devices] == ["Fridge", "Roof"]
    energy = [one.figures.totals.energy_wh for one in found.devices]
    assert found.figures.totals.energy_wh == pytest.approx(sum(energy))
    assert [one.energy_percent for one in found.devices] == [
        pytest.approx(100.0 * wh / sum(energy)) for wh in energy
    ]
    assert round(found.figures.bill.base_cost, 7) == BASE_COST
    costs = [one.figures.bill.cost for one in found.devices]
    assert found.figures.bill.energy_cost == sum(costs)
    assert found.figures.bill.revenue == Decimal("0.08") * Decimal(8 * 8) / 100


def test_a_shared_base_price_is_shared_out_in_full(folder: Path) -> None:
    sharing = TARIFF.model_copy(update={"share_base_price": True})
    configuration = configured(folder, DEVICES, sharing)
    found = view(folder, configuration, "2026-10")
    shares = [one.figures.bill.base_cost for one in found.devices]
    assert round(sum(shares), 7) == BASE_COST
    assert all(share > 0 for share in shares)
    alone = view(folder, configuration, "2026-10", "Roof")
    assert round(alone.figures.bill.base_cost, 9) == round(shares[1], 9)


def test_it_says_what_the_reports_say(folder: Path) -> None:
    configuration = configured(folder, DEVICES, TARIFF)
    found = view(folder, configuration, "2026-10-27")
    with surveyed(folder, configuration) as (_, reader):
        book = PriceBook(configuration, reader.prices)
        report = Calculation(reader, book, configuration).of_house("day", found.period)
    assert report.bill == found.figures.bill
    assert report.totals == found.figures.totals


@pytest.mark.parametrize("shares", [False, True])
@pytest.mark.parametrize("period", ["2026-10-27", "2026-10", "2026", "2026-10-20..2026-10-26"])
@pytest.mark.parametrize("subject", ["_total", "Fridge", "Roof"])
def test_the_figures_alone_are_those_of_the_view(
    folder: Path, subject: str, period: str, shares: bool
) -> None:
    sharing = TARIFF.model_copy(update={"share_base_price": shares})
    for configuration in (configured(folder, DEVICES, sharing), configured(folder, DEVICES)):
        found = view(folder, configuration, period, subject)
        with surveyed(folder, configuration) as (survey, _):
            assert survey.figures(subject, found.period) == found.figures


def test_a_device_that_another_one_measures_too_is_left_out(folder: Path) -> None:
    configuration = configured(folder, DEVICES, devices={"Roof": {"in_total": False}})
    found = view(folder, configuration, "2026-10-27")
    assert [one.device for one in found.devices] == ["Fridge"]
    assert found.left_out == ("Roof",)


def test_the_present_span_ends_now(folder: Path) -> None:
    now_us = us("2026-10-27 11:30")
    found = view(folder, configured(folder, DEVICES), "2026-10-27", "Fridge", now_us)
    assert (found.period.end_us, found.is_over) == (now_us, False)
    assert found.figures.totals.energy_wh == pytest.approx(50 * 40.0)
    assert (len(found.parts), found.parts[-1].figures.totals.energy_wh) == (13, pytest.approx(80.0))
    assert found.figures.totals.measured_percent == 100.0


def test_what_was_before_the_first_reading_is_not_missing_but_told(folder: Path) -> None:
    """As in the files, whose first line begins with it; in the house's table and on its own."""
    configuration = configured(folder, DEVICES)
    found = view(folder, configuration, "2026-10-23..2026-10-25", "Fridge")
    assert found.figures.totals.measured_percent == pytest.approx(100.0)
    assert found.begins_us is not None
    assert found.begins_us > found.period.start_us
    assert found.parts[0].figures.totals.span_us == 0
    of_house = view(folder, configuration, "2026-10-23..2026-10-25").devices[0]
    assert of_house.figures.totals == found.figures.totals


def test_prices_that_change_have_a_range_in_each_part(folder: Path) -> None:
    found = view(folder, configured(folder, DEVICES, TARIFF), "2026-10", "Fridge")
    assert found.prices is not None
    assert len(found.price_ranges) == len(found.parts) == 31
    first = found.price_ranges[0]
    assert (first.low, first.high) == (0.2, 0.3)
    assert first.mean == pytest.approx((8 * 0.2 + 16 * 0.3) / 24)
    assert found.price_ranges[24].mean == pytest.approx((9 * 0.2 + 16 * 0.3) / 25)


def test_an_assumed_market_price_is_told(folder: Path) -> None:
    market = Market(provider="csv", file="prices.csv")
    section = PriceSection(price_kwh=Decimal("0.40"), market=market)
    configuration = configured(folder, DEVICES, Tariff(sections=(section,)))
    with running_journal(folder, FakeClock()) as journal:
        first = us("2026-10-26 23:00") // QUARTER_US
        known = {first + n: 100_000_000 for n in range(48)}
        journal.put_prices(market.source, known)
    found = view(folder, configuration, "2026-10-27", "Fridge")
    assert found.figures.assumed_percent == pytest.approx(50.0)
    assert found.figures.bill.cost == Decimal("0.96")


def test_standby_is_looked_for_in_30_days_and_priced_by_the_span(folder: Path) -> None:
    configuration = configured(folder, DEVICES, TARIFF)
    found = {one.device: one for one in view(folder, configuration, "2026-10-27").standby}
    assert found["Fridge"].power_w == 12.0
    assert found["Fridge"].night_cost_year == Decimal("6.132"), "12 W, 2555 h, 0.20"
    assert (
        view(folder, configuration, "2026-10-24", now_us=us(BEGIN) + 90 * QUARTER_US).standby == ()
    )


def test_runs_that_begin_in_the_span_are_priced_by_quarter_hours(folder: Path) -> None:
    configuration = configured(folder, DEVICES, TARIFF)
    quarter = us("2026-10-27 04:45") // QUARTER_US  # the last one of the night in Berlin
    wash = Run(
        "Fridge",
        quarter * QUARTER_US,
        (quarter + 2) * QUARTER_US,
        1500.0,
        2000.0,
        {quarter: 1000.0, quarter + 1: 500.0},
    )
    before = Run("Fridge", us("2026-10-26 10:00"), us("2026-10-26 11:00"), 5.0, 9.0, {})
    with running_journal(folder, FakeClock()) as journal:
        journal.put_runs("Fridge", [before, wash], wash.end_us)
    (found,) = view(folder, configuration, "2026-10-27").runs
    assert (found.run, found.cost) == (wash, Decimal("0.35"))
    assert len(view(folder, configuration, "2026-10", "Fridge").runs) == 2
    assert view(folder, configuration, "2026-10", "Roof").runs == ()


def test_the_standby_of_what_feeds_in_by_day_is_that_of_the_night(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "isdl.db", clock=FakeClock())
    journal.open()
    for time_us in range(us(BEGIN) + QUARTER_US, us(END) + 1, QUARTER_US):
        is_day = time_us // QUARTER_US % 96 in range(24, 72)
        journal.append(quarter_point("Meter", time_us, 20.0, -900.0 if is_day else 140.0))
    journal.close()
    configuration = configured(tmp_path, ("Meter",))
    (found,) = view(tmp_path, configuration, "2026-10").standby
    assert (found.power_w, found.is_of_the_dark) == (140.0, True)
    # Of the nights of two days less than a day is known.
    two_days_us = us(BEGIN) + 192 * QUARTER_US
    assert view(tmp_path, configuration, "2026-10-25", now_us=two_days_us).standby == ()


def test_runs_that_nobody_stored_yet_are_there_and_one_may_be_under_way(folder: Path) -> None:
    rule = {"run": RunRule(start_w=100.0, end_w=50.0, end_after_s=1.0)}
    configuration = configured(folder, DEVICES, TARIFF, {"Fridge": rule})
    found = view(folder, configuration, "2026-10").runs
    # Its power is low from 11:00 UTC on each day for two hours: nine runs, the last one goes on.
    assert [one.is_over for one in found] == [True] * 8 + [False]
    assert sum(one.run.energy_wh for one in found) == pytest.approx((8 * 96 + 4 - 8 * 8) * 40.0)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-10-24 22:00", "2026-10-25 22:00"),
        ("2026-10-24 22:07", "2026-10-25 21:52"),
        ("2026-10-24 22:07", "2026-10-24 22:12"),
        ("2026-10-20 00:00", "2026-10-24 00:05"),
        ("2026-10-30 00:00", "2026-11-30 00:00"),
    ],
)
def test_a_slice_is_what_the_reader_gives(folder: Path, start: str, end: str) -> None:
    with JournalReader(folder / "isdl.db") as reader:
        slices = Slices(reader)
        for device in (*DEVICES, DEVICES[0]):
            slices.read(device, [Period(us("2026-10-19 22:03"), us("2026-11-01 22:00"))])
            period = Period(us(start), us(end))
            found, told = slices.load_profile(device, period), reader.load_profile(device, period)
            assert found.first_quarter == told.first_quarter
            assert list(found.energy_wh) == list(told.energy_wh)
            assert list(found.returned_wh) == list(told.returned_wh)


def test_the_week_is_that_of_the_clocks(folder: Path) -> None:
    found = view(folder, configured(folder, DEVICES), "2026-10", "Fridge")
    assert all(w == pytest.approx(160.0) for row in found.week for w in row)


def test_a_device_that_is_no_longer_configured_has_its_view(folder: Path) -> None:
    found = view(folder, configured(folder, ("Fridge",)), "2026-10-27", "Roof")
    assert found.figures.totals.returned_wh == pytest.approx(80.0)


def test_a_house_without_energy_has_a_price(folder: Path) -> None:
    configuration = configured(folder, DEVICES, TARIFF)
    found = view(folder, configuration, "2026-11")
    assert found.figures.totals.energy_wh == 0.0
    assert Decimal("0.2") < found.figures.bill.price_per_kwh < Decimal("0.3")
    assert found.figures.totals.measured_percent == 0.0


def test_a_price_that_changes_within_the_span_counts_from_its_day(folder: Path) -> None:
    sections = (
        PriceSection(price_kwh=Decimal("0.30")),
        PriceSection(start=date(2026, 10, 30), price_kwh=Decimal("0.50")),
    )
    configuration = configured(folder, DEVICES, Tariff(sections=sections))
    found = view(folder, configuration, "2026-10", "Fridge")
    by_day = {part.begin.day: part.figures.bill.price_per_kwh for part in found.parts}
    assert (by_day[29], by_day[30]) == (Decimal("0.3"), Decimal("0.5"))


def test_the_period_is_given_as_it_is(folder: Path) -> None:
    found = view(folder, configured(folder, DEVICES), "2026-10-24", "Fridge")
    assert found.period == Period(us("2026-10-23 22:00"), us("2026-10-24 22:00"))
