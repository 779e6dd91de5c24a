"""What the Dockerfile says, and that it finds what it copies."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.packaging.dockerfile import ROOT, copies, ignored, lay_out, seen, stages

FROM_CONTEXT = sorted(
    {source for stage in stages() for origin, source, _ in copies(stage) if not origin}
)


@pytest.mark.parametrize("source", FROM_CONTEXT)
def test_every_copied_path_exists_and_is_seen_by_the_build(source: str) -> None:
    assert seen(source)


def test_the_default_files_are_copied_and_nothing_else_of_the_files_folder() -> None:
    assert seen("files/") == ["files/config.json", "files/device_plugin.py", "files/devices.json"]


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        ".venv/bin/python",
        "files/.env",
        "files/isdl.db",
        "files/isdl.db-wal",
        "files/main.log",
        "files/Fridge_day.txt",
        "demo-files/isdl.db",
        "source/__pycache__/model.cpython-313.pyc",
        "tests/conftest.py",
    ],
)
def test_what_is_private_or_needless_is_not_seen_by_the_build(path: str) -> None:
    assert ignored(path)


def test_the_image_has_the_whole_program(tmp_path: Path) -> None:
    workdir = lay_out(tmp_path)
    tracked = subprocess.run(
        ["git", "ls-files", "source", "main.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if tracked.returncode or not tracked.stdout:
        pytest.skip("not a git checkout")
    there = [name for name in tracked.stdout.split() if (ROOT / name).is_file()]
    assert [name for name in there if not (workdir / name).is_file()] == []


def test_both_stages_have_the_same_base_so_that_the_environment_fits() -> None:
    assert [stage.base for stage in stages()] == ["python:3.13-slim"] * 2


def test_packages_are_installed_from_the_lock_file_with_hashes() -> None:
    installs = [step for stage in stages() for step in stage.all("RUN") if " install --" in step]
    assert len(installs) == 1
    assert "--require-hashes -r /build/requirements.lock" in installs[0]
    assert "venv --without-pip" in installs[0]


def test_the_files_folder_is_where_users_have_it_mounted() -> None:
    final = stages()[-1]
    assert final.one("VOLUME") == "/user/app/IntelligentSocketDatalogger/files/"
    assert final.one("VOLUME") == final.one("WORKDIR") + "/files/"


def test_the_volume_is_declared_after_the_folder_got_its_owner() -> None:
    words = [word for word, _ in stages()[-1].steps]
    assert words.index("VOLUME") > max(i for i, word in enumerate(words) if word in ("RUN", "COPY"))


def test_the_commands_have_exec_form_so_that_no_shell_swallows_sigterm() -> None:
    final = stages()[-1]
    assert final.argv("ENTRYPOINT") == ["python", "-I", "docker/entrypoint.py"]
    assert final.argv("CMD") == ["python", "main.py"]
    assert final.one("STOPSIGNAL") == "SIGTERM"


def test_the_health_check_asks_the_program() -> None:
    options, _, command = stages()[-1].one("HEALTHCHECK").partition(" CMD ")
    assert json.loads(command) == ["python", "main.py", "health"]
    assert re.search(r"--start-period=\d+s", options)


def test_nothing_is_written_next_to_the_code() -> None:
    environment = stages()[-1].environment
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["PYTHONUNBUFFERED"] == "1"
    assert environment["HOME"] == "/tmp"
