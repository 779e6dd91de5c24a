"""Opening a journal: an older, a newer and a damaged file, another writer, a folder of others."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from source.errors import JournalError
from source.journal.opening import damage
from source.journal.reader import JournalReader
from source.journal.rescue import rescued
from source.journal.schema import VERSION
from source.journal.store import Journal
from source.journal.verify import verified
from source.model import Checkpoint, Period, Totals
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.damages import Files, killed

VERSION_1 = Path(__file__).with_name("version_1.sql")
NOBODY = 65_534
WHAT_TO_DO = r"isdl\.db: is damaged or no journal .*: the next start .* rescues .*restore --help"


def made_from(path: Path, sql: str) -> None:
    """A database file that another program wrote and closed."""
    db = sqlite3.connect(path)
    db.executescript(sql)
    db.close()


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user who may not write everywhere: another one, where this one is root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that others may look into; pytest's own one is closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
        Path(folder).chmod(0o755)


# --- older and newer files ---


def test_a_journal_of_version_1_is_brought_up_to_date_with_all_its_data(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "isdl.db"
    made_from(path, VERSION_1.read_text("utf-8"))
    journal = Journal(path, clock=clock)
    journal.open()
    assert journal.checkpoint("Heat pump") == Checkpoint(
        START_US + TEN_S + 1, -300.5, 10.0, 20.0, None, {"a": (1.0, 2.0)}
    )
    journal.append(good_point(START_US + 3 * TEN_S, 4.0))
    journal.close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    with JournalReader(path) as reader:
        points = reader.points_after(0, 9)
        assert [(seq, p.device, p.success) for seq, p in points] == [
            (7, "Fridge", True),
            (8, "Heat pump", True),
            (9, "Fridge", False),
            (10, "Fridge", True),
        ]
        assert points[0][1].fields["is_valid"] is True
        assert points[1][1].fields == {
            "fetch_success": True,
            "power": -300.5,
            "energy_wh": -0.8,
            "counter_wh": 10.0,
            "counter_returned_wh": 20.0,
            "power_a": -100.5,
            "voltage_c": 230.1,
        }
        period = Period(START_US - 90 * TEN_S, START_US + 90 * TEN_S)
        # Of the rows of version 1, four good polls; then one point of ten seconds.
        assert reader.totals("Fridge", period, TEN_S) == Totals(
            energy_wh=6.0,
            estimated_wh=0.5,
            good_polls=5,
            failed_polls=1,
            expected_polls=180.0,
            span_us=180 * TEN_S,
            measured_us=5 * TEN_S,
            estimated_us=87 * TEN_S,
            longest_gap_us=87 * TEN_S,
        )
        assert reader.last_report_end_us("Fridge", "day") == START_US
        assert reader.sinks()[0].acknowledged_seq == 8
        assert reader.rejected("influx") == [(8, "Heat pump", "field type conflict")]


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_journal_of_a_newer_version_is_refused_and_left_alone(
    tmp_path: Path, clock: FakeClock, mode: str
) -> None:
    path = tmp_path / "isdl.db"
    made_from(
        path,
        f"PRAGMA journal_mode = {mode}; PRAGMA user_version = {VERSION + 1}; CREATE TABLE x (y);",
    )
    before = path.read_bytes()
    with pytest.raises(JournalError, match="newer version"):
        Journal(path, clock=clock).open()
    with pytest.raises(JournalError, match="version"):
        JournalReader(path)
    assert path.read_bytes() == before


# --- damaged files ---


@pytest.mark.parametrize("beginning", [b"", b"SQLite format 3\0"])
def test_a_file_that_is_no_database_is_told_to_readers_and_set_aside_by_the_writer(
    tmp_path: Path, clock: FakeClock, beginning: bytes
) -> None:
    path = tmp_path / "isdl.db"
    content = beginning + b"no database at all, but long enough to be read as one" * 200
    path.write_bytes(content)
    with pytest.raises(JournalError, match=WHAT_TO_DO):
        JournalReader(path)
    journal = Journal(path, clock=clock)
    journal.open()
    journal.append(good_point(START_US))
    journal.close()
    assert (tmp_path / "isdl.db.damaged-20260101T000000Z").read_bytes() == content
    with JournalReader(path) as reader:
        assert reader.last_seq() == 1


def test_an_empty_file_is_a_new_journal_and_that_is_told(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "isdl.db"
    path.touch()
    with pytest.raises(JournalError, match="there is nothing in it"):
        JournalReader(path)
    assert [(found.subject, found.is_well) for found in verified(path)] == [
        ("file", True),
        ("version", False),
    ]
    journal = Journal(path, clock=clock)
    journal.open()
    journal.close()
    assert f"{path}: is empty, what was in it is lost" in caplog.text
    assert sorted(file.name for file in tmp_path.iterdir()) == ["isdl.db", "isdl.db.lock"]


def test_bytes_that_a_systems_sqlite_reserves_on_each_page_are_no_damage(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "isdl.db"
    made_from(path, "VACUUM")
    page = bytearray(path.read_bytes())
    page[20], page[105:107] = 12, (len(page) - 12).to_bytes(2, "big")
    path.write_bytes(page)
    journal = Journal(path, clock=clock)
    journal.open()
    long = good_point(START_US, 1.0, note="x" * 9_000)  # on further pages
    journal.append(long)
    journal.close()
    assert path.read_bytes()[20] == 12
    assert damage(path) == ""
    assert rescued(path, START_US).points == 1
    with JournalReader(path) as reader:
        assert reader.points_after(0, 9)[0][1].fields["note"] == "x" * 9_000


# --- without the right to write ---


def test_a_stopped_journal_can_be_read_by_who_may_not_write_in_its_folder(
    read_only: Path, clock: FakeClock
) -> None:
    path = read_only / "isdl.db"
    journal = Journal(path, clock=clock)
    journal.open()
    journal.append(good_point(START_US))
    journal.close()
    path.chmod(0o644)
    read_only.chmod(0o555)
    with unprivileged(), JournalReader(path) as reader:
        assert reader.last_seq() == 1
        with pytest.raises(PermissionError):
            (read_only / "other").touch()


def test_such_a_reader_sees_what_is_stored_after_the_next_start(
    read_only: Path, clock: FakeClock
) -> None:
    path = read_only / "isdl.db"
    journal = Journal(path, clock=clock)
    journal.open()
    journal.append(good_point(START_US))
    journal.close()
    path.chmod(0o644)
    read_only.chmod(0o755)
    with unprivileged():
        reader = JournalReader(path)
        assert reader.last_seq() == 1
    journal.open()
    journal.append(good_point(START_US + TEN_S))
    journal.close()
    with unprivileged(), reader:
        assert reader.last_seq() == 2


def test_a_reader_that_stays_keeps_the_journal_from_nothing(
    read_only: Path, clock: FakeClock
) -> None:
    path = read_only / "isdl.db"
    journal = Journal(path, clock=clock)
    journal.open()
    journal.append(good_point(START_US))
    with JournalReader(path) as reader:
        assert reader.last_seq() == 0
        journal.close()
        assert reader.last_seq() == 1
    for file in read_only.iterdir():
        file.chmod(0o644)
    read_only.chmod(0o555)
    with unprivileged(), JournalReader(path) as reader:
        assert reader.last_seq() == 1


# --- other processes, other places ---


def test_a_second_process_is_refused_by_name(tmp_path: Path, journal: Journal) -> None:
    program = (
        "import sys; from pathlib import Path; from source.journal.store import Journal;"
        "from source.timing import SystemClock; Journal(Path(sys.argv[1]), clock=SystemClock())"
        ".open()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(journal.path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ended.returncode == 1
    assert f"another process writes to it, its id is {os.getpid()}; stop that" in ended.stderr


def test_a_folder_that_is_a_file_is_told(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "files").write_text("")
    with pytest.raises(JournalError, match=r"isdl\.db\.lock: can't be written"):
        Journal(tmp_path / "files" / "isdl.db", clock=clock).open()


def test_a_journal_can_be_opened_again_after_it_was_closed(
    tmp_path: Path, clock: FakeClock
) -> None:
    for _ in range(2):
        journal = Journal(tmp_path / "isdl.db", clock=clock)
        journal.open()
        journal.close()
    assert (tmp_path / "isdl.db").exists()


def test_what_cannot_be_read_later_is_told_as_an_error_of_the_journal(
    journal: Journal, reader: JournalReader
) -> None:
    for tick in range(3):
        journal.append(good_point(START_US + tick * TEN_S, 1.0))
    journal.flush()
    assert len(reader.points_after(0, 10)) == 3
    with sqlite3.connect(journal.path) as db:
        db.execute("DROP TABLE point")
    with pytest.raises(JournalError, match="can't be read: no such table: point"):
        reader.points_after(0, 10)


def test_a_reader_leaves_the_log_beside_an_empty_file(tmp_path: Path) -> None:
    path = Files(b"", killed().wal).put(tmp_path)
    with pytest.raises(JournalError, match="there is nothing in it"):
        JournalReader(path)
    assert Path(f"{path}-wal").read_bytes() == killed().wal
