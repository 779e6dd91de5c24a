"""``python main.py run`` with clocks that a test moves while it runs.

What looks at things now and then looks often: reports, the fetcher of prices, the reload.

``python -m tests.faults.stepped FOLDER CLOCKS``, the file that moves the clocks. With ``humble``
after that, the superuser has to ask for permission as others do.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from source import app, reload
from source.cli.main import main
from source.model import US_PER_S
from source.polling.worker import Worker
from source.reports import job
from source.tariffs.errand import Surroundings
from source.timing import SystemClock

LOOK_S = 0.2
ASK_S = 2.0
"""For a market's answer."""
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


class SteppedClock:
    """The machine's clocks, moved by what stands in a file.

    ``slept_s`` passed on both clocks while nobody looked, as while a machine sleeps; ``wrong_s``
    is by how much the wall clock alone is wrong.
    """

    def __init__(self, file: Path, *, right: bool = False) -> None:
        """``right``: as the rest of the world has it, the sockets for example."""
        self._file = file
        self._right = right
        self._system = SystemClock()

    def now_us(self) -> int:
        slept_s, wrong_s = self._offsets()
        moved_s = slept_s if self._right else slept_s + wrong_s
        return self._system.now_us() + round(moved_s * US_PER_S)

    def monotonic(self) -> float:
        return self._system.monotonic() + self._offsets()[0]

    def _offsets(self) -> tuple[float, float]:
        slept_s, wrong_s = self._file.read_text("ascii").split()
        return float(slept_s), float(wrong_s)


class Clocks:
    """The test's hand on the clocks."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.slept_s = self.wrong_s = 0.0
        self._write()

    def sleep(self, seconds: float) -> None:
        """Time passes on both clocks."""
        self.slept_s += seconds
        self._write()

    def step(self, seconds: float) -> None:
        """The wall clock alone is set."""
        self.wrong_s += seconds
        self._write()

    def right(self) -> SteppedClock:
        return SteppedClock(self.file, right=True)

    def shown(self) -> SteppedClock:
        return SteppedClock(self.file)

    def _write(self) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(f"{self.slept_s!r} {self.wrong_s!r}", "ascii")
        with held(self.file, fcntl.LOCK_EX):
            new.replace(self.file)


@contextmanager
def held(clocks: Path, how: int) -> Iterator[None]:
    """Clocks are moved between two polls and not within one.

    Else the socket would answer before a night and be read after it, or the other way round.
    """
    with clocks.with_suffix(".held").open("a") as file:
        fcntl.flock(file, how)
        yield


def run(folder: Path, clocks: Path) -> int:
    app.SystemClock = lambda: SteppedClock(clocks)  # type: ignore[assignment, misc]
    job.STEP_S, job.LOOK_S = LOOK_S, LOOK_S  # type: ignore[assignment]
    reload.LOOK_S = LOOK_S
    app.Surroundings = partial(  # type: ignore[assignment, misc]
        Surroundings, limit_s=ASK_S, pause=lambda stopping, s: stopping.wait(min(s, LOOK_S))
    )
    poll = Worker.poll

    def undisturbed(worker: Worker) -> None:
        with held(clocks, fcntl.LOCK_SH):
            poll(worker)

    Worker.poll = undisturbed  # type: ignore[method-assign]
    return int(main(["run", "--files", str(folder)]) or 0)


def give_up_privileges() -> None:
    """What is not to be written can't be, from the next program on that this process becomes."""
    libc = ctypes.CDLL(None)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


if __name__ == "__main__":
    if sys.argv[3:] == ["humble"]:
        give_up_privileges()
        os.execv(sys.executable, [sys.executable, "-m", "tests.faults.stepped", *sys.argv[1:3]])
    sys.exit(run(Path(sys.argv[1]), Path(sys.argv[2])))
