"""How far the demo's fill has come: a bar on a terminal, a few lines elsewhere."""

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
def progress(console: Console, title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Gives the function that is told how many more of ``total`` points are stored."""
    if not console.is_terminal:
        yield Lines(title, total).add
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(
            min(40, max(10, console.width - BESIDE_BAR)),
            complete_style="cyan",
            finished_style="green",
        ),
        TextColumn("{task.percentage:>3.0f} %"),
        RateColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=total)
        yield lambda count: bar.advance(task, count)


class RateColumn(ProgressColumn):
    """Points a second, always as wide."""

    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text(f"{'' if rate is None else f'{rate:,.0f} points/s':>18}", style="cyan")


class Lines:
    """A line at the begin and at each quarter of the way."""

    def __init__(self, title: str, total: int) -> None:
        self._total = total
        self._done = self._told = 0
        click.echo(f"{title}: {total:,} points")

    def add(self, count: int) -> None:
        self._done += count
        step = self._done * PLAIN_STEPS // self._total
        if step > self._told:
            self._told = step
            click.echo(f"  {100 * step // PLAIN_STEPS:3} %  {self._done:,} points")
