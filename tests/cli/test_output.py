"""Tables for pipes and for terminals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from source.cli.output import fitting, print_table
from source.plaintext import Column, cells_of, plain_lines, shortened, visible
from tests.cli.command import files_folder, on_terminal, plug

COLUMNS = (Column("name"), Column("W", right=True), Column("last"))


def test_columns_are_as_wide_as_they_need_to_be() -> None:
    rows = [("Fridge", "90.2", "now"), ("x" * 200, "1", "")]
    assert plain_lines(COLUMNS, rows) == [
        f"{'name':<200}     W  last",
        f"{'Fridge':<200}  90.2  now",
        f"{'x' * 200}     1",
    ]


def test_wide_characters_do_not_shift_the_columns() -> None:
    lines = plain_lines(COLUMNS, [("🍳", "1", "a"), ("Küche", "2", "b"), ("e\u0301", "3", "c")])
    assert lines[1] == "🍳     1  a"
    assert lines[2] == "Küche  2  b"
    assert lines[3] == "e\u0301      3  c"


def test_characters_that_command_a_terminal_are_shown() -> None:
    assert visible("a\x1b[31mb\nc é 🍳") == "a\\x1b[31mb\\nc é 🍳"


def test_columns_that_do_not_fit_are_left_out_the_most_spare_one_first() -> None:
    columns = [
        Column("day"),
        Column("energy kWh", right=True),
        Column("mean price", right=True, spare=1),
        Column("", spare=9),
    ]
    rows = [("Mon, 10/12", "1,273.831", "0.3100", "#" * 24)]
    assert fitting(columns, rows, 57) == [0, 1, 2, 3], "12, 11, 8 and 26 with their gaps"
    assert fitting(columns, rows, 56) == [0, 1, 2]
    assert fitting(columns, rows, 30) == [0, 1]
    assert fitting(columns, rows, 5) == [0, 1], "nobody can spare these"


def test_on_a_terminal_of_40_columns_nothing_is_cut_off(tmp_path: Path) -> None:
    name = "A name of forty characters and some more"
    files = files_folder(tmp_path, {f"{name} [red]": plug("127.0.0.1:9", enabled=False)})
    code, text = on_terminal(40, "check", "--files", files)
    assert code == 0
    assert "\x1b[" in text, "colours on a terminal"
    letters = re.sub(r"\x1b\[[0-9;]*m|\s", "", text)
    for part in ("[red]", "shelly:plug-s"[:5], "disabled"[:5]):
        assert part in letters
    assert "…" not in text


LIMITED = (Column("name", longest=20), Column("W", right=True))


def printed(capsys: pytest.CaptureFixture[str], rows: list[tuple[str, str]]) -> list[str]:
    """The lines of a table in a pipe."""
    print_table(LIMITED, rows)
    return capsys.readouterr().out.splitlines()


def test_long_cells_are_cut_in_the_middle_where_their_column_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed(capsys, [("Fridge", "1"), ("Washing machine in the basement", "2")]) == [
        "name                  W",
        "Fridge                1",
        "Washing mach…asement  2",
    ]


def test_long_cells_that_differ_stay_different(capsys: pytest.CaptureFixture[str]) -> None:
    names = [*(f"{'x' * 150}{n}{'x' * 150}" for n in range(50)), "x" * 20]
    lines = printed(capsys, [(name, "1") for name in names])[1:]
    assert len(set(lines)) == 51
    assert max(map(cells_of, lines)) == 23


def test_a_cell_of_wide_characters_is_cut_by_the_columns_it_takes() -> None:
    (cell,) = shortened(["🔌" * 300], 20)
    assert cells_of(cell) <= 20
    assert cell.strip("🔌") == "…"


def test_the_same_long_cell_is_the_same_in_each_row() -> None:
    first, second = shortened(["x" * 300] * 2, 20)
    assert first == second
