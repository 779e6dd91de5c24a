"""Rows that stand in a file are found by the end of their period."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from source.reports.rows import Rows
from source.reports.table import Header
from tests.reports.house import us

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
ROW = "| 2026-01-01 00:00:00 - 2026-01-02 00:00:00 |  1.234 |  0.37 ( 0.30€/KWh) | 0.0 | 0.0 |\n"
END_UTC, END_BERLIN = us("2026-01-02 00:00"), us("2026-01-01 23:00")


def test_a_row_is_found_with_its_place_and_its_text() -> None:
    before = Header("UTC").text() + ROW.replace("-01-0", "-02-0")
    row = Rows((before + ROW).encode(), UTC).ending(END_UTC)
    assert row is not None
    assert (row.text, row.offset) == (ROW, len(before.encode()))
    assert Rows(before.encode(), UTC).ending(END_UTC) is None


def test_the_header_above_says_the_zone_and_without_one_it_is_the_one_in_force() -> None:
    content = (Header("Europe/Berlin").text() + ROW).encode()
    assert Rows(content, UTC).ending(END_BERLIN) is not None
    assert Rows(content, UTC).ending(END_UTC) is None
    assert Rows(ROW.encode(), BERLIN).ending(END_BERLIN) is not None
    both = (Header("UTC").text() + Header("Europe/Berlin").text() + ROW).encode()
    assert Rows(both, UTC).ending(END_BERLIN) is not None


def test_a_header_of_a_zone_that_nobody_knows_witnesses_nothing() -> None:
    content = (Header("Mars/Olympus").text() + ROW).encode()
    assert Rows(content, UTC).ending(END_UTC) is None


@pytest.mark.parametrize(
    "row",
    [
        ROW.rstrip(),
        ROW.replace("\n", "\r\n"),
        ROW.replace("\n", "        Not req |\n"),
        ROW.replace("1.234", "1,234"),
    ],
)
def test_rows_of_other_versions_and_of_editors_count(row: str) -> None:
    assert Rows(row.encode(), UTC).ending(END_UTC) is not None


def test_a_row_in_another_encoding_counts() -> None:
    assert Rows(ROW.encode("cp1252"), UTC).ending(END_UTC) is not None


@pytest.mark.parametrize("length", [10, 46, 60, 85])
def test_a_torn_row_is_none(length: int) -> None:
    assert Rows(ROW[:length].encode(), UTC).ending(END_UTC) is None


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00|\n", b"|||||||\n", b"| x - y | 1 | 2 | 3 | 4 |"]
)
def test_what_is_no_row_is_passed_over(content: bytes) -> None:
    assert Rows(content, UTC).ending(END_UTC) is None


def test_a_correction_is_told_from_the_first_row_and_from_other_corrections() -> None:
    texts = [ROW.replace("\n", f" correction {n}, before: {n} KWh |\n") for n in (1, 2)]
    rows = Rows("".join([*texts, ROW]).encode(), UTC)
    first = rows.ending(END_UTC)
    assert first is not None
    assert rows.revisions(END_UTC) == {0, 1, 2}
    found = [rows.correction(END_UTC, text) for text in texts]
    assert [row.text for row in found if row] == texts
    assert rows.correction(END_UTC, texts[0].replace("0.37", "0.38")) is None


def test_a_correction_in_a_file_with_the_fifth_column_is_one_too() -> None:
    text = ROW.replace("\n", "        Not req | correction 3, before: 1 KWh |\n")
    assert Rows(text.encode(), UTC).revisions(END_UTC) == {3}


@pytest.mark.parametrize("length", range(len(ROW), len(ROW) + 26))
def test_a_torn_correction_is_none(length: int) -> None:
    text = ROW.replace("\n", " correction 1, before: 1 KWh |\n")
    assert Rows(text[:length].encode(), UTC).correction(END_UTC, text) is None
