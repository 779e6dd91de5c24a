"""What plugins print and raise becomes lines of the log, not too many of them."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading

import pytest

from source.prints import LINES, LONGEST, WINDOW_S, Allowance, Printed, into_log
from tests.fakes import FakeClock


@pytest.fixture(autouse=True)
def all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def messages(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_each_printed_line_is_one_of_the_log_with_the_thread_that_printed_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with into_log():

        def handler() -> None:
            print("power", 3, end="")
            print(" W\n\nand more")
            print("beware", file=sys.stderr)

        thread = threading.Thread(target=handler, name="poll:Fridge")
        thread.start()
        thread.join()
    assert messages(caplog) == [
        ("INFO", "poll:Fridge printed: power 3 W"),
        ("INFO", "poll:Fridge printed: and more"),
        ("WARNING", "poll:Fridge printed: beware"),
    ]


def test_bytes_and_control_characters_are_told_in_a_way_that_can_be_seen(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with into_log():
        sys.stdout.buffer.write("21 °C \x1b[2J".encode() + b"\xff\n")
    assert messages(caplog) == [("INFO", "MainThread printed: 21 °C \\x1b[2J\\xff")]


def test_closing_and_asking_is_harmless(caplog: pytest.LogCaptureFixture) -> None:
    with into_log():
        sys.stdout.close()
        sys.stdout.buffer.close()
        print("still here", flush=True)
        assert not sys.stdout.isatty()
        assert sys.stdout.encoding == "utf-8"
        with pytest.raises(OSError, match="fileno"):
            sys.stdout.fileno()
    assert messages(caplog) == [("INFO", "MainThread printed: still here")]


def test_a_line_without_end_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    with into_log():
        for _ in range(100):
            print("x" * 10_000, end="")
        print()
    ((_, line),) = messages(caplog)
    assert len(line) < LONGEST + 50


def test_many_lines_are_left_out_and_counted(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    printed = Printed(None, logging.INFO, Allowance(clock.monotonic))
    for number in range(1_000):
        printed.write(f"{number}\n")
    clock.advance(WINDOW_S + 1)
    printed.write("later\n")
    told = [text for _, text in messages(caplog)]
    assert told[LINES - 1 :] == [
        f"MainThread printed: {LINES - 1}",
        f"… more than {LINES} lines printed in a minute, the rest is left out",
        f"… {1_000 - LINES} printed lines left out",
        "MainThread printed: later",
    ]


def test_a_log_handler_that_prints_what_it_gets_does_not_go_round(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with into_log():
        echo = logging.StreamHandler()  # on standard error, as a plugin would add it
        logging.getLogger().addHandler(echo)
        try:
            logging.getLogger("plugin").warning("hello")
        finally:
            logging.getLogger().removeHandler(echo)
    assert messages(caplog) == [
        ("WARNING", "hello"),
        ("WARNING", "MainThread printed: hello"),
    ]


def test_the_streams_and_the_hook_are_put_back() -> None:
    before = (sys.stdout, sys.stderr, threading.excepthook)
    with into_log():
        assert sys.stdout is not before[0]
    assert (sys.stdout, sys.stderr, threading.excepthook) == before


def test_the_error_of_a_foreign_thread_is_logged_with_its_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with into_log():

        def work() -> None:
            raise ValueError("no\nsuch thing")

        for target in (work, sys.exit):
            thread = threading.Thread(target=target, name="mine")
            thread.start()
            thread.join()
    ((level, text),) = messages(caplog)
    assert level == "ERROR"
    assert text.startswith("thread mine ended by ValueError: no such thing (test_prints.py, line ")


def test_python_ends_well_with_prints_that_go_to_the_log() -> None:
    code = """
import os, sys
from source import logsetup
from source.prints import into_log
logsetup.set_up("info", log_file=None)
manager = into_log()
manager.__enter__()
os.close(1)
print("one")
sys.stdout.close()
print("two")
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 0
    assert [line[29:] for line in ended.stderr.splitlines()] == [
        "MainThread printed: one",
        "MainThread printed: two",
    ]
