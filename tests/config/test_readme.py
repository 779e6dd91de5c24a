"""The tables of both READMEs have a row for every key; a failure prints the rows to be there.

English: ``| `key` | type | default | description |``, all four exactly as ``rows()`` gives them.
German: the same columns, key and default as ``rows()`` gives them, the other two in German words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from source.config.schema import NO_DEFAULT, REQUIRED, rows

ROOT = Path(__file__).resolve().parents[2]
GERMAN_DEFAULTS = {
    REQUIRED: "Pflicht",
    "none": "keins",
    "`files` beside main.py": "`files` neben main.py",
}
"""Defaults that are words; all others are the same in both languages."""

ALL = ("environment", "config", "devices")
TABLES = pytest.mark.parametrize("which", ALL)


def lines_of(name: str) -> list[str]:
    path = ROOT / name
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def row(key: str, *others: str) -> str:
    return "| " + " | ".join((f"`{key}`", *others)) + " |"


def german(default: str) -> str:
    return GERMAN_DEFAULTS.get(default, default)


def lacks(name: str, missing: list[str]) -> str:
    return f"{name} lacks these rows:\n" + "\n".join(missing)


@TABLES
def test_the_english_readme_has_every_row_as_the_models_give_it(which: Any) -> None:
    wanted = rows(which)
    found = {cells(line) for line in lines_of("README.md")}
    missing = [row(*one) for one in wanted if cells(row(*one)) not in found]
    assert not missing, lacks("README.md", missing)


@TABLES
def test_the_german_readme_has_every_key_with_its_default(which: Any) -> None:
    wanted = rows(which)
    found = {
        (line[0], line[2])
        for line in map(cells, lines_of("README.de.md"))
        if len(line) == 4 and line[1] and line[3]
    }
    missing = [
        row(key, kind, german(default), f"({text})")
        for key, kind, default, text in wanted
        if (f"`{key}`", german(default)) not in found
    ]
    assert not missing, lacks("README.de.md", missing)


@TABLES
def test_no_german_description_is_left_in_english(which: Any) -> None:
    found = {line[3] for line in map(cells, lines_of("README.de.md")) if len(line) == 4}
    english = [one for one in rows(which) if one[3] in found]
    assert not english


def test_every_default_that_is_a_word_has_a_german_one() -> None:
    every = {one[2] for which in ALL for one in rows(which)}
    assert set(GERMAN_DEFAULTS) <= every
    assert NO_DEFAULT in every
