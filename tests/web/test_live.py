"""What goes on now: computed once for all browsers, and no old value is shown as a live one."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from source.errors import JournalError
from source.journal.polls import PollReader
from source.journal.reader import JournalReader
from source.model import US_PER_S
from source.simulator.server import SimulatorServer
from source.web import newest, reasons, streams
from source.web.live import Live
from source.web.reasons import sentence
from source.web.streams import EventStream, Streams
from tests.fakes import failed_point, good_point
from tests.reports.house import DAY_US, configuration, hourly_point, us
from tests.running import add_plug, entry, polls, running_daemon
from tests.sinks.places import until
from tests.web.looking import NOW, House, loaded, looked_at
from tests.web.test_server import environ, free_port, page_of

TEN_S = {"update_time_s": 10.0}


@contextmanager
def looked(folder: Path, **devices: Any) -> Iterator[tuple[House, Live]]:
    """A house at ten seconds whose daemon has run for an hour."""
    with looked_at(folder) as house:
        house.configure(configuration(folder, **(devices or {"Fridge": TEN_S})))
        house.runs_since("2026-03-18 14:00")
        yield house, Live(house.context)


def poll(house: House, power_w: float | None, device: str = "Fridge") -> None:
    """A poll at this moment; None: it failed."""
    now_us = house.clock.now_us()
    if power_w is None:
        house.poll(failed_point(now_us, device))
    else:
        house.poll(good_point(now_us, power_w / 360.0, device, power=power_w))


def fridge(live_: Live) -> Any:
    (found,) = loaded(live_.overview())["devices"]
    return found


def events(live_: Live) -> dict[str, Any]:
    return {message.event: loaded(message.data) for message in live_.messages()}


def test_a_socket_that_answers_is_shown_with_its_power_and_its_last_hour(tmp_path: Path) -> None:
    with looked(tmp_path) as (house, live_):
        for _ in range(12):
            poll(house, 90.0)
            house.clock.advance(10)
        shown = fridge(live_)
        assert (shown["state"], shown["reason"], shown["power_w"]) == ("ok", None, 90.0)
        assert shown["last_reading_s"] == (house.clock.now_us() - 10 * US_PER_S) / US_PER_S
        assert shown["last_hour"]["power_w"][-3:] == [90.0, 90.0, 90.0]
        assert shown["last_hour"]["power_w"][0] is None
        assert len(shown["last_hour"]["power_w"]) == 60


def test_the_first_look_knows_the_hour_before(tmp_path: Path) -> None:
    with looked(tmp_path) as (house, _):
        for _ in range(30):
            house.clock.advance(60)
            poll(house, 70.0)
        values = fridge(Live(house.context))["last_hour"]["power_w"]
        assert sum(value == 70.0 for value in values) == 30


def test_an_off_line_socket_says_why_and_shows_no_old_value(tmp_path: Path) -> None:
    with looked(tmp_path) as (house, live_):
        poll(house, 90.0)
        for _ in range(3):
            house.clock.advance(10)
            house.sockets.failed("Fridge", "no whole answer within 5 s")
            poll(house, None)
        shown = fridge(live_)
        assert (shown["state"], shown["power_w"]) == ("off-line", None)
        assert shown["reason"] == "No answer in time."
        assert shown["detail"] == "no whole answer within 5 s"
        assert shown["last_reading_s"] == (house.clock.now_us() - 30 * US_PER_S) / US_PER_S
        found = loaded(live_.overview())
        assert (found["problems"], found["house"]["power_w"]) == (1, None)


def test_a_socket_that_is_removed_in_the_middle_of_a_look_spoils_nothing(tmp_path: Path) -> None:
    with looked(tmp_path, Fridge=TEN_S, Oven=TEN_S) as (house, _):
        open_reader = house.context.open_reader

        def open_late() -> JournalReader:
            house.configure(configuration(tmp_path, Fridge=TEN_S))
            return open_reader()

        live_ = Live(replace(house.context, open_reader=open_late))
        told = events(live_)
        assert [one["device"] for one in told["live"]["devices"]] == ["Fridge", "Oven"]
        assert [one["device"] for one in told["overview"]["devices"]] == ["Fridge"]


def test_a_socket_of_which_nothing_comes_is_not_shown_as_it_was(tmp_path: Path) -> None:
    with looked(tmp_path) as (house, live_):
        poll(house, 90.0)
        house.clock.advance(300)
        assert fridge(live_)["power_w"] is None
        assert fridge(live_)["state"] in ("off-line", "stuck")


@pytest.mark.parametrize("back_s", [1800, 7200])
def test_after_the_clock_was_set_back_the_new_values_are_shown(tmp_path: Path, back_s: int) -> None:
    with looked(tmp_path) as (house, live_):
        for _ in range(4):
            poll(house, 90.0)
            house.clock.advance(10)
        assert fridge(live_)["power_w"] == 90.0
        house.clock.step_wall(-back_s)
        house.note("reports_us", 1)
        house.clock.advance(10)
        poll(house, 20.0)
        for fresh in (live_, Live(house.context)):
            shown = fridge(fresh)
            assert (shown["state"], shown["power_w"]) == ("ok", 20.0)
            assert shown["last_reading_s"] == house.clock.now_us() / US_PER_S
        for _ in range(3):
            house.clock.advance(10)
            poll(house, None)
        assert fridge(live_)["state"] == fridge(Live(house.context))["state"] == "off-line"


def test_a_disabled_and_a_new_socket_are_told_apart(tmp_path: Path) -> None:
    devices = {"Fridge": {**TEN_S, "enabled": False}, "Lamp": TEN_S}
    with looked(tmp_path, **devices) as (house, live_):
        house.note("changed_us", us(NOW))
        found = {one["device"]: one for one in loaded(live_.overview())["devices"]}
        assert found["Fridge"]["state"] == "disabled"
        assert (found["Lamp"]["state"], found["Lamp"]["reason"]) == (
            "waiting",
            reasons.FIRST_AWAITED,
        )


def test_the_house_is_the_sum_of_those_that_count(tmp_path: Path) -> None:
    devices = {"Fridge": TEN_S, "Lamp": TEN_S, "Meter": {**TEN_S, "in_total": False}}
    with looked(tmp_path, **devices) as (house, live_):
        for name, power_w in (("Fridge", 90.0), ("Lamp", -20.0), ("Meter", 500.0)):
            poll(house, power_w, name)
        assert events(live_)["live"]["house_power_w"] == 70.0


# --- once for all ---


def test_nothing_is_read_again_within_ten_seconds(tmp_path: Path) -> None:
    with looked(tmp_path) as (house, live_):
        first = live_.overview()
        opened = house.opened
        house.clock.advance(9)
        assert all(live_.overview() is first for _ in range(50))
        assert house.opened == opened
        house.clock.advance(1)
        assert live_.overview() is not first


def test_news_are_told_once_and_unchanged_values_seldom(tmp_path: Path) -> None:
    with looked(tmp_path) as (house, live_):
        poll(house, 90.0)
        assert set(events(live_)) == {"live", "overview"}
        house.clock.advance(1)
        assert events(live_) == {}
        poll(house, 95.0)
        told = events(live_)
        assert told["live"]["devices"][0]["power_w"] == 95.0
        house.clock.advance(5)
        assert set(events(live_)) == {"live"}
        house.clock.advance(4)
        assert set(events(live_)) == {"overview"}


def test_another_configuration_is_told_and_in_force_at_once(tmp_path: Path) -> None:
    with looked(tmp_path) as (house, live_):
        poll(house, 90.0)
        events(live_)
        house.configure(configuration(tmp_path, Fridge=TEN_S, Lamp=TEN_S))
        told = events(live_)
        assert set(told) == {"configuration", "live", "overview"}
        assert told["configuration"]["revision"] == told["overview"]["revision"]
        assert [one["device"] for one in told["overview"]["devices"]] == ["Fridge", "Lamp"]
        assert events(live_) == {}


def test_new_points_are_read_by_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with looked(tmp_path) as (house, live_):
        poll(house, 90.0)
        live_.overview()
        monkeypatch.delattr(PollReader, "newest_polls")
        for _ in range(5):
            house.clock.advance(10)
            poll(house, 100.0)
        assert fridge(live_)["power_w"] == 100.0


def test_after_long_without_a_look_it_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "CATCH_UP", 3)
    with looked(tmp_path) as (house, live_):
        live_.overview()
        for _ in range(6):
            house.clock.advance(60)
            poll(house, 60.0)
        values = fridge(live_)["last_hour"]["power_w"]
        assert sum(value == 60.0 for value in values) == 6


def test_energy_that_flowed_before_midnight_and_comes_later_is_in_the_month(tmp_path: Path) -> None:
    with looked(tmp_path, Fridge={"update_time_s": 3600.0}) as (house, live_):
        house.poll(hourly_point(us(NOW) - DAY_US, 100.0))
        before = fridge(live_)["month"]["energy_wh"]
        house.poll(hourly_point(house.clock.now_us(), 2400.0, span_us=DAY_US))
        house.clock.advance(10)
        shown = fridge(live_)
        assert shown["month"]["energy_wh"] == pytest.approx(before + 2400.0)
        assert shown["today"]["energy_wh"] == pytest.approx(1600.0)


def test_a_socket_that_was_forgotten_is_empty(tmp_path: Path) -> None:
    with looked(tmp_path) as (house, live_):
        poll(house, 90.0)
        assert fridge(live_)["state"] == "ok"
        house.journal.forget("Fridge")
        house.clock.advance(10)
        shown = fridge(live_)
        assert (shown["power_w"], shown["last_reading_s"]) == (None, None)
        assert shown["month"]["energy_wh"] == 0.0


def test_a_socket_that_was_removed_with_its_data_and_added_again_begins_anew(
    tmp_path: Path,
) -> None:
    with looked(tmp_path, Fridge=TEN_S, Lamp=TEN_S) as (house, live_):
        poll(house, 90.0)
        house.clock.advance(1)
        poll(house, 20.0, "Lamp")
        assert [one["state"] for one in loaded(live_.overview())["devices"]] == ["ok", "ok"]
        house.journal.forget("Fridge")
        house.configure(configuration(tmp_path, Fridge=TEN_S, Lamp=TEN_S))
        house.note("changed_us", house.clock.now_us())
        fridge_, lamp = loaded(live_.overview())["devices"]
        assert (fridge_["power_w"], fridge_["last_reading_s"]) == (None, None)
        assert fridge_["last_hour"]["power_w"] == [None] * 60
        assert lamp["power_w"] == 20.0


def test_a_journal_that_cant_be_read_is_an_error_and_no_old_figure(tmp_path: Path) -> None:
    with looked(tmp_path) as (house, live_):
        with sqlite3.connect(house.journal.path) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
        with pytest.raises(JournalError):
            live_.overview()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("the host name 'plug' is not known", "Its host name is not known in this network."),
        ("Connection refused", "It refuses the connection."),
        ("No route to host", "It can't be reached in this network."),
        ("answered 401: it wants a user and a password", "It wants a user and a password."),
        ("its handler returned None", "Its type has failed; the log says how."),
        ("its answer has no 'meters'", reasons.OTHER),
        ("", reasons.NO_ANSWER),
    ],
)
def test_every_reason_is_a_sentence_of_the_catalogue(told: str, said: str) -> None:
    assert sentence(told) == said


# --- browsers ---


class Browser:
    """Takes what it is sent, as long as it ``reads``."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.left = asyncio.Event()
        self.is_over = False

    async def receive(self) -> dict[str, str]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        if message["type"] == "http.response.body":
            self.got.append(message["body"])
            self.is_over = not message["more_body"]

    async def listen(self, to: Streams, stopping: threading.Event) -> None:
        await EventStream(to, stopping)({"type": "http"}, self.receive, self.send)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second is waited for."""
    monkeypatch.setattr(streams, "LIVE_S", 0.005)
    monkeypatch.setattr(streams, "LOOK_S", 0.002)
    monkeypatch.setattr(streams, "SLOT_S", 0.005)


async def soon(condition: Any) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it does not come")


@pytest.mark.usefixtures("quick")
def test_all_browsers_get_the_same_bytes(tmp_path: Path) -> None:
    async def play(house: House, to: Streams) -> None:
        stopping = threading.Event()
        browsers = [Browser() for _ in range(20)]
        tasks = [asyncio.ensure_future(one.listen(to, stopping)) for one in browsers]
        await soon(lambda: all(len(one.got) >= 3 for one in browsers))
        assert all(b"event: overview\ndata: {" in b"".join(one.got) for one in browsers)
        assert browsers[0].got[1] == browsers[19].got[1]
        opened = house.opened
        assert opened < 200
        for one in browsers:
            one.left.set()
        await asyncio.gather(*tasks)
        await soon(lambda: to.is_idle)
        opened = house.opened
        await asyncio.sleep(0.03)
        assert house.opened == opened

    with looked(tmp_path) as (house, live_):
        poll(house, 90.0)
        asyncio.run(play(house, Streams(live_)))


@pytest.mark.usefixtures("quick")
def test_a_browser_that_does_not_read_is_dropped_and_the_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "WAITING", 3)

    async def play(house: House, to: Streams) -> None:
        stopping = threading.Event()
        slow, other = Browser(), Browser()
        tasks = [asyncio.ensure_future(one.listen(to, stopping)) for one in (slow, other)]
        await soon(lambda: len(slow.got) >= 2 and len(other.got) >= 2)
        slow.reads.clear()
        for n in range(300):
            house.clock.advance(1)
            await asyncio.to_thread(poll, house, 90.0 + n)
            if len(to._boxes) == 1:
                break
        assert len(to._boxes) == 1
        assert not other.is_over
        slow.reads.set()  # it wakes up: its answer ends, so that it comes back
        await soon(lambda: slow.is_over)
        other.left.set()
        await asyncio.gather(*tasks)

    with looked(tmp_path) as (house, live_):
        asyncio.run(play(house, Streams(live_)))


@pytest.mark.usefixtures("quick")
def test_all_streams_end_with_the_server(tmp_path: Path) -> None:
    async def play(to: Streams) -> None:
        stopping = threading.Event()
        browsers = [Browser() for _ in range(3)]
        tasks = [asyncio.ensure_future(one.listen(to, stopping)) for one in browsers]
        await soon(lambda: all(len(one.got) >= 2 for one in browsers))
        stopping.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 2)
        assert all(one.is_over for one in browsers)

    with looked(tmp_path) as (_, live_):
        asyncio.run(play(Streams(live_)))


def get(port: int, path: str) -> tuple[int, Any]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request("GET", f"/api/v1/{path}")
    answer = client.getresponse()
    found = answer.status, json.loads(answer.read())
    client.close()
    return found


def listening_to(port: int) -> socket.socket:
    found = socket.create_connection(("127.0.0.1", port), 10)
    found.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    return found


def read_until(connection: socket.socket, *wanted: bytes) -> bytes:
    """What comes until all of it is there."""
    content = b""
    while not all(one in content for one in wanted):
        more = connection.recv(65_536)
        assert more, content
        content += more
    return content


def test_a_real_daemon_tells_live_values_and_stops_at_once(
    tmp_path: Path, sockets: SimulatorServer, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    devices = {"Fridge": entry(add_plug(sockets))}
    with caplog.at_level(logging.WARNING):
        with running_daemon(tmp_path, devices, environ(port)) as daemon:
            page_of(daemon)
            until(lambda: polls(tmp_path, "Fridge"))
            connection = listening_to(port)
            content = read_until(connection, b"event: overview", b"event: live", b'"state":"ok"')
            assert b"text/event-stream" in content
            assert b'"power_w":3600.0' in content

            def is_live() -> bool:
                status, found = get(port, "overview")
                return bool(status == 200 and found["devices"][0]["state"] == "ok")

            until(is_live)
            began = time.monotonic()
        assert time.monotonic() - began < 4
        while connection.recv(65_536):
            pass
        connection.close()
    assert [one.message for one in caplog.records if "ASGI" in one.message] == []


def test_more_streams_than_a_hundred_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS", 2)
    port = free_port()
    with running_daemon(tmp_path, {}, environ(port)) as daemon:
        page_of(daemon)
        open_ones = [listening_to(port) for _ in range(2)]
        for one in open_ones:
            read_until(one, b"event: overview")
        status, found = get(port, "events")
        assert (status, found["error"]["code"]) == (429, "too_many")
        open_ones.pop().close()

        def is_let_in() -> bool:
            with listening_to(port) as one:
                return b" 200 " in one.recv(100)

        until(is_let_in)
        for one in open_ones:
            one.close()


def test_live_values_are_computed_between_the_polls() -> None:
    for offset_s in (0.0, 0.03, 0.05, 0.0999):
        due = streams.between_polls(1000.0 + offset_s)
        assert due == pytest.approx(1000.05)
    # Each begins a second after the one before: none drifts towards the polls.
    assert streams.between_polls(1000.0501 + streams.LIVE_S) == pytest.approx(1001.05)


class Broken:
    """Live values with a bug."""

    def overview(self) -> bytes:
        return b"{}"

    def messages(self) -> list[Any]:
        raise ZeroDivisionError


def test_a_bug_ends_the_streams_so_that_browsers_come_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def play(to: Streams) -> None:
        browsers = [Browser() for _ in range(3)]
        listening_ = [one.listen(to, threading.Event()) for one in browsers]
        await asyncio.wait_for(asyncio.gather(*listening_), 5)
        assert all(one.is_over for one in browsers)
        assert to.is_idle

    asyncio.run(play(Streams(cast(Live, Broken()))))
    assert "the live values have stopped by a bug" in caplog.text


def test_a_bug_at_the_beginning_of_a_stream_is_told() -> None:
    class Worse(Broken):
        def overview(self) -> bytes:
            raise ZeroDivisionError

        def messages(self) -> list[Any]:
            return []

    with pytest.raises(ZeroDivisionError):
        asyncio.run(
            asyncio.wait_for(Browser().listen(Streams(cast(Live, Worse())), threading.Event()), 5)
        )
