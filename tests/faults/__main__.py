"""``python -m tests.faults [--only NAME] [--quick] [--times N]``: injects faults, prints the table.

Exit code 1 where a promise is broken.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.child import end_in_order
from tests.faults.outcome import Outcome, Scenario, every_scenario
from tests.faults.table import table
from tests.influx_server import ServerMissing, influxd_path


def main(arguments: Sequence[str] | None = None) -> int:
    scenarios = every_scenario()
    options = _parser(scenarios).parse_args(arguments)
    wanted = [s for s in scenarios if not options.only or s.name in options.only]
    try:
        influxd_path()
    except ServerMissing as err:
        print(err, file=sys.stderr)
        return 2
    end_in_order()
    began, outcomes = time.monotonic(), []
    for number, scenario in enumerate(wanted, start=1):
        times = options.times or (scenario.quick if options.quick else scenario.full)
        if times:
            outcomes += _run(f"{number}/{len(wanted)}", scenario, times, options.keep)
    print(f"\n{table(outcomes)}\n\n{time.monotonic() - began:.0f} s in all")
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def _run(place: str, scenario: Scenario, times: int, keep: Path | None) -> list[Outcome]:
    head = f"{place} {scenario.name}, {times} times … "
    print(head, end="", flush=True)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="isdl-faults-", dir=keep))
    with _ticking(head):
        outcomes = scenario.outcomes(folder, times)
    well = all(outcome.ok for outcome in outcomes)
    print(f"{'ok' if well else 'BROKEN'} after {time.monotonic() - began:.0f} s", flush=True)
    if well or keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    for outcome in outcomes:
        for sentence in outcome.broken:
            print(f"    {outcome.fault}: {sentence}", flush=True)
    return outcomes


@contextmanager
def _ticking(head: str) -> Iterator[None]:
    """On a terminal, the seconds that it takes."""
    done, began = threading.Event(), time.monotonic()

    def tick() -> None:
        while sys.stdout.isatty() and not done.wait(1.0):
            print(f"\r{head}{time.monotonic() - began:.0f} s ", end="", flush=True)

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _parser(scenarios: Sequence[Scenario]) -> argparse.ArgumentParser:
    names = [scenario.name for scenario in scenarios]
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Injects faults into real processes and says what they cost.",
        epilog=f"Faults: {', '.join(names)}",
    )
    parser.add_argument(
        "--only", action="append", choices=names, metavar="NAME", help="this one; may be repeated"
    )
    parser.add_argument("--quick", action="store_true", help="as often as in the tests")
    parser.add_argument("--times", type=int, metavar="N", help="each so often")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep folders of broken ones here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
