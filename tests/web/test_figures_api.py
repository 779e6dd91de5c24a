"""Figures of spans: comparison, navigation, stack, prices, CSV, and what is kept."""

from __future__ import annotations

import asyncio
import csv
import io
import threading
import time as time_module
from collections.abc import Callable, Iterator
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from source.config.tariffs import PriceSection, Tariff, Window
from source.model import QUARTER_US, Checkpoint, Run
from source.reports.span import Span, span_named
from source.reports.survey import Survey
from source.web import comparison
from source.web.errors import ApiError
from source.web.kept import Kept
from source.web.turns import MOST_WAITING, Turns
from tests.fakes import FakeClock
from tests.reports.house import us
from tests.reports.views import NOW_US, configured, kept, quarter_point
from tests.running import running_journal
from tests.web.house import House, code, got

DEVICES = ("Fridge", "Roof")
NIGHT = Window(start=time(22), end=time(6), price_kwh=Decimal("0.20"))
TARIFF = Tariff(sections=(PriceSection(price_kwh=Decimal("0.30"), windows=(NIGHT,)),))
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kept(tmp_path)
    return tmp_path


@pytest.fixture
def house(folder: Path) -> House:
    return House(configured(folder, DEVICES, TARIFF), NOW_US)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The spans that were really computed."""
    found: list[str] = []
    real = Survey.view

    def view(self: Survey, subject: str, span: Span, now_us: int) -> object:
        found.append(span.label)
        return real(self, subject, span, now_us)

    monkeypatch.setattr(Survey, "view", view)
    return found


def spanned(text: str, now: str = "2026-10-27 11:30") -> Span:
    return span_named(text, BERLIN, us(now))


# --- spans beside a span ---


@pytest.mark.parametrize(
    ("span", "before", "year_before", "after"),
    [
        ("2026-10-26", "2026-10-25", "2025-10-26", "2026-10-27"),
        ("2024-02-29", "2024-02-28", "2023-02-28", "2024-03-01"),
        ("2026-01", "2025-12", "2025-01", "2026-02"),
        ("2024-02", "2024-01", "2023-02", "2024-03"),
        ("2026", "2025", None, "2027"),
        (
            "2026-10-05..2026-10-12",
            "2026-09-28..2026-10-05",
            "2025-10-05..2025-10-12",
            "2026-10-12..2026-10-19",
        ),
        ("1970", None, None, "1971"),
        ("9997", "9996", None, None),
    ],
)
def test_each_span_has_one_before_one_after_and_one_a_year_before(
    span: str, before: str | None, year_before: str | None, after: str | None
) -> None:
    wanted = spanned(span)
    found = [fn(wanted) for fn in (comparison.before, comparison.year_before, comparison.after)]
    labels = [None if one is None else one.label for one in found]
    assert labels == [before, year_before, after]


@pytest.mark.parametrize(
    ("span", "now", "end"),
    [
        ("2026-10-25", "2026-10-25 10:00", "2026-10-24 09:00"),  # 11:00 by the clocks, in winter
        ("2026-03", "2026-03-30 10:00", "2026-02-28 23:00"),  # all of February
        ("2024", "2024-02-29 11:00", "2023-02-28 11:00"),
        ("2026-10-26..2026-11-02", "2026-10-27 11:30", "2026-10-20 10:30"),
    ],
)
def test_a_running_span_is_compared_up_to_the_same_time_by_the_clocks(
    span: str, now: str, end: str
) -> None:
    wanted = spanned(span, now)
    earlier = comparison.before(wanted)
    assert earlier is not None
    found = comparison.beside(wanted, earlier, us(now))
    assert (found.period.end_us, found.is_part) == (us(end), True)


def test_all_years_end_with_the_present_one() -> None:
    years = comparison.all_years(us("2024-06-01 00:00"), BERLIN, us("2025-12-31 23:30"))
    assert [one.first for one in years] == [date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1)]


# --- the document ---


def test_a_day_is_compared_with_the_day_before(house: House) -> None:
    found = got(house, "figures", device="Fridge", span="2026-10-27")
    assert found["label"] == "2026-10-27"
    assert found["energy_kwh"] == pytest.approx(3.84)
    previous = found["previous"]
    assert (previous["label"], previous["is_part"]) == ("2026-10-26", False)
    assert previous["figures"]["energy_kwh"] == pytest.approx(3.84)
    assert found["change_percent"] == {"energy": 0.0, "cost": 0.0}
    assert found["year_before"] is None, "there are no records of it"
    assert found["navigation"] == {"previous": "2026-10-26", "next": "2026-10-28", "up": "2026-10"}


def test_the_day_of_25_hours_has_more_than_the_day_before(house: House) -> None:
    found = got(house, "figures", device="Fridge", span="2026-10-25")
    assert len(found["hours"]) == 25
    assert found["change_percent"]["energy"] == pytest.approx(100 * (100 / 95 - 1), abs=0.01)


def test_a_day_that_goes_on_is_compared_with_the_same_part_of_the_day_before(house: House) -> None:
    house.clock.wall_us = us("2026-10-27 11:30")
    found = got(house, "figures", device="Fridge", span="today")
    previous = found["previous"]
    assert found["is_over"] is False
    assert (previous["is_part"], previous["end"]) == (True, "2026-10-26T12:30:00+01:00")
    assert previous["figures"]["energy_kwh"] == pytest.approx(found["energy_kwh"])
    assert found["navigation"]["next"] is None


def test_what_begins_in_the_midst_of_the_span_before_is_told_and_not_compared(
    house: House,
) -> None:
    found = got(house, "figures", span="2026-10-28..2026-11-04")
    assert found["previous"]["is_comparable"] is False
    assert found["change_percent"] is None
    assert found["previous"]["change_percent"] is None


def test_before_the_records_begin_there_is_nothing_to_go_to(house: House) -> None:
    found = got(house, "figures", span="2026-10")
    assert found["navigation"] == {"previous": None, "next": "2026-11", "up": "2026"}
    assert found["previous"] is None
    assert found["begins"] == "2026-10-24T00:15:00+02:00"


def test_the_stack_of_all_devices_is_the_house(house: House) -> None:
    found = got(house, "figures", span="2026-10-27")
    assert [one["device"] for one in found["stack"]] == ["Fridge", "Roof"]
    for place, hour in enumerate(found["hours"]):
        energy = sum(one["energy_kwh"][place] for one in found["stack"])
        assert energy == pytest.approx(hour["energy_kwh"])
        cost = sum(one["cost"][place] for one in found["stack"])
        assert cost == pytest.approx(float(hour["cost"]))
    assert got(house, "figures", span="2026-10-27", device="Roof")["stack"] == []


def test_a_part_without_records_has_none_in_the_stack(house: House) -> None:
    found = got(house, "figures", span="2026-10")
    assert found["stack"][0]["energy_kwh"][:24] == [None] * 23 + [3.8]


def test_prices_come_by_quarter_hours_for_a_day_and_as_ranges_for_a_month(house: House) -> None:
    day = got(house, "figures", span="2026-10-25")["prices"]
    assert (day["step"], len(day["time_s"])) == ("quarter", 100)
    assert set(day["import_per_kwh"]) == {0.2, 0.3}
    month = got(house, "figures", span="2026-10")["prices"]
    assert (month["step"], len(month["time_s"])) == ("day", 31)
    assert (month["low_per_kwh"][0], month["high_per_kwh"][0]) == (0.2, 0.3)
    assert month["import_per_kwh"][0] == pytest.approx((8 * 0.2 + 16 * 0.3) / 24, abs=1e-6)


def test_one_price_has_no_curve(folder: Path) -> None:
    house = House(configured(folder, DEVICES), NOW_US)
    assert got(house, "figures", span="2026-10-27")["prices"] is None


def test_the_years_are_told_each(house: House) -> None:
    found = got(house, "years")["years"]
    assert [one["label"] for one in found] == ["2026"]
    assert found[0]["energy_kwh"] == got(house, "figures", span="2026")["energy_kwh"]


def test_a_folder_without_any_record_has_figures_too(tmp_path: Path) -> None:
    with running_journal(tmp_path, FakeClock()):
        pass
    house = House(configured(tmp_path, ()), NOW_US)
    found = got(house, "figures", span="this-month")
    assert (found["energy_kwh"], found["previous"], found["begins"]) == (0.0, None, None)
    assert got(house, "years")["years"][0]["label"] == "2026"


def test_a_long_range_begins_with_the_first_year_of_the_program(house: House) -> None:
    found = got(house, "figures", span="1970-01-01..9000-01-01")
    assert found["start"].startswith("2022-01-01")


@pytest.mark.parametrize(
    ("params", "answer"),
    [
        ({"span": "2026-13"}, (422, "invalid")),
        ({"span": "gestern"}, (422, "invalid")),
        ({"span": "2031"}, (422, "invalid")),
        ({"device": "No such <b>"}, (404, "not_found")),
        ({"format": "csv", "locale": "xx-nowhere"}, (422, "invalid")),
        ({"format": "csv", "table": "secrets"}, (422, "invalid")),
    ],
)
def test_what_there_is_not_is_refused(
    house: House, params: dict[str, str], answer: tuple[int, str]
) -> None:
    assert code(house.get("figures", **params)) == answer


# --- tables ---


@pytest.mark.parametrize(
    "table", ["parts", "devices", "stack", "runs", "standby", "prices", "week"]
)
def test_every_table_is_there_as_csv_in_both_dialects(
    folder: Path, house: House, table: str
) -> None:
    with running_journal(folder, FakeClock()) as journal:
        start_us = us("2026-10-27 10:00")
        quarters_wh = {start_us // QUARTER_US: 1500.0}
        wash = Run("Fridge", start_us, start_us + QUARTER_US, 1500.0, 2e3, quarters_wh)
        journal.put_runs("Fridge", [wash], wash.end_us)
    params = {"span": "2026-10-27", "format": "csv", "table": table}
    plain = house.get("figures", **params)
    assert plain.headers["content-type"].startswith("text/csv")
    assert f"2026-10-27_{table}.csv" in plain.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(plain.text)))
    german = house.get("figures", **params, locale="de").text
    theirs = list(csv.reader(io.StringIO(german), delimiter=";"))
    assert len(rows) > 1
    assert [len(row) for row in rows] == [len(rows[0])] * len(rows)
    assert [[cell.replace(",", ".") for cell in row] for row in theirs] == rows


def test_the_years_are_there_as_csv_in_both_dialects(house: House) -> None:
    plain = house.get("years", format="csv")
    assert plain.headers["content-type"].startswith("text/csv")
    assert "_total_years.csv" in plain.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(plain.text))
    (year,) = got(house, "years")["years"]
    assert (row["device"], row["kind"], row["start"][:4]) == ("_total", "year", "2026")
    assert float(row["energy_kwh"]) == pytest.approx(year["energy_kwh"], abs=1e-6)
    german = house.get("years", format="csv", locale="de").text
    (theirs,) = csv.DictReader(io.StringIO(german), delimiter=";")
    assert theirs["energy_kwh"] == row["energy_kwh"].replace(".", ",")


def test_the_week_has_a_line_for_each_weekday_from_monday_on(house: House) -> None:
    answer = house.get("figures", span="2026-10-27", format="csv", table="week")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["weekday"] for row in rows] == ["1", "2", "3", "4", "5", "6", "7"]
    means = got(house, "figures", span="2026-10-27")["mean_power_w"]
    told = [[row[f"w_{hour:02}"] for hour in range(24)] for row in rows]
    assert [[float(cell) if cell else None for cell in row] for row in told] == means


def test_hostile_names_are_data_in_tables_and_file_names(tmp_path: Path) -> None:
    name = 'A"; <script>,\n…🔌'
    kept(tmp_path, (name, "Roof"))
    house = House(configured(tmp_path, (name, "Roof")), NOW_US)
    assert got(house, "figures", span="2026-10-27", device=name)["device"] == name
    answer = house.get("figures", span="2026-10-27", device=name, format="csv", table="parts")
    assert {row["device"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))} == {name}
    disposition = answer.headers["content-disposition"]
    assert "\n" not in disposition
    assert "<" not in disposition


# --- what is kept ---


def test_a_finished_span_is_computed_once(house: House, computed: list[str]) -> None:
    first = got(house, "figures", span="2026-10")
    assert got(house, "figures", span="2026-10") == first
    assert computed == ["2026-10"]


def test_another_configuration_is_another_answer(
    folder: Path, house: House, computed: list[str]
) -> None:
    before = got(house, "figures", span="2026-10")
    house.configure(configured(folder, DEVICES))
    assert got(house, "figures", span="2026-10")["cost"] != before["cost"]
    assert len(computed) == 2


def test_energy_that_comes_into_the_past_is_another_answer(folder: Path, house: House) -> None:
    """A socket was off-line over the month's end; its counter tells what flowed meanwhile."""
    before = got(house, "figures", span="2026-10")
    with running_journal(folder, FakeClock(us("2026-11-01 12:00"))) as journal:
        end_us = us("2026-11-01 12:00")
        point = quarter_point("Fridge", end_us, 1000.0, 10.0)
        point.span_us, point.estimated = end_us - us("2026-10-31 11:00"), True
        journal.append(point, Checkpoint(end_us))
    assert got(house, "figures", span="2026-10")["energy_kwh"] > before["energy_kwh"]


def test_a_span_that_goes_on_is_computed_again_soon(house: House, computed: list[str]) -> None:
    house.clock.wall_us = us("2026-10-27 11:30")
    for _ in range(3):
        got(house, "figures", span="today")
    house.clock.advance(301.0)
    got(house, "figures", span="today")
    assert computed == ["2026-10-27"] * 2


def test_what_is_kept_is_bounded_and_grows_old() -> None:
    clock = FakeClock()
    found: Kept[int] = Kept(2, clock.monotonic)
    for number in range(3):
        found.put(number, number, 10.0)
    assert [found.get(number) for number in range(3)] == [None, 1, 2]
    clock.advance(10.0)
    assert (found.get(1), len(found)) == (None, 1)


def test_one_computes_at_a_time_and_too_many_are_refused() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time_module.sleep(0.001)  # another one would begin meanwhile
        with lock:
            running -= 1

    async def ask_all(count: int, work: Callable[[], None]) -> list[object]:
        turns = Turns()
        return await asyncio.gather(
            *(turns.compute(work) for _ in range(count)), return_exceptions=True
        )

    answers = asyncio.run(ask_all(MOST_WAITING + 3, work))
    assert most == 1
    refused = [one for one in answers if isinstance(one, ApiError)]
    assert [one.status for one in refused] == [503] * 3
