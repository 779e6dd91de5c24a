"""The overview's sums: the very figures of the reports, and the forecast of the month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from source.config.models import Configuration
from source.config.tariffs import PriceSection, Tariff
from source.journal.reader import JournalReader
from source.model import US_PER_S, Checkpoint
from source.reports.house import TOTAL
from source.reports.span import span_named
from source.reports.survey import Survey
from source.tariffs.book import PriceBook
from source.web.forecast import Days
from source.web.overview import Amounts, Sums
from tests.reports.house import DAY_US, HOUR_US, configuration, hourly_point, poll_hourly, us
from tests.web.looking import NOW, House, looked_at

PRICED = Tariff(
    sections=(
        PriceSection(price_kwh=Decimal("0.3127"), base_price_month=Decimal("11.90")),
        PriceSection(start=date(2026, 3, 10), price_kwh=Decimal("0.2893")),
    ),
    share_base_price=True,
)


def house_of(folder: Path, tariff: Tariff | None = None, **general: Any) -> Configuration:
    """Fridge and lamp count for the house, the meter does not; a heater is gone since."""
    configured = configuration(
        folder, general, Fridge={}, Lamp={"price_kwh": Decimal("0.41")}, Meter={"in_total": False}
    )
    return configured.model_copy(update={"tariff": tariff})


def fill(house: House, until: str = NOW) -> None:
    poll_hourly(house.journal, "2026-02-27 10:00", until, 123.456)
    poll_hourly(house.journal, "2026-03-05 22:00", until, 7.89, "Lamp")
    poll_hourly(house.journal, "2026-03-01 00:00", "2026-03-12 00:00", 45.6, "Heater")
    poll_hourly(house.journal, "2026-03-01 00:00", until, 200.0, "Meter")


def sums_of(house: House, configured: Configuration, amounts: Amounts | None = None) -> Sums:
    with JournalReader(house.journal.path) as reader:
        return (amounts or Amounts()).compute(reader, configured, house.clock.now_us())


def reported(house: House, configured: Configuration, subject: str, span: str) -> Any:
    """What the report of a span says."""
    now_us = house.clock.now_us()
    with JournalReader(house.journal.path) as reader:
        survey = Survey(reader, PriceBook(configured, reader.prices), configured)
        named = span_named(span, configured.general.zone, now_us)
        return survey.view(subject, named, now_us).figures


@pytest.mark.parametrize("tariff", [None, PRICED], ids=["one price", "prices and base price"])
@pytest.mark.parametrize("span", ["today", "yesterday", "this-month"])
def test_every_amount_is_that_of_the_report(tmp_path: Path, span: str, tariff: Tariff) -> None:
    with looked_at(tmp_path) as house:
        fill(house)
        configured = house_of(tmp_path, tariff)
        sums = sums_of(house, configured)
        shown = {
            (TOTAL, "today"): sums.today,
            (TOTAL, "yesterday"): sums.yesterday,
            (TOTAL, "this-month"): sums.month,
        }
        for name, (today, month) in sums.devices.items():
            shown |= {(name, "today"): today, (name, "this-month"): month}
        for (subject, named), amount in shown.items():
            if named != span:
                continue
            figures = reported(house, configured, subject, span)
            bill, totals = figures.bill, figures.totals
            assert amount.energy_wh == pytest.approx(totals.energy_wh), subject
            assert amount.cost == pytest.approx(float(bill.cost), abs=1e-8), subject
            assert amount.base_cost == pytest.approx(float(bill.base_cost), abs=1e-8), subject
            assert amount.measured_percent == pytest.approx(totals.measured_percent, abs=1e-3)
        assert sums.month.cost > 0.0


def test_what_is_kept_of_the_past_changes_nothing(tmp_path: Path) -> None:
    with looked_at(tmp_path) as house:
        fill(house)
        configured, amounts = house_of(tmp_path, PRICED), Amounts()
        first = sums_of(house, configured, amounts)
        poll_hourly(house.journal, NOW, "2026-03-18 17:00", 500.0)
        house.clock.advance(2 * 3600)
        second = sums_of(house, configured, amounts)
        assert second == sums_of(house, configured)
        assert second.today.energy_wh == pytest.approx(first.today.energy_wh + 1000.0)
        house.clock.advance(24 * 3600)
        assert sums_of(house, configured, amounts) == sums_of(house, configured)


def test_another_price_counts_at_once_also_for_the_days_before(tmp_path: Path) -> None:
    with looked_at(tmp_path) as house:
        fill(house)
        amounts = Amounts()
        before = sums_of(house, house_of(tmp_path), amounts)
        after = sums_of(house, house_of(tmp_path, price_kwh=Decimal("0.60")), amounts)
        lamp = before.devices["Lamp"][1].cost
        assert after.devices["Fridge"][1].cost == pytest.approx(
            2 * before.devices["Fridge"][1].cost
        )
        assert after.devices["Lamp"][1].cost == lamp


def test_without_points_all_is_nothing(tmp_path: Path) -> None:
    with looked_at(tmp_path) as house:
        sums = sums_of(house, house_of(tmp_path, PRICED))
        assert sums.month.energy_wh == sums.month.cost == 0.0
        assert sums.forecast is None
        assert set(sums.devices) == {"Fridge", "Lamp", "Meter"}


def test_on_the_first_of_a_month_the_month_is_today(tmp_path: Path) -> None:
    with looked_at(tmp_path, "2026-04-01 09:00") as house:
        fill(house, "2026-04-01 09:00")
        sums = sums_of(house, house_of(tmp_path, PRICED))
        assert sums.month == sums.today
        assert sums.yesterday.energy_wh > sums.today.energy_wh


# --- the forecast ---


def test_below_a_day_of_data_nothing_is_forecast(tmp_path: Path) -> None:
    with looked_at(tmp_path) as house:
        poll_hourly(house.journal, "2026-03-17 16:00", NOW, 100.0)
        assert sums_of(house, configuration(tmp_path)).forecast is None
        poll_hourly(house.journal, "2026-03-17 13:00", "2026-03-17 16:00", 100.0)
        assert sums_of(house, configuration(tmp_path)).forecast is not None


def test_the_rest_of_the_month_is_like_the_same_weekdays_before(tmp_path: Path) -> None:
    with looked_at(tmp_path) as house:
        for day in range(28):  # from Wednesday, 18 February on; on Sundays more is used
            start_us = us("2026-02-17 23:00") + day * DAY_US
            wh = 300.0 if day % 7 == 4 else 100.0
            for hour in range(24):
                time_us = start_us + (hour + 1) * HOUR_US
                house.journal.append(hourly_point(time_us, wh), Checkpoint(time_us))
        poll_hourly(house.journal, "2026-03-17 23:00", NOW, 100.0)
        configured = configuration(tmp_path, {"price_kwh": Decimal("0.50")})
        sums = sums_of(house, configured)
        assert sums.forecast is not None
        # March has five Sundays; on the last one the clocks are put forward, and 23 h are a day.
        whole_wh = (31 - 5) * 2400.0 + 5 * 7200.0
        assert sums.forecast.energy_wh == pytest.approx(whole_wh)
        assert sums.forecast.cost == pytest.approx(whole_wh / 1000.0 * 0.50)


def test_a_house_that_is_new_goes_on_as_it_has_begun(tmp_path: Path) -> None:
    with looked_at(tmp_path) as house:
        poll_hourly(house.journal, "2026-03-16 15:00", NOW, 100.0)
        sums = sums_of(house, configuration(tmp_path))
        left_h = (Days.at(house.clock.now_us(), configuration(tmp_path)).month_end_us) - us(NOW)
        assert sums.forecast is not None
        assert sums.forecast.energy_wh == pytest.approx(
            4800.0 + 100.0 * left_h / HOUR_US, rel=0.005
        )


def test_the_base_price_of_the_whole_month_is_in_the_forecast(tmp_path: Path) -> None:
    with looked_at(tmp_path) as house:
        fill(house)
        sums = sums_of(house, house_of(tmp_path, PRICED))
        flat = sums_of(house, house_of(tmp_path, PRICED.model_copy(update={"sections": NO_BASE})))
        assert sums.forecast is not None
        assert flat.forecast is not None
        # The first section's base price holds for nine days of the 31.
        more = sums.forecast.cost - flat.forecast.cost
        assert more == pytest.approx(11.90 * 9 / 31, abs=0.02)


NO_BASE = (
    PriceSection(price_kwh=Decimal("0.3127")),
    PriceSection(start=date(2026, 3, 10), price_kwh=Decimal("0.2893")),
)


def test_days_begin_at_the_midnight_of_the_zone() -> None:
    days = Days.at(us("2026-03-29 10:00"), configuration(Path("/nowhere")))
    assert days.midnight_us == us("2026-03-28 23:00")
    assert days.month_us == us("2026-02-28 23:00")
    assert days.month_end_us == us("2026-03-31 22:00")
    assert (days.month_end_us - days.month_us) // US_PER_S == 31 * 86_400 - 3600
