"""Makefile and the scripts behind it, run with stand-ins for the programs that they call."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.dockerfile import ROOT

TARGETS = (
    "accuracy",
    "bench",
    "clean",
    "demo",
    "help",
    "lint",
    "lock",
    "run",
    "soak",
    "test",
    "torture",
)
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def run(
    *argv: str, cwd: Path, path: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a program without what an outer make hands down; ``path`` comes first on the PATH."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    inherited.pop("PYTHON", None)
    if path is not None:
        inherited["PATH"] = f"{path}:{inherited['PATH']}"
    return subprocess.run(
        argv,
        cwd=cwd,
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What make needs of the project, with nothing to install."""
    folder = tmp_path / "my checkout"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    (folder / "requirements.lock").write_text("# nothing\n", encoding="utf-8")
    (folder / "requirements-dev.lock").write_text("# nothing\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_can_be_planned(target: str) -> None:
    ended = run("make", "-n", target, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr


def test_make_alone_lists_every_target() -> None:
    listed = re.findall(r"^  ([a-z]+) ", run("make", cwd=ROOT).stdout, re.MULTILINE)
    assert sorted(listed) == sorted(TARGETS)


def test_arguments_reach_the_program() -> None:
    planned = run("make", "-n", "demo", "ARGS=--days 7", cwd=ROOT).stdout
    assert ".venv/bin/python main.py demo --days 7" in planned


def test_packages_are_installed_with_their_hashes(checkout: Path) -> None:
    for target, lock in (("demo", "requirements.lock"), ("test", "requirements-dev.lock")):
        planned = run("make", "-n", target, cwd=checkout).stdout
        assert f"--require-hashes -r {lock}" in planned


def test_the_environment_is_made_once_and_again_after_a_move(checkout: Path) -> None:
    python = f"PYTHON={sys.executable}"
    first = run("make", ".venv/runtime", python, cwd=checkout)
    assert first.returncode == 0, first.stderr
    assert run("make", "-q", ".venv/runtime", python, cwd=checkout).returncode == 0
    assert run("make", "-q", ".venv/runtime", cwd=checkout).returncode == 0
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert run("make", "-q", ".venv/runtime", python, cwd=moved).returncode == 1
    other = program(moved.parent / "bin" / "other-python", "echo 3.99")
    again = moved.rename(checkout)
    assert run("make", "-q", ".venv/runtime", f"PYTHON={other}", cwd=again).returncode == 1
    os.utime(again / "requirements.lock", (2**31, 2**31))
    assert run("make", "-q", ".venv/runtime", cwd=again).returncode == 1


def test_an_old_python_is_named_with_the_remedy(checkout: Path) -> None:
    old = program(checkout / "bin" / "python3", 'case "$2" in *print*) echo 3.9;; *) exit 1;; esac')
    ended = run("make", "test", f"PYTHON={old}", cwd=checkout)
    assert ended.returncode != 0
    assert "is Python 3.9; 3.10 or later is needed: make test PYTHON=" in ended.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_not_there_is_named(checkout: Path) -> None:
    ended = run("make", "demo", "PYTHON=python3.99", cwd=checkout)
    assert ended.returncode != 0
    assert "No Python 3.10 or later found as python3.99" in ended.stderr


def test_a_python_without_venv_says_which_package_brings_it(checkout: Path) -> None:
    (checkout / "ensurepip.py").write_text("raise ImportError", encoding="utf-8")
    ended = run("make", "demo", f"PYTHON={sys.executable}", cwd=checkout, PYTHONPATH=str(checkout))
    assert ended.returncode != 0
    assert "apt install python3-venv" in ended.stderr
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(("failing", "code"), [("", 0), ("lint", 1), ("test", 1)])
def test_ci_runs_tests_and_linters_and_fails_with_either(
    tmp_path: Path, failing: str, code: int
) -> None:
    calls = tmp_path / "calls"
    program(
        tmp_path / "bin" / "make",
        f'echo "$1 $CI" >> "{calls}"; [ "$1" != "{failing}" ]',
    )
    ended = run("bash", str(ROOT / ".ci" / "run"), cwd=tmp_path, path=tmp_path / "bin", CI="true")
    assert ended.returncode == code, ended.stderr
    assert calls.read_text(encoding="utf-8").split("\n")[:2] == ["lint true", "test true"]


def test_ci_is_executable() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize(("uid", "installs"), [("0", True), ("1000", False)])
def test_the_database_server_is_installed_as_root_only_and_its_absence_is_no_failure(
    tmp_path: Path, uid: str, installs: bool
) -> None:
    calls = tmp_path / "calls"
    programs = tmp_path / "bin"
    program(programs / "id", f"echo {uid}")
    program(programs / "apt-get", f'echo "$@" >> "{calls}"; [ "$1" = update ]')
    sh = shutil.which("sh")
    assert sh is not None
    ended = run(sh, str(ROOT / ".ci" / "influxd"), cwd=tmp_path, PATH=str(programs))
    assert ended.returncode == 0, ended.stderr
    assert "influxdb" in ended.stderr
    assert calls.exists() == installs
    if installs:
        assert "influxdb" in calls.read_text(encoding="utf-8").splitlines()[1]
