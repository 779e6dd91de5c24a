"""Runs the command line, in this process or as a real one, and the folders that it works on."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import Point
from tests.fakes import FakeClock

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "main.py"
LIMIT_S = 60.0


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def clean_environ(**changes: str) -> dict[str, str]:
    """The environment without what would configure the program."""
    kept = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("DB_", "ISDL_", "SSL", "VERIFY_SSL", "WEB", "PYTHON"))
    }
    return {**kept, "TZ": "UTC", "WEB": "off", **changes}


def process(*arguments: str | Path, cwd: Path | None = None, **environ: str) -> Ran:
    """``python main.py …`` as a process of its own."""
    done = subprocess.run(
        [sys.executable, str(MAIN), *map(str, arguments)],
        cwd=cwd,
        env=clean_environ(**environ),
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def on_terminal(columns: int, *arguments: str | Path) -> tuple[int, str]:
    """The exit code and the screen's text of ``python main.py …`` on a terminal of this width."""
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, str(MAIN), *map(str, arguments)],
        stdout=theirs,
        env=clean_environ(COLUMNS=str(columns), TERM="xterm-256color"),
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # how Linux tells that the other side is closed
        pass
    os.close(ours)
    return done.wait(LIMIT_S), shown.decode()


def started(*arguments: str | Path, **environ: str) -> subprocess.Popen[str]:
    """``python main.py …``, left running; its log comes through the pipe ``stderr``."""
    return subprocess.Popen(
        [sys.executable, str(MAIN), *map(str, arguments)],
        env=clean_environ(**environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def files_folder(
    folder: Path, devices: Mapping[str, object] | None = None, plugin: str = "", **general: object
) -> Path:
    """A files folder; prices and times as in Germany unless ``general`` says otherwise."""
    folder.mkdir(exist_ok=True)
    settings = {"timezone": "Europe/Berlin", "price_kwh": 0.30, **general}
    (folder / "config.json").write_text(json.dumps({"general": settings}), "utf-8")
    (folder / "devices.json").write_text(json.dumps(devices or {}), "utf-8")
    if plugin:
        (folder / "device_plugin.py").write_text(plugin, "utf-8")
    return folder


def plug(address: str, **more: object) -> dict[str, object]:
    """A Plug S in devices.json."""
    return {"type": "shelly:plug-s", "ip": address, **more}


def keep(files: Path, points: Iterable[Point]) -> None:
    """Commit points to the journal of a files folder, as a daemon that has ended did."""
    journal = Journal(files / JOURNAL_FILE, clock=FakeClock())
    journal.open()
    for point in points:
        journal.append(point)
    journal.close()


def until(condition: Callable[[], object]) -> None:
    """Return when the condition holds; fail after a while."""
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)
