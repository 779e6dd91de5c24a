"""How far something long has come: a bar on a terminal, a few lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

PLAIN_STEPS = 4
BESIDE_BAR = 66
"""Columns for the rest of the line, and room for ^C: if that wraps, the line is drawn twice."""


@contextmanager
def progress(
    console: Console, title: str, total: int, unit: str = "points"
) -> Iterator[Callable[[int], None]]:
    """Gives the function that is told how many more of ``total`` points, or others, are done."""
    if not console.is_terminal:
        yield Lines(title, total, unit).add
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(
            min(40, max(10, console.width - BESIDE_BAR)),
            complete_style="cyan",
            finished_style="green",
        ),
        TextColumn("{task.percentage:>3.0f} %"),
        RateColumn(unit),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=total)
        yield lambda count: bar.advance(task, count)


@contextmanager
def shown_on_terminal(
    title: str, total: int, unit: str, *, quiet: bool = False
) -> Iterator[Callable[[int], None]]:
    """The same for commands that print a result: a bar beside it, on a terminal only."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal or not total:
        yield lambda _: None
        return
    with progress(console, title, total, unit) as done:
        yield done


class RateColumn(ProgressColumn):
    """Points a second, always as wide."""

    def __init__(self, unit: str = "points") -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text(f"{'' if rate is None else f'{rate:,.0f} {self._unit}/s':>18}", style="cyan")


class Lines:
    """A line at the begin and at each quarter of the way."""

    def __init__(self, title: str, total: int, unit: str = "points") -> None:
        self._total, self._unit = total, unit
        self._done = self._told = 0
        click.echo(f"{title}: {total:,} {unit}")

    def add(self, count: int) -> None:
        self._done += count
        step = self._done * PLAIN_STEPS // self._total
        if step > self._told:
            self._told = step
            click.echo(f"  {100 * step // PLAIN_STEPS:3} %  {self._done:,} {self._unit}")
