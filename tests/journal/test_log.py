"""The log beside a journal: another one's is never applied, its own is never taken for that."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from source.journal.backup import backup, contents
from source.journal.opening import damage, is_foreign, opened
from source.journal.repair import repair
from source.journal.restore import restore
from source.journal.schema import close_writer
from source.journal.store import Journal
from source.journal.wal import read_wal, wal_of
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.damages import Files, content, ended, fill, killed, rows_of
from tests.running import running_journal

FOREIGN = "isdl.db-wal.foreign-20260101T000000Z"


def test_a_log_of_another_journal_is_set_aside_before_it_does_harm(
    tmp_path: Path, clock: FakeClock
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = Journal(folder / "isdl.db", clock=clock)
    other.open()
    other.append(good_point(START_US, 7.0, "Elsewhere"))
    other.close()
    path = Files((folder / "isdl.db").read_bytes(), killed().wal).put(tmp_path)
    db, found = opened(path, START_US)
    close_writer(db)
    assert found is None
    aside = tmp_path / "isdl.db-wal.foreign-20260101T000000Z"
    assert aside.read_bytes() == killed().wal
    assert len(rows_of(path)["point"]) == 1


def test_an_older_copy_of_the_same_journal_is_not_spoilt_by_the_log_of_a_later_run(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = ended().put(tmp_path)
    journal = Journal(path, clock=clock)
    journal.open()
    for tick in range(2000, 2600):
        journal.append(good_point(START_US + tick * TEN_S, 1.0))
    journal._commit_all(heartbeat=None)
    log = wal_of(path).read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    copied = Files(ended().db, log).put(other)
    journal.close()
    db, found = opened(copied, START_US)
    close_writer(db)
    assert found is None
    assert (other / "isdl.db-wal.foreign-20260101T000000Z").exists()
    assert rows_of(copied) == content(ended())


WRITER = """
import sys, threading
from pathlib import Path
from source.journal.store import Journal
from source.timing import SystemClock
from tests.fakes import START_US, TEN_S, good_point
journal = Journal(Path(sys.argv[1]), clock=SystemClock(), commit_interval_s=0.001)
journal.open()
threading.Thread(target=journal.run, args=(threading.Event(),), daemon=True).start()
print("go", flush=True)
tick = 0
while True:
    for _ in range(200):
        tick += 1
        journal.append(good_point(START_US + tick * TEN_S, 1.0))
    journal.flush()
    print(tick, flush=True)
"""


def test_the_log_of_a_killed_writer_is_never_called_foreign_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "isdl.db"
    for kill in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(2 + 3 * kill):
                writer.stdout.readline()
            writer.kill()
        log = read_wal(wal_of(path))
        assert log is None or not (log.has_hole or is_foreign(path, log))
        assert damage(path) == ""
    assert read_wal(wal_of(path)) is not None


def _elsewhere(folder: Path, clock: FakeClock) -> Path:
    """A whole journal of one point."""
    folder.mkdir()
    other = Journal(folder / "isdl.db", clock=clock)
    other.open()
    other.append(good_point(START_US, 7.0, "Elsewhere"))
    other.close()
    return other.path


def test_repair_sets_the_log_of_another_journal_aside(tmp_path: Path, clock: FakeClock) -> None:
    other = _elsewhere(tmp_path / "other", clock)
    path = Files(other.read_bytes(), killed().wal).put(tmp_path)
    assert repair(path, START_US).rescued is None
    assert (tmp_path / FOREIGN).read_bytes() == killed().wal
    assert rows_of(path)["point"] == rows_of(other)["point"]


def test_restore_takes_nothing_from_the_log_of_another_journal(
    tmp_path: Path, clock: FakeClock
) -> None:
    other = _elsewhere(tmp_path / "other", clock)
    backup(other, tmp_path / "copy.db")
    path = Files(other.read_bytes(), killed().wal).put(tmp_path)
    assert not restore(tmp_path / "copy.db", path, START_US).was_damaged
    assert rows_of(path)["device"] == [(1, "Elsewhere")]


def test_a_backup_in_the_place_of_an_older_file_is_not_spoilt_by_that_ones_log(
    tmp_path: Path, clock: FakeClock
) -> None:
    other = _elsewhere(tmp_path / "other", clock)
    target = killed().put(tmp_path)
    backup(other, target)
    assert contents(target).points == 1
    assert not wal_of(target).exists()


def test_a_file_to_be_restored_comes_with_its_log(tmp_path: Path) -> None:
    file = killed().put(tmp_path)
    journal = tmp_path / "files" / "isdl.db"
    done = restore(file, journal, START_US)
    assert rows_of(journal)["point"] == content(killed())["point"]
    assert done.backup.points == 4830


def test_a_log_that_outlived_its_journal_is_rescued(tmp_path: Path) -> None:
    path = killed().put(tmp_path)
    path.unlink()
    db, found = opened(path, START_US)
    close_writer(db)
    assert found is not None
    assert found.points >= 330
    newest = content(killed())["point"][-330:]
    assert set(newest) <= set(rows_of(path)["point"])


def test_a_number_that_a_person_changed_does_not_make_the_log_foreign(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    path.write_bytes(ended().db)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA user_version = 3")  # an image of the first page, with its number
        db.execute("PRAGMA application_id = 1")
        copied = Files(path.read_bytes(), wal_of(path).read_bytes()).put(tmp_path)
        log = read_wal(wal_of(copied))
    assert log is not None
    assert not is_foreign(copied, log)


@pytest.mark.parametrize("size", [512, 65_536])
def test_other_page_sizes_are_whole_too(tmp_path: Path, clock: FakeClock, size: int) -> None:
    path = ended().put(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA page_size = {size}")
        db.execute("VACUUM")
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA page_size").fetchone() == (size,)
    with running_journal(tmp_path, clock) as journal:
        fill(journal, 2000, 50)
        copied = Files(path.read_bytes(), wal_of(path).read_bytes()).put(other)
    log = read_wal(wal_of(copied))
    assert log is not None
    assert not log.has_hole
    assert not is_foreign(copied, log)
    assert damage(copied) == ""


def test_the_log_tells_whose_it_is_from_the_first_moment(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    db, _ = opened(path, START_US)
    log = read_wal(wal_of(path))
    db.close()
    assert log is not None
    assert len(log.first_images) == 1
