"""The daemon as a process, with a terminal that nobody reads and plugins that misbehave."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from source.errors import JournalError
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.logsetup import LOG_FILE
from tests.cli.command import files_folder, plug, process, started, until

STOP_LIMIT_S = 10.0
OWN = {"type": "own:x", "ip": "127.0.0.1:9", "update_time": 0.2}


@contextmanager
def running(files: Path) -> Iterator[subprocess.Popen[str]]:
    """A daemon that has ended when the test has; nobody reads its standard error meanwhile."""
    daemon = started("--files", files)
    try:
        yield daemon
    finally:
        daemon.kill()
        daemon.communicate()


def handler(*lines: str, before: str = "") -> str:
    """A plugin file whose handler does this at every poll."""
    body = "\n".join(f"        {line}" for line in lines)
    return f"""
import os, signal, subprocess, sys, threading, time, logging
from concurrent.futures import ThreadPoolExecutor
from source.model import Reading
{before}
def setup(plugins):
    @plugins.register("own:x")
    def read(device):
{body}
        return Reading(power_w=1.0)
"""


def points_of(files: Path, device: str) -> int:
    """How many good points of a device the journal holds; 0 where there is none yet."""
    try:
        with JournalReader(files / JOURNAL_FILE) as reader:
            return sum(point.success for point in reader.latest(device, 1_000))
    except JournalError:
        return 0


def log_of(files: Path) -> str:
    path = files / LOG_FILE
    return path.read_text("utf-8") if path.exists() else ""


def stop(daemon: subprocess.Popen[str], number: int = signal.SIGTERM) -> float:
    """Seconds until it has ended; nothing is read from it."""
    began = time.monotonic()
    daemon.send_signal(number)
    daemon.wait(STOP_LIMIT_S)
    return time.monotonic() - began


def test_a_terminal_that_nobody_reads_stops_neither_polls_nor_the_log_file_nor_the_end(
    tmp_path: Path,
) -> None:
    loud = handler('[logging.warning("%d %s", n, "x" * 200) for n in range(200)]')
    files = files_folder(tmp_path, {"Loud": OWN}, plugin=loud)
    with running(files) as daemon:
        until(lambda: points_of(files, "Loud") >= 15)  # 600 kB, the pipe takes 64
        assert stop(daemon) < 5.0
        assert daemon.returncode == 0
    assert "stopped after" in log_of(files)


def test_a_log_file_that_cannot_be_written_is_said_on_the_terminal_and_polls_go_on(
    tmp_path: Path,
) -> None:
    files = files_folder(tmp_path, {"Own": OWN}, plugin=handler())
    (files / LOG_FILE).mkdir()
    with running(files) as daemon:
        until(lambda: points_of(files, "Own") >= 2)
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=STOP_LIMIT_S)
        assert daemon.returncode == 0
    assert log.count("main.log can't be written") == 1
    assert "stopped after" in log
    assert "Traceback" not in log


def test_prints_of_a_plugin_are_few_lines_of_the_log_without_its_passwords(tmp_path: Path) -> None:
    loud = handler(
        'print(device.settings["password"])',
        'print("x" * 100 + "\\n" * 1_000_000)',
        "for n in range(20_000): print(n)",
        'sys.stderr.write("y" * 1_000_000)',
        before='print("loading")',
    )
    own = {**OWN, "password": "pass word!", "timeout": 5}
    files = files_folder(tmp_path, {"Own": own}, plugin=loud)
    with running(files) as daemon:
        until(lambda: points_of(files, "Own") >= 5)
        daemon.send_signal(signal.SIGTERM)
        out, log = daemon.communicate(timeout=STOP_LIMIT_S)
    assert out == ""
    assert "plugin file printed: loading" in log
    assert "poll:Own printed: ***" in log
    assert "pass word!" not in log
    assert "more than 50 lines printed in a minute" in log
    assert len(log) < 20_000


def test_closed_descriptors_and_streams_harm_neither_the_log_nor_the_polls(
    tmp_path: Path, lamp: str
) -> None:
    close = handler(
        "for number in (0, 1, 2):",
        "    try: os.close(number)",
        "    except OSError: pass",
        "sys.stdout.close(); sys.stderr.close()",
        'print("printed after it")',
        'subprocess.run(["echo", "of a child"])',
    )
    devices = {"Own": OWN, "Lamp": plug(lamp, update_time=0.5)}
    files = files_folder(tmp_path, devices, plugin=close)
    with running(files) as daemon:
        until(lambda: points_of(files, "Own") >= 3 and points_of(files, "Lamp") >= 3)
        (files / LOG_FILE).unlink()  # opened anew now, when the low numbers are free
        before = points_of(files, "Lamp")
        until(lambda: points_of(files, "Lamp") >= before + 2)
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=STOP_LIMIT_S)
        assert daemon.returncode == 0, log
    assert "poll:Own printed: printed after it" in log
    assert "stopped after" in log
    assert "of a child" not in log_of(files)
    with closing(sqlite3.connect(files / JOURNAL_FILE)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_errors_of_a_plugins_own_threads_are_logged_and_its_threads_not_waited_for(
    tmp_path: Path,
) -> None:
    threads = handler(
        "threading.Thread(target=lambda: 1 / 0, name='mine').start()",
        before="""
threading.Thread(target=time.sleep, args=(600,), daemon=False).start()
ThreadPoolExecutor().submit(time.sleep, 600)
""",
    )
    files = files_folder(tmp_path, {"Own": OWN}, plugin=threads)
    with running(files) as daemon:
        until(lambda: points_of(files, "Own") >= 2)
        assert stop(daemon) < 5.0
        assert daemon.returncode == 0
    log = log_of(files)
    assert "ERROR    thread mine ended by ZeroDivisionError: division by zero (device_pl" in log
    assert "the process ends without waiting for: MainThread, " in log


def test_a_wrong_configuration_ends_with_2_whatever_a_plugin_has_started(tmp_path: Path) -> None:
    threads = handler(
        before="threading.Thread(target=time.sleep, args=(600,), daemon=False).start()"
    )
    files = files_folder(tmp_path, {"Own": {**OWN, "ip": "!"}}, plugin=threads)
    began = time.monotonic()
    ran = process("--files", files)
    assert ran.code == 2
    assert "devices.json: Own.ip" in ran.err
    assert time.monotonic() - began < STOP_LIMIT_S


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_does_not_wait_for_a_plugin_file_that_never_ends(
    tmp_path: Path, number: int
) -> None:
    mark = tmp_path / "loading"
    slow = handler(before=f"open({str(mark)!r}, 'w').close()\ntime.sleep(600)")
    files = files_folder(tmp_path, {"Own": OWN}, plugin=slow)
    with running(files) as daemon:
        until(mark.exists)
        assert stop(daemon, number) < 4.0
        assert daemon.returncode == 0
    assert not (files / JOURNAL_FILE).exists()


def test_the_second_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    mark = tmp_path / "polling"
    stuck = handler(f"open({str(mark)!r}, 'w').close()", "time.sleep(600)")
    files = files_folder(tmp_path, {"Own": OWN}, plugin=stuck)
    with running(files) as daemon:
        until(mark.exists)
        daemon.send_signal(signal.SIGINT)
        until(lambda: "SIGINT: stopping" in log_of(files))
        assert stop(daemon, signal.SIGINT) < 2.5
        assert daemon.returncode == 130


def test_a_second_daemon_on_a_folder_ends_with_2_and_names_the_first(tmp_path: Path) -> None:
    files = files_folder(tmp_path, {"Own": OWN}, plugin=handler(), log_level="critical")
    with running(files) as daemon:
        until(lambda: points_of(files, "Own"))
        ran = process("--files", files)
        assert ran.code == 2
        assert f"its id is {daemon.pid}" in ran.err
        assert f"its id is {daemon.pid}" in log_of(files)
        before = points_of(files, "Own")
        until(lambda: points_of(files, "Own") > before)


def test_too_few_files_for_all_sockets_are_said(tmp_path: Path) -> None:
    many = {f"T{n}": {**OWN, "update_time": 3600} for n in range(60)}
    files = files_folder(tmp_path, {**many, "Off": {**OWN, "enabled": False}}, plugin=handler())
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (150, limits[1]))
    try:
        with running(files) as daemon:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (150, 150))
            until(lambda: "60 sockets need up to 170 open files, the system" in log_of(files))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert "the system allows 150: raise the limit" in log_of(files)


def test_too_few_open_files_are_said_where_sockets_are_added_while_it_runs(tmp_path: Path) -> None:
    files = files_folder(tmp_path, {"Own": OWN}, plugin=handler())
    with running(files) as daemon:
        until(lambda: points_of(files, "Own") >= 1)
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (100, 100))
        more = {f"Own {number}": OWN for number in range(30)}
        (files / "devices.json").write_text(json.dumps(more), "utf-8")
        until(
            lambda: "30 sockets need up to 110 open files, the system allows 100" in log_of(files)
        )
