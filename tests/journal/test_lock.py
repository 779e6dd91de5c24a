"""One writer for each journal: who is refused, who is named, and what a deleted lock file does."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from source.errors import JournalError, JournalInUse
from source.journal.lock import JournalLock
from source.journal.store import Journal
from source.model import Checkpoint
from tests.fakes import START_US, FakeClock, good_point
from tests.journal.driving import becomes_true, process, running, seqs


def lock_file(journal: Journal) -> Path:
    return Path(f"{journal.path}.lock")


@pytest.fixture
def journal(tmp_path: Path, clock: FakeClock) -> Journal:
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.01)
    journal.open()
    return journal


def intruder(journal: Journal, clock: FakeClock) -> Journal:
    return Journal(journal.path, clock=clock)


def test_a_second_writer_is_told_the_process_and_the_machine_of_the_first(
    journal: Journal, clock: FakeClock
) -> None:
    with pytest.raises(JournalInUse) as caught:
        intruder(journal, clock).open()
    assert f"its id is {os.getpid()}; stop that one first" in str(caught.value)
    assert repr(socket.gethostname()) in str(caught.value)
    journal.close()


def test_after_the_close_another_may_write(journal: Journal, clock: FakeClock) -> None:
    journal.close()
    other = intruder(journal, clock)
    other.open()
    other.close()


def test_a_lock_file_of_an_earlier_life_locks_nothing(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "isdl.db.lock").write_text("4711 nas")
    journal = Journal(tmp_path / "isdl.db", clock=clock)
    journal.open()
    assert lock_file(journal).read_text() == f"{os.getpid()} {socket.gethostname()}"
    journal.close()


FORK = """
import os, signal, sys
from pathlib import Path
from source.errors import JournalInUse
from source.journal.lock import JournalLock

first = JournalLock(Path(sys.argv[1]))
first.take()
heard, said = os.pipe()
child = os.fork()
if child == 0:
    os.write(said, b"!")
    signal.pause()
try:
    os.read(heard, 1)
    try:
        JournalLock(Path(sys.argv[1])).take()
    except JournalInUse:
        print("still locked by the parent")
    first.close()
    JournalLock(Path(sys.argv[1])).take()
    print("free although the child lives")
finally:
    os.kill(child, signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_of_a_plugin_does_not_hold_the_lock_on(tmp_path: Path) -> None:
    ended = process(FORK, tmp_path / "isdl.db")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "still locked by the parent",
        "free although the child lives",
    ]


@pytest.mark.parametrize("way", ["deleted", "replaced"])
def test_a_lock_file_that_goes_is_noticed_and_locked_again(
    journal: Journal, clock: FakeClock, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    with running(journal):
        journal.append(good_point(START_US))
        journal.flush()
        lock_file(journal).unlink()
        if way == "replaced":
            lock_file(journal).write_text("")
        assert becomes_true(lambda: "it is locked again" in caplog.text)
        journal.append(good_point(START_US + 1))
        journal.flush()
        with pytest.raises(JournalInUse, match=f"its id is {os.getpid()};"):
            intruder(journal, clock).open()
        assert caplog.text.count("it is locked again") == 1
    journal.close()
    assert seqs(journal.path) == [1, 2]


def test_who_lost_its_lock_to_another_process_leaves_the_journal_to_it(
    journal: Journal, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    journal.append(good_point(START_US), Checkpoint(START_US, counter_wh=1.0))
    interval_s, journal._commit_interval_s = journal._commit_interval_s, 60.0
    with running(journal):
        journal.flush()  # and it looks after its lock when the other one has it
        lock_file(journal).unlink()
        other = intruder(journal, clock)
        other.open()
        journal._commit_interval_s = interval_s
        assert other.checkpoint("Fridge") == Checkpoint(START_US, counter_wh=1.0)
        # What is polled from here on the other one counts, from its checkpoint.
        with suppress(JournalInUse):
            journal.append(good_point(START_US + 1), Checkpoint(START_US + 1, counter_wh=2.0))
        assert becomes_true(lambda: journal.failure)
        assert isinstance(journal.failure, JournalInUse)
        with pytest.raises(JournalInUse, match="another process"):
            journal.append(good_point(START_US + 2))
        with pytest.raises(JournalInUse):
            journal.flush()
    with pytest.raises(JournalInUse):
        journal.close()
    other.append(good_point(START_US + 3))
    other.close()
    assert seqs(journal.path) == [1, 2]
    assert [r.levelno for r in caplog.records if "nothing is stored" in r.getMessage()] == [
        logging.CRITICAL
    ]


def test_a_journal_that_was_left_to_another_can_be_opened_again(
    journal: Journal, clock: FakeClock
) -> None:
    lock_file(journal).unlink()
    other = intruder(journal, clock)
    other.open()
    with pytest.raises(JournalInUse):
        journal.close()
    other.close()
    journal.open()
    journal.append(good_point(START_US))
    journal.close()
    assert seqs(journal.path) == [1]


def test_a_lock_that_is_not_taken_is_in_place(tmp_path: Path) -> None:
    assert JournalLock(tmp_path / "isdl.db").is_in_place()


def test_where_the_lock_file_cannot_be_made_anew_the_journal_is_written_all_the_same(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    lock_file(journal).unlink()
    lock_file(journal).mkdir()
    with running(journal):
        journal.append(good_point(START_US))
        journal.flush()
    journal.close()
    assert seqs(journal.path) == [1]
    assert caplog.text.count("journal lock: failed") == 1


def test_a_folder_that_cannot_be_written_is_no_other_process(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("")
    with pytest.raises(JournalError, match="can't be written") as caught:
        JournalLock(tmp_path / "files" / "isdl.db").take()
    assert not isinstance(caught.value, JournalInUse)
