"""Spans of calendar days, and their parts."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from source.model import QUARTER_US
from source.reports.span import Span, span_named
from tests.reports.house import us

BERLIN = ZoneInfo("Europe/Berlin")
NOW_US = us("2026-10-31 12:00")
EVER_US = 2**62


def span(text: str, zone: str = "Europe/Berlin") -> Span:
    return span_named(text, ZoneInfo(zone), NOW_US)


@pytest.mark.parametrize(
    ("text", "first", "end", "kind", "step", "parts"),
    [
        ("2026-10-30", (2026, 10, 30), (2026, 10, 31), "day", "hour", 24),
        ("2026-10-25", (2026, 10, 25), (2026, 10, 26), "day", "hour", 25),
        ("2026-03-29", (2026, 3, 29), (2026, 3, 30), "day", "hour", 23),
        ("today", (2026, 10, 31), (2026, 11, 1), "day", "hour", 24),
        ("yesterday", (2026, 10, 30), (2026, 10, 31), "day", "hour", 24),
        ("this-month", (2026, 10, 1), (2026, 11, 1), "month", "day", 31),
        ("last-month", (2026, 9, 1), (2026, 10, 1), "month", "day", 30),
        ("this-year", (2026, 1, 1), (2027, 1, 1), "year", "month", 12),
        ("last-year", (2025, 1, 1), (2026, 1, 1), "year", "month", 12),
        ("2026-02", (2026, 2, 1), (2026, 3, 1), "month", "day", 28),
        ("2024-02", (2024, 2, 1), (2024, 3, 1), "month", "day", 29),
        ("2026-12", (2026, 12, 1), (2027, 1, 1), "month", "day", 31),
        ("2026", (2026, 1, 1), (2027, 1, 1), "year", "month", 12),
        ("2026-10-01..2026-10-03", (2026, 10, 1), (2026, 10, 3), "range", "hour", 48),
        ("2026-10-01..2026-10-04", (2026, 10, 1), (2026, 10, 4), "range", "day", 3),
        ("2026-01-15..2026-10-15", (2026, 1, 15), (2026, 10, 15), "range", "month", 10),
        ("2018-03-01..2026-01-01", (2018, 3, 1), (2026, 1, 1), "range", "year", 8),
    ],
)
def test_a_span_has_its_days_and_its_parts(
    text: str,
    first: tuple[int, int, int],
    end: tuple[int, int, int],
    kind: str,
    step: str,
    parts: int,
) -> None:
    found = span(text)
    assert (found.first, found.end) == (date(*first), date(*end))
    assert (found.kind, found.step, len(found.parts(EVER_US))) == (kind, step, parts)


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Africa/Cairo",
        "Pacific/Apia",
        "UTC",
    ],
)
@pytest.mark.parametrize(
    "text",
    ["2026-04-05", "2026-10-04", "2026-04", "2026-10", "2026", "2011-12", "2020-02-03..2026-07-09"],
)
def test_the_parts_tile_the_span(zone: str, text: str) -> None:
    found = span(text, zone)
    periods = [part.period for part in found.parts(EVER_US)]
    assert (periods[0].start_us, periods[-1].end_us) == (found.whole.start_us, found.whole.end_us)
    assert all(one.end_us == other.start_us for one, other in pairwise(periods))
    assert all(one.start_us < one.end_us for one in periods)


def test_the_hour_that_autumn_repeats_is_there_twice() -> None:
    begins = [f"{part.begin:%H:%M}" for part in span("2026-10-25").parts(EVER_US)]
    assert begins[:5] == ["00:00", "01:00", "02:00", "02:00", "03:00"]


def test_where_the_clocks_go_back_by_half_an_hour_one_part_is_longer() -> None:
    parts = span("2026-04-05", "Australia/Lord_Howe").parts(EVER_US)
    lengths = [(part.period.end_us - part.period.start_us) // QUARTER_US for part in parts]
    assert (len(parts), sum(lengths), max(lengths)) == (24, 98, 6)


def test_a_date_that_a_zone_left_out_is_no_part() -> None:
    days = [part.begin.day for part in span("2011-12", "Pacific/Apia").parts(EVER_US)]
    assert days == [*range(1, 30), 31]


def test_parts_end_now_at_the_latest() -> None:
    parts = span("2026-10").parts(NOW_US)
    assert (len(parts), parts[-1].period.end_us) == (31, NOW_US)
    assert len(span("today").parts(NOW_US)) == 13


def test_a_span_is_named_as_on_the_command_line() -> None:
    names = ["2026-10-30", "2026-10", "2026", "2026-10-01..2026-10-04"]
    assert [span(name).label for name in names] == names
    assert span("today").label == "2026-10-31"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must be a day"),
        ("October", "must be a day"),
        ("2026-02-30", "must be a day"),
        ("2026-13", "must be a day"),
        ("2026-1", "must be a day"),
        ("٢٠٢٦", "must be a day"),
        ("2026-10-01..", "must be a day"),
        ("2026-10-01..2026-10-03..2026-10-05", "must be a day"),
        ("2026-10-03..2026-10-03", "must end after it begins"),
        ("2026-10-03..2026-10-01", "must end after it begins"),
        ("1969", "must lie between 1970 and 9998"),
        ("9999-12-31", "must lie between 1970 and 9998"),
    ],
)
def test_what_is_no_span_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{told}"):
        span(text)
