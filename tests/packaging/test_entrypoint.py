"""The steps of a container's start, run as a script with the image's files."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.packaging.container import ANYONE, LIMIT_S, Container
from tests.packaging.dockerfile import ROOT, stages

DEFAULTS = ("config.json", "device_plugin.py", "devices.json")
WHO_AM_I = "import json, os; print(json.dumps([os.getuid(), os.getgid(), os.getgroups()]))"
IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")


def names(files: Path) -> list[str]:
    return sorted(path.name for path in files.iterdir())


def test_an_empty_folder_gets_the_default_files(container: Container) -> None:
    ended = container.run("true")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert names(container.files) == sorted(DEFAULTS)
    for name in DEFAULTS:
        assert (container.files / name).read_bytes() == (ROOT / "files" / name).read_bytes()


def test_a_second_start_overwrites_nothing(container: Container) -> None:
    container.run("true")
    for name in DEFAULTS:
        (container.files / name).write_text("mine", encoding="utf-8")
    container.run("true")
    assert {(container.files / name).read_text(encoding="utf-8") for name in DEFAULTS} == {"mine"}


def test_a_folder_in_use_is_not_filled(container: Container) -> None:
    (container.files / "devices.json").write_text("{}", encoding="utf-8")
    container.run("true")
    assert names(container.files) == ["devices.json"]
    assert (container.files / "devices.json").read_text(encoding="utf-8") == "{}"


def test_a_filling_that_was_cut_off_is_completed(container: Container) -> None:
    (container.files / "config.json").write_text("mine", encoding="utf-8")
    (container.files / ".devices.json.new").write_text("{", encoding="utf-8")
    container.run("true")
    assert names(container.files) == sorted(DEFAULTS)
    assert (container.files / "config.json").read_text(encoding="utf-8") == "mine"


def test_the_program_keeps_the_process_and_hears_sigterm(container: Container) -> None:
    code = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    with container.start("python", "-c", code) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) == process.pid
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == -signal.SIGTERM


def test_the_exit_code_is_that_of_the_program(container: Container) -> None:
    assert container.run("sh", "-c", "exit 42").returncode == 42


def test_a_command_that_cannot_be_started_is_named(container: Container) -> None:
    broken = container.workdir / "broken"
    broken.write_text("#!/not/there\n", encoding="utf-8")
    broken.chmod(0o755)
    ended = container.run(str(broken))
    assert ended.returncode == 1
    assert f"{broken} cannot be started" in ended.stderr
    assert "Traceback" not in ended.stderr


@needs_root
def test_the_program_is_not_root_and_cannot_become_it(container: Container) -> None:
    code = f"{WHO_AM_I}; os.setuid(0)"
    ended = container.run("python", "-c", code)
    assert json.loads(ended.stdout) == [1000, 1000, []]
    assert "PermissionError" in ended.stderr


@needs_root
def test_puid_and_pgid_name_the_user(container: Container) -> None:
    ended = container.run("python", "-c", WHO_AM_I, PUID="1234", PGID=" 1235 ")
    assert json.loads(ended.stdout) == [1234, 1235, []]


@needs_root
@pytest.mark.parametrize("value", ["pi", "-1", "1000.5", "4294967295", "²"])
def test_a_puid_that_is_no_number_stops_the_start_with_its_name(
    container: Container, value: str
) -> None:
    ended = container.run("true", PUID=value)
    assert ended.returncode == 1
    assert "PUID" in ended.stderr
    assert "Traceback" not in ended.stderr


@needs_root
def test_what_root_left_in_the_folder_is_handed_to_the_user(container: Container) -> None:
    outside = container.workdir.parent / "outside"
    outside.write_text("not ours", encoding="utf-8")
    folder = container.files / "old"
    folder.mkdir(mode=0o700)
    (folder / "Fridge_day.txt").write_text("kept", encoding="utf-8")
    (container.files / "link").symlink_to(outside)
    container.run("sh", "-c", "echo more >> files/old/Fridge_day.txt", PUID="1234", PGID="1235")
    for path in (container.files, *container.files.rglob("*")):
        assert (path.lstat().st_uid, path.lstat().st_gid) == (1234, 1235), path
    assert (folder / "Fridge_day.txt").read_text(encoding="utf-8") == "keptmore\n"
    assert outside.stat().st_uid == 0


@needs_root
def test_it_starts_as_an_ordinary_user_too(container: Container) -> None:
    os.chown(container.files, ANYONE, ANYONE)
    ended = container.run("python", "-c", WHO_AM_I, uid=ANYONE, PUID="1234")
    assert json.loads(ended.stdout) == [ANYONE, ANYONE, []]
    assert ended.stderr == ""
    assert names(container.files) == sorted(DEFAULTS)
    assert (container.files / "devices.json").stat().st_uid == ANYONE


@needs_root
def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(container: Container) -> None:
    ended = container.run("echo", "started", uid=ANYONE)
    assert ended.stdout == "started\n"
    assert f"chown -R {ANYONE}:{ANYONE}" in ended.stderr
    assert names(container.files) == []


@needs_root
def test_the_application_tree_stays_as_it_is(container: Container) -> None:
    before = {path for path in container.workdir.rglob("*") if "files" not in path.parts}
    assert container.run("sh", "-c", "touch main.py || exit 7").returncode == 7
    container.run("--version")
    assert {path for path in container.workdir.rglob("*") if "files" not in path.parts} == before


@pytest.fixture
def program(container: Container) -> dict[str, str]:
    """The environment to run the program itself in."""
    if container.has_packages:
        return {}
    # Where the packages lie in root's home, only root can import them.
    container.use(sys.executable)
    return {"PUID": "0", "PGID": "0"}


def test_arguments_alone_are_those_of_the_program(
    container: Container, program: dict[str, str]
) -> None:
    ended = container.run("schema", "devices", uid=None, **program)
    assert ended.returncode == 0, ended.stderr
    assert isinstance(json.loads(ended.stdout), dict)


def test_the_default_files_start_become_healthy_and_stop_on_sigterm(
    container: Container, program: dict[str, str]
) -> None:
    final = stages()[-1]
    health = json.loads(final.one("HEALTHCHECK").partition(" CMD ")[2])
    with container.start(*final.argv("CMD"), uid=None, **program) as process:
        deadline = time.monotonic() + LIMIT_S
        healthy = False
        while not healthy and process.poll() is None and time.monotonic() < deadline:
            with container.process(health) as asked:
                asked.communicate(timeout=LIMIT_S)
            healthy = asked.returncode == 0
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        _, errors = process.communicate(timeout=LIMIT_S)
    assert healthy, errors
    assert process.returncode == 0, errors
    assert time.monotonic() - began < 10
