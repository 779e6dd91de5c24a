"""Times as users write them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from source.cli.local import iso, read_time

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", "2026-01-31T00:00:00+01:00"),
        ("2026-07-31", "2026-07-31T00:00:00+02:00"),
        ("2026-01-31 18:30", "2026-01-31T18:30:00+01:00"),
        ("2026-01-31T18:30:15", "2026-01-31T18:30:15+01:00"),
        ("2026-01-31T18:30:15.250", "2026-01-31T18:30:15.250000+01:00"),
        ("2026-01-31T18:30:15.000001", "2026-01-31T18:30:15.000001+01:00"),
        ("2026-01-31T18:30Z", "2026-01-31T19:30:00+01:00"),
        ("2026-01-31T18:30:00-05:00", "2026-02-01T00:30:00+01:00"),
        ("2026-03-29 02:30", "2026-03-29T03:30:00+02:00"),  # does not exist
        ("2026-10-25 02:30", "2026-10-25T02:30:00+02:00"),  # exists twice
        ("2026-10-25 02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("now", "1970-01-01T01:00:00.000007+01:00"),
    ],
)
def test_a_time_is_read_in_the_zone_unless_it_says_another(text: str, expected: str) -> None:
    assert iso(read_time(text, BERLIN, now_us=7), BERLIN) == expected


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-1-1", "20260131", "2026-13-01", "2026-01-31T25:00", "31.01.2026",
     "0000-01-01", "2026-01-31T18:30+0100", "2026-W05-6", "2026-01-31 18:30 CET", "２０２６-01-31"],
)  # fmt: skip
def test_what_is_no_time_is_refused_on_every_python_alike(text: str) -> None:
    with pytest.raises(ValueError, match="must be a date"):
        read_time(text, BERLIN, now_us=7)


@pytest.mark.parametrize("text", ["0001-01-01", "1969-12-30", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles"])
def test_the_ends_of_the_calendar_are_refused(text: str, zone: str) -> None:
    with pytest.raises(ValueError, match="from 1970 to 9999"):
        read_time(text, ZoneInfo(zone), now_us=7)


def test_the_last_day_is_printed_in_every_zone() -> None:
    last_us = read_time("9999-12-30T00:00Z", BERLIN, now_us=7)
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        assert iso(last_us, ZoneInfo(zone)).startswith("9999-12-")
