"""Signals are heard whatever the main thread does, and a stop has a limit."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from source.cli.signals import Signals
from tests.cli.command import ROOT


@pytest.fixture
def stopping() -> Iterator[threading.Event]:
    """Handlers are put back afterwards."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield threading.Event()
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_is_taken_while_the_main_thread_holds_the_events_lock(
    stopping: threading.Event,
) -> None:
    # An Event.set() inside the handler would wait for the thread that it interrupted: for ever.
    Signals(stopping).listen()
    with stopping._cond:  # type: ignore[attr-defined]
        signal.raise_signal(signal.SIGTERM)
    assert stopping.wait(5)
    signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler, "the second one"


def test_a_hang_up_is_passed_on_and_stops_nothing(stopping: threading.Event) -> None:
    signals, heard = Signals(stopping), threading.Event()
    signals.on_hang_up = heard.set
    signals.listen()
    signal.raise_signal(signal.SIGHUP)
    assert heard.wait(5)
    assert not stopping.is_set()


def ended_after_sigterm(code: str, *arguments: Path) -> int:
    """The exit code of a process that is told to stop when it has begun to wait."""
    begin = "import sqlite3, sys, threading, time\nfrom source.cli.signals import Signals\n"
    begin += "signals = Signals(threading.Event()); signals.listen()\n"
    with subprocess.Popen(
        [sys.executable, "-c", begin + code, *arguments], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        finally:
            process.kill()
        assert time.monotonic() - began < 5.0
    return process.returncode


def test_a_stop_is_limited_also_while_the_main_thread_waits_within_a_statement(
    tmp_path: Path,
) -> None:
    path = tmp_path / "locked.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        code = """
signals.limit_stop(0.3, 7)
print(flush=True)
sqlite3.connect(sys.argv[1], timeout=60).execute("CREATE TABLE x (y)")
"""
        assert ended_after_sigterm(code, path) == 7


def test_what_is_left_at_the_end_is_not_waited_for_and_the_exit_code_stays() -> None:
    code = """
threading.Thread(target=time.sleep, args=(60,)).start()
signals.limit_stop(60, 7)
print(flush=True)
signals._stopping.wait()
signals.end_within(0.3, 3)
"""
    assert ended_after_sigterm(code) == 3
