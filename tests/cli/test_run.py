"""The daemon as a process: signals, exit codes, its log."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from source.config.load import load
from source.config.secrets import secrets_of
from source.errors import JournalError
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.logsetup import LOG_FILE
from tests.cli.command import files_folder, plug, started, until
from tests.cli.conftest import Cli

STOP_LIMIT_S = 10.0


def test_what_must_not_stand_in_a_log_is_found_in_the_configuration(tmp_path: Path) -> None:
    devices = {
        "Plug": {"ip": "a", "type": "own:x", "password": "ge heim", "channel": "password"},
        "Other": {"ip": "b", "type": "own:x", "apiToken": "abc123", "token_count": 5},
    }
    (tmp_path / "devices.json").write_text(json.dumps(devices), encoding="utf-8")
    database = {"DB_IP_ADDRESS": "c", "DB_USER_NAME": "d", "DB_NAME": "e"}
    environ = {**database, "DB_USER_PASSWORD": "s3cret"}
    configuration = load(tmp_path, environ, tmp_path, ["own:x"])
    found = {"s3cret", "ge heim", "ge%20heim", "abc123"}
    assert set(secrets_of(configuration)) == found


@contextmanager
def running(*arguments: str | Path, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A daemon that has ended when the test has."""
    daemon = started(*arguments, **environ)
    try:
        yield daemon
    finally:
        daemon.kill()
        daemon.communicate()


def points_in(files: Path) -> int:
    """How many points the journal holds; 0 where there is none yet."""
    try:
        with JournalReader(files / JOURNAL_FILE) as reader:
            return reader.last_seq()
    except JournalError:
        return 0


def test_sigterm_ends_it_in_order_with_every_point_committed(tmp_path: Path, lamp: str) -> None:
    files = files_folder(tmp_path, {"Lamp": plug(lamp, update_time=0.5)})
    with running("run", "--files", files) as daemon:
        until(lambda: points_in(files) >= 2)
        began = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=STOP_LIMIT_S)
        assert daemon.returncode == 0, log
        assert time.monotonic() - began < STOP_LIMIT_S
    assert "SIGTERM: stopping" in log
    assert (files / LOG_FILE).read_text("utf-8") == log
    with JournalReader(files / JOURNAL_FILE) as reader:
        assert reader.latest("Lamp")[0].fields["power"] == 100.0
        assert reader.meta("heartbeat_us") == 0, "closed in order"


def test_no_command_means_run_and_ctrl_c_ends_it(tmp_path: Path, lamp: str) -> None:
    files = files_folder(tmp_path, {"Lamp": plug(lamp, update_time=0.5)}, log_file=False)
    with running(ISDL_FILES=str(files)) as daemon:
        until(lambda: points_in(files))
        daemon.send_signal(signal.SIGINT)
        _, log = daemon.communicate(timeout=STOP_LIMIT_S)
        assert daemon.returncode == 0, log
    assert "Traceback" not in log
    assert not (files / LOG_FILE).exists()


def test_sighup_does_not_end_it(tmp_path: Path, lamp: str) -> None:
    files = files_folder(tmp_path, {"Lamp": plug(lamp, update_time=0.5)})
    with running("--files", files) as daemon:
        until(lambda: points_in(files))
        daemon.send_signal(signal.SIGHUP)
        until(lambda: "SIGHUP: read again" in (files / LOG_FILE).read_text("utf-8"))
        before = points_in(files)
        until(lambda: points_in(files) > before)
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=STOP_LIMIT_S)
        assert daemon.returncode == 0


def test_a_dead_socket_and_a_dead_database_do_not_keep_it_from_starting(tmp_path: Path) -> None:
    files = files_folder(tmp_path, {"Gone": plug("127.0.0.1:9", update_time=0.5)})
    database = {"DB_IP_ADDRESS": "127.0.0.1", "DB_PORT": "9", "DB_USER_NAME": "u", "DB_NAME": "n"}
    with running("--files", files, **database, DB_USER_PASSWORD="s3cret-word") as daemon:
        until(lambda: points_in(files))
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=STOP_LIMIT_S)
        assert daemon.returncode == 0, log
    assert "s3cret-word" not in log


def test_a_damaged_journal_is_set_aside_and_polling_begins(tmp_path: Path, lamp: str) -> None:
    files = files_folder(tmp_path, {"Lamp": plug(lamp, update_time=0.5)})
    (files / JOURNAL_FILE).write_bytes(b"no journal" * 1000)
    with running("--files", files) as daemon:
        until(lambda: points_in(files))
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=STOP_LIMIT_S)
        assert daemon.returncode == 0, log
    assert list(files.glob(f"{JOURNAL_FILE}.damaged-*"))
    assert "damaged" in log
    assert "Traceback" not in log


def test_a_plugin_that_does_not_load_is_logged_with_file_and_line(
    tmp_path: Path, lamp: str
) -> None:
    files = files_folder(
        tmp_path, {"Lamp": plug(lamp, update_time=0.5)}, plugin="\n\ndef setup(plugins:\n"
    )
    with running("--files", files) as daemon:
        until(lambda: points_in(files))
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=STOP_LIMIT_S)
    assert any("ERROR" in line and "device_plugin.py, line 3" in line for line in log.splitlines())


def test_status_and_health_work_beside_a_running_daemon(
    cli: Cli, tmp_path: Path, lamp: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = files_folder(
        tmp_path, {"Lamp": plug(lamp, update_time=0.5), "Gone": plug("127.0.0.1:9")}
    )
    with running("--files", files) as daemon:
        until(lambda: points_in(files) >= 2)
        ran = cli("status", "--files", files, "--json")
        assert (ran.json["running"], ran.json["pid"]) == (True, daemon.pid)
        monkeypatch.setenv("WEB_HOST", "0.0.0.0")
        monkeypatch.setenv("WEB_PORT", "8123")
        assert "\nPage:    http://127.0.0.1:8123\n" in cli("status", "--files", files).out
        monkeypatch.setenv("WEB", "off")
        assert cli("status", "--files", files, "--json").json["page"] is None
        assert cli("health", "--files", files).code == 0, "a dead socket is healthy"
        assert cli("check", "--json", "--files", files).json["problems"] == []
