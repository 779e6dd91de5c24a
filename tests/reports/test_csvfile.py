"""Each line stands in the CSV file once, wherever a crash tore it and whatever a user saved."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from source.errors import ReportError
from source.model import Bill, Period, Totals
from source.reports.csvfile import GERMAN, Line, missing_bytes, standing_keys, text_of
from source.reports.figures import COLUMNS, Figures, csv_cells
from tests.fakes import START_US
from tests.reports.house import DAY_US

BERLIN = ZoneInfo("Europe/Berlin")
BILL = Bill(Decimal("0.741"), Decimal("0.3"), Decimal("0.05"))


def line(number: int, revision: int = 0, currency: str = "€") -> Line:
    period = Period(START_US + (number - 1) * DAY_US, START_US + number * DAY_US)
    figures = Figures(Totals(energy_wh=1000.0 * number + 0.5), BILL, currency)
    cells = csv_cells("day", period, figures, BERLIN, revision)
    return Line(("day", period.end_us, revision), cells)


def whole(*lines: Line) -> bytes:
    return missing_bytes(b"", lines, "x.csv")


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_a_new_file_has_a_header_and_line_ends_of_rfc_4180() -> None:
    content = whole(line(1))
    header, first, rest = content.split(b"\r\n")
    assert header.decode().split(",") == list(COLUMNS)
    assert first.startswith(b"day,2026-01-01T01:00:00+01:00,2026-01-02T01:00:00+01:00,1.000500,")
    assert rest == b""
    assert len(rows(content)[1]) == len(COLUMNS)


def test_what_needs_quotes_has_them() -> None:
    odd = line(1, currency='a,"b"')
    assert b'"a,""b"""' in whole(odd)
    assert rows(whole(odd))[1][COLUMNS.index("currency")] == 'a,"b"'


def test_a_file_cut_anywhere_is_completed_to_what_it_was_to_be() -> None:
    lines = [line(1), line(2, currency="kr;€"), line(3)]
    content = whole(*lines)
    for cut in range(len(content) + 1):
        torn = content[:cut]
        assert torn + missing_bytes(torn, lines, "x.csv") == content, cut


def test_lines_that_stand_there_are_not_appended_again() -> None:
    content = whole(line(1), line(2))
    assert missing_bytes(content, [line(1), line(2)], "x.csv") == b""
    assert rows(missing_bytes(content, [line(1), line(3)], "x.csv")) == rows(whole(line(3)))[1:]


def test_a_correction_is_another_line_than_the_first_one() -> None:
    content = whole(line(1))
    assert missing_bytes(content, [line(1), line(1, 1)], "x.csv").endswith(b",1\r\n")


@pytest.mark.parametrize("last", ["\r\n", "\n", "", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_saved_with_semicolons_goes_on_with_them(last: str, mark: str) -> None:
    saved = mark + text_of(COLUMNS, GERMAN) + text_of(line(1).cells, GERMAN).rstrip() + last
    added = missing_bytes(saved.encode(), [line(1), line(2)], "x.csv").decode()
    assert added.strip() == text_of(line(2).cells, GERMAN).strip()
    assert ";2,000500;" in added
    assert len((saved + added).splitlines()) == 3


def test_a_file_with_other_columns_keeps_their_order() -> None:
    saved = b"revision,end,kind,note\r\n0,2026-01-02T00:00:00+00:00,day,mine\r\n"
    added = missing_bytes(saved, [line(1), line(2)], "x.csv")
    assert added == b"0,2026-01-03T01:00:00+01:00,day,\r\n"


def test_the_zone_of_a_line_does_not_matter() -> None:
    content = whole(line(1)).replace(b"2026-01-02T01:00:00+01:00", b"2026-01-02T00:00:00+00:00")
    assert missing_bytes(content, [line(1)], "x.csv") == b""


def test_what_is_no_table_of_ours_is_refused() -> None:
    with pytest.raises(ReportError, match="move the file away"):
        missing_bytes(b"my own notes\n", [line(1)], "x.csv")


def test_the_lines_of_a_file_are_known_by_kind_end_and_revision() -> None:
    assert standing_keys(b"", "x.csv") == set()
    assert standing_keys(whole(line(1), line(1, 1)), "x.csv") == {line(1).key, line(1, 1).key}
