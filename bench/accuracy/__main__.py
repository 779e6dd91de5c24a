"""``python -m bench.accuracy [--only TEXT] [--json FILE]``: measures and prints a table.

Exit code 1 where a bound is not kept: unlike the other figures these depend on no machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.accuracy import over_http, traces
from bench.accuracy.cases import Case, own_cases, real_cases
from bench.accuracy.measure import Error, Household, Load, load_of
from bench.accuracy.perfect import rms_wh
from bench.accuracy.table import add_rows
from bench.figures import Sheet

INTERVALS_S = (10.0, 60.0)
SEEDS = {10.0: 1, 60.0: 3}
"""The fewer polls, the more it depends on when they are: the worst of several grids is shown."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    sheet, began = Sheet(), time.monotonic()
    for case in _cases(options.only):
        sheet.begin(case.name, _title(case))
        load = load_of(case)
        for interval_s in INTERVALS_S:
            perfect_wh = rms_wh(case.curves, interval_s, load.days.start_s, load.days.end_s)
            add_rows(sheet, interval_s, perfect_wh, _measured(load, interval_s))
    if not options.only:
        sheet.begin("over HTTP", "fridge, a day each 60 s from a virtual socket's server")
        over_http.measure(sheet)
        if not traces.FOLDER.is_dir():
            sheet.lacks("real appliances", f"there is no folder {traces.FOLDER}")
    print(f"\n{sheet.summary()}\n{time.monotonic() - began:.0f} s in all")
    if options.json is not None:
        content = json.dumps(sheet.as_json(), indent=2, ensure_ascii=False)
        options.json.write_text(content + "\n", "utf-8")
    return int(any(figure.verdict == "OUT" for figure in sheet.figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.accuracy", description="The energy of each method against the truth."
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="loads with this in their name")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures, for programs")
    return parser


def _cases(only: str) -> Iterator[Case]:
    for cases in (own_cases, real_cases):
        yield from (case for case in cases() if only in case.name)


def _title(case: Case) -> str:
    phases = "" if len(case.curves) == 1 else f", {len(case.curves)} phases"
    return f"two days with lost polls, outages, a stopped logger{phases}"


def _measured(load: Load, interval_s: float) -> list[list[Error]]:
    found = []
    for seed in range(SEEDS[interval_s]):
        with tempfile.TemporaryDirectory() as folder:
            found.append(Household(load, interval_s, seed, Path(folder)).errors())
    return found


if __name__ == "__main__":
    sys.exit(main())
