"""What was reported, its files, and reports that are computed."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from source.model import US_PER_S, Period, Written
from tests.fakes import FakeClock
from tests.reports.house import poll_hourly, us
from tests.reports.priced import look, priced
from tests.reports.views import NOW_US, configured, kept
from tests.running import running_journal
from tests.web.house import House, code, got

NOW = "2026-01-15 12:00"


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Its reports are written, as far as they are due."""
    files = tmp_path / "files"
    files.mkdir()
    configuration = priced(files, None, Fridge={"cost_month": 1}, Oven={})
    with running_journal(files, FakeClock(us(NOW))) as journal:
        for device in ("Fridge", "Oven"):
            poll_hourly(journal, "2025-12-30 23:00", NOW, device=device)
    assert look(configuration, NOW) > 0
    return House(configuration, us(NOW))


@pytest.fixture
def past(tmp_path: Path) -> House:
    kept(tmp_path)
    return House(configured(tmp_path, ("Fridge", "Roof")), NOW_US)


def names(house: House, **params: str) -> list[str]:
    return [one["name"] for one in got(house, "reports", **params)["files"]]


def test_the_newest_lines_come_first_with_the_name_of_their_period(house: House) -> None:
    ledger = got(house, "reports", device="Fridge", kind="day")["ledger"]
    ends = [one["end_s"] for one in ledger]
    assert ends == sorted(ends, reverse=True)
    assert (ledger[0]["label"], ledger[0]["file"]) == ("2026-01-14", "Fridge_day.txt")
    assert ledger[0]["line"].startswith("|")
    assert {one["corrected"] for one in ledger} == {False}


def test_the_house_has_its_periods_too(house: House) -> None:
    ledger = got(house, "reports", device="_total")["ledger"]
    assert ledger[0]["label"] == "2026-01-14"
    assert {one["file"] for one in ledger} == {"reports/_total.csv"}
    every = got(house, "reports")["ledger"]
    assert {one["device"] for one in every} == {"Fridge", "Oven", "_total"}


def test_only_files_of_reports_are_listed(house: House) -> None:
    (house.context.files / "notes.txt").write_text("mine", encoding="utf-8")
    (house.context.files / ".env").write_text("DB_USER_PASSWORD=x", encoding="utf-8")
    every = names(house)
    assert {"Fridge_day.txt", "reports/Fridge.csv", "reports/Oven/day/2026-01-14.json"} <= {*every}
    assert all(
        name.startswith("reports/") or name.endswith(("_day.txt", "_month.txt")) for name in every
    )
    assert {name.split("/")[1].removesuffix(".csv") for name in every if "/" in name} == {
        "Fridge",
        "Oven",
        "_total",
    }
    assert all("Oven" in name for name in names(house, device="Oven"))


def test_the_ledger_is_there_as_csv_whole_in_both_dialects(house: House) -> None:
    plain = house.get("reports", device="Fridge", kind="day", format="csv")
    assert plain.headers["content-type"].startswith("text/csv")
    assert plain.headers["content-disposition"].startswith('attachment; filename="reports.csv"')
    rows = list(csv.DictReader(io.StringIO(plain.text)))
    ledger = got(house, "reports", device="Fridge", kind="day")["ledger"]
    assert [row["label"] for row in rows] == [one["label"] for one in ledger]
    assert (rows[0]["device"], rows[0]["kind"], rows[0]["file"]) == (
        "Fridge",
        "day",
        "Fridge_day.txt",
    )
    assert rows[0]["end"].startswith("2026-01-15T00:00:00")
    german = house.get("reports", format="csv", locale="de").text
    assert german.splitlines()[0].count(";") == len(rows[0]) - 1


@pytest.mark.parametrize("tag", ["de-QX", "de-US", "de-x-own"])
def test_a_reader_whose_country_is_not_known_gets_the_language(past: House, tag: str) -> None:
    answer = past.get("report", {"accept-language": tag}, span="2026-10-27", format="text")
    assert answer.status_code == 200
    assert answer.text.startswith("Ganzes Haus")


def test_each_line_says_when_it_was_written(house: House) -> None:
    """The documents know it: there is one for each period, of the house too."""
    document = house.context.files / "reports/Fridge/day/2026-01-14.json"
    os.utime(document, (1_800_000_000, 1_800_000_000))
    ledger = got(house, "reports")["ledger"]
    told = {(one["device"], one["kind"], one["label"]): one["written_s"] for one in ledger}
    assert told["Fridge", "day", "2026-01-14"] == 1_800_000_000
    assert all(told.values())
    document.unlink()
    assert got(house, "reports", device="Fridge", kind="day")["ledger"][0]["written_s"] is None
    rows = csv.DictReader(io.StringIO(house.get("reports", format="csv", device="Oven").text))
    assert all(row["written"].startswith("20") for row in rows)


def test_the_files_are_there_as_csv_too(house: House) -> None:
    answer = house.get("reports", format="csv", table="files")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["name"] for row in rows] == names(house)
    assert int(rows[0]["bytes"]) > 0


def test_every_listed_file_can_be_downloaded(house: House) -> None:
    for name in names(house):
        answer = house.get("reports/file", name=name)
        assert answer.content == (house.context.files / name).read_bytes()
        assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        ".env",
        "isdl.db",
        "../secret_day.txt",
        "reports/../.env",
        "reports/../../x/day/secret.json",
        "reports//Fridge.csv",
        "reports/./Fridge.csv",
        "/etc/passwd",
        "reports/..\\..\\x.csv",
        "reports/Fridge/day/../../../config.json",
        "reports/Link/day/1.json",
        "linked_day.txt",
        "\0_day.txt",
        "nowhere_day.txt",
        "x" * 300 + "_day.txt",
    ],
)
def test_no_name_leads_to_another_file(house: House, name: str) -> None:
    files = house.context.files
    outside = files.parent / "outside"
    (outside / "day").mkdir(parents=True)
    (outside / "day" / "1.json").write_text("secret", encoding="utf-8")
    (files.parent / "secret_day.txt").write_text("secret", encoding="utf-8")
    (files / "reports" / "Link").symlink_to(outside)
    (files / "linked_day.txt").symlink_to(files.parent / "secret_day.txt")
    (files / ".env").write_text("secret", encoding="utf-8")
    assert code(house.get("reports/file", name=name)) == (404, "not_found")
    assert not any("ink" in one for one in names(house))


def test_a_correction_is_marked(house: House) -> None:
    (first, *_) = got(house, "reports", device="Oven", kind="day")["ledger"]
    period = Period(round(first["start_s"] * US_PER_S), round(first["end_s"] * US_PER_S) + 1)
    line = f"{first['line']} correction 1, before: 2.300 KWh |\n"
    with running_journal(house.context.files, FakeClock(us(NOW))) as journal:
        journal.begin_reports([Written("Oven", "day", period, "Oven_day.txt", line, 9999, False)])
    ledger = got(house, "reports", device="Oven", kind="day")["ledger"]
    assert [one["corrected"] for one in ledger[:2]] == [True, False]


# --- computed ---


def test_a_computed_page_is_complete_and_may_not_run_anything(past: House) -> None:
    answer = past.get("report", span="2026-10-27", locale="de")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "sandbox" in policy
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in answer.text
    assert "Dienstag, 27. Oktober 2026" in answer.text


@pytest.mark.parametrize(
    ("form", "media"),
    [
        ("html", "text/html"),
        ("text", "text/plain"),
        ("csv", "text/csv"),
        ("json", "application/json"),
    ],
)
def test_each_format_can_be_saved_as_a_file(past: House, form: str, media: str) -> None:
    answer = past.get("report", span="2026-10", device="Fridge", format=form, download=True)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media)
    ending = {"text": "txt"}.get(form, form)
    assert f'filename="Fridge_2026-10.{ending}"' in answer.headers["content-disposition"]


def test_the_language_is_the_reader_s_where_none_is_asked_for(past: House) -> None:
    german = past.get("report", {"accept-language": "de-DE"}, span="2026-10-27", format="text")
    english = past.get("report", {"accept-language": "en"}, span="2026-10-27", format="text")
    assert "Bezogen" in german.text
    assert "Bezogen" not in english.text


def test_the_numbers_are_those_of_the_figures(past: House) -> None:
    figures = got(past, "figures", span="2026-10-27")
    told = json.loads(past.get("report", span="2026-10-27", format="json").text)
    assert {key: figures[key] for key in told} == told
    plain = past.get("report", span="2026-10-27", format="csv").text
    row = next(csv.DictReader(io.StringIO(plain, newline="")))
    assert float(row["energy_kwh"]) == pytest.approx(figures["energy_kwh"])
    german = past.get("report", span="2026-10-27", format="csv", locale="de").text
    assert german.splitlines()[0].count(";") == plain.splitlines()[0].count(",")


def test_a_hostile_name_is_text_on_the_page(tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>"
    kept(tmp_path, (name, "Roof"))
    house = House(configured(tmp_path, (name, "Roof")), NOW_US)
    page = house.get("report", span="2026-10-27").text
    assert name not in page
    assert "&lt;img src=x" in page


def test_what_there_is_not_is_refused(past: House) -> None:
    assert code(past.get("report", device="Nobody")) == (404, "not_found")
    assert code(past.get("report", span="2040")) == (422, "invalid")
    assert code(past.get("report", format="exe")) == (422, "invalid")
