"""No thread that logs waits, whatever the places do that the log goes to."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from source.logqueue import RETRY_S, QueuedHandler, pieces
from tests.fakes import FakeClock


class Place:
    """Takes what is written; hangs or fails as it is told."""

    name = "place"

    def __init__(self) -> None:
        self.place: object = self
        self.lines: list[str] = []
        self.tries = 0
        self.error: OSError | None = None
        self.may_write = threading.Event()
        self.may_write.set()
        self.is_closed = threading.Event()

    def __str__(self) -> str:
        return "the place"

    def write(self, text: str) -> None:
        self.may_write.wait()
        self.tries += 1
        if self.error is not None:
            raise self.error
        self.lines += text.splitlines()

    def close(self) -> None:
        self.is_closed.set()


@contextmanager
def logging_to(
    place: Place, clock: FakeClock | None = None, limit_chars: int = 10_000
) -> Iterator[tuple[logging.Logger, QueuedHandler]]:
    """A logger of its own, whose lines go to a place."""
    monotonic = (clock or FakeClock()).monotonic
    handler = QueuedHandler(place, limit_chars=limit_chars, monotonic=monotonic)
    log = logging.Logger("alone")  # noqa: LOG001 (not in the tree of the others)
    log.addHandler(handler)
    handler.start()
    try:
        yield log, handler
    finally:
        place.may_write.set()
        handler.close()
        assert place.is_closed.wait(5)


def test_who_logs_does_not_wait_for_a_place_that_hangs_and_what_is_left_out_is_counted() -> None:
    place = Place()
    place.may_write.clear()
    with logging_to(place) as (log, handler):
        began = time.monotonic()
        for number in range(5_000):
            log.warning("%4d", number)
        assert time.monotonic() - began < 5
        assert not handler.wait_until_written(0.01)
        place.may_write.set()
        assert handler.wait_until_written(5)
        *kept, said = place.lines
        # The thread may have taken a few lines with it into the write that hangs.
        assert 2_000 <= len(kept) <= 4_100
        assert kept == [f"{number:4d}" for number in range(len(kept))]
        assert said == f"… {5_000 - len(kept)} log lines left out"


def test_the_end_waits_for_a_place_that_works_and_not_for_one_that_hangs() -> None:
    place = Place()
    with logging_to(place) as (log, handler):
        log.warning("one")
        handler.flush()
        assert place.lines == ["one"]
        place.may_write.clear()
        log.warning("two")
        began = time.monotonic()
        handler.flush()
        handler.close()
        assert time.monotonic() - began < 1.0


def test_a_failing_place_is_said_once_tried_again_each_minute_and_told_when_it_is_back(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    place = Place()
    place.error = OSError("disk full")
    with logging_to(place, clock) as (log, handler):
        for number in range(10):
            log.warning("%d", number)
            assert handler.wait_until_written(5)
        assert place.tries == 1
        clock.advance(RETRY_S + 1)
        log.warning("still")
        assert handler.wait_until_written(5)
        assert place.tries == 2
        place.error = None
        clock.advance(RETRY_S + 1)
        log.warning("back")
        assert handler.wait_until_written(5)
        assert place.lines == ["back"]
    assert [record.getMessage() for record in caplog.records] == [
        "the place can't be written, the log goes on without it: disk full",
        "the place is written again, 11 log lines left out",
    ]


def test_a_traceback_is_formatted_before_its_frames_change() -> None:
    place = Place()
    place.may_write.clear()
    with logging_to(place) as (log, handler):
        values = ["first"]
        try:
            raise ValueError(values)
        except ValueError:
            log.exception("%s", values)
        values[:] = ["later"]
        place.may_write.set()
        assert handler.wait_until_written(5)
        assert place.lines[0] == "['first']"
        assert place.lines[-1] == "ValueError: ['first']"


def test_lines_are_written_in_pieces_that_are_not_too_large() -> None:
    assert pieces(["a" * 20_000, "b" * 20_000, "c", "d" * 40_000, "e"]) == [
        ["a" * 20_000],
        ["b" * 20_000, "c"],
        ["d" * 40_000],
        ["e"],
    ]
    assert pieces([]) == []
