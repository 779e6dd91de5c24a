"""A measured figure, the bound it is held against, and the table of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal

NAME_WIDTH = 58


class Unavailable(Exception):
    """A figure that can't be measured here; says why."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    section: str
    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def verdict(self) -> Literal["in", "OUT", ""]:
        """Whether the bound is kept; empty where there is none."""
        if self.at_most is not None:
            return "in" if self.value <= self.at_most else "OUT"
        if self.at_least is not None:
            return "in" if self.value >= self.at_least else "OUT"
        return ""

    @property
    def bound(self) -> str:
        if self.at_most is not None:
            return f"≤ {_number(self.at_most)}"
        return "" if self.at_least is None else f"≥ {_number(self.at_least)}"

    def __str__(self) -> str:
        measured = f"{_number(self.value)} {self.unit}"
        line = f"  {self.name:<{NAME_WIDTH}} {measured:>20}  {self.bound:>9}  {self.verdict:<3}"
        return f"{line}  {self.note}".rstrip()


@dataclass(slots=True)
class Sheet:
    """All figures of a run; prints each as soon as it is known."""

    section: str = ""
    figures: list[Figure] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def begin(self, section: str, title: str) -> None:
        self.section = section
        print(f"\n{section}: {title}", flush=True)

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        note: str = "",
    ) -> None:
        """One more figure, and the bound that it is to keep, if there is one."""
        figure = Figure(self.section, name, value, unit, at_most, at_least, note)
        self.figures.append(figure)
        print(figure, flush=True)

    def lacks(self, what: str, reason: object) -> None:
        """Something could not be measured."""
        self.missing.append(f"{self.section}: {what}: {reason}")
        print(f"  {what}: not measured, {reason}", flush=True)

    def summary(self) -> str:
        judged = [figure for figure in self.figures if figure.verdict]
        out = [figure for figure in judged if figure.verdict == "OUT"]
        lines = [f"{len(judged) - len(out)} of {len(judged)} bounds kept"]
        lines += [
            f"  OUT  {f.section}: {f.name}: {_number(f.value)} {f.unit}, {f.bound}" for f in out
        ]
        lines += [f"  not measured  {text}" for text in self.missing]
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        entries = [{**asdict(figure), "verdict": figure.verdict} for figure in self.figures]
        return {"figures": entries, "not_measured": self.missing}


def _number(value: float) -> str:
    """With three digits that count, as far as the size of the number allows it."""
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f}"
