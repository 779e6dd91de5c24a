"""The fetcher: what it asks for and when, over days and restarts, and what it does in an outage."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from source.journal.store import Journal
from source.tariffs.sources import FAR, PriceSource
from source.tariffs.spot import SpotPrice
from tests.fakes import FakeClock, good_point
from tests.sinks.scripted_server import ScriptedServer, scripted_server
from tests.tariffs.pricing import (
    Exchange,
    Fetching,
    local,
    market,
    nano,
    quarter,
    source_of,
    url_of,
    us,
)

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
SOURCE = "energy-charts:DE-LU"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def exchange(server: ScriptedServer) -> Exchange:
    """It knows all of the first quarter of 2026."""
    return Exchange(server, local("2025-10-01T00:00"), local("2026-04-01T00:00"))


@pytest.fixture
def fetching(journal: Journal, clock: FakeClock, exchange: Exchange) -> Fetching:
    config = market("energy-charts", area="DE-LU", url=url_of(exchange.server))
    return Fetching(journal, clock, [source_of(config)])


def at(clock: FakeClock, text: str) -> None:
    clock.wall_us = us(local(text))


def measure(journal: Journal, text: str, device: str = "Fridge") -> None:
    journal.append(good_point(us(local(text)) + 1, 1.0, device))
    journal.flush()


def test_without_a_measured_point_only_today_is_asked_for(
    fetching: Fetching, exchange: Exchange, clock: FakeClock
) -> None:
    at(clock, "2026-03-02T09:00")
    fetching.run(60)
    assert exchange.days_asked() == ["2026-03-02"]
    found = fetching.known(SOURCE, local("2026-03-01T00:00"), local("2026-03-05T00:00"))
    day = range(quarter("2026-03-02T00:00"), quarter("2026-03-03T00:00"))
    assert found == {q: nano(q) for q in day}


def test_the_past_since_the_first_point_is_filled_newest_days_first(
    fetching: Fetching, exchange: Exchange, journal: Journal, clock: FakeClock
) -> None:
    measure(journal, "2025-12-24T18:00")
    at(clock, "2026-03-02T09:00")
    fetching.run(60)
    assert exchange.days_asked() == [
        "2026-01-31 … 2026-03-02",
        "2025-12-31 … 2026-01-30",
        "2025-12-24 … 2025-12-30",
    ]
    found = fetching.known(SOURCE, local("2025-12-01T00:00"), local("2026-04-01T00:00"))
    span = range(quarter("2025-12-24T00:00"), quarter("2026-03-03T00:00"))
    assert found == {q: nano(q) for q in span}


def test_nothing_before_the_tariffs_section_is_asked_for(
    fetching: Fetching, exchange: Exchange, journal: Journal, clock: FakeClock
) -> None:
    measure(journal, "2025-12-24T18:00")
    at(clock, "2026-03-02T09:00")
    config = fetching.sources[0].market
    fetching.sources = [source_of(config, local("2026-02-28T00:00"))]
    fetching.run(60)
    assert exchange.days_asked() == ["2026-02-28 … 2026-03-02"]


def test_nothing_older_than_400_days_is_asked_for(
    fetching: Fetching, exchange: Exchange, journal: Journal, clock: FakeClock
) -> None:
    measure(journal, "2022-01-01T18:00")
    at(clock, "2026-03-02T09:00")
    exchange.known_from = local("2020-01-01T00:00")
    fetching.run(120)
    assert exchange.days_asked()[-1].startswith("2025-01-26")


def test_a_restart_asks_for_nothing_twice(
    fetching: Fetching, exchange: Exchange, journal: Journal, clock: FakeClock
) -> None:
    measure(journal, "2026-02-20T18:00")
    at(clock, "2026-03-02T09:00")
    fetching.run(60)
    assert exchange.days_asked() == ["2026-02-20 … 2026-03-02"]
    fetching.run(HOUR_S)
    assert exchange.days_asked() == []


def test_tomorrow_is_asked_for_from_noon_on_until_it_is_there_and_then_no_more(
    fetching: Fetching, exchange: Exchange, clock: FakeClock
) -> None:
    at(clock, "2026-03-02T09:00")
    exchange.known_until = local("2026-03-03T00:00")

    def publish() -> None:
        if clock.wall_us >= us(local("2026-03-02T13:10")):
            exchange.known_until = local("2026-03-04T00:00")

    fetching.run(14.9 * HOUR_S, publish)
    # At 9:00 today; from 12:45 on every quarter of an hour, in vain until 13:30.
    assert exchange.days_asked() == ["2026-03-02"] + ["2026-03-03"] * 4
    assert fetching.reason() == "", "that tomorrow is not known yet is no failure"
    tomorrow = (local("2026-03-03T00:00"), local("2026-03-04T00:00"))
    assert len(fetching.known(SOURCE, *tomorrow)) == 96


def test_over_midnight_and_the_change_of_clocks_each_day_is_asked_for_once(
    fetching: Fetching, exchange: Exchange, clock: FakeClock
) -> None:
    at(clock, "2026-03-28T23:50")
    fetching.run(2.5 * DAY_S)
    assert exchange.days_asked() == ["2026-03-28 … 2026-03-29", "2026-03-30", "2026-03-31"]
    summer_time = (local("2026-03-29T00:00"), local("2026-03-30T00:00"))
    assert len(fetching.known(SOURCE, *summer_time)) == 92


def test_the_25_hours_of_autumn_are_all_there(
    fetching: Fetching, exchange: Exchange, clock: FakeClock
) -> None:
    at(clock, "2026-10-25T00:10")
    exchange.known_until = local("2026-10-26T00:00")
    fetching.run(60)
    day = fetching.known(SOURCE, local("2026-10-25T00:00"), local("2026-10-26T00:00"))
    assert len(day) == 100
    assert day[quarter("2026-10-25T02:00", fold=1)] == nano(quarter("2026-10-25T02:00", fold=1))


def test_a_past_day_without_prices_is_asked_for_each_day_for_a_week_and_then_left(
    fetching: Fetching,
    exchange: Exchange,
    journal: Journal,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("source.tariffs.errand.LOOK_S", 6 * HOUR_S)  # it looks a thousand times
    measure(journal, "2026-02-27T18:00")
    at(clock, "2026-03-02T00:30")
    exchange.known_from = local("2026-02-28T00:00")
    exchange.known_until = local("2026-06-01T00:00")
    fetching.run(12 * DAY_S)
    asked = [one for one in exchange.days_asked() if one.startswith("2026-02-27")]
    assert asked == ["2026-02-27 … 2026-03-02"] + ["2026-02-27"] * 6


def test_a_missing_hour_is_told_and_filled_later(
    fetching: Fetching, exchange: Exchange, clock: FakeClock
) -> None:
    at(clock, "2026-03-02T09:00")
    exchange.known_from = local("2026-03-02T01:00")
    fetching.run(HOUR_S)
    assert fetching.reason() == "has no prices from 2026-03-02 00:00:00 on"
    at(clock, "2026-03-03T09:00")
    exchange.known_from = local("2026-03-01T00:00")
    measure(fetching.journal, "2026-03-02T10:00")
    fetching.run(60)
    assert fetching.reason() == ""
    found = fetching.known(SOURCE, local("2026-03-02T00:00"), local("2026-03-03T00:00"))
    assert len(found) == 96


def test_after_a_restart_with_half_a_day_the_whole_day_is_there(
    fetching: Fetching, exchange: Exchange, clock: FakeClock
) -> None:
    at(clock, "2026-03-02T09:00")
    half = {q: nano(q) for q in range(quarter("2026-03-02T00:00"), quarter("2026-03-02T12:00"))}
    fetching.journal.put_prices(SOURCE, half)
    fetching.run(60)
    assert exchange.days_asked() == ["2026-03-02"]
    day = fetching.known(SOURCE, local("2026-03-02T00:00"), local("2026-03-03T00:00"))
    assert day == {q: nano(q) for q in range(min(half), min(half) + 96)}


def test_a_clock_that_was_a_year_ahead_does_no_harm(
    fetching: Fetching, exchange: Exchange, journal: Journal, clock: FakeClock
) -> None:
    measure(journal, "2026-02-28T18:00")
    at(clock, "2027-03-02T09:00")
    put_back = [lambda: at(clock, "2026-03-02T13:00")]
    fetching.run(HOUR_S, lambda: put_back and clock.mono_s > 1500 and put_back.pop()())
    day = fetching.known(SOURCE, local("2026-03-02T00:00"), local("2026-03-04T00:00"))
    assert len(day) == 192
    exchange.days_asked()
    fetching.run(HOUR_S)
    assert exchange.days_asked() == []
    assert fetching.reason() == ""


def test_two_tariffs_with_one_source_ask_once_for_what_both_want(
    fetching: Fetching, exchange: Exchange, journal: Journal, clock: FakeClock
) -> None:
    measure(journal, "2026-01-01T18:00")
    at(clock, "2026-03-02T09:00")
    ended = range(quarter("2026-02-20T00:00"), quarter("2026-02-22T00:00"))
    begun = range(quarter("2026-03-01T00:00"), FAR)
    fetching.sources = [PriceSource(fetching.sources[0].market, (ended, begun))]
    fetching.run(60)
    assert exchange.days_asked() == ["2026-03-01 … 2026-03-02", "2026-02-20 … 2026-02-21"]


def test_another_provider_has_rows_of_its_own_and_the_old_ones_stay(
    fetching: Fetching, exchange: Exchange, clock: FakeClock
) -> None:
    at(clock, "2026-03-02T09:00")
    fetching.run(60)
    config = market("energy-charts", area="AT", url=url_of(exchange.server))
    Fetching(fetching.journal, clock, [source_of(config)]).run(60)
    day = (local("2026-03-02T00:00"), local("2026-03-03T00:00"))
    assert len(fetching.known(SOURCE, *day)) == 96
    assert len(fetching.known("energy-charts:AT", *day)) == 96


# --- outages ---


def test_an_outage_is_logged_when_it_begins_and_ends_and_asked_for_less_and_less(
    fetching: Fetching,
    exchange: Exchange,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    at(clock, "2026-03-02T09:00")
    script = exchange.server.script
    for _ in range(9):
        exchange.server.then(500)
    script.rotate(9)
    with caplog.at_level(logging.INFO):
        fetching.run(7 * HOUR_S)
    told = [(one.levelname, one.getMessage()) for one in caplog.records]
    assert told == [
        ("WARNING", f"prices {SOURCE}: failed: 127.0.0.1 answered 500"),
        ("ERROR", f"prices {SOURCE}: off-line, 3 tries failed: 127.0.0.1 answered 500"),
        ("INFO", f"prices {SOURCE}: back on-line after 2 h 31 min, 9 tries failed"),
        ("INFO", f"prices {SOURCE}: known until 2026-03-03 00:00:00"),
        ("INFO", f"prices {SOURCE}: known until 2026-03-04 00:00:00"),
    ]
    # After 1, 2, 4, 8, 16, then 30 minutes; with jitter up to twice as long.
    assert fetching.pauses[:6] == [60, 120, 240, 480, 900, 60]


def test_each_kind_of_failure_leaves_the_known_prices_and_another_source_alone(
    journal: Journal, clock: FakeClock, exchange: Exchange
) -> None:
    at(clock, "2026-03-02T09:00")
    good = source_of(market("energy-charts", area="DE-LU", url=url_of(exchange.server)))
    bad = source_of(market("awattar", area="DE", url="http://127.0.0.1:9"))
    fetching = Fetching(journal, clock, [bad, good]).run(30)
    assert fetching.reason() == "127.0.0.1: Connection refused"
    day = (local("2026-03-02T00:00"), local("2026-03-03T00:00"))
    assert len(fetching.known(SOURCE, *day)) == 96
    with scripted_server() as server:
        bad = source_of(market("awattar", area="DE", url=url_of(server)))
        for status, body, told in (
            (200, "<html>", "not JSON"),
            (200, '{"data": [{"start_ti', "not JSON"),
            (401, "", "answered 401"),
            (500, "", "answered 500"),
        ):
            server.then(status, body)
            failing = Fetching(journal, clock, [bad, good]).run(30)
            assert told in failing.reason()
            assert len(failing.known(SOURCE, *day)) == 96


def test_a_provider_that_fails_for_the_past_alone_is_not_off_line_for_ever(
    fetching: Fetching, exchange: Exchange, journal: Journal, clock: FakeClock
) -> None:
    measure(journal, "2026-01-01T18:00")
    at(clock, "2026-03-02T09:00")
    newest, *_ = exchange.server.script
    exchange.server.script.clear()
    exchange.server.script.append(newest)
    for _ in range(3):
        exchange.server.then(400, "too old")
    fetching.run(2 * HOUR_S)
    assert len(exchange.server.script) == 0
    assert fetching.reason() == ""
    assert len(exchange.server.asked) == 4, "until tomorrow"


def test_the_stop_does_not_wait_for_a_server_that_hangs(
    fetching: Fetching, exchange: Exchange, clock: FakeClock
) -> None:
    at(clock, "2026-03-02T09:00")
    exchange.server.script.clear()
    exchange.server.then_hang()
    fetching.limit_s = 60
    timer = threading.Timer(0.2, lambda: fetching.stopping.set())  # noqa: PLW0108 (it is another one then)
    timer.start()
    began = time.monotonic()
    fetching.run(DAY_S)
    assert time.monotonic() - began < 1.0
    assert fetching.reason() == "", "the stop is no failure"


def test_a_provider_that_still_hangs_is_not_called_again(
    fetching: Fetching, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source.tariffs.asking.GRACE_S", 0.05)
    ended = threading.Event()
    calls = []

    def hanging(market: object) -> list[SpotPrice]:
        calls.append(market)
        ended.wait(30)
        return []

    fetching.registry.register("own")(hanging)
    fetching.sources = [source_of(market("own"))]
    fetching.limit_s = 0.05
    try:
        fetching.run(HOUR_S)
    finally:
        ended.set()
    assert len(calls) == 1
    assert fetching.reason() == "its provider has not come back from the call before"


def test_a_journal_that_can_not_be_read_is_tried_again(
    fetching: Fetching, journal: Journal, clock: FakeClock, exchange: Exchange
) -> None:
    at(clock, "2026-03-02T09:00")
    path = journal.path
    journal.path = path.with_name("elsewhere.db")

    def put_back() -> None:
        journal.path = path

    reasons = []
    fetching.run(HOUR_S, lambda: (reasons.append(fetching.reason()), put_back()))
    assert "the journal can't be read or written" in reasons[0]
    assert fetching.reason() == ""
    assert exchange.days_asked() == ["2026-03-02"]


# --- files ---


@pytest.fixture
def of_file(journal: Journal, clock: FakeClock, tmp_path: Path) -> Fetching:
    at(clock, "2026-03-02T09:00")
    source = source_of(market("csv", file="p.csv"))
    return Fetching(journal, clock, [source], folder=tmp_path)


def write(folder: Path, first: str, hours: int, per_kwh: str = "0.25") -> None:
    start = local(first)
    lines = [f"{(start + timedelta(hours=h)).isoformat()},{per_kwh}" for h in range(hours)]
    (folder / "p.csv").write_text("\n".join(["start,price_kwh", *lines, ""]), encoding="utf-8")


def test_a_file_is_read_whole_also_what_it_says_of_the_future(of_file: Fetching) -> None:
    write(of_file.folder, "2026-03-01T00:00", 24 * 30)
    of_file.run(60)
    found = of_file.known("csv:p.csv", local("2026-03-01T00:00"), local("2026-04-01T00:00"))
    # Not yesterday's: nothing was measured then. Until the end of the file, an hour of it was lost.
    assert min(found) == quarter("2026-03-02T00:00")
    assert max(found) == quarter("2026-03-31T00:45")
    assert of_file.reason() == ""


def test_a_changed_file_is_read_again_within_a_minute_or_two(
    of_file: Fetching, caplog: pytest.LogCaptureFixture
) -> None:
    write(of_file.folder, "2026-03-02T00:00", 48)
    changes = [lambda: write(of_file.folder, "2026-03-02T00:00", 48, "0.35")]
    with caplog.at_level(logging.INFO):
        of_file.run(150, lambda: changes and changes.pop()())
    found = of_file.known("csv:p.csv", local("2026-03-02T00:00"), local("2026-03-04T00:00"))
    assert set(found.values()) == {350_000_000}
    assert len(found) == 192
    assert any(
        "192 known prices changed" in text and "costs recalculate" in text
        for text in caplog.messages
    )


def test_a_file_that_does_not_change_is_read_once(
    of_file: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(of_file.folder, "2026-03-02T00:00", 23)
    reads = []
    real = Path.read_text

    def counting(path: Path, *args: str, **kwargs: str) -> str:
        reads.append(path.name)
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", counting)
    of_file.run(10 * HOUR_S)
    assert reads.count("p.csv") == 1
    assert of_file.reason() == "has no prices from 2026-03-02 23:00:00 on"


def test_a_file_that_ends_is_told_on_the_day_it_is_missed(
    of_file: Fetching, caplog: pytest.LogCaptureFixture
) -> None:
    write(of_file.folder, "2026-03-02T00:00", 24)
    with caplog.at_level(logging.WARNING):
        of_file.run(14 * HOUR_S)
        assert caplog.messages == []
        of_file.run(2 * HOUR_S)
    assert "has no prices from 2026-03-03 00:00:00 on" in caplog.messages[0]


def test_a_mistake_in_a_file_is_told_until_it_is_mended(of_file: Fetching) -> None:
    write(of_file.folder, "2026-03-02T00:00", 48)
    text = (of_file.folder / "p.csv").read_text(encoding="utf-8")
    of_file.run(60)
    broken = text.replace("0.25", "x", 3)
    (of_file.folder / "p.csv").write_text(broken, encoding="utf-8")
    of_file.run(3 * HOUR_S)
    assert of_file.reason() == "p.csv: line 2: 'x' is no price such as 0.0931"
    found = of_file.known("csv:p.csv", local("2026-03-02T00:00"), local("2026-03-04T00:00"))
    assert set(found.values()) == {250_000_000}, "what was read before stays"
    mend = [lambda: (of_file.folder / "p.csv").write_text(text + "\n", encoding="utf-8")]
    of_file.run(HOUR_S, lambda: mend and mend.pop()())
    assert of_file.reason() == ""


def test_a_file_that_is_not_there_yet_is_told_and_read_when_it_comes(of_file: Fetching) -> None:
    of_file.run(30)
    assert of_file.reason() == "p.csv: is not there; put it into the files folder"
    put = [lambda: write(of_file.folder, "2026-03-02T00:00", 24)]
    of_file.run(10 * 60, lambda: put and put.pop()())
    assert of_file.reason() == ""


def test_a_file_that_is_taken_away_is_told_and_its_prices_stay(of_file: Fetching) -> None:
    write(of_file.folder, "2026-03-02T00:00", 48)
    take = [(of_file.folder / "p.csv").unlink]
    of_file.run(HOUR_S, lambda: take and take.pop()())
    assert of_file.reason() == "p.csv: is not there; put it into the files folder"
    found = of_file.known("csv:p.csv", local("2026-03-02T00:00"), local("2026-03-04T00:00"))
    assert len(found) == 192
