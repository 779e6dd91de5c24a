"""When days, months and years end: cases with literal instants, and what holds for all of them."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from source.config.models import DeviceConfig, General
from source.model import QUARTER_US, US_PER_S, Period, PeriodKind
from source.period import (
    Rule,
    clock_spans,
    day_of,
    ends_between,
    local_text,
    midnight_us,
    period_of,
    quarters_of,
)
from source.reports.period import rules_of

HOUR_US = 3600 * US_PER_S
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def us(text: str) -> int:
    """An instant from ``2026-01-31 23:00`` in UTC."""
    moment = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    return (moment - EPOCH) // timedelta(microseconds=1)


def utc(t_us: int) -> str:
    return f"{EPOCH + timedelta(microseconds=t_us):%Y-%m-%d %H:%M}"


def ends(rule: Rule, after: str, until: str) -> list[str]:
    return [utc(end) for end in ends_between(rule, us(after), us(until))]


BERLIN = ZoneInfo("Europe/Berlin")

DAYS = [
    # zone, request time, an instant inside, start and end in UTC, hours
    ("Europe/Berlin", "00:00", "2026-01-15 12:00", "2026-01-14 23:00", "2026-01-15 23:00", 24),
    ("Europe/Berlin", "00:00", "2026-03-29 12:00", "2026-03-28 23:00", "2026-03-29 22:00", 23),
    ("Europe/Berlin", "00:00", "2026-10-25 12:00", "2026-10-24 22:00", "2026-10-25 23:00", 25),
    ("Europe/Berlin", "03:15", "2026-03-29 12:00", "2026-03-29 01:15", "2026-03-30 01:15", 24),
    # 02:30 does not exist on 29 March: the day ends at the jump, 01:00 UTC.
    ("Europe/Berlin", "02:30", "2026-03-28 12:00", "2026-03-28 01:30", "2026-03-29 01:00", 23.5),
    ("Europe/Berlin", "02:30", "2026-03-29 12:00", "2026-03-29 01:00", "2026-03-30 00:30", 23.5),
    # 02:30 comes twice on 25 October: the first one counts, 00:30 UTC.
    ("Europe/Berlin", "02:30", "2026-10-24 12:00", "2026-10-24 00:30", "2026-10-25 00:30", 24),
    ("Europe/Berlin", "02:30", "2026-10-25 12:00", "2026-10-25 00:30", "2026-10-26 01:30", 25),
    ("Asia/Kathmandu", "00:00", "2026-06-01 12:00", "2026-05-31 18:15", "2026-06-01 18:15", 24),
    ("Asia/Kolkata", "03:15", "2026-06-01 12:00", "2026-05-31 21:45", "2026-06-01 21:45", 24),
    # Lord Howe's summer time is half an hour.
    (
        "Australia/Lord_Howe",
        "00:00",
        "2026-04-05 00:00",
        "2026-04-04 13:00",
        "2026-04-05 13:30",
        24.5,
    ),
    (
        "Australia/Lord_Howe",
        "00:00",
        "2026-10-04 00:00",
        "2026-10-03 13:30",
        "2026-10-04 13:00",
        23.5,
    ),
    # Chatham: 45 minutes off, and its summer time begins at 02:45.
    ("Pacific/Chatham", "00:00", "2026-09-27 00:00", "2026-09-26 11:15", "2026-09-27 10:15", 23),
    ("Pacific/Chatham", "02:45", "2026-04-04 12:00", "2026-04-03 13:00", "2026-04-04 13:00", 24),
    ("Australia/Eucla", "06:00", "2026-06-01 12:00", "2026-05-31 21:15", "2026-06-01 21:15", 24),
    ("Pacific/Marquesas", "00:00", "2026-06-01 12:00", "2026-06-01 09:30", "2026-06-02 09:30", 24),
    ("America/St_Johns", "00:00", "2026-11-01 12:00", "2026-11-01 02:30", "2026-11-02 03:30", 25),
    # There the clocks changed at one minute past midnight: back into the day before.
    ("America/St_Johns", "00:00", "2010-11-07 12:00", "2010-11-07 02:30", "2010-11-08 03:30", 25),
    # Two hours of summer time at a station in Antarctica.
    ("Antarctica/Troll", "00:00", "2026-03-29 12:00", "2026-03-29 00:00", "2026-03-29 22:00", 22),
    ("Antarctica/Troll", "00:00", "2026-10-25 12:00", "2026-10-24 22:00", "2026-10-26 00:00", 26),
    # Countries that moved by half an hour for good.
    ("America/Caracas", "00:00", "2007-12-09 12:00", "2007-12-09 04:00", "2007-12-10 04:30", 24.5),
    ("Asia/Pyongyang", "00:00", "2015-08-14 12:00", "2015-08-13 15:00", "2015-08-14 15:30", 24.5),
    # An offset with seconds: Liberia was 44 minutes and 30 seconds behind.
    ("Africa/Monrovia", "00:15", "1971-06-01 12:00", "1971-06-01 00:59", "1971-06-02 00:59", 24),
    # Summer time that begins at midnight: the day begins at 01:00.
    ("America/Sao_Paulo", "00:00", "2018-11-04 12:00", "2018-11-04 03:00", "2018-11-05 02:00", 23),
    ("Africa/Cairo", "00:00", "2026-04-24 12:00", "2026-04-23 22:00", "2026-04-24 21:00", 23),
    # Samoa left out 30 December 2011.
    ("Pacific/Apia", "00:00", "2011-12-30 00:00", "2011-12-29 10:00", "2011-12-30 10:00", 24),
    ("Pacific/Apia", "03:15", "2011-12-30 12:00", "2011-12-29 13:15", "2011-12-30 13:15", 24),
    # So did Kwajalein with 21 August 1993, and Kiritimati with the last day of 1994.
    ("Pacific/Kwajalein", "00:00", "1993-08-21 12:00", "1993-08-20 12:00", "1993-08-21 12:00", 24),
    ("Pacific/Kwajalein", "00:00", "1993-08-21 12:01", "1993-08-21 12:00", "1993-08-22 12:00", 24),
    ("Pacific/Kwajalein", "06:00", "1993-08-21 13:00", "1993-08-20 18:00", "1993-08-21 18:00", 24),
    ("Pacific/Kiritimati", "00:00", "1994-12-31 11:00", "1994-12-31 10:00", "1995-01-01 10:00", 24),
    # Greenland jumps from Saturday 23:00 to Sunday 00:00.
    ("America/Nuuk", "23:30", "2026-03-28 12:00", "2026-03-28 01:30", "2026-03-29 01:00", 23.5),
    ("UTC", "00:00", "2016-12-31 12:00", "2016-12-31 00:00", "2017-01-01 00:00", 24),
]


@pytest.mark.parametrize(("zone", "at", "inside", "start", "end", "hours"), DAYS)
def test_a_day_lasts_from_request_time_to_request_time(
    zone: str, at: str, inside: str, start: str, end: str, hours: float
) -> None:
    rule = Rule("day", time.fromisoformat(at), ZoneInfo(zone))
    period = period_of(rule, us(inside))
    assert (utc(period.start_us), utc(period.end_us)) == (start, end)
    assert (period.end_us - period.start_us) / HOUR_US == hours


QUARTERS = [
    ("Europe/Berlin", "2026-03-28", 96),
    ("Europe/Berlin", "2026-03-29", 92),
    ("Europe/Berlin", "2026-10-25", 100),
    ("America/St_Johns", "2026-03-08", 92),
    ("America/St_Johns", "2026-11-01", 100),
    ("Australia/Lord_Howe", "2026-04-05", 98),
    ("Australia/Lord_Howe", "2026-10-04", 94),
    ("Asia/Kathmandu", "2026-06-01", 96),
    ("Pacific/Chatham", "2026-04-05", 100),
    ("Antarctica/Troll", "2026-03-29", 88),
    # Its days begin within a quarter hour, and so touch one more.
    ("Africa/Monrovia", "1971-06-01", 97),
]


@pytest.mark.parametrize(("zone", "day", "count"), QUARTERS)
def test_a_day_has_so_many_quarter_hours(zone: str, day: str, count: int) -> None:
    start_us = midnight_us(date.fromisoformat(day), ZoneInfo(zone))
    quarters = quarters_of(day_of(start_us + 1, ZoneInfo(zone)))
    assert len(quarters) == count
    assert quarters.start == start_us // QUARTER_US


def test_a_period_touches_the_quarter_hours_that_it_has_a_part_of() -> None:
    def touched(start_us: int, end_us: int) -> list[int]:
        return list(quarters_of(Period(start_us, end_us)))

    assert touched(0, QUARTER_US) == [0]
    assert touched(1, QUARTER_US + 1) == [0, 1]
    assert touched(QUARTER_US - 1, QUARTER_US) == [0]
    assert touched(QUARTER_US, 3 * QUARTER_US) == [1, 2]
    assert touched(QUARTER_US, QUARTER_US) == []


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Europe/Berlin", "2026-03-29", "2026-03-28 23:00"),
        ("Europe/Berlin", "2026-03-30", "2026-03-29 22:00"),
        ("Africa/Cairo", "2026-04-24", "2026-04-23 22:00"),
        # Its midnight comes twice: at the first one the day begins.
        ("America/Havana", "2026-11-01", "2026-11-01 04:00"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30 10:00"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30 10:00"),
        ("Asia/Kathmandu", "1986-01-01", "1985-12-31 18:30"),
        ("Asia/Kathmandu", "1986-01-02", "1986-01-01 18:15"),
    ],
)
def test_a_date_begins_when_the_clocks_first_reach_its_midnight(
    zone: str, day: str, expected: str
) -> None:
    assert utc(midnight_us(date.fromisoformat(day), ZoneInfo(zone))) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (1, ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"]),
        (15, ["2026-01-15", "2026-02-15", "2026-03-15", "2026-04-15", "2026-05-15"]),
        (29, ["2026-01-29", "2026-02-28", "2026-03-29", "2026-04-29", "2026-05-29"]),
        (30, ["2026-01-30", "2026-02-28", "2026-03-30", "2026-04-30", "2026-05-30"]),
        (31, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
    ],
)
def test_a_month_ends_on_its_day_or_on_the_last_one_it_has(day: int, expected: list[str]) -> None:
    rule = Rule("month", time(3, 15), ZoneInfo("UTC"), day)
    found = ends(rule, "2026-01-01 00:00", "2026-06-01 00:00")
    assert found == [f"{end} 03:15" for end in expected]


def test_a_month_in_a_leap_year_ends_on_the_29th_of_february() -> None:
    rule = Rule("month", time(0), ZoneInfo("UTC"), 31)
    assert ends(rule, "2028-02-01 00:00", "2028-03-01 00:00") == ["2028-02-29 00:00"]


def test_a_year_that_ends_on_29_february_ends_on_the_28th_in_other_years() -> None:
    rule = Rule("year", time(0), ZoneInfo("UTC"), 29, 2)
    assert ends(rule, "2026-01-01 00:00", "2029-12-31 00:00") == [
        "2026-02-28 00:00",
        "2027-02-28 00:00",
        "2028-02-29 00:00",
        "2029-02-28 00:00",
    ]


BILLING = [
    # kind, day and month, request time, an instant inside, start and end in UTC; in Berlin
    ("month", 15, 1, "03:15", "2026-04-01 00:00", "2026-03-15 02:15", "2026-04-15 01:15"),
    ("month", 29, 1, "02:30", "2026-03-01 00:00", "2026-02-28 01:30", "2026-03-29 01:00"),
    ("month", 25, 1, "02:30", "2026-10-01 00:00", "2026-09-25 00:30", "2026-10-25 00:30"),
    ("month", 25, 1, "02:30", "2026-10-25 00:31", "2026-10-25 00:30", "2026-11-25 01:30"),
    ("month", 31, 1, "23:59", "2026-02-28 22:59", "2026-01-31 22:59", "2026-02-28 22:59"),
    ("month", 31, 1, "23:59", "2026-02-28 23:00", "2026-02-28 22:59", "2026-03-31 21:59"),
    ("month", 30, 1, "00:00", "2028-02-01 00:00", "2028-01-29 23:00", "2028-02-28 23:00"),
    ("year", 29, 2, "12:00", "2027-06-01 00:00", "2027-02-28 11:00", "2028-02-29 11:00"),
    ("year", 29, 2, "12:00", "2028-06-01 00:00", "2028-02-29 11:00", "2029-02-28 11:00"),
    ("year", 31, 12, "06:00", "2026-12-31 05:00", "2025-12-31 05:00", "2026-12-31 05:00"),
    ("year", 25, 10, "02:30", "2026-10-25 01:00", "2026-10-25 00:30", "2027-10-25 00:30"),
    ("year", 31, 4, "00:00", "2026-01-01 00:00", "2025-04-29 22:00", "2026-04-29 22:00"),
]


@pytest.mark.parametrize(("kind", "day", "month", "at", "inside", "start", "end"), BILLING)
def test_billing_periods_begin_on_any_day_at_any_time(
    kind: PeriodKind, day: int, month: int, at: str, inside: str, start: str, end: str
) -> None:
    period = period_of(Rule(kind, time.fromisoformat(at), BERLIN, day, month), us(inside))
    assert (utc(period.start_us), utc(period.end_us)) == (start, end)


def test_months_and_years_go_by_the_clock_of_the_zone() -> None:
    month = period_of(Rule("month", time(0), BERLIN, 1), us("2026-03-10 00:00"))
    assert (utc(month.start_us), utc(month.end_us)) == ("2026-02-28 23:00", "2026-03-31 22:00")
    year = period_of(Rule("year", time(6, 30), BERLIN, 1, 7), us("2026-03-10 00:00"))
    assert (utc(year.start_us), utc(year.end_us)) == ("2025-07-01 04:30", "2026-07-01 04:30")


def test_an_instant_on_the_end_belongs_to_the_period_that_ends() -> None:
    rule = Rule("day", time(0), ZoneInfo("UTC"))
    midnight = us("2026-01-02 00:00")
    assert period_of(rule, midnight) == Period(us("2026-01-01 00:00"), midnight)
    assert period_of(rule, midnight + 1).start_us == midnight


def test_ends_between_leave_out_their_left_edge_and_include_the_right_one() -> None:
    rule = Rule("day", time(0), ZoneInfo("UTC"))
    assert ends(rule, "2026-01-01 00:00", "2026-01-03 00:00") == [
        "2026-01-02 00:00",
        "2026-01-03 00:00",
    ]
    assert ends(rule, "2026-01-01 00:00", "2026-01-01 23:59") == []
    assert ends(rule, "2026-01-05 00:00", "2026-01-01 00:00") == []


def test_today_begins_at_midnight_whatever_the_request_time_is() -> None:
    today = day_of(us("2026-06-10 12:00"), BERLIN)
    assert (utc(today.start_us), utc(today.end_us)) == ("2026-06-09 22:00", "2026-06-10 22:00")


def test_local_times_are_rounded_to_the_second() -> None:
    assert local_text(us("2026-06-10 12:00") - 1, BERLIN) == "2026-06-10 14:00:00"
    assert local_text(us("2026-06-10 12:00") + 499_999, BERLIN) == "2026-06-10 14:00:00"


def test_the_rules_of_a_device_are_those_that_its_entry_orders() -> None:
    general = General(timezone="Europe/Berlin", cost_calc_request_time=time(3, 15))
    device = DeviceConfig(
        name="Fridge", ip="x", cost_day=True, cost_month=15, cost_year=(29, 2), update_time_s=10
    )
    assert rules_of(device, general) == [
        Rule("day", time(3, 15), BERLIN),
        Rule("month", time(3, 15), BERLIN, 15),
        Rule("year", time(3, 15), BERLIN, 29, 2),
    ]
    assert rules_of(DeviceConfig(name="Fridge", ip="x"), general) == []


# --- what holds for every rule, in every zone, at every instant ---

RULES = st.builds(
    Rule,
    st.sampled_from(["day", "month", "year"]),
    st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    st.sampled_from(sorted(available_timezones())).map(ZoneInfo),
    st.integers(1, 31),
    st.integers(1, 12),
)
INSTANTS = st.integers(us("1970-01-03 00:00"), us("2099-12-31 00:00"))
LONGEST_US = {"day": 50 * HOUR_US, "month": 33 * 24 * HOUR_US, "year": 368 * 24 * HOUR_US}


@settings(max_examples=600, deadline=None)
@given(rule=RULES, t_us=INSTANTS)
def test_periods_leave_no_gap_and_never_overlap(rule: Rule, t_us: int) -> None:
    period = period_of(rule, t_us)
    assert period.start_us < t_us <= period.end_us
    assert period_of(rule, period.end_us) == period
    assert period_of(rule, period.start_us + 1) == period
    assert period_of(rule, period.start_us).end_us == period.start_us
    assert period_of(rule, period.end_us + 1).start_us == period.end_us
    assert period.end_us - period.start_us < LONGEST_US[rule.kind]


@settings(max_examples=300, deadline=None)
@given(rule=RULES, t_us=INSTANTS, count=st.integers(1, 5))
def test_walking_the_ends_finds_each_period_once(rule: Rule, t_us: int, count: int) -> None:
    until_us = after_us = period_of(rule, t_us).end_us
    expected = []
    for _ in range(count):
        until_us = period_of(rule, until_us + 1).end_us
        expected.append(until_us)
    assert list(ends_between(rule, after_us, until_us)) == expected


@settings(max_examples=300, deadline=None)
@given(rule=RULES, t_us=INSTANTS)
def test_at_an_end_the_clocks_have_just_reached_the_request_time(rule: Rule, t_us: int) -> None:
    end_us = period_of(rule, t_us).end_us
    at_end, before = (
        (EPOCH + timedelta(microseconds=t)).astimezone(rule.zone).replace(tzinfo=None, fold=0)
        for t in (end_us, end_us - 1)
    )
    if at_end.time() == rule.at:
        return
    # The clocks jumped over the request time: it lies between what they showed before and after.
    assume(at_end - before < timedelta(hours=3))
    assert before < datetime.combine(before.date(), rule.at) <= at_end or (
        before < datetime.combine(at_end.date(), rule.at) <= at_end
    )


def test_every_zone_has_as_many_days_as_its_calendar() -> None:
    for name in available_timezones():
        rule = Rule("day", time(0), ZoneInfo(name))
        found = list(ends_between(rule, us("2026-01-01 12:00"), us("2027-01-01 12:00")))
        assert len(found) == 365, name


YEARS = [(us(f"{year}-01-01 00:00"), us(f"{year + 5}-01-01 00:00")) for year in range(1970, 2035)]


def test_in_every_zone_periods_tile_the_time_around_each_change_of_the_clocks() -> None:
    kinds: list[PeriodKind] = ["day", "month", "year"]
    for name in sorted(available_timezones()):
        dice, zone = random.Random(name), ZoneInfo(name)
        start_us, end_us = dice.choice(YEARS)
        spans = clock_spans(zone, start_us // QUARTER_US, end_us // QUARTER_US)
        changes = [span.first_quarter * QUARTER_US for span in spans]
        for change_us in [*changes, dice.randrange(start_us, end_us)]:
            at = time(*dice.choice([(0, 0), (0, 1), (2, 30), (23, 59), (dice.randrange(24), 0)]))
            rule = Rule(dice.choice(kinds), at, zone, dice.randint(1, 31), dice.randint(1, 12))
            inside = period_of(rule, change_us + dice.randint(-86_400, 86_400) * US_PER_S)
            before = period_of(rule, inside.start_us)
            after = period_of(rule, inside.end_us + 1)
            assert before.end_us == inside.start_us < inside.end_us == after.start_us, rule
            for period in (before, inside, after):
                assert period_of(rule, period.start_us + 1) == period, rule
                assert period_of(rule, period.end_us) == period, rule


# --- what the clocks show ---


def ahead_s(quarter: int, zone: ZoneInfo) -> float:
    moment = EPOCH + timedelta(microseconds=quarter * QUARTER_US)
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset.total_seconds()


def test_spans_between_changes_of_the_clocks() -> None:
    first, end = us("2026-01-01 00:00") // QUARTER_US, us("2027-01-01 00:00") // QUARTER_US
    spans = list(clock_spans(BERLIN, first, end))
    assert [(utc(span.first_quarter * QUARTER_US), span.ahead_s) for span in spans] == [
        ("2026-01-01 00:00", 3600),
        ("2026-03-29 01:00", 7200),
        ("2026-10-25 01:00", 3600),
    ]
    assert spans[-1].end_quarter == end
    assert list(clock_spans(BERLIN, end, end)) == []
    later = us("2036-01-01 00:00") // QUARTER_US
    assert len(list(clock_spans(BERLIN, first, later))) == 21


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(sorted(available_timezones())).map(ZoneInfo),
    first=st.integers(0, us("2037-01-01 00:00") // QUARTER_US),
    count=st.sampled_from([1, 96, 9_000, 35_040, 100_000]),
    seed=st.integers(0, 2**32),
)
def test_in_each_span_the_clocks_are_equally_far_ahead(
    zone: ZoneInfo, first: int, count: int, seed: int
) -> None:
    dice = random.Random(seed)
    spans = list(clock_spans(zone, first, first + count))
    assert (spans[0].first_quarter, spans[-1].end_quarter) == (first, first + count)
    for one, other in pairwise(spans):
        assert one.end_quarter == other.first_quarter
        assert ahead_s(one.end_quarter, zone) == other.ahead_s != one.ahead_s
    for span in spans:
        last = span.end_quarter - 1
        within = [dice.randint(span.first_quarter, last) for _ in range(5)]
        for quarter in (span.first_quarter, last, *within):
            assert ahead_s(quarter, zone) == span.ahead_s
            wall = datetime(1970, 1, 1) + span.wall_quarter(quarter) * timedelta(minutes=15)
            shown = EPOCH + timedelta(microseconds=quarter * QUARTER_US)
            since = shown.astimezone(zone).replace(tzinfo=None) - wall
            assert timedelta(0) <= since < timedelta(minutes=15)
