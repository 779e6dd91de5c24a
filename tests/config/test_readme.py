"""The tables of both READMEs are those of the models; a failure prints the rows that are wanted.

English: ``| `key` | type | default | description |``, all four exactly as ``rows()`` gives them.
German: the same columns, key and default as ``rows()`` gives them, the other two in German words.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest

from source.config.schema import NO_DEFAULT, REQUIRED, Row, Table, rows

ROOT = Path(__file__).resolve().parents[2]
GERMAN_DEFAULTS = {
    REQUIRED: "Pflicht",
    "none": "keins",
    "`files` beside main.py": "`files` neben main.py",
}
"""Defaults that are words; all others are the same in both languages."""
ENGLISH: Mapping[Table, str] = {
    "environment": "Variable",
    "config": "Key in `general`",
    "web": "Key of `web`",
    "devices": "Key of a device",
    "tariff": "Key of `tariff`",
    "price": "Key of a price",
    "window": "Key of a window",
    "dynamic": "Key of `dynamic`",
    "power_on_counter": "Key of `power_on_counter`",
    "run": "Key of `run`",
}
GERMAN: Mapping[Table, str] = {
    "environment": "Variable",
    "config": "Schlüssel in `general`",
    "web": "Schlüssel von `web`",
    "devices": "Schlüssel eines Geräts",
    "tariff": "Schlüssel von `tariff`",
    "price": "Schlüssel eines Preises",
    "window": "Schlüssel eines Zeitfensters",
    "dynamic": "Schlüssel von `dynamic`",
    "power_on_counter": "Schlüssel von `power_on_counter`",
    "run": "Schlüssel von `run`",
}
"""What stands above the first column of each table."""

ALL: tuple[Table, ...] = get_args(Table)
TABLES = pytest.mark.parametrize("which", ALL)


def cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def table(name: str, heading: str) -> list[tuple[str, ...]]:
    """The rows of the only table with that heading above its first column."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    (begin,) = (n for n, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    end = next(n for n in range(begin, len(lines)) if not lines[n].startswith("|"))
    return [cells(line) for line in lines[begin + 2 : end]]


def wanted(row: Row, default: str, text: str) -> str:
    return f"| `{row[0]}` | {row[1]} | {default} | {text} |"


def german(default: str) -> str:
    return GERMAN_DEFAULTS.get(default, default)


@TABLES
def test_the_english_table_is_as_the_models_give_it(which: Table) -> None:
    lines = [wanted(row, row[2], row[3]) for row in rows(which)]
    found = table("README.md", ENGLISH[which])
    assert found == [cells(line) for line in lines], "\n".join(["README.md, wanted:", *lines])


@TABLES
def test_the_german_table_has_every_key_with_its_default(which: Table) -> None:
    lines = [wanted(row, german(row[2]), f"({row[3]})") for row in rows(which)]
    found = table("README.de.md", GERMAN[which])
    keys = [(f"`{row[0]}`", german(row[2])) for row in rows(which)]
    assert [(row[0], row[2]) for row in found] == keys, "\n".join(["README.de.md, wanted:", *lines])
    assert all(len(row) == 4 and all(row) for row in found)


@TABLES
def test_no_german_description_is_left_in_english(which: Table) -> None:
    found = {row[3] for row in table("README.de.md", GERMAN[which])}
    assert not [row for row in rows(which) if row[3] in found]


def test_every_default_that_is_a_word_has_a_german_one() -> None:
    every = {one[2] for which in ALL for one in rows(which)}
    assert set(GERMAN_DEFAULTS) <= every
    assert NO_DEFAULT in every
