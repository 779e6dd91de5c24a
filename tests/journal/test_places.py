"""One file takes the other's place: cut off at each step, behind a link, owned by another user."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from source.journal.opening import opened
from source.journal.places import is_there, new_of, part_of, read_of
from source.journal.repair import repair
from source.journal.rescue import rescued
from source.journal.schema import close_writer
from tests.fakes import START_US, FakeClock
from tests.journal.damages import Files, content, ended, killed, pages_of, rows_of, with_bad_pages

ASIDE = "isdl.db.damaged-20260101T000000Z"


def _bad(table: str, base: Files) -> Files:
    return Files(with_bad_pages(base.db, pages_of(table, base)), base.wal)


RESCUER = """
import sys
from pathlib import Path
from source.journal.places import is_there, new_of, part_of, read_of
from source.journal.rescue import rescued
rescued(Path(sys.argv[1]), int(sys.argv[2]))
"""


@pytest.mark.parametrize("point", ["copied", "set aside", "in place"])
def test_a_rescue_that_is_cut_off_is_finished_or_begun_anew_by_the_next_start(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    path = _bad("point_device_time", killed()).put(tmp_path)
    monkeypatch.setenv("ISDL_FAULT_POINT", f"rescue: {point}")
    ran = subprocess.run(
        [sys.executable, "-c", RESCUER, str(path), str(START_US)], check=False, timeout=30
    )
    assert ran.returncode == -9
    monkeypatch.delenv("ISDL_FAULT_POINT")
    db, _ = opened(path, START_US)
    close_writer(db)
    after, before = rows_of(path), content(killed())
    assert [after[table] for table in ("point", "interval", "report")] == [
        before[table] for table in ("point", "interval", "report")
    ]
    names = {file.name.replace(ASIDE, "old") for file in tmp_path.iterdir()}
    assert names - {"old-shm"} == {"isdl.db", "old", "old-wal"}


def test_two_rescues_in_one_second_keep_both_damaged_files(tmp_path: Path) -> None:
    for _ in range(2):
        rescued(_bad("device", ended()).put(tmp_path), START_US)
    assert (tmp_path / ASIDE).exists()
    assert (tmp_path / f"{ASIDE}-2").exists()


# --- repair and restore that are interrupted ---

REPAIRER = """
import sys
from pathlib import Path
from source.journal.repair import repair
repair(Path(sys.argv[1]), int(sys.argv[2]))
"""


@pytest.mark.parametrize("point", ["copied", "set aside", "in place"])
def test_a_repair_that_is_cut_off_can_be_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    path = ended().put(tmp_path)
    monkeypatch.setenv("ISDL_FAULT_POINT", f"rescue: {point}")
    ran = subprocess.run(
        [sys.executable, "-c", REPAIRER, str(path), str(START_US)], check=False, timeout=30
    )
    assert ran.returncode == -9
    monkeypatch.delenv("ISDL_FAULT_POINT")
    assert is_there(path)
    repair(path, START_US)
    assert rows_of(path) == content(ended())


def test_what_a_cut_off_try_left_is_deleted_by_the_next_start(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    for left in (part_of(path), read_of(path)):
        left.write_bytes(bytes(9000))
        Path(f"{left}-journal").write_bytes(b"x")
    db, _ = opened(path, START_US)
    close_writer(db)
    assert [file.name for file in tmp_path.iterdir()] == ["isdl.db"]


# --- links, rights, owners ---


def test_a_journal_behind_a_link_is_rescued_where_it_lies_with_its_log(tmp_path: Path) -> None:
    disk, files = tmp_path / "disk", tmp_path / "files"
    disk.mkdir()
    files.mkdir()
    real = _bad("point_device_time", killed()).put(disk)
    path = files / "isdl.db"
    path.symlink_to(real)
    db, found = opened(path, START_US)
    close_writer(db)
    assert found is not None
    assert (path.is_symlink(), real.is_symlink()) == (True, False)
    assert rows_of(real)["point"] == content(killed())["point"]
    assert [file.name for file in files.iterdir()] == ["isdl.db"]
    assert (disk / ASIDE).exists()
    assert not new_of(path).exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_a_new_file_belongs_to_the_owner_of_the_old_one(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    path.chmod(0o640)
    os.chown(path, 65_534, 65_534)
    repair(path, START_US)
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (65_534, 65_534, 0o640)
