"""One load, polled at one interval, by every method: how far each is from the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bench.accuracy.cases import START_S, Case
from bench.accuracy.household import Days, Poll, days_of, polls
from bench.accuracy.methods import BALANCED, COUNTER, POWER, SEPARATE, meter_of
from bench.accuracy.recording import (
    Recorded,
    balanced_outside,
    flow_in,
    nominal_wh,
    outside,
    record,
    recorded,
)
from bench.accuracy.truth import Flow, Truth, balanced, of_each
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import Reading
from source.timing import SystemClock

TAKEN, RETURNED = "taken", "returned"
NOMINAL = "power × nominal interval"
LEAST_SHARE = 0.01
"""A direction that has less of the energy than this is not worth a percentage."""

Answers: TypeAlias = list[tuple[Poll, "Reading | None"]]


@dataclass(frozen=True, slots=True)
class Error:
    """How far a method is from the truth, in percent of it; negative where it tells too little."""

    method: str
    phases: str
    """``balanced`` or ``separate``; empty with a single phase."""
    direction: str
    """``taken`` or ``returned``."""
    with_reboot: bool
    overall: float
    judged: float
    """Of what the method can know: without a counter not what flowed in outages; of balanced phases
    with counters only on balance what flowed in outages, or to and fro between two polls."""
    true_wh: float
    outside: float = 0.0
    """The same as ``judged``, but what flowed to and fro between two polls is to be known too."""
    unseen: float = 0.0
    """What flowed between the last reading before a reboot and the reboot, in percent; a counter
    in RAM takes it along."""


@dataclass(frozen=True, slots=True)
class Load:
    """A case with its truths and its two days, which are the same at every interval."""

    case: Case
    truths: Mapping[str, Truth]
    """By the way in which phases are counted."""
    days: Days


def load_of(case: Case) -> Load:
    """Takes a second for three phases."""
    each = of_each(case.curves)
    days = days_of(each, START_S)
    if len(case.curves) == 1:
        return Load(case, {BALANCED: each}, days)
    at_each_instant = balanced(case.curves, int(days.start_s), int(days.end_s))
    return Load(case, {BALANCED: at_each_instant, SEPARATE: each}, days)


class Household:
    """One load, polled at one interval on one grid; ``folder`` takes the journal."""

    def __init__(self, load: Load, interval_s: float, seed: int, folder: Path) -> None:
        self._case = load.case
        self._truths = load.truths
        self._days = load.days
        self._interval_s = interval_s
        self._seed = seed
        self._type_name = load.case.socket().type_name
        self._journal = Journal(folder / JOURNAL_FILE, clock=SystemClock(), raw_days=36_500)

    def errors(self) -> list[Error]:
        """Every method's errors over the two days."""
        calm, troubled = self._answers(with_reboot=False), self._answers(with_reboot=True)
        self._journal.open()
        found: list[Error] = []
        for phases, truth in self._truths.items():
            found += self._errors(COUNTER, phases, truth, calm, with_reboot=False)
            if phases == BALANCED:
                found += self._errors(COUNTER, phases, truth, troubled, with_reboot=True)
            found += self._errors(POWER, phases, truth, calm, with_reboot=False)
        if len(self._case.curves) == 1:
            found.append(self._nominal(calm))
        self._journal.close()
        return found

    def _answers(self, *, with_reboot: bool) -> Answers:
        socket = self._case.socket()
        if with_reboot:
            socket.reboot(self._days.reboot_s)
        return [
            (poll, socket.reading(poll.at_s) if poll.is_answered else None)
            for poll in polls(self._days, self._interval_s, self._seed)
        ]

    def _errors(
        self, method: str, phases: str, truth: Truth, answers: Answers, *, with_reboot: bool
    ) -> Iterator[Error]:
        name = f"{method} {phases} {with_reboot}"
        new_meter = meter_of(method, phases, self._type_name, self._case.rated_w)
        record(self._journal, name, self._interval_s, answers, new_meter)
        with JournalReader(self._journal.path) as reader:
            what = recorded(reader, name, self._days, self._interval_s)
        shown = phases if len(self._case.curves) > 1 else ""
        true, known = flow_in(truth, what.period), self._known(method, shown, truth, what)
        calm = known
        if method == COUNTER and shown == BALANCED:
            calm = balanced_outside(truth, what, seen=False)
        unseen_wh = self._unseen_wh(answers, truth) if with_reboot else (0.0, 0.0)
        for n, direction in enumerate((TAKEN, RETURNED)):
            if true[n] > LEAST_SHARE * sum(true):
                yield Error(
                    method,
                    shown,
                    direction,
                    with_reboot,
                    _percent(what.flow[n], true[n]),
                    _percent(what.flow[n], known[n]),
                    true[n],
                    _percent(what.flow[n], calm[n]),
                    100.0 * unseen_wh[n] / true[n],
                )

    @staticmethod
    def _known(method: str, phases: str, truth: Truth, what: Recorded) -> Flow:
        if method == POWER:
            return outside(truth, what)
        if phases == BALANCED:
            return balanced_outside(truth, what, seen=True)
        return flow_in(truth, what.period)

    def _unseen_wh(self, answers: Answers, truth: Truth) -> Flow:
        reboot_s = self._days.reboot_s
        seen_s = max(poll.at_s for poll, one in answers if one and poll.at_s <= reboot_s)
        return truth(seen_s, reboot_s)

    def _nominal(self, answers: Answers) -> Error:
        truth = self._truths[BALANCED]
        with JournalReader(self._journal.path) as reader:
            name = f"{POWER} {BALANCED} False"
            what = recorded(reader, name, self._days, self._interval_s)
        true_wh, known_wh = flow_in(truth, what.period)[0], outside(truth, what)[0]
        wh = nominal_wh(answers, self._interval_s)
        overall, judged = _percent(wh, true_wh), _percent(wh, known_wh)
        return Error(NOMINAL, "", TAKEN, False, overall, judged, true_wh)


def _percent(measured_wh: float, true_wh: float) -> float:
    return 100.0 * (measured_wh - true_wh) / true_wh
