"""Command restore."""

from __future__ import annotations

from pathlib import Path

from source.journal.reader import JournalReader
from source.journal.store import Journal
from tests.cli.command import files_folder, keep
from tests.cli.conftest import Cli
from tests.cli.test_backup import points_kept
from tests.fakes import START_US, TEN_S, good_point


def test_what_was_lost_is_back_and_what_came_later_stays(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path / "files")
    copy = tmp_path / "copy.db"
    assert cli("backup", copy, "--files", files).code == 0
    keep(files, [good_point(START_US + n * TEN_S, 1.0) for n in range(5, 8)])
    ran = cli("restore", copy, "--files", files)
    assert (ran.code, ran.err) == (0, "")
    backup, before, added, told = ran.out.splitlines()
    assert backup.startswith(f"Backup:  {copy}, 5 points, ")
    assert before.startswith("Before:  the journal that was there is now isdl.db.before-restore-20")
    assert added == "Added:   3 points, 0 quarter hours, 0 reports that the backup lacked"
    assert told.startswith("Restored. ")
    with JournalReader(files / "isdl.db") as reader:
        assert reader.last_seq() == 8


def test_into_an_empty_folder(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path / "files")
    copy = tmp_path / "copy.db"
    cli("backup", copy, "--files", files)
    (files / "isdl.db").unlink()
    ran = cli("restore", copy, "--files", files)
    assert ran.code == 0
    assert "Added:   nothing, there was no journal" in ran.out


def test_a_damaged_backup_is_refused(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path / "files")
    copy = tmp_path / "copy.db"
    cli("backup", copy, "--files", files)
    copy.write_bytes(copy.read_bytes()[:-9000])
    before = (files / "isdl.db").read_bytes()
    ran = cli("restore", copy, "--files", files)
    assert (ran.code, ran.out) == (1, "")
    assert f"Error: {copy}: is no whole journal: " in ran.err
    assert (files / "isdl.db").read_bytes() == before


def test_a_file_that_is_not_there_is_wrong_use(cli: Cli, tmp_path: Path) -> None:
    assert cli("restore", tmp_path / "none.db", "--files", files_folder(tmp_path)).code == 2


def test_beside_a_daemon_it_refuses(cli: Cli, tmp_path: Path, journal: Journal) -> None:
    journal.append(good_point(START_US, 1.0))
    journal.flush()
    files = files_folder(tmp_path)
    cli("backup", tmp_path / "copy.db", "--files", files)
    ran = cli("restore", tmp_path / "copy.db", "--files", files)
    assert ran.code == 2
    assert "another process writes to it" in ran.err
