"""Command verify."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.command import files_folder
from tests.cli.conftest import Cli
from tests.cli.test_backup import points_kept


def test_a_whole_journal_is_well(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path)
    ran = cli("verify", "--files", files)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == f"Journal: {files / 'isdl.db'}"
    assert lines[2].split() == ["what", "result", "details"]
    assert [line.split()[:2] for line in lines[3:7]] == [
        [subject, "ok"] for subject in ("file", "energy", "meters", "reports")
    ]
    assert lines[-1] == "All is well."


def test_what_is_wrong_is_told_with_the_way_out(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path)
    with closing(sqlite3.connect(files / "isdl.db")) as db:
        db.execute("UPDATE interval SET energy_wh = 7")
        db.commit()
    ran = cli("verify", "--files", files)
    assert ran.code == 1
    assert "energy   failed  2 of 2 quarter hours differ from their raw points" in ran.out
    assert ran.out.endswith("mend it with: python main.py repair\n")
    assert cli("repair", "--files", files).code == 0
    assert cli("verify", "--files", files).code == 0


def test_for_programs_as_json(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path)
    told = cli("verify", "--json", "--files", files).json
    assert (told["file"], told["well"]) == (str(files / "isdl.db"), True)
    looked_at = ["file", "energy", "meters", "reports", "results", "prices"]
    assert [one["what"] for one in told["findings"]] == looked_at


def test_a_backup_can_be_verified(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path / "files")
    copy = tmp_path / "copy.db"
    cli("backup", copy, "--files", files)
    assert cli("verify", copy).code == 0
    copy.write_bytes(copy.read_bytes()[:-8192])
    ran = cli("verify", copy)
    assert ran.code == 1
    assert ran.out.endswith("This file is not well.\n")


def test_a_file_of_another_kind_is_not_well(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no database at all, " * 99)
    ran = cli("verify", tmp_path / "x.db")
    assert ran.code == 1
    assert "file  failed  file is not a database" in ran.out


def test_without_a_journal_it_says_so(cli: Cli, tmp_path: Path) -> None:
    ran = cli("verify", "--files", files_folder(tmp_path))
    assert (ran.code, ran.err) == (1, f"Error: {tmp_path / 'isdl.db'}: is not there\n")
