"""Names of devices become names of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source.config.names import LIMIT_BYTES, comparable, file_stem
from tests.config.home import PLUG, Home

NASTY = st.sampled_from(
    [*'./\\:*?"<>|_ \0\n\r\t-', "con", "ü", "u\u0308", "🔌", "\u200d", "\ud800"]
)
NAMES = st.one_of(st.text(min_size=1), st.lists(NASTY, min_size=1, max_size=150).map("".join))


@pytest.mark.parametrize("name", ["Fridge", "Küche", "Heat pump 2", "a.b", "x" * 120, "🔌", "日本"])
def test_a_plain_name_is_its_own_stem(name: str) -> None:
    assert file_stem(name) == name


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../../x", "_._.._x"),
        ("Küche/Bad", "Küche_Bad"),
        ('a"b', "a_b"),
        ("C:\\x", "C__x"),
        (".hidden", "_hidden"),
        (" a. ", "a"),
        ("con", "_con"),
        ("Aux.1", "_Aux.1"),
        ("LPT1", "_LPT1"),
        ("console", "console"),
        ("a\0b\nc", "a_b_c"),
    ],
)
def test_an_unsafe_name_gets_a_safe_stem(name: str, stem: str) -> None:
    assert file_stem(name) == stem


@pytest.mark.parametrize("name", [".", "..", " ", ". ."])
def test_a_name_of_which_nothing_is_left_gets_a_stem_of_its_own(name: str) -> None:
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    assert file_stem(name) == f"device_{digest}"


def test_long_names_are_cut_and_stay_distinct() -> None:
    stems = {
        file_stem("x" * 300),
        file_stem("x" * 299),
        file_stem("ü" * 300),
        file_stem("🔌" * 300),
    }
    assert len(stems) == 4
    assert all(len(stem.encode()) <= LIMIT_BYTES for stem in stems)


@settings(deadline=None)
@given(NAMES)
def test_every_stem_is_safe(name: str) -> None:
    stem = file_stem(name)
    assert stem not in ("", ".", "..")
    assert not stem.startswith(".")
    assert not set(stem) & set('/\\:*?"<>|\0\n\r')
    assert len(stem.encode()) <= LIMIT_BYTES
    assert Path("files", f"{stem}_day.txt").parent == Path("files")
    assert file_stem(stem) == stem


@settings(deadline=None, max_examples=50)
@given(st.lists(NAMES, min_size=2, max_size=6, unique=True))
def test_distinct_names_have_distinct_files_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    home.write("devices.json", {name: dict(PLUG) for name in names})
    if not home.problems():
        devices = home.load().devices
        assert list(devices) == names
        assert len({comparable(file_stem(name)) for name in devices}) == len(names)


def test_a_file_of_every_stem_can_be_made(tmp_path: Path) -> None:
    names = ["../../x", "Küche/Bad", 'a"b', "x" * 300, "🔌" * 300, "..", "🔌"]
    for name in names:
        (tmp_path / f"{file_stem(name)}_month.txt").write_text(name)
    assert {path.read_text() for path in tmp_path.iterdir()} == set(names)
