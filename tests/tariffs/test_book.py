"""The price book: which price holds in which quarter hour, what is known, what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from time import perf_counter

import pytest

from source.config.models import Configuration, DeviceConfig, General
from source.config.tariffs import Market, PriceSection, Tariff, Window
from source.model import QUARTER_US, Period
from source.tariffs.book import PriceBook, house_tariff
from source.tariffs.daytypes import DayTypes, public_holidays
from tests.tariffs.witness import BAVARIA, quarter_at

D = Decimal
BERLIN = "Europe/Berlin"
SPOT = PriceSection(price_kwh=D("0.30"), market=Market(provider="awattar", area="DE"))


class Exchange:
    """A market whose price is the last three digits of the quarter hour, in thousandths."""

    def __init__(self, *missing: int) -> None:
        self.missing = missing
        self.asked: list[tuple[str, int, int]] = []

    def spot(self, source: str, first_quarter: int, end_quarter: int) -> Mapping[int, int]:
        self.asked.append((source, first_quarter, end_quarter))
        quarters = range(first_quarter, end_quarter)
        return {q: q % 1000 * 10**6 for q in quarters if q not in self.missing}


def book_of(
    *sections: PriceSection,
    zone: str = BERLIN,
    exchange: Exchange | None = None,
    holidays: str | None = None,
    devices: Mapping[str, DeviceConfig] | None = None,
) -> PriceBook:
    configuration = Configuration(
        files=Path(),
        general=General(timezone=zone),
        devices=devices or {},
        tariff=Tariff(sections=sections, holidays=holidays),
    )
    return PriceBook(configuration, (exchange or Exchange()).spot)


def prices_at(book: PriceBook, zone: str, start: str, end: str) -> str:
    """The prices between two times on the wall's clock, each with its number of quarter hours."""
    first, last = quarter_at(zone, start), quarter_at(zone, end)
    rows = groupby(book.prices("Meter", first, last - first).import_nano)
    return ", ".join(f"{len(list(row))} at {price / 10**9:g}" for price, row in rows)


def window(start: str, end: str, days: set[int], price: str) -> Window:
    start_at, end_at = time.fromisoformat(start), time.fromisoformat(end)
    return Window(start=start_at, end=end_at, weekdays=frozenset(days), price_kwh=D(price))


EVERY_DAY = set(range(7))
NIGHT = window("22:00", "06:00", {0, 1, 2, 3, 4}, "0.2")
SMALL_HOURS = window("01:45", "03:15", EVERY_DAY, "0.1")
EARLY = window("01:00", "02:30", EVERY_DAY, "0.1")
SUNDAY = window("00:00", "00:00", {6}, "0.15")
SECTION = PriceSection(price_kwh=D("0.3"))
LORD_HOWE, KATHMANDU, APIA = "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"

ROWS = [
    # windows, zone, holidays, start, end, quarter hours at each price
    ([NIGHT], BERLIN, None, "2026-06-04", "2026-06-05", "24 at 0.2, 64 at 0.3, 8 at 0.2"),
    # It begins on Friday and ends on Saturday; none begins on Saturday or Sunday.
    ([NIGHT], BERLIN, None, "2026-06-05 06:00", "2026-06-07", "64 at 0.3, 32 at 0.2, 72 at 0.3"),
    ([NIGHT], BERLIN, None, "2026-06-07", "2026-06-08 22:15", "184 at 0.3, 1 at 0.2"),
    # Corpus Christi, a Thursday: it counts as Sunday where it is a holiday, with its whole night.
    ([NIGHT], BERLIN, "DE-BY", "2026-06-04", "2026-06-05 22:00", "24 at 0.2, 160 at 0.3"),
    ([NIGHT], BERLIN, "DE-BE", "2026-06-04", "2026-06-05", "24 at 0.2, 64 at 0.3, 8 at 0.2"),
    ([SUNDAY], BERLIN, "DE", "2026-10-02", "2026-10-05", "96 at 0.3, 192 at 0.15"),
    ([SUNDAY], BERLIN, None, "2026-10-02", "2026-10-05", "192 at 0.3, 96 at 0.15"),
    # Sundays of 23, 25 and 24.5 hours.
    ([SUNDAY], BERLIN, None, "2026-03-28", "2026-03-30", "96 at 0.3, 92 at 0.15"),
    ([SUNDAY], BERLIN, None, "2026-10-24", "2026-10-26", "96 at 0.3, 100 at 0.15"),
    ([SUNDAY], LORD_HOWE, None, "2026-04-05", "2026-04-06", "98 at 0.15"),
    # The hour from 2 to 3 is left out in spring, and comes twice in autumn.
    ([SMALL_HOURS], BERLIN, None, "2026-03-29", "2026-03-29 05:00", "7 at 0.3, 2 at 0.1, 7 at 0.3"),
    ([SMALL_HOURS], BERLIN, None, "2026-10-25 01:30", "2026-10-25 03:30",
     "1 at 0.3, 10 at 0.1, 1 at 0.3"),
    # Where the end comes twice, the clock shows times within it once more.
    ([EARLY], BERLIN, None, "2026-10-25 01:00", "2026-10-25 03:00",
     "6 at 0.1, 2 at 0.3, 2 at 0.1, 2 at 0.3"),
    # The first window that covers a time counts.
    ([SUNDAY, SMALL_HOURS], BERLIN, None, "2026-06-07", "2026-06-08", "96 at 0.15"),
    ([SMALL_HOURS, SUNDAY], BERLIN, None, "2026-06-07", "2026-06-07 04:00",
     "7 at 0.15, 6 at 0.1, 3 at 0.15"),
    # Quarter hours of Kathmandu are quarter hours of the world.
    ([NIGHT], KATHMANDU, None, "2026-06-04", "2026-06-05", "24 at 0.2, 64 at 0.3, 8 at 0.2"),
    # Samoa had no Friday, 30 December 2011: Thursday's night ends on Saturday.
    ([NIGHT], APIA, None, "2011-12-29 20:00", "2012-01-01", "8 at 0.3, 32 at 0.2, 72 at 0.3"),
]  # fmt: skip


@pytest.mark.parametrize(("windows", "zone", "holidays", "start", "end", "expected"), ROWS)
def test_windows_go_by_the_clock_on_the_wall(
    windows: list[Window], zone: str, holidays: str | None, start: str, end: str, expected: str
) -> None:
    section = SECTION.model_copy(update={"windows": tuple(windows)})
    book = book_of(section, zone=zone, holidays=holidays)
    assert prices_at(book, zone, start, end) == expected


def test_a_section_holds_from_midnight_of_its_day_until_the_next_one() -> None:
    book = book_of(
        PriceSection(price_kwh=D("0.31")),
        PriceSection(start=date(2026, 3, 29), price_kwh=D("0.32")),
        PriceSection(start=date(2026, 3, 30), price_kwh=D("0.33")),
        PriceSection(start=date(2026, 10, 25), price_kwh=D("0.34")),
    )
    spring = prices_at(book, BERLIN, "2026-03-28 23:00", "2026-03-30 01:00")
    assert spring == "4 at 0.31, 92 at 0.32, 4 at 0.33"
    autumn = prices_at(book, BERLIN, "2026-10-24 23:00", "2026-10-26")
    assert autumn == "4 at 0.33, 100 at 0.34"
    assert prices_at(book, BERLIN, "1970-01-02", "1970-01-03") == "96 at 0.31"


def test_a_price_that_begins_within_a_quarter_hour_holds_from_the_next_one_on() -> None:
    # Liberia was 44 minutes and 30 seconds behind: its midnight was at 00:44:30 UTC.
    later = PriceSection(start=date(1971, 6, 1), price_kwh=D("0.4"))
    book = book_of(SECTION, later, zone="Africa/Monrovia")
    found = prices_at(book, "UTC", "1971-06-01 00:30", "1971-06-01 01:00")
    assert found == "1 at 0.3, 1 at 0.4"


def test_a_date_that_a_zone_left_out_begins_with_the_next_one() -> None:
    left_out = PriceSection(start=date(2011, 12, 30), price_kwh=D("0.4"))
    after = PriceSection(start=date(2011, 12, 31), price_kwh=D("0.5"))
    span = (APIA, "2011-12-29 23:45", "2011-12-31 00:15")
    assert prices_at(book_of(SECTION, left_out, zone=APIA), *span) == "1 at 0.3, 1 at 0.4"
    assert prices_at(book_of(SECTION, left_out, after, zone=APIA), *span) == "1 at 0.3, 1 at 0.5"


def test_where_the_markets_price_is_missing_the_sections_own_stands_in() -> None:
    first = quarter_at(BERLIN, "2026-06-01")
    exchange = Exchange(first + 2, first + 3)
    found = book_of(SPOT, exchange=exchange).prices("Meter", first, 5)
    market = [q % 1000 * 10**6 for q in range(first, first + 5)]
    assert list(found.import_nano) == [*market[:2], 300_000_000, 300_000_000, market[4]]
    assert list(found.assumed) == [0, 0, 1, 1, 0]
    assert exchange.asked[0][0] == "awattar:DE"


def test_a_window_needs_no_price_of_the_market() -> None:
    first = quarter_at(BERLIN, "2026-06-01 01:30")
    section = SPOT.model_copy(update={"windows": (SMALL_HOURS,)})
    found = book_of(section, exchange=Exchange(first + 1)).prices("Meter", first, 2)
    assert list(found.import_nano) == [first % 1000 * 10**6, 100_000_000]
    assert list(found.assumed) == [0, 0]


def test_a_period_is_complete_when_all_its_quarter_hours_are() -> None:
    first = quarter_at(BERLIN, "2026-06-01")
    book = book_of(SPOT, exchange=Exchange(first + 4))

    def is_complete(start_us: int, end_us: int) -> bool:
        return book.is_complete("Meter", Period(start_us, end_us))

    edge, after = (first + 4) * QUARTER_US, (first + 5) * QUARTER_US
    assert is_complete(edge - QUARTER_US, edge)
    assert not is_complete(edge - QUARTER_US, edge + 1)
    assert not is_complete(after - 1, after + QUARTER_US)
    assert is_complete(after, after + QUARTER_US)


def test_the_market_is_asked_once_for_all_devices_of_a_tariff() -> None:
    first = quarter_at(BERLIN, "2026-01-01")
    devices = {name: DeviceConfig(name=name, ip="x") for name in ("One", "Two")}
    exchange = Exchange()
    book = book_of(SPOT, exchange=exchange, devices=devices)
    book.prices("One", first, 35_040)
    asked = [q for _, start, end in exchange.asked for q in range(start, end)]
    assert len(set(asked)) == len(asked)
    assert set(range(first, first + 35_040)) <= set(asked)
    exchange.asked.clear()
    for name in ("Two", "_total", "One"):
        book.prices(name, first, 35_040)
        book.prices(name, first + 96, 96)
    assert exchange.asked == []


def test_equal_tariffs_of_devices_are_one() -> None:
    devices = {
        name: DeviceConfig(name=name, ip="x", tariff=Tariff(sections=(SPOT.model_copy(),)))
        for name in ("One", "Two")
    }
    exchange = Exchange()
    book = book_of(SECTION, exchange=exchange, devices=devices)
    for name in (*devices, "Unknown"):
        book.prices(name, 0, 1)
    assert len(exchange.asked) == 1


@pytest.mark.parametrize("start", [0, 1, 767, 768, 769, 1_982_304])
@pytest.mark.parametrize("count", [0, 1, 96, 767, 768, 769, 2000])
def test_any_span_of_prices_can_be_had(start: int, count: int) -> None:
    found = book_of(SPOT).prices("Meter", start, count)
    assert found.first_quarter == start
    assert list(found.import_nano) == [q % 1000 * 10**6 for q in range(start, start + count)]
    assert list(found.feed_in_nano) == list(found.assumed) == [0] * count


def test_prices_are_kept_to_the_billionth() -> None:
    section = PriceSection(price_kwh=D("0.1234567895"), feed_in_kwh=D("0.0000000004"))
    found = book_of(section).prices("Meter", 0, 1)
    assert (list(found.import_nano), list(found.feed_in_nano)) == ([123_456_790], [0])


def test_the_houses_tariff_is_the_general_price_where_no_other_is_configured() -> None:
    configuration = Configuration(files=Path(), general=General(price_kwh=D("0.27")))
    assert house_tariff(configuration).sections == (PriceSection(price_kwh=D("0.27")),)


def test_public_holidays_count_as_sundays() -> None:
    assert public_holidays("DE-BY", 2025) | public_holidays("DE-BY", 2026) == BAVARIA
    assert date(2026, 6, 4) not in public_holidays("DE", 2026)
    types, plain = DayTypes("DE-BY"), DayTypes(None)
    first = (date(2026, 1, 1) - date(1970, 1, 1)).days
    assert [plain.of(first + n) for n in range(7)] == [3, 4, 5, 6, 0, 1, 2]
    assert [types.of(first + n) for n in range(7)] == [6, 4, 5, 6, 0, 6, 2]
    assert plain.of(-1) == 2  # 1969-12-31


def test_a_years_prices_are_there_at_once() -> None:
    """The figures wanted are 150 ms and 250 ms; on a busy machine they may be missed by far."""
    first = quarter_at(BERLIN, "2026-01-01")
    section = SECTION.model_copy(update={"windows": (SMALL_HOURS, NIGHT, SUNDAY)})
    market = Market(provider="x", formula="max((spot + 15.3) * 1.19, 20)")
    for book in (
        book_of(section, holidays="DE-BY"),
        book_of(section.model_copy(update={"market": market, "windows": ()})),
    ):
        started = perf_counter()
        book.prices("Meter", first, 35_040)
        assert perf_counter() - started < 1.0
