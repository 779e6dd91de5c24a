"""What the demo shows while it runs: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import click
from rich.box import SIMPLE
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from source.cli.output import STYLES
from source.config.models import Configuration
from source.journal.reader import JournalReader
from source.model import US_PER_S, DeviceStatus, Snapshot
from source.plaintext import Column, plain_lines, visible
from source.reports.cost import energy_kwh
from source.reports.overview import snapshot
from source.reports.table import cost_text
from source.timing import Clock

REFRESH_S = 1.0
PLAIN_S = 30.0
"""Between two looks where lines are printed."""
PROBLEMS = 3
NOTHING = "-"
COLUMNS = (
    Column("Socket"),
    Column("State"),
    Column("Power", right=True),
    Column("Today", right=True),
    Column("Fed in", right=True),
    Column("Cost today", right=True),
)
WIDTHS = (15, 8, 11, 11, 10, 10)
"""At least: columns that do not jump when a number grows."""


class Problems(logging.Handler):
    """The newest warnings and errors of the log, for those who do not read it."""

    def __init__(self, tell: Callable[[str], None] | None) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell
        self.newest: deque[str] = deque(maxlen=PROBLEMS)

    def emit(self, record: logging.LogRecord) -> None:
        at = datetime.fromtimestamp(record.created).astimezone()
        line = visible(f"{at:%H:%M:%S}  {record.getMessage()}")
        self.newest.append(line)
        if self._tell is not None:
            self._tell(line)


class View:
    """Shows the sockets as the journal knows them, the way any other reader could."""

    def __init__(
        self,
        *,
        open_reader: Callable[[], JournalReader],
        configuration: Callable[[], Configuration],
        clock: Clock,
        console: Console,
        problems: Problems,
        hint: str,
    ) -> None:
        self._open_reader = open_reader
        self._configuration = configuration
        self._clock = clock
        self._console = console
        self._problems = problems
        self._hint = hint

    def run(self, stopping: threading.Event) -> None:
        """Show what is until ``stopping`` is set, and once more then."""
        with self._open_reader() as reader:
            if self._console.is_terminal:
                self._run_table(reader, stopping)
            else:
                self._run_lines(reader, stopping)

    def _run_table(self, reader: JournalReader, stopping: threading.Event) -> None:
        with Live(console=self._console, auto_refresh=False) as live:
            while not stopping.is_set():
                live.update(self._screen(self._now(reader)), refresh=True)
                stopping.wait(REFRESH_S)
            live.update(
                Group("", table_of(self._now(reader), self._currency), ""),
                refresh=True,
            )

    def _run_lines(self, reader: JournalReader, stopping: threading.Event) -> None:
        while True:
            rows = [row_of(device, self._currency) for device in self._now(reader).devices]
            click.echo("\n".join(("", *plain_lines(COLUMNS, rows))))
            if stopping.wait(PLAIN_S):
                return

    @property
    def _currency(self) -> str:
        return self._configuration().general.currency

    def _now(self, reader: JournalReader) -> Snapshot:
        return snapshot(reader, self._configuration(), self._clock.now_us())

    def _screen(self, now: Snapshot) -> RenderableType:
        at = datetime.fromtimestamp(now.time_us / US_PER_S, self._configuration().general.zone)
        size = f"{now.points:,} points in the journal, {now.journal_bytes / 1e6:,.1f} MB"
        return Group(
            "",
            table_of(now, self._currency),
            "",
            _one_line(f"{at:%Y-%m-%d %H:%M:%S}  {size}", "dim"),
            Text(self._hint, overflow="fold"),
            *(_one_line(line, "yellow") for line in self._problems.newest),
        )


def table_of(now: Snapshot, currency: str) -> Table:
    """The sockets and their sum."""
    table = Table(
        box=SIMPLE,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
        show_footer=True,
        footer_style="bold",
    )
    total = sum_of(now, currency)
    for column, width, foot in zip(COLUMNS, WIDTHS, total, strict=True):
        table.add_column(
            column.head,
            Text(foot),
            justify="right" if column.right else "left",
            min_width=width,
            no_wrap=True,
            overflow="ellipsis",
        )
    for device in now.devices:
        row = row_of(device, currency)
        fed = device.power_w is not None and device.power_w < 0.0
        returned = "green" if device.today.returned_wh else "dim"
        styles = ("", STYLES.get(device.state, ""), "green" if fed else "", "", returned, "")
        table.add_row(*map(Text, row, styles))
    return table


def row_of(device: DeviceStatus, currency: str) -> tuple[str, ...]:
    """The cells of one socket."""
    return (
        visible(device.device),
        device.state,
        NOTHING if device.power_w is None else _power(device.power_w),
        _energy(float(energy_kwh(device.today))),
        _energy(device.today.returned_wh / 1000) if device.today.returned_wh else NOTHING,
        f"{cost_text(device.cost_today)} {currency}",
    )


def sum_of(now: Snapshot, currency: str) -> tuple[str, ...]:
    """The cells of all sockets together; of power, what is known now."""
    powers = [device.power_w for device in now.devices if device.power_w is not None]
    returned_wh = sum(device.today.returned_wh for device in now.devices)
    total = sum((device.cost_today for device in now.devices), Decimal(0))
    return (
        "Together",
        "",
        _power(sum(powers)) if powers else NOTHING,
        _energy(sum(device.today.energy_wh for device in now.devices) / 1000),
        _energy(returned_wh / 1000) if returned_wh else NOTHING,
        f"{cost_text(total)} {currency}",
    )


def _power(power_w: float) -> str:
    return f"{power_w:,.1f} W"


def _energy(kwh: float) -> str:
    return f"{kwh:.3f} kWh"


def _one_line(text: str, style: str) -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")
