"""Command backup."""

from __future__ import annotations

import re
from pathlib import Path

from source.journal.backup import contents
from source.journal.store import Journal
from tests.cli.command import files_folder, keep
from tests.cli.conftest import Cli
from tests.fakes import START_US, TEN_S, good_point


def points_kept(folder: Path, count: int = 5) -> Path:
    files = files_folder(folder)
    keep(files, [good_point(START_US + n * TEN_S, 1.0) for n in range(count)])
    return files


def test_without_a_journal_it_says_so(cli: Cli, tmp_path: Path) -> None:
    ran = cli("backup", tmp_path / "copy.db", "--files", files_folder(tmp_path))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"Error: there is no journal in {tmp_path}\n"


def test_a_file_gets_the_copy_and_its_content_is_told(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path)
    ran = cli("backup", tmp_path / "copy.db", "--files", files)
    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch(
        rf"Backup: {tmp_path}/copy\.db, 5 points, \d+ kB, the newest of 20\d\d-.{{14}}\n", ran.out
    )
    assert contents(tmp_path / "copy.db").points == 5


def test_a_folder_gets_a_file_of_the_day(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path / "files")
    copies = tmp_path / "copies"
    copies.mkdir()
    assert cli("backup", copies, "--files", files).code == 0
    (copy,) = copies.iterdir()
    assert re.fullmatch(r"isdl-20\d\d-\d\d-\d\d\.db", copy.name)


def test_nothing_is_replaced_unasked(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path)
    target = tmp_path / "copy.db"
    target.write_text("dear")
    ran = cli("backup", target, "--files", files)
    assert ran.code == 1
    assert ran.err == f"Error: {target}: is there already; --force replaces it\n"
    assert target.read_text() == "dear"
    assert cli("backup", target, "--force", "--files", files).code == 0
    assert contents(target).points == 5


def test_a_folder_that_is_not_there_is_told(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path)
    ran = cli("backup", tmp_path / "no" / "copy.db", "--files", files)
    assert ran.code == 1
    assert "copy.db: can't be written: " in ran.err


def test_it_works_while_the_journal_is_open(cli: Cli, tmp_path: Path, journal: Journal) -> None:
    journal.append(good_point(START_US, 1.0))
    journal.flush()
    ran = cli("backup", tmp_path / "copy.db", "--files", files_folder(tmp_path))
    assert ran.code == 0
    assert ", 1 point, " in ran.out
