"""The command line as a whole: commands, exit codes, how errors are told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from source import __version__
from source.cli.main import COMMANDS
from tests.cli.command import MAIN, ROOT, clean_environ, files_folder, plug, process
from tests.cli.conftest import Cli


def test_the_help_names_every_command(cli: Cli) -> None:
    ran = cli("--help")
    assert ran.code == 0
    assert all(f"\n  {name} " in ran.out for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_help_of_its_own(name: str, cli: Cli) -> None:
    ran = cli(name, "--help")
    assert (ran.code, ran.out[:24]) == (0, "Usage: python main.py " + name[:2])


def test_the_version_is_told(cli: Cli) -> None:
    assert __version__ in cli("--version").out


def test_a_command_that_there_is_not_lists_those_that_there_are(cli: Cli) -> None:
    ran = cli("chek")
    assert ran.code == 2
    assert "'chek'" in ran.err
    assert all(name in ran.err for name in COMMANDS)


def test_files_counts_before_and_after_the_command(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path)
    assert cli("--files", files, "status").err == cli("status", "--files", files).err
    assert str(files) in cli("--files", files, "status").err


def test_an_error_that_is_a_bug_exits_with_1_and_is_told_with_its_traceback(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(value: object) -> None:
        raise ZeroDivisionError("for the test")

    monkeypatch.setattr("source.cli.schema.print_json", broken)
    assert cli("schema", "config").code == 1
    assert "ZeroDivisionError: for the test" in caplog.text


def test_a_wrong_configuration_ends_every_command_with_2_and_all_problems(tmp_path: Path) -> None:
    files = files_folder(
        tmp_path,
        {"A": plug("10.0.0.1", update_time=0), "B": {"type": "nonsense", "ip": "10.0.0.2"}},
        price_kwh="abc",
        log_level="loud",
    )
    ran = process("--files", files, DB_NAME="home")
    assert (ran.code, ran.out) == (2, "")
    for key in (
        "general.price_kwh",
        "general.log_level",
        "A.update_time",
        "B.type",
        "DB_USER_NAME",
    ):
        assert len([line for line in ran.err.splitlines() if key in line]) == 1, key
    assert "python main.py check" in ran.err
    assert "Traceback" not in ran.err


def test_a_files_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    ran = process(ISDL_FILES=str(tmp_path / "nowhere"))
    assert ran.code == 2
    assert str(tmp_path / "nowhere") in ran.err


def test_a_pipe_that_is_closed_early_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, str(MAIN), "schema", "devices"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=clean_environ(),
        timeout=20,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_character_that_the_terminal_lacks_is_escaped(tmp_path: Path) -> None:
    files = files_folder(tmp_path, {"Pan 🍳": plug("127.0.0.1:9", enabled=False)})
    ran = process("check", "--files", files, PYTHONIOENCODING="latin-1")
    assert (ran.code, ran.err) == (0, "")
    assert "Pan \\U0001f373" in ran.out


def test_it_works_from_any_working_directory(tmp_path: Path) -> None:
    files = files_folder(tmp_path / "files")
    ran = process("check", "--files", "files", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert str(files) in ran.out


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        ("run", ["rich", "influxdb", "requests"]),
        ("health", ["rich", "pydantic", "influxdb", "requests", "schedule"]),
        ("schema", ["rich", "influxdb", "requests"]),
    ],
)
def test_a_command_does_not_import_what_it_does_not_need(command: str, unwanted: list[str]) -> None:
    code = (
        "import sys; from source.cli.main import commands; import click;"
        f"commands.get_command(click.Context(commands), {command!r});"
        f"print([name for name in {unwanted!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_ctrl_c_is_no_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(value: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("source.cli.schema.print_json", interrupted)
    ran = cli("schema", "config")
    assert (ran.code, ran.out, ran.err.strip()) == (130, "", "")
