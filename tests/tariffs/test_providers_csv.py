"""Prices from a file: how it may be written, and what is told of a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from source.errors import PricesUnavailable
from source.tariffs.spot import quarter_at
from tests.tariffs.pricing import FIXTURES, ask, local, market, quarter, utc

AUTUMN = (local("2026-10-25T00:00"), local("2026-10-26T00:00"))


def read(folder: Path, text: str) -> dict[int, int]:
    (folder / "p.csv").write_text(text, encoding="utf-8")
    return ask(market("csv", file="p.csv"), *AUTUMN, folder=folder)


def told(folder: Path, text: str) -> str:
    with pytest.raises(PricesUnavailable) as caught:
        read(folder, text)
    return str(caught.value)


def test_the_repeated_hour_of_autumn_has_two_lines() -> None:
    found = ask(market("csv", file="prices.csv"), *AUTUMN, folder=FIXTURES)
    assert len(found) == 16
    assert found[quarter("2026-10-25T01:45")] == 93_100_000
    assert found[quarter("2026-10-25T02:45", fold=0)] == 87_500_000
    assert found[quarter("2026-10-25T02:00", fold=1)] == -1_200_000
    assert found[quarter("2026-10-25T03:45")] == 75_400_000


def test_quarter_hours_repeat_too(tmp_path: Path) -> None:
    lines = [f"2026-10-25T02:{m:02},0.{n}" for n in (1, 2) for m in (0, 15, 30, 45)]
    found = read(tmp_path, "\n".join(["start,price_kwh", *lines]))
    assert list(found.values()) == [100_000_000] * 4 + [200_000_000] * 4
    assert min(found) == quarter("2026-10-25T02:00", fold=0)


def test_times_with_an_offset_need_no_zone(tmp_path: Path) -> None:
    text = """start,price_kwh,comment
2026-10-25T02:00+02:00,0.1,before
2026-10-25T02:00+01:00,0.2,after

2026-10-25T02:00Z,0.3,
"""
    found = read(tmp_path, text)
    assert found[quarter_at(utc("2026-10-25T00:45"))] == 100_000_000
    assert found[quarter_at(utc("2026-10-25T01:45"))] == 200_000_000
    assert found[quarter_at(utc("2026-10-25T02:45"))] == 300_000_000


def test_a_spreadsheets_mark_and_capitals_and_order_of_columns_do_not_matter(
    tmp_path: Path,
) -> None:
    text = '\ufeff"Price_kWh";"Start"\r\n"0,25";"2026-10-25 00:00"\r\n0.5;2026-10-25 01:00\r\n'
    found = read(tmp_path, text)
    assert sorted(set(found.values())) == [250_000_000, 500_000_000]
    assert len(found) == 8


def test_what_lies_outside_of_the_wanted_time_is_not_told(tmp_path: Path) -> None:
    text = "start,price_kwh\n2020-01-01T00:00,1\n2026-10-25T23:45,2\n2026-10-26T00:00,3\n"
    assert read(tmp_path, text) == {quarter("2026-10-25T23:45"): 2_000_000_000}


HEAD = "start,price_kwh\n2026-10-25T00:00,0.1\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "2026-10-25T01:00,cheap", "p.csv: line 3: 'cheap' is no price such as 0.0931"),
        (HEAD + "2026-10-25T01:00,0,25", ""),
        (HEAD + "2026-10-25T01:00,nan", "p.csv: line 3: nan per kWh is no price"),
        (HEAD + "2026-10-25T01:00,93.1e3", "p.csv: line 3: 93.1e3 per kWh is no price; is it per"),
        (HEAD + "25.10.2026 01:00,0.1", "p.csv: line 3: '25.10.2026 01:00' is no time such as"),
        (HEAD + "20261025T0100,0.1", "p.csv: line 3: '20261025T0100' is no time such as"),
        (HEAD + "2026-W43-7T01:00,0.1", "p.csv: line 3: '2026-W43-7T01:00' is no time such as"),
        (HEAD + "2026-10-25T01:00+0100,0.1", "p.csv: line 3: '2026-10-25T01:00+0100' is no time"),
        (HEAD + "2026-10-25T01:00", "p.csv: line 3: has 1 cells"),
        (HEAD + "2026-10-25T00:00,0.1", "p.csv: line 3: is not later than the line before"),
        (HEAD + "2026-10-24T23:00,0.1", "p.csv: line 3: is not later than the line before"),
        (HEAD + "2026-10-25T01:10,0.1", "p.csv: line 3: 2026-10-25T01:10 is not on a quarter"),
        (HEAD + "\n\n2027-03-28T02:30,0.1", "p.csv: line 5: 2027-03-28T02:30 is left out"),
        ("time,price\n", "p.csv: line 1: is 'time,price'; it has to name the columns"),
        ("", "p.csv: is empty"),
        (HEAD + "2026-10-25T00:45,1\n2026-10-25T01:30,1", "p.csv: a price holds for 0:45:00"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    if not expected:
        # A decimal comma between commas is a cell of its own; nobody can tell it from a comment.
        assert set(read(tmp_path, text).values()) == {100_000_000, 0}
        return
    assert told(tmp_path, text).startswith(expected)


def test_a_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    def reason(name: str | None) -> str:
        with pytest.raises(PricesUnavailable) as caught:
            ask(market("csv", file=name), *AUTUMN, folder=tmp_path)
        return str(caught.value)

    assert reason("p.csv") == "p.csv: is not there; put it into the files folder"
    (tmp_path / "p.csv").write_bytes(b"start;price_kwh\n2026-01-01;\xe4\n")
    assert reason("p.csv") == "p.csv: is no text in UTF-8"
    (tmp_path / "folder").mkdir()
    assert reason("folder").startswith("folder: can't be read: ")
    assert reason(None).startswith('set "file" of "dynamic" to the name of a file')


@pytest.mark.parametrize("time", ["9999-12-31T23:00-05:00", "0001-01-01T00:00", "25.10.2026 01:00"])
def test_a_time_out_of_reach_is_told_with_its_line(tmp_path: Path, time: str) -> None:
    text = f"start,price_kwh\n{time},0.1"
    assert told(tmp_path, text).startswith(f"p.csv: line 2: '{time}' is no time such as")
