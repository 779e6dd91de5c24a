"""The journal's file is deleted or replaced under the running program."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from source.errors import JournalError
from source.journal import opener, store
from source.journal.opening import opened
from source.journal.reader import JournalReader
from source.journal.rescue import Rescued
from source.journal.store import HEARTBEAT_S, PLACE_SUBJECT, Journal
from source.model import Period
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.driving import becomes_true, running, seqs


@pytest.fixture
def journal(tmp_path: Path, clock: FakeClock) -> Journal:
    journal = Journal(tmp_path / "isdl.db", clock=clock, commit_interval_s=0.01)
    journal.open()
    return journal


def add(journal: Journal, first: int, count: int) -> None:
    for n in range(first, first + count):
        journal.append(good_point(START_US + n * TEN_S, 1.0))
    journal.flush()


def replaced(journal: Journal) -> list[Path]:
    """What was set aside, without logs."""
    return list(journal.path.parent.glob("isdl.db.replaced-*Z"))


def delete(path: Path) -> None:
    path.unlink()


def delete_all(path: Path) -> None:
    for file in path.parent.glob("isdl.db*"):
        file.unlink()


def move_away(path: Path) -> None:
    path.rename(path.with_name("mine.db"))


def replace(path: Path) -> None:
    other = path.with_name("other.db")
    other.write_bytes(b"something else" * 1000)
    other.replace(path)


def replace_by_an_older_copy(path: Path) -> None:
    path.with_name("copy.db").replace(path)


@pytest.mark.parametrize("take", [delete, delete_all, move_away, replace, replace_by_an_older_copy])
def test_a_file_that_is_taken_away_is_put_back_with_all_that_was_in_it(
    journal: Journal,
    clock: FakeClock,
    take: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running(journal):
        add(journal, 0, 100)
        journal._opener.writer().db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(journal.path, journal.path.with_name("copy.db"))
        clock.advance(HEARTBEAT_S + 1)
        add(journal, 100, 100)
        take(journal.path)
        add(journal, 200, 100)
        clock.advance(HEARTBEAT_S + 1)
        assert becomes_true(lambda: "is put back" in caplog.text)
        add(journal, 300, 100)
    journal.close()
    assert seqs(journal.path) == [*range(1, 401)]
    with JournalReader(journal.path) as reader:
        period = Period(0, START_US + 400 * TEN_S)
        assert reader.totals("Fridge", period, TEN_S).energy_wh == pytest.approx(400)
    assert caplog.text.count("is put back") == 1


@pytest.mark.parametrize("take", [delete, delete_all, replace])
def test_a_file_that_was_taken_away_is_put_back_at_the_stop(
    journal: Journal, take: Callable[[Path], None]
) -> None:
    with running(journal):
        add(journal, 0, 100)
        take(journal.path)
        add(journal, 100, 100)
    journal.close()
    assert seqs(journal.path) == [*range(1, 201)]


def test_what_stood_in_its_place_is_kept(journal: Journal, clock: FakeClock) -> None:
    with running(journal):
        add(journal, 0, 10)
        replace(journal.path)
    journal.close()
    aside = replaced(journal)
    assert [file.read_bytes()[:14] for file in aside] == [b"something else"]


def test_while_it_cannot_be_put_back_points_are_kept_in_the_file_that_has_no_name(
    journal: Journal, clock: FakeClock
) -> None:
    in_the_way = Path(f"{journal.path}-part")
    with running(journal):
        add(journal, 0, 10)
        in_the_way.mkdir()
        delete(journal.path)
        clock.advance(HEARTBEAT_S + 1)
        add(journal, 10, 10)
        assert becomes_true(lambda: journal._health.state(PLACE_SUBJECT).failures)
        add(journal, 20, 10)
        in_the_way.rmdir()
        clock.advance(HEARTBEAT_S + 1)
        assert becomes_true(lambda: not journal._health.state(PLACE_SUBJECT).failures)
    journal.close()
    assert seqs(journal.path) == [*range(1, 31)]


def test_a_file_system_that_gives_files_new_numbers_all_the_time_is_given_up(
    journal: Journal, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opener, "_identity", lambda path: object())
    with running(journal):
        for n in range(2 * opener.PUT_BACKS):
            clock.advance(HEARTBEAT_S + 1)
            add(journal, n, 1)
    journal.close()
    aside = replaced(journal)
    assert len(aside) == opener.PUT_BACKS
    assert seqs(journal.path) == [*range(1, 2 * opener.PUT_BACKS + 1)]


def test_a_file_that_is_put_back_and_cannot_be_opened_at_once_is_opened_later(
    journal: Journal, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def busy_once(path: Path, now_us: int) -> tuple[sqlite3.Connection, Rescued | None]:
        tries.append(path)
        if len(tries) == 1:
            raise JournalError("too many open files")
        return opened(path, now_us)

    monkeypatch.setattr(store, "RETRY_S", 0.01)
    monkeypatch.setattr(opener, "opened", busy_once)
    with running(journal):
        add(journal, 0, 10)
        delete(journal.path)
        clock.advance(HEARTBEAT_S + 1)
        add(journal, 10, 10)
        add(journal, 20, 10)
    journal.close()
    assert len(tries) == 2
    assert seqs(journal.path) == [*range(1, 31)]


def test_a_file_that_cannot_be_put_back_at_the_stop_is_told_as_lost(journal: Journal) -> None:
    with running(journal):
        add(journal, 0, 10)
        Path(f"{journal.path}-part").mkdir()
        delete(journal.path)
        add(journal, 10, 10)
    with pytest.raises(JournalError, match="was taken away"):
        journal.close()
