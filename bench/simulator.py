"""The project's simulator in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Unavailable
from bench.process import end

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Row:
    """Virtual sockets that answer."""

    addresses: list[str]
    pid: int


@contextmanager
def simulated(
    count: int, *, kind: str = "plug-s", hang: int = 0, keep_alive: bool = False
) -> Iterator[Row]:
    """So many sockets; the first ``hang`` of them never answer."""
    command = [sys.executable, "-m", "source.simulator.server", "--count", str(count)]
    command += ["--kind", kind, "--hang", str(hang)]
    command += ["--keep-alive"] if keep_alive else []
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise Unavailable("the simulator does not start")
        yield Row(json.loads(line)["addresses"], process.pid)
    finally:
        end(process)
