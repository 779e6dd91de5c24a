"""What became of one fault: a line of the table, and whether that is inside the promise."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

PACKAGE = "tests.faults"


@dataclass(frozen=True, slots=True)
class Promise:
    """What a fault may cost at most; by default nothing at all."""

    points_lost: int = 0
    points_doubled: int = 0
    energy_wh: float = 0.0
    """The resolution of what is measured, e.g. 1/60 Wh for each plug-s."""
    stop_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the table of ``make torture``.

    ``points_lost``: committed points that are not in the journal, or not in the sink at the end.
    ``points_doubled``: points that are there twice, changed, or that nobody measured.
    ``energy_difference_wh``: the largest one of a socket, sum over its points against its counter.
    ``longest_stop_s``: of what the fault must not touch; for a fault of the logger itself, the time
    from its start to its first committed point.
    """

    fault: str
    injected: int
    points_lost: int = 0
    points_doubled: int = 0
    energy_difference_wh: float = 0.0
    longest_stop_s: float = 0.0
    promise: Promise = Promise()
    complaints: tuple[str, ...] = ()
    """What else was not as promised, each as a sentence."""

    @property
    def broken(self) -> tuple[str, ...]:
        """Each broken promise as a sentence; empty where all is well."""
        promise = self.promise
        measured = (
            ("points lost", self.points_lost, promise.points_lost),
            ("points doubled", self.points_doubled, promise.points_doubled),
            ("Wh difference", self.energy_difference_wh, promise.energy_wh),
            ("s stopped", self.longest_stop_s, promise.stop_s),
        )
        over = [f"{n:g} {what}, at most {limit:g}" for what, n, limit in measured if not n <= limit]
        none = ["the fault was never injected"] if self.injected < 1 else []
        return (*none, *over, *self.complaints)

    @property
    def ok(self) -> bool:
        return not self.broken


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault, or a family of them, and how often it is injected."""

    name: str
    """What ``--only`` selects, e.g. ``kill -9``."""
    run: Callable[[Path, int], Outcome | Sequence[Outcome]]
    """Gets an empty folder and how often to inject; an exception is a broken promise too."""
    quick: int
    """How often within ``make test``: a few seconds in all."""
    full: int
    """How often within ``make torture``."""
    beside: bool = False
    """In ``make test`` it runs in a thread beside others: it changes nothing of this process, and
    what it measures is not fine."""

    def outcomes(self, folder: Path, times: int) -> list[Outcome]:
        """Run it; what it raised is a complaint of one outcome more."""
        try:
            found = self.run(folder, times)
        except Exception as err:  # noqa: BLE001 (the table goes on with the next fault)
            return [
                replace(Outcome(self.name, times), complaints=(f"{type(err).__name__}: {err}",))
            ]
        return [found] if isinstance(found, Outcome) else list(found)


def every_scenario() -> list[Scenario]:
    """Of each module ``scenarios_*`` of this package, in the order of their names."""
    package = importlib.import_module(PACKAGE)
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [
        importlib.import_module(f"{PACKAGE}.{name}")
        for name in names
        if name.startswith("scenarios_")
    ]
    return [scenario for module in modules for scenario in module.SCENARIOS]
