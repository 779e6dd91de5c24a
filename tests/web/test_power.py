"""The charts' API: peaks stay, gaps are gaps, estimates are marked, and how a device's data go."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio.to_thread
import httpx
import pytest
from fastapi import FastAPI

from source.model import QUARTER_US, US_PER_S, Checkpoint, Period
from source.web.api import power
from source.web.fields import label_of, unit_of
from source.web.powerplan import STEPS_S, on_steps, quarters_in_step, raw_step_us
from tests.fakes import TEN_S, failed_point, good_point
from tests.reports.house import configuration, us
from tests.web.looking import NOW, House, looked_at, second

BERLIN = ZoneInfo("Europe/Berlin")
TEN = {"update_time_s": 10.0}
HOUR_S = 3600.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with looked_at(tmp_path) as found:
        found.configure(configuration(tmp_path, Fridge=TEN, Lamp=TEN, Meter={"in_total": False}))
        yield found


def ask(
    house: House, method: str, path: str, app: FastAPI | None = None, **query: Any
) -> httpx.Response:
    """The router alone, without the guard before it."""

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app or house.app(power.router(house.context)))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, f"/api/v1/{path}", params=query)

    return asyncio.run(answer())


def chart(house: House, start: str, end: str, device: str = "Fridge", **more: Any) -> Any:
    query = {"device": device, "start_s": second(start), "end_s": second(end), **more}
    answer = ask(house, "GET", "power", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def poll(
    house: House, start: str, seconds: int, power_w: float = 50.0, device: str = "Fridge"
) -> None:
    """Every ten seconds after an instant."""
    for n in range(1, seconds // 10 + 1):
        time_us = us(start) + n * TEN_S
        point = good_point(time_us, power_w / 360.0, device, power=power_w)
        house.journal.append(point, Checkpoint(time_us))
    house.journal.flush()


def peak(house: House, at: str, power_w: float, device: str = "Fridge") -> None:
    house.poll(good_point(us(at), 0.1, device, power=power_w))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-18 11:30", "2026-03-18 12:00"),
        ("2026-03-18 00:00", NOW),
        ("2026-03-12 00:00", NOW),
        ("2025-03-18 00:00", NOW),
        ("1990-01-01 00:00", NOW),
    ],
)
@pytest.mark.parametrize("points", [10, 333, 1000])
def test_a_peak_never_disappears(house: House, start: str, end: str, points: int) -> None:
    poll(house, "2026-03-18 11:00", 3600)
    peak(house, "2026-03-18 11:40:03", 2345.6)
    found = chart(house, start, end, points=points)
    assert max(value for value in found["max_w"] if value is not None) == 2345.6
    assert min(value for value in found["min_w"] if value is not None) == 50.0
    assert len(found["time_s"]) <= points + 1
    assert found["time_s"] == sorted(set(found["time_s"]))


def test_what_is_not_measured_is_a_gap(house: House) -> None:
    poll(house, "2026-03-18 11:00", 600)
    for n in range(6):
        house.poll(failed_point(us("2026-03-18 11:10") + n * TEN_S))
    poll(house, "2026-03-18 11:15", 600)
    found = chart(house, "2026-03-18 11:00", "2026-03-18 11:30", points=60)
    assert (found["source"], found["step_s"]) == ("raw", 30)
    gap = [
        time_s
        for time_s, value in zip(found["time_s"], found["mean_w"], strict=True)
        if value is None
    ]
    assert gap == [second("2026-03-18 11:10") + 30 * n for n in range(10)]
    assert found["estimated"] == [0] * len(found["time_s"])


def test_steps_shorter_than_the_interval_make_no_gaps(house: House) -> None:
    poll(house, "2026-03-18 11:00", 600)
    found = chart(house, "2026-03-18 11:00", "2026-03-18 11:10")
    assert found["step_s"] == 1
    assert len(found["time_s"]) == 60
    assert None not in found["mean_w"]


def test_one_failed_poll_is_no_gap(house: House) -> None:
    poll(house, "2026-03-18 11:00", 100)
    house.poll(failed_point(us("2026-03-18 11:01:50")))
    poll(house, "2026-03-18 11:01:50", 100)
    found = chart(house, "2026-03-18 11:00", "2026-03-18 11:05")
    assert None not in found["mean_w"]


@pytest.mark.parametrize("points", [12, 1000])
def test_a_gap_whose_energy_is_known_is_estimated(house: House, points: int) -> None:
    poll(house, "2026-03-18 08:00", 600)
    late = good_point(us("2026-03-18 11:10"), 360.0, power=50.0)  # 120 W for three hours
    house.poll(replace(late, span_us=3 * 3600 * US_PER_S, estimated=True))
    poll(house, "2026-03-18 11:10", 600)
    found = chart(house, "2026-03-18 08:00", "2026-03-18 12:00", points=points)
    rows = list(zip(found["time_s"], found["mean_w"], found["estimated"], strict=True))
    within = [
        row for row in rows if second("2026-03-18 08:20") <= row[0] < second("2026-03-18 10:40")
    ]
    assert within
    assert {estimated for *_, estimated in within} == {1}
    assert all(mean == pytest.approx(120.0, abs=0.01) for _, mean, _ in within)
    assert found["estimated"][0] == int(points == 12)  # of half an hour, ten minutes are measured


def test_where_single_measurements_are_deleted_quarter_hours_stand_in(house: House) -> None:
    poll(house, "2026-03-18 11:00", 7200)
    peak(house, "2026-03-18 11:40:03", 999.0)
    with sqlite3.connect(house.journal.path) as db:
        db.execute("DELETE FROM point WHERE time_us <= ?", (us("2026-03-18 12:30"),))
    db.close()
    old = chart(house, "2026-03-18 11:00", "2026-03-18 12:00")
    assert (old["source"], old["step_s"]) == ("quarter", 900)
    assert old["max_w"] == [50.0, 50.0, 999.0, 50.0]
    new = chart(house, "2026-03-18 12:31", "2026-03-18 13:00")
    assert new["source"] == "raw"


def test_before_its_first_point_a_device_has_nothing(house: House) -> None:
    poll(house, "2026-03-18 11:00", 600)
    found = chart(house, "2026-03-17 11:00", NOW)
    assert found["source"] == "raw"
    assert found["begins_s"] == second("2026-03-18 11:00") + 10
    assert min(found["time_s"]) >= second("2026-03-18 10:58")
    assert chart(house, "2026-03-16 11:00", "2026-03-17 11:00")["time_s"] == []


def test_the_house_is_the_sum_of_those_that_count(house: House) -> None:
    poll(house, "2026-03-18 11:00", 3600, 50.0)
    poll(house, "2026-03-18 11:00", 1800, -20.0, "Lamp")
    poll(house, "2026-03-18 11:00", 3600, 500.0, "Meter")
    for points in (24, 1000):
        found = chart(house, "2026-03-18 11:00", "2026-03-18 12:00", "_total", points=points)
        means = dict(zip(found["time_s"], found["mean_w"], strict=True))
        halves = second("2026-03-18 11:30")
        assert {round(one) for at, one in means.items() if at < halves} == {30}
        assert {round(one) for at, one in means.items() if at >= halves + 40} == {50}


def test_the_house_has_a_device_in_each_step_that_is_polled_seldom(house: House) -> None:
    poll(house, "2026-03-18 11:00", 3600, 50.0)
    for n in range(1, 13):
        time_us = us("2026-03-18 11:00") + n * 300 * US_PER_S
        point = good_point(time_us, 1.0, "Lamp", power=10.0)
        house.poll(replace(point, interval_us=300 * US_PER_S))
    found = chart(house, "2026-03-18 11:06", "2026-03-18 11:54", "_total", points=200)
    assert {round(one) for one in found["mean_w"]} == {60}


def test_a_long_chart_of_the_house_is_the_same_with_what_was_summed_up_before(
    house: House,
) -> None:
    for month in (7, 9, 11, 1, 3):
        year = 2026 if month < 7 else 2025
        poll(house, f"{year}-{month:02}-15 11:00", 1800, 10.0 * month)
        poll(house, f"{year}-{month:02}-15 11:00", 1800, 1.0, "Lamp")
    poll(house, "2026-03-18 11:00", 1800, 700.0)
    app = house.app(power.router(house.context))
    times: dict[str, Any] = {"start_s": second("2025-06-01 00:00"), "end_s": second(NOW)}
    first = ask(house, "GET", "power", app=app, device="_total", **times).json()
    poll(house, "2026-03-18 13:00", 1800, 900.0)
    again = ask(house, "GET", "power", app=app, device="_total", **times).json()
    fresh = ask(house, "GET", "power", device="_total", **times).json()
    assert again == fresh
    assert max(one for one in first["max_w"] if one is not None) == 700.0
    assert max(one for one in again["max_w"] if one is not None) == 900.0
    assert {71.0, 91.0, 111.0, 11.0, 31.0} <= set(first["max_w"])


def test_who_waits_for_the_chart_of_the_house_holds_no_thread(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    made = power.power_of

    def slow(*args: Any) -> Any:
        if args[2] == "_total":
            assert go_on.wait(20)
        return made(*args)

    async def ask_all() -> list[int]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = 2
        app = house.app(power.router(house.context))
        times = {"start_s": second("2026-03-18 11:00"), "end_s": second(NOW)}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

            async def one(device: str) -> int:
                query = {"device": device, **times}
                return (await client.get("/api/v1/power", params=query)).status_code

            houses = [asyncio.ensure_future(one("_total")) for _ in range(8)]
            await asyncio.sleep(0)
            fridge = await asyncio.wait_for(one("Fridge"), 10)
            go_on.set()
            return [fridge, *await asyncio.gather(*houses)]

    monkeypatch.setattr(power, "power_of", slow)
    assert asyncio.run(ask_all()) == [200] * 9


def test_steps_are_whole_and_begin_on_the_clock(house: House) -> None:
    poll(house, "2026-03-17 23:00", 3600)
    found = chart(house, "2026-03-11 22:17:31", NOW, points=100)
    times = [datetime.fromtimestamp(one, BERLIN) for one in found["time_s"]]
    assert found["step_s"] == 7200
    assert all(one.hour % 2 == 0 and one.minute == one.second == 0 for one in times)


def test_steps_cover_all_that_is_asked_for() -> None:
    for length_s in (1, 59, 3600, 86_400, 40 * 86_400, 400 * 86_400, 40 * 366 * 86_400):
        least_us = -(-length_s * US_PER_S // 1000)
        step_us = raw_step_us(least_us) or quarters_in_step(least_us) * QUARTER_US
        asked = Period(us(NOW) + 123_456, us(NOW) + 123_456 + length_s * US_PER_S)
        whole = on_steps(asked, step_us, BERLIN)
        assert whole.start_us <= asked.start_us
        assert whole.end_us >= asked.end_us
        assert (whole.end_us - whole.start_us) % step_us == 0
        assert (whole.end_us - whole.start_us) // step_us <= 1001
    assert STEPS_S[-1] * US_PER_S == QUARTER_US


def test_hostile_names_are_data(house: House) -> None:
    name = "a/b'\"<b>💡"
    poll(house, "2026-03-18 11:00", 60, device=name)
    found = chart(house, "2026-03-18 11:00", "2026-03-18 11:10", name)
    assert (found["device"], len(found["time_s"])) == (name, 6)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"device": "nobody"}, 404),
        ({"start_s": "nan"}, 422),
        ({"end_s": "inf"}, 422),
        ({"start_s": -1}, 422),
        ({"end_s": 1e300}, 422),
        ({"start_s": 5, "end_s": 5}, 422),
        ({"start_s": 9, "end_s": 5}, 422),
        ({"points": 0}, 422),
        ({"points": 100_000}, 422),
        ({"format": "xml"}, 422),
        ({"device": ""}, 422),
    ],
)
@pytest.mark.parametrize("path", ["power", "fields"])
def test_what_makes_no_sense_is_refused(
    house: House, path: str, query: dict[str, Any], status: int
) -> None:
    usual = {"device": "Fridge", "start_s": second("2026-03-18 11:00"), "end_s": second(NOW)}
    answer = ask(house, "GET", path, **{**usual, **query})
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(("locale", "value"), [("en", "50.5"), ("de", "50,5")])
def test_a_chart_is_had_as_a_table(house: House, locale: str, value: str) -> None:
    poll(house, "2026-03-18 11:00", 30, 50.5)
    times: dict[str, Any] = {
        "start_s": second("2026-03-18 11:00"),
        "end_s": second("2026-03-18 11:01"),
    }
    answer = ask(house, "GET", "power", device="Fridge", format="csv", locale=locale, **times)
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    rows = list(csv.reader(io.StringIO(answer.text), delimiter=";" if locale == "de" else ","))
    assert rows[0] == ["time", "min_w", "mean_w", "max_w", "estimated"]
    assert rows[1] == ["2026-03-18T12:00:09+01:00", value, value, value, "0"]


# --- further fields ---


def test_all_further_values_are_charts_of_their_own(house: House) -> None:
    for n in range(1, 361):
        time_us = us("2026-03-18 11:00") + n * TEN_S
        fields: dict[str, Any] = {
            "voltage_a": 230.0 + n % 3,
            "current_a": 0.5,
            "device_temperature": 30.0,
        }
        house.journal.append(
            good_point(time_us, 0.1, is_valid_a=True, counter_wh_a=float(n), note="x", **fields)
        )
    house.journal.flush()
    times: dict[str, Any] = {"start_s": second("2026-03-18 10:00"), "end_s": second(NOW)}
    found = ask(house, "GET", "fields", device="Fridge", **times).json()
    by_name = {one["name"]: one for one in found["fields"]}
    assert set(by_name) == {"voltage_a", "current_a", "device_temperature"}
    voltage = by_name["voltage_a"]
    assert (voltage["label"], voltage["unit"]) == ("Voltage, phase a", "V")
    assert (min(voltage["min"]), max(voltage["max"])) == (230.0, 232.0)
    text = ask(house, "GET", "fields", device="Fridge", format="csv", **times).text
    assert text.splitlines()[0].startswith("time,current_a_min,current_a_mean,current_a_max")


def test_a_device_without_further_values_has_none(house: House) -> None:
    poll(house, "2026-03-18 11:00", 60)
    times: dict[str, Any] = {"start_s": second("2026-03-18 10:00"), "end_s": second(NOW)}
    assert ask(house, "GET", "fields", device="Fridge", **times).json()["fields"] == []
    assert ask(house, "GET", "fields", device="_total", **times).json()["fields"] == []


def test_what_a_field_is_called_and_measured_in() -> None:
    assert (label_of("power_factor_b"), unit_of("power_factor_b")) == ("Power factor, phase b", "")
    assert (label_of("device_temperature"), unit_of("device_temperature")) == (
        "Device temperature",
        "°C",
    )
    assert (label_of("power_c"), unit_of("power_c")) == ("Power, phase c", "W")
    assert (label_of("flow_rate"), unit_of("flow_rate")) == ("Flow rate", "")


# --- the end of a device's data ---


def test_the_data_of_a_removed_device_go_and_no_others(house: House) -> None:
    poll(house, "2026-03-18 11:00", 600)
    poll(house, "2026-03-18 11:00", 600, device="Gone")
    assert ask(house, "DELETE", "data", device="Fridge").status_code == 409
    answer = ask(house, "DELETE", "data", device="Gone")
    assert (answer.status_code, answer.json()) == (200, {"points": 60})
    assert ask(house, "DELETE", "data", device="Gone").status_code == 404
    assert ask(house, "DELETE", "data", device="_total").status_code == 404
    assert len(chart(house, "2026-03-18 11:00", "2026-03-18 11:10")["time_s"]) == 60


def test_a_day_at_one_second_takes_no_time(house: House) -> None:
    start_us = us("2026-03-17 15:00")
    points = (
        replace(
            good_point(start_us + n * US_PER_S, 0.01, power=float(n % 97)), interval_us=US_PER_S
        )
        for n in range(1, 20_001)
    )
    for point in points:
        house.journal.append(point)
    house.journal.flush()
    began = time.monotonic()
    found = chart(house, "2026-03-17 15:00", "2026-03-17 20:33")
    assert time.monotonic() - began < 2.0
    assert (found["step_s"], len(found["time_s"])) == (20, 999)
    assert (min(found["min_w"]), max(found["max_w"])) == (0.0, 96.0)


def test_days_are_told_apart_from_longer_spans(house: House) -> None:
    poll(house, "2026-03-18 11:00", 60)
    assert chart(house, "2026-03-18 00:00", NOW)["source"] == "raw"
    year = chart(house, "2025-03-18 00:00", NOW)
    assert (year["source"], year["step_s"]) == ("quarter", 43_200)
