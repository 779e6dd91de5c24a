"""Prices by quarter hour: how long one holds, what counts, and what is not believed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from source.config.models import Configuration, DeviceConfig, General
from source.config.tariffs import PriceSection, Tariff
from source.errors import PricesUnavailable
from source.tariffs.gaps import days_newest_first, horizon, missing_days, together
from source.tariffs.sources import sources_of
from source.tariffs.spot import SpotPrice, moment_of, nano_by_quarter, quarter_at, spans
from tests.tariffs.pricing import BERLIN, local, market, quarter, us, utc

HOUR = timedelta(hours=1)


def price(start: str, per_kwh: object, hours: float = 1.0) -> SpotPrice:
    begin = local(start)
    return SpotPrice(begin, begin + hours * HOUR, per_kwh)  # type: ignore[arg-type]


def test_the_price_of_an_hour_is_that_of_its_four_quarters() -> None:
    first = quarter("2026-03-01T05:00")
    found = nano_by_quarter([price("2026-03-01T05:00", Decimal("0.08123"))])
    assert found == dict.fromkeys(range(first, first + 4), 81_230_000)


@pytest.mark.parametrize("hour_first", [True, False])
def test_a_quarter_hours_own_price_counts_more_than_its_hours(hour_first: bool) -> None:
    prices = [
        price("2026-03-01T05:00", Decimal("0.10")),
        price("2026-03-01T05:15", Decimal("0.20"), 0.25),
    ]
    found = nano_by_quarter(prices if hour_first else prices[::-1])
    nano = [found[quarter("2026-03-01T05:00") + i] for i in range(4)]
    assert nano == [100_000_000, 200_000_000, 100_000_000, 100_000_000]


def test_negative_prices_and_plain_numbers_of_plugins_are_right_to_the_billionth() -> None:
    found = nano_by_quarter(
        [
            price("2026-03-01T00:00", Decimal("-0.500000001"), 0.25),
            price("2026-03-01T00:15", 0.1, 0.25),
            price("2026-03-01T00:30", 1, 0.25),
            price("2026-03-01T00:45", Decimal("0.0000000005"), 0.25),
        ]
    )
    assert list(found.values()) == [-500_000_001, 100_000_000, 1_000_000_000, 0]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (price("2026-03-01T00:00", Decimal("NaN")), "no number"),
        (price("2026-03-01T00:00", Decimal("Infinity")), "no number"),
        (price("2026-03-01T00:00", float("nan")), "no number"),
        (price("2026-03-01T00:00", True), "no number"),
        (price("2026-03-01T00:00", "0.3"), "no number"),
        (price("2026-03-01T00:00", Decimal("100.01")), "per MWh"),
        (price("2026-03-01T00:00", Decimal("-100.01")), "per MWh"),
        (price("2026-03-01T00:07", Decimal("0.3")), "quarter hour"),
        (price("2026-03-01T00:00", Decimal("0.3"), -1.0), "until"),
        (price("2026-03-01T00:00", Decimal("0.3"), 24.0 * 40), "until"),
        (SpotPrice(datetime(2026, 3, 1), datetime(2026, 3, 2), Decimal(1)), "zone"),
        (("2026-03-01", 0.3), "no SpotPrice"),
    ],
)
def test_an_implausible_price_is_refused(bad: SpotPrice, told: str) -> None:
    with pytest.raises(PricesUnavailable, match=told):
        nano_by_quarter([bad])


def steps(*hours: float) -> list[float]:
    start = utc("2026-03-01T00:00")
    return [(end - begin) / HOUR for begin, end in spans([start + h * HOUR for h in hours])]


def test_a_price_holds_until_the_next_one() -> None:
    assert steps(0, 1, 2) == [1, 1, 1]
    assert steps(0, 0.25, 0.5) == [0.25, 0.25, 0.25]
    assert steps(0, 0.5, 1) == [0.5, 0.5, 0.5]
    assert steps(0) == [1]
    assert steps() == []


def test_a_missing_price_is_not_covered_by_the_one_before() -> None:
    assert steps(0, 1, 3, 4) == [1, 1, 1, 1]
    assert steps(0, 0.25, 0.75, 1) == [0.25, 0.25, 0.25, 0.25]


def test_hours_may_turn_into_quarters_and_back() -> None:
    assert steps(0, 1, 2, 2.25, 2.5) == [1, 1, 0.25, 0.25, 0.25]
    assert steps(0, 0.25, 0.5, 0.75, 1, 2, 3) == [0.25, 0.25, 0.25, 0.25, 1, 1, 1]


def test_a_price_that_is_followed_by_an_earlier_one_is_refused() -> None:
    with pytest.raises(PricesUnavailable, match="is followed by that of"):
        steps(0, 1, 1)
    with pytest.raises(PricesUnavailable, match="no step"):
        steps(0, 0.75, 1.5)


def test_a_quarter_hour_and_its_instant_are_one() -> None:
    assert moment_of(quarter_at(utc("2026-10-25T00:15"))) == utc("2026-10-25T00:15")


def days(first: str, end: str) -> list[tuple[datetime, int]]:
    found = days_newest_first(quarter(first), quarter(end), BERLIN)
    return [(moment_of(day.start), len(day)) for day in found]


def test_the_days_of_the_market_have_23_and_25_hours_where_the_clocks_are_set() -> None:
    assert days("2026-03-28T12:00", "2026-03-31T00:00") == [
        (local("2026-03-30T00:00"), 96),
        (local("2026-03-29T00:00"), 92),
        (local("2026-03-28T00:00"), 96),
    ]
    assert days("2026-10-25T00:00", "2026-10-26T00:00") == [(local("2026-10-25T00:00"), 100)]


@pytest.mark.parametrize(
    ("now", "known"),
    [
        ("2026-03-28T00:00:01", "2026-03-29T00:00"),
        ("2026-03-28T12:44:59", "2026-03-29T00:00"),
        ("2026-03-28T12:45:00", "2026-03-30T00:00"),
        ("2026-03-28T23:59:59", "2026-03-30T00:00"),
        ("2026-10-24T13:00:00", "2026-10-26T00:00"),
    ],
)
def test_tomorrow_can_be_known_from_a_quarter_to_one_on(now: str, known: str) -> None:
    assert horizon(us(local(now)), BERLIN) == quarter(known)


def test_a_day_is_missing_as_soon_as_one_price_is() -> None:
    whole = range(quarter("2026-03-01T00:00"), quarter("2026-03-04T00:00"))
    known = set(whole) - {quarter("2026-03-02T13:45")}
    newest_first = days_newest_first(whole.start, whole.stop, BERLIN)
    assert missing_days(newest_first, lambda _: True, known) == [
        range(quarter("2026-03-02T00:00"), quarter("2026-03-03T00:00"))
    ]


def test_days_are_asked_for_together_a_month_at_once() -> None:
    newest_first = list(
        days_newest_first(quarter("2026-01-01T00:00"), quarter("2026-03-01T00:00"), BERLIN)
    )
    del newest_first[2]
    assert [(moment_of(one.start), len(one) // 96) for one in together(newest_first)] == [
        (local("2026-02-27T00:00"), 2),
        (local("2026-01-26T00:00"), 31),
        (local("2026-01-01T00:00"), 25),
    ]


def section(start: str | None, *provider: str) -> PriceSection:
    day = None if start is None else datetime.fromisoformat(start).date()
    dynamic = market(*provider) if provider else None
    return PriceSection(start=day, price_kwh=Decimal("0.3"), market=dynamic)


def test_each_source_is_wanted_while_a_tariff_takes_it() -> None:
    house = Tariff(
        sections=(section(None), section("2026-01-01", "awattar"), section("2026-03-01", "csv"))
    )
    own = Tariff(sections=(section(None, "tibber"), section("2026-02-01", "awattar")))
    device = DeviceConfig(name="Car", ip="127.0.0.1:1", tariff=own)
    configuration = Configuration(
        files=Path(),
        general=General(timezone="Europe/Berlin"),
        devices={"Car": device},
        tariff=house,
    )
    found = {source.name: source for source in sources_of(configuration)}
    assert list(found) == ["awattar", "csv", "tibber"]
    assert not found["awattar"].wants(quarter("2025-12-31T23:45"))
    assert found["awattar"].wants(quarter("2026-01-01T00:00"))
    assert found["awattar"].wants(quarter("2026-06-01T00:00")), "the car's tariff takes it"
    assert found["csv"].wants(quarter("2030-01-01T00:00"))
    assert not found["csv"].wants(quarter("2026-02-28T23:45"))
    assert found["tibber"].wants(0)
    assert not found["tibber"].wants(quarter("2026-02-01T00:00"))


def test_a_tariff_without_market_prices_wants_no_source() -> None:
    house = Tariff(sections=(section(None),))
    assert sources_of(Configuration(files=Path(), tariff=house)) == ()
    assert sources_of(Configuration(files=Path())) == ()


def test_the_dates_of_sections_are_those_of_the_reports_zone() -> None:
    house = Tariff(sections=(section(None), section("2026-01-01", "awattar")))
    general = General(timezone="Asia/Kathmandu")
    (source,) = sources_of(Configuration(files=Path(), general=general, tariff=house))
    midnight = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Kathmandu"))
    assert source.wants(quarter_at(midnight))
    assert not source.wants(quarter_at(midnight) - 1)


def test_two_prices_of_one_quarter_hour_contradict_each_other_or_are_the_same() -> None:
    twice = [price("2026-03-01T05:00", Decimal("0.10")), price("2026-03-01T05:00", Decimal("0.1"))]
    assert len(nano_by_quarter(twice)) == 4
    overlapping = [twice[0], price("2026-03-01T05:30", Decimal("0.2"))]
    with pytest.raises(PricesUnavailable, match="two different prices for 2026-03-01 04:30"):
        nano_by_quarter(overlapping)
    # A day of local times without "fold": the second of both hours in autumn is the first again.
    naive = [
        SpotPrice(begin, begin + HOUR, Decimal(hour))
        for hour, begin in enumerate(datetime(2026, 10, 25, h, tzinfo=BERLIN) for h in (1, 2, 2))
    ]
    with pytest.raises(PricesUnavailable, match="two different prices"):
        nano_by_quarter(naive)


def test_of_one_tariffs_ways_to_the_same_prices_the_newest_is_taken() -> None:
    old, new = market("tibber", token="old"), market("tibber", token="new")
    sections = (
        PriceSection(price_kwh=Decimal(1), market=old),
        PriceSection(start=date(2026, 1, 1), price_kwh=Decimal(1), market=new),
    )
    (source,) = sources_of(
        Configuration(
            files=Path(),
            general=General(timezone="Europe/Berlin"),
            devices={},
            tariff=Tariff(sections=sections),
        )
    )
    assert source.market == new
    assert source.wants(quarter("2025-12-31T12:00"))
    assert source.wants(quarter("2026-01-01T12:00"))
