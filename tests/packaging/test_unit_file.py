"""systemd/isdl.service: its paths, limits and rights, and that the README sets it up as it is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from source.cli.run import REFUSED, STOP_S
from tests.packaging.dockerfile import ROOT

UNIT = ROOT / "systemd" / "isdl.service"


def service() -> dict[str, list[str]]:
    """The section Service: each key with its values."""
    found: dict[str, list[str]] = {}
    _, _, text = UNIT.read_text(encoding="utf-8").partition("[Service]\n")
    for key, value in re.findall(r"^(\w+)=(.*)$", text.partition("[Install]")[0], re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def one(key: str) -> str:
    (value,) = service()[key]
    return value


def program() -> Path:
    """The folder of main.py."""
    return Path(one("ExecStart").split()[1]).parent


def files() -> str:
    return f"/var/lib/{one('StateDirectory')}"


def test_the_unit_starts_the_program_of_its_folder_with_its_environment() -> None:
    python, main = one("ExecStart").split()
    assert (ROOT / Path(main).name).is_file()
    assert Path(python) == program() / ".venv" / "bin" / "python"
    assert one("ExecReload") == "/bin/kill -HUP $MAINPID"
    assert f"ISDL_FILES={files()}" in one("Environment").split()


def test_the_units_limits_fit_those_of_the_program() -> None:
    assert float(one("TimeoutStopSec")) > STOP_S
    assert one("RestartPreventExitStatus") == str(REFUSED)
    assert one("Restart") == "on-failure"
    assert float(one("WatchdogSec")) / 2 >= 60 + 10 + 15, "commit interval, lock and back-off"
    assert (one("Type"), one("NotifyAccess")) == ("notify", "main")


def test_the_unit_lets_the_program_do_what_it_does_and_little_else() -> None:
    assert one("ProtectSystem") == "strict"
    assert set(one("RestrictAddressFamilies").split()) == {"AF_INET", "AF_INET6", "AF_UNIX"}
    assert service()["SystemCallFilter"] == ["@system-service", "~@privileged"]
    assert one("NoNewPrivileges") == "true"
    assert one("CapabilityBoundingSet") == ""


@pytest.mark.parametrize("name", ["README.md", "README.de.md"])
def test_the_readme_sets_up_what_the_unit_expects(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    user = one("User")
    assert f"IntelligentSocketDatalogger.git {program()}\n" in text
    assert f"useradd --system {user}\n" in text
    assert f"-o {user} -g {user} -m {one('StateDirectoryMode')[1:]} {files()}\n" in text
    assert f"install -m 644 {UNIT.relative_to(ROOT)} /etc/systemd/system\n" in text
    for shipped in re.findall(r" (files/\S+)(?= .*/var/lib)", text):
        assert (ROOT / shipped).is_file()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_itself_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8")
    text = text.replace(f"{program()}/.venv/bin/python", sys.executable)
    (tmp_path / UNIT.name).write_text(text.replace(str(program()), str(ROOT)), encoding="utf-8")
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / UNIT.name],
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in ended.stderr.splitlines() if UNIT.name in line]
    assert (ended.returncode, told) == (0, [])
