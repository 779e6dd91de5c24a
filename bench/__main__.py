"""``python -m bench [SECTION …] [--seconds S] [--json FILE]``: measures and prints a table.

Exit code 0, however slow the machine is.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Sheet, Unavailable
from bench.run import Run
from bench.sections import SECTIONS
from bench.simulator import ROOT
from source.errors import IsdlError

BENCH_FILES = ROOT / "bench-files"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.section if name not in SECTIONS]:
        parser.error(f"there is no section {unknown[0]}; known are {', '.join(SECTIONS)}")
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    sheet, began = Sheet(), time.monotonic()
    print(_machine())
    with _folder() as folder:
        run = Run(sheet, folder, options.seconds)
        for name in options.section or SECTIONS:
            title, measure = SECTIONS[name]
            sheet.begin(name, title)
            try:
                measure(run)
            except (Unavailable, IsdlError, OSError, sqlite3.Error) as err:
                sheet.lacks("the rest", err)
    print(f"\n{sheet.summary()}\n{time.monotonic() - began:.0f} s in all; now {_load()}")
    if options.json is not None:
        content = {"machine": _machine(), **sheet.as_json()}
        options.json.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Figures against the program's own simulator."
    )
    parser.add_argument("section", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--seconds", type=float, default=30.0, help="of each window (30)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures, for programs")
    return parser


@contextmanager
def _folder() -> Iterator[Path]:
    """Beside main.py and not in the system's temporary folder, which may lie in memory."""
    BENCH_FILES.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=BENCH_FILES))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _machine() -> str:
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; {_load()}"
    )


def _load() -> str:
    """What else the machine does: with much of it, the figures are not worth much."""
    return f"load {os.getloadavg()[0]:.1f} a minute"


if __name__ == "__main__":
    sys.exit(main())
