"""Command repair."""

from __future__ import annotations

from pathlib import Path

from source.journal.store import Journal
from tests.cli.command import files_folder
from tests.cli.conftest import Cli
from tests.cli.test_backup import points_kept
from tests.fakes import START_US, good_point


def test_what_was_done_is_told_line_by_line(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path)
    cli("repair", "--files", files)  # the points came without a meter's state
    for old in files.glob("isdl.db.before-repair-*"):
        old.unlink()
    ran = cli("repair", "--files", files)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == f"Journal: {files / 'isdl.db'}"
    assert lines[2:6] == [
        "  the file is whole",
        "  quarter hours computed again from their raw points: 0",
        "  meters set to their newest point: 0",
        "  index written anew",
    ]
    assert lines[-1].startswith("Repaired. The file as it was is isdl.db.before-repair-")
    assert len(list(files.glob("isdl.db.before-repair-*"))) == 1


def test_a_damaged_journal_is_rescued(cli: Cli, tmp_path: Path) -> None:
    files = points_kept(tmp_path)
    path = files / "isdl.db"
    path.write_bytes(b"\0" * 4096 + path.read_bytes()[4096:])
    ran = cli("repair", "--files", files)
    assert ran.code == 0
    assert "the journal was damaged and is set aside as isdl.db.damaged-" in ran.out
    assert "rescued into a new journal: 5 points, 2 quarter hours, 0 reports" in ran.out
    assert cli("verify", "--files", files).code == 0


def test_without_a_journal_it_says_so(cli: Cli, tmp_path: Path) -> None:
    ran = cli("repair", "--files", files_folder(tmp_path))
    assert (ran.code, ran.err) == (1, f"Error: there is no journal in {tmp_path}\n")


def test_beside_a_daemon_it_refuses(cli: Cli, tmp_path: Path, journal: Journal) -> None:
    journal.append(good_point(START_US, 1.0))
    journal.flush()
    ran = cli("repair", "--files", files_folder(tmp_path))
    assert ran.code == 2
    assert "another process writes to it" in ran.err
