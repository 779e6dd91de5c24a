"""main.py: from anywhere, and a clear word where it can't run."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.packaging.dockerfile import ROOT

MAIN = ROOT / "main.py"


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_works_from_any_working_directory(tmp_path: Path) -> None:
    ended = run(str(MAIN), "--version", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_old_python_can_read_it() -> None:
    ast.parse(MAIN.read_text(encoding="utf-8"), feature_version=(3, 4))


def test_an_old_python_is_told_what_is_needed(tmp_path: Path) -> None:
    code = f"import sys, runpy; sys.version_info = (3, 9, 1); runpy.run_path({str(MAIN)!r})"
    ended = run("-c", code, cwd=tmp_path)
    assert ended.returncode == 1
    assert "needs Python 3.10 or later" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_package_is_named_with_the_remedy(tmp_path: Path) -> None:
    ended = run("-S", str(MAIN), cwd=tmp_path)
    assert ended.returncode == 1
    assert "is not installed" in ended.stderr
    assert "make run" in ended.stderr
    assert "Traceback" not in ended.stderr
