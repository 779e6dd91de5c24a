"""Market prices, results and runs: kept for good, over restores, ends and other writers."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from source.errors import JournalError
from source.journal.backup import backup
from source.journal.corrections import add_results, reopen_results
from source.journal.reader import JournalReader
from source.journal.restore import restore
from source.journal.schema import close_writer, open_reader, open_writer
from source.journal.store import Journal
from source.model import QUARTER_US, Checkpoint, Period, Result, Run
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.damages import DAY_US, Files, ended, killed, results, runs

ROOT = Path(__file__).parents[2]
QUARTER = START_US // QUARTER_US


def result(day: int = 1, revision: int = 0, device: str = "Fridge", cost: str = "0.25") -> Result:
    period = Period(START_US + (day - 1) * DAY_US, START_US + day * DAY_US)
    return Result(device, "day", period, revision, f'{{"cost":"{cost}"}}', exported=False)


# --- prices ---


def test_prices_come_back_as_they_were_put_and_newer_ones_replace_them(
    journal: Journal, reader: JournalReader
) -> None:
    journal.put_prices("awattar:de", {QUARTER + n: -5 + 100 * n for n in range(4)})
    journal.put_prices("csv", {QUARTER + 1: 7})
    journal.put_prices("awattar:de", {QUARTER + 3: 9 * 10**9, QUARTER + 4: 1})
    assert reader.prices("awattar:de", QUARTER + 1, QUARTER + 4) == {
        QUARTER + 1: 95,
        QUARTER + 2: 195,
        QUARTER + 3: 9 * 10**9,
    }
    assert reader.prices("csv", 0, 2**40) == {QUARTER + 1: 7}


# --- results ---


def test_results_are_told_by_device_kind_and_end_with_all_revisions(
    journal: Journal, reader: JournalReader
) -> None:
    month = replace(result(2), kind="month")
    lamp = result(3, device="Lamp")
    journal.begin_reports([], [result(2, 1), lamp, month, result(1), result(2), result(3)])
    fridge = [result(1), result(2), result(2, 1), result(3)]
    assert reader.results() == [*fridge, month, lamp]
    assert reader.results("Fridge", kind="day") == fridge
    assert reader.results("Nobody") == []
    ends = {"after_us": START_US + DAY_US, "until_us": START_US + 2 * DAY_US}
    assert reader.results("Fridge", kind="day", **ends) == fridge[1:3]
    assert reader.last_result_end_us("Fridge", "day") == START_US + 3 * DAY_US
    assert reader.last_result_end_us("Fridge", "year") is None


def test_results_that_stand_in_files_are_marked_and_never_changed_again(
    journal: Journal, reader: JournalReader
) -> None:
    journal.begin_reports([], [result(1), result(2)])
    journal.begin_reports([], [result(1, cost="0.30")])
    assert reader.unexported_results() == [result(1, cost="0.30"), result(2)]
    journal.finish_results([result(1)])
    journal.begin_reports([], [result(1, cost="9.99")])
    assert reader.unexported_results() == [result(2)]
    assert reader.results()[0] == replace(result(1, cost="0.30"), exported=True)


# --- runs ---


def test_runs_come_back_as_they_were_put_once(journal: Journal, reader: JournalReader) -> None:
    first, second = runs(2)
    assert (reader.runs("Fridge"), reader.runs_scanned_us("Fridge")) == ([], None)
    journal.put_runs("Fridge", [second], START_US)
    journal.put_runs("Fridge", [first, second], START_US + DAY_US)
    journal.put_runs("Dryer", [], 5)
    assert reader.runs("Fridge") == [first, second]
    assert reader.runs_scanned_us("Fridge") == START_US + DAY_US
    assert (reader.runs("Dryer"), reader.runs_scanned_us("Dryer")) == ([], 5)


# --- two journals in one ---


def journal_at(path: Path, clock: FakeClock) -> Journal:
    journal = Journal(path, clock=clock)
    journal.open()
    return journal


def put(
    journal: Journal,
    prices: dict[int, int],
    figures: list[Result],
    found: list[Run],
    idle_us: int,
) -> None:
    statements = journal._opener.writer().statements
    statements.put_prices("csv", prices)
    statements.begin_reports([], figures)
    statements.put_runs("Fridge", found, idle_us)


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_restore_keeps_prices_results_and_runs_of_both(
    tmp_path: Path, clock: FakeClock, goes_on: bool
) -> None:
    path, copied = tmp_path / "isdl.db", tmp_path / "backup.db"
    first, second, third = runs(3)
    journal = journal_at(path, clock)
    journal.append(good_point(START_US, 1.0), Checkpoint(START_US))
    put(journal, {1963584: 1, 1963585: 2}, [result(1), result(2)], [first, second], START_US + 1)
    journal.close()
    backup(path, copied)
    if not goes_on:
        path.unlink()
    journal = journal_at(path, clock)
    journal.append(good_point(START_US + TEN_S, 1.0, "New"), Checkpoint(START_US + TEN_S))
    journal.append(good_point(START_US + TEN_S, 1.0), Checkpoint(START_US + TEN_S))
    put(journal, {1963585: 3, 1963586: 4}, [result(2, 1), result(3)], [third], START_US + DAY_US)
    journal.close()
    restore(copied, path, START_US)
    with JournalReader(path) as reader:
        assert reader.prices("csv", 0, 2**40) == {1963584: 1, 1963585: 3, 1963586: 4}
        assert reader.results() == [result(1), result(2), result(2, 1), result(3)]
        assert reader.runs("Fridge") == [first, second, third]
        # Where the other one began anew, what lies between was not searched by either.
        scanned_us = START_US + (DAY_US if goes_on else 1)
        assert reader.runs_scanned_us("Fridge") == scanned_us


def test_what_stands_in_files_since_the_backup_does_so_after_a_restore(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, copied = tmp_path / "isdl.db", tmp_path / "backup.db"
    journal = journal_at(path, clock)
    put(journal, {}, [result(1)], [], 1)
    journal.close()
    backup(path, copied)
    journal = journal_at(path, clock)
    journal._opener.writer().statements.finish_results([result(1)])
    journal.close()
    restore(copied, path, START_US)
    with JournalReader(path) as reader:
        assert reader.results() == [replace(result(1), exported=True)]


# --- another process adds results ---

ADDER = """
import sys
from pathlib import Path
from source.journal.corrections import add_results
from tests.journal.test_keepings import result
print("ready", flush=True)
sys.stdin.readline()
for day in range(1, 11):
    add_results(Path(sys.argv[1]), [result(day, r, sys.argv[2]) for r in range(1, 51)])
"""


def test_two_processes_add_results_beside_a_daemon_that_commits_all_the_time(
    journal: Journal, reader: JournalReader, caplog: pytest.LogCaptureFixture
) -> None:
    adders = [
        subprocess.Popen(
            [sys.executable, "-c", ADDER, str(journal.path), name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for adder in adders:
        assert adder.stdin is not None
        assert adder.stdout is not None
        adder.stdout.readline()
        adder.stdin.write("\n")
        adder.stdin.flush()
    count = 0
    while any(adder.poll() is None for adder in adders):
        count += 1
        at = START_US + count * TEN_S
        journal.append(good_point(at, 1.0), Checkpoint(at))
        journal.flush()
        journal.begin_reports([], [result(count)])
    for adder in adders:
        adder.communicate()
    assert [adder.returncode for adder in adders] == [0, 0]
    assert count > 1
    assert reader.last_seq() == count
    assert len(reader.results()) == count + 2 * 10 * 50
    assert len(reader.results("two", kind="day", until_us=START_US + DAY_US)) == 50
    assert "locked" not in caplog.text


def test_the_daemon_ends_in_order_while_another_process_has_just_added(
    tmp_path: Path, clock: FakeClock
) -> None:
    journal = journal_at(tmp_path / "isdl.db", clock)
    journal.append(good_point(START_US, 1.0))
    add_results(journal.path, results())
    journal.append(good_point(START_US + TEN_S, 1.0))
    journal.close()
    assert not Path(f"{journal.path}-wal").exists(), "it can be read without writing"
    with JournalReader(journal.path) as reader:
        assert reader.last_seq() == 2
        assert reader.results() == results()


def test_results_wait_for_a_transaction_of_the_daemon(journal: Journal) -> None:
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        adding = threading.Thread(target=add_results, args=(journal.path, [result()]))
        adding.start()
        adding.join(0.1)
        assert adding.is_alive()
        db.execute("COMMIT")
        adding.join(10)
    with JournalReader(journal.path) as reader:
        assert reader.results() == [result()]


@pytest.mark.parametrize("files", [ended, killed])
def test_results_are_added_where_no_daemon_runs_and_the_file_stays_readable(
    tmp_path: Path, files: object
) -> None:
    made: Files = files()  # type: ignore[operator]
    path = made.put(tmp_path)
    with JournalReader(path) as reader:
        last, before = reader.last_seq(), len(reader.results())
    add_results(path, [result(500), result(501)])
    assert [file.name for file in tmp_path.iterdir() if "-" in file.name] == []
    with JournalReader(path) as reader:
        assert (reader.last_seq(), len(reader.results())) == (last, before + 2)


def test_results_whose_files_lack_them_are_marked_again_beside_a_daemon(
    journal: Journal, reader: JournalReader
) -> None:
    journal.begin_reports([], [result(1), result(2)])
    journal.finish_results([result(1), result(2)])
    reopen_results(journal.path, [result(2)])
    assert reader.unexported_results() == [result(2)]
    assert len(reader.results()) == 2


def test_a_revision_that_is_there_already_is_refused_with_all_others(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    with pytest.raises(JournalError, match="the same periods were corrected meanwhile"):
        add_results(path, [result(500), result(0, 0)])
    with JournalReader(path) as reader:
        assert reader.results() == results()


def test_results_find_their_way_into_the_file_that_takes_the_journals_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "isdl.db", tmp_path / "other.db"
    for each in (path, other):
        close_writer(open_writer(each))
    real = sqlite3.connect

    def connect(*args: object, **options: object) -> sqlite3.Connection:
        db = real(*args, **options)  # type: ignore[call-overload]
        if other.exists():
            other.replace(path)
        return db  # type: ignore[no-any-return]

    monkeypatch.setattr("source.journal.corrections.sqlite3.connect", connect)
    add_results(path, [result()])
    with closing(open_reader(path)) as db:
        assert db.execute("SELECT count(*) FROM result").fetchone() == (1,)


def test_a_log_of_another_journal_is_not_applied(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    Path(f"{path}-wal").write_bytes(killed().wal)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="has to be put in order first"):
        add_results(path, [result(500)])
    assert path.read_bytes() == before
    assert Path(f"{path}-wal").read_bytes() == killed().wal


def test_no_journal_an_empty_one_and_one_of_another_version_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "isdl.db"
    with pytest.raises(JournalError, match="can't be opened"):
        add_results(path, [result()])
    assert not path.exists()
    path.touch()
    with pytest.raises(JournalError, match="put in order first"):
        add_results(path, [result()])
    close_writer(open_writer(path))
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 3")
    with pytest.raises(JournalError, match="its version is 3"):
        add_results(path, [result()])
