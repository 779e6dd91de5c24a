"""A real journal that is rescued or cut down under a forwarder: nothing that is left is held up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from source.health import Health
from source.journal import retention, size, store
from source.journal.prepared import prepare
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.sinks.forwarder import Forwarder
from source.sinks.influx import InfluxSink
from tests.fakes import FakeClock
from tests.journal.driving import becomes_true, running
from tests.sinks.forwarding import Rules, influx_sink, keep, series
from tests.sinks.places import until
from tests.sinks.scripted_server import ScriptedServer, _Handler

PAGE = 4096
COUNT = 40_000
ROOM = 2_000_000


@pytest.fixture
def rules(server: ScriptedServer) -> Rules:
    return Rules(server)


@contextmanager
def opened(folder: Path, clock: FakeClock, max_bytes: int = 1 << 32) -> Iterator[Journal]:
    """A journal with points, all in its main file, whose thread does not run yet."""
    journal = Journal(
        folder / "isdl.db",
        clock=clock,
        commit_interval_s=0.01,
        max_bytes=max_bytes,
        health=Health(clock.monotonic),
    )
    journal.open()
    journal.load([prepare("Fridge", ((point, None) for point in series(COUNT)))])
    journal._opener.writer().db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield journal
    journal.close()


@contextmanager
def forwarding(journal: Journal, sink: InfluxSink) -> Iterator[Health]:
    """A forwarder in a thread of its own, whose pauses are short."""
    health, stopping = Health(), threading.Event()

    def pause(stop: threading.Event, seconds: float) -> None:
        stop.wait(min(seconds, 0.05))

    worker = Forwarder(
        sink=sink, journal=journal, health=health, min_pause_s=0.01, batch_limit=500, pause=pause
    )
    thread = threading.Thread(target=worker.run, args=(stopping,))
    thread.start()
    try:
        yield health
    finally:
        stopping.set()
        thread.join(10)
        assert not thread.is_alive()


def acknowledged(journal: Journal, sink: InfluxSink) -> tuple[int, int]:
    """How far the sink is, and the newest number."""
    with JournalReader(journal.path) as reader:
        return reader.acknowledged(sink.name), reader.last_seq()


def keys_of(journal: Journal) -> set[str]:
    with JournalReader(journal.path) as reader:
        points = reader.points_after(0, 1_000_000)
    return {f"census,device={p.device} {p.time_us}000" for _, p in points}


def overwrite(journal: Journal, page: int) -> None:
    with journal.path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xa5" * PAGE)
    journal._opener.writer().db.execute("PRAGMA shrink_memory")


def newest_leaf(journal: Journal) -> int:
    """The page that the newest points are on."""
    sql = "SELECT rootpage FROM sqlite_master WHERE name = 'point'"
    page = int(journal._opener.writer().db.execute(sql).fetchone()[0])
    while (content := journal.path.read_bytes()[(page - 1) * PAGE :])[0] == 5:
        page = int.from_bytes(content[8:12], "big")
    return page


def test_a_journal_whose_newest_points_are_damaged_is_rescued_and_copied_on(
    tmp_path: Path,
    clock: FakeClock,
    server: ScriptedServer,
    rules: Rules,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "RETRY_S", 0.01)
    sink, later = influx_sink(server.port), series(50, "later")
    with opened(tmp_path, clock) as journal:
        overwrite(journal, newest_leaf(journal))
        with running(journal), forwarding(journal, sink) as health:
            until(lambda: list(tmp_path.glob("isdl.db.damaged-*Z")))
            keep(journal, later)
            until(lambda: acknowledged(journal, sink) == (COUNT + 50, COUNT + 50))
            assert health.state(sink.name).failures == 0
        left = keys_of(journal)
        assert COUNT - 200 < len(left) - 50 < COUNT, "the bad page is lost, and nothing else"
        assert rules.stored.keys() == left


def test_points_that_the_size_limit_took_are_passed_over_and_counted(
    tmp_path: Path,
    clock: FakeClock,
    server: ScriptedServer,
    rules: Rules,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "REST_S", 0.0)
    sink, is_back = influx_sink(server.port), threading.Event()

    def answer(handler: _Handler) -> None:
        if is_back.is_set():
            rules.answer(handler)
        else:
            handler.answer(503, "down", {})

    rules.first(*[answer] * 5_000)
    with opened(tmp_path, clock, size.LOG_ROOM_BYTES + ROOM) as journal:
        journal.set_sinks([sink.name])
        with running(journal), forwarding(journal, sink):
            until(lambda: server.asked)
            journal.flush()
            assert becomes_true(lambda: not journal._retention._size.is_over)
            left = keys_of(journal)
            is_back.set()
            until(lambda: acknowledged(journal, sink)[0] == COUNT)
        assert 10_000 < len(left) < COUNT
        assert left <= rules.stored.keys()
        # What was on its way when it was deleted has arrived nevertheless.
        assert len(rules.stored) <= len(left) + 500
        with JournalReader(journal.path) as reader:
            (status,) = reader.sinks()
        assert status.dropped == COUNT - len(left)
        assert status.backlog == 0
