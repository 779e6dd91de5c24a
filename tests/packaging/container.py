"""A container's stand-in: the image's files in a folder, its entrypoint as a process."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.dockerfile import stages

LIMIT_S = 30.0
ANYONE = 1000


def user_arguments(uid: int | None) -> dict[str, object]:
    """For Popen: the user to start as, with that user's group only, or root as containers have it,
    with groups of its own."""
    if uid is not None:
        return {"user": uid, "group": uid, "extra_groups": []}
    return {"extra_groups": [0, 4]} if os.geteuid() == 0 else {}


class Process(subprocess.Popen[str]):
    """Does not outlive its with block, so that a test that fails does not wait for it."""

    def __exit__(self, *error: Any) -> None:
        if self.poll() is None:
            self.kill()
        super().__exit__(*error)


class Container:
    """The laid out image. ``python`` in it is a Python that its user is allowed to run."""

    def __init__(self, workdir: Path, programs: Path) -> None:
        self.workdir = workdir
        self.files = workdir / "files"
        self.has_packages = False
        """Whether user 1000 can import what the program needs."""
        self._programs = programs
        self._environment = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": "/tmp",
        }
        self._choose_python()

    def start(self, *command: str, uid: int | None = None, **environment: str) -> Process:
        """The image's ENTRYPOINT with a command, from the image's working folder."""
        return self.process((*stages()[-1].argv("ENTRYPOINT"), *command), uid=uid, **environment)

    def process(
        self, argv: Sequence[str], *, uid: int | None = None, **environment: str
    ) -> Process:
        program = str(self._programs / argv[0]) if argv[0] == "python" else argv[0]
        return Process(  # type: ignore[call-overload,no-any-return]
            [program, *argv[1:]],
            cwd=self.workdir,
            env={**self._environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **user_arguments(uid),
        )

    def run(
        self, *command: str, uid: int | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        with self.start(*command, uid=uid, **environment) as process:
            output, errors = process.communicate(timeout=LIMIT_S)
        return subprocess.CompletedProcess(command, process.returncode, output, errors)

    def _choose_python(self) -> None:
        """A virtual environment in root's home is closed to others: then the system's Python, with
        the environment's packages where it is the same version and they can be read."""
        uid = ANYONE if os.geteuid() == 0 else None
        same = f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}"
        packages = sysconfig.get_path("purelib")
        for python, path in ((sys.executable, ""), (same, packages), ("/usr/bin/python3", "")):
            self.use(python, path)
            self.has_packages = self._works("import pydantic, click", uid)
            if self.has_packages or self._works("", uid):
                return
        pytest.skip(f"user {ANYONE} may run no Python of this machine")

    def use(self, python: str, packages: str = "") -> None:
        wrapper = self._programs / "python"
        wrapper.write_text(f'#!/bin/sh\nexec {python} "$@"\n', encoding="utf-8")
        wrapper.chmod(0o755)
        self._environment["PYTHONPATH"] = packages

    def _works(self, code: str, uid: int | None) -> bool:
        with self.process(["python", "-c", code], uid=uid) as process:
            process.communicate(timeout=LIMIT_S)
        return process.returncode == 0
