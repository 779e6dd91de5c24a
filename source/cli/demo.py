"""Command ``demo``: the whole program at work, with simulated sockets, for people who have none.

What runs is the ordinary daemon. Only the sockets are simulated, and the days before today are
computed instead of waited for.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from source.app import Daemon
from source.cli.demo_folder import open_folder, refuse_beside_another, write_configuration
from source.cli.fill import fill
from source.cli.history import STEP_US, Home, Past
from source.cli.live import Problems, View
from source.cli.options import ROOT
from source.cli.progress import progress
from source.cli.signals import Signals
from source.config.models import Configuration
from source.config.zones import system_zone
from source.errors import JournalError
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.logsetup import LOG_FILE, set_up
from source.model import US_PER_S
from source.period import day_of
from source.polling.metering import Metering, metering_of
from source.reload import Reload
from source.reports.job import ReportsJob
from source.service import Service
from source.setup import Setup, prepare
from source.simulator.house import NAMES, devices_json, serve
from source.simulator.server import SimulatorServer
from source.text import duration_text
from source.timing import SystemClock
from source.web.address import page_address

logger = logging.getLogger(__name__)

STAGGER_US = US_PER_S // 10
"""Between the polls of one socket and the next in the past."""
END_S = 3.0
OF_THE_DEMO = ("TZ", "WEB", "WEB_HOST", "WEB_PORT", "WEB_PASSWORD", "WEB_PASSWORD_FILE")
"""The variables that it listens to; a database is none of its business."""
WORTH_TELLING_US = 60 * US_PER_S


@click.command()
@click.option(
    "--files",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    default=ROOT / "demo-files",
    help="Folder for the demo's files, empty or made by an earlier demo.  [default: demo-files/"
    " beside main.py]",
)
@click.option(
    "--days",
    type=click.IntRange(0, 3650),
    default=60,
    show_default=True,
    help="Days before today to begin with, in a new folder.",
)
@click.option(
    "--duration",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Stop by itself after so many seconds of polling.  [default: at Ctrl-C]",
)
def demo(files: Path, days: int, duration: float | None) -> int:
    """Show it all with simulated sockets: nothing else is needed.

    Four sockets are simulated on this machine, their last days are filled in, the reports are
    written, and then they are polled. The next demo in the same folder goes on where this one
    stops. No database is used, whatever DB_* says.
    """
    folder = files.absolute()
    clock = SystemClock()
    home = open_folder(folder, partial(new_home, days, clock.now_us()))
    refuse_beside_another(folder, clock.now_us())
    with SimulatorServer(clock) as server:
        house = [home.socket(name) for name in NAMES]
        today = datetime.fromtimestamp(clock.now_us() / US_PER_S, home_zone()).date()
        write_configuration(folder, devices_json(house, serve(server, house)), today)
        demonstration = Demonstration(*configured(folder), home)
        hear_signals(demonstration.daemon.stopping)
        demonstration.run(duration)
    return 0


def new_home(days: int, now_us: int) -> Home:
    """Begins ``days`` whole days before today, in the system's zone."""
    zone = home_zone()
    begin_us = day_of(now_us, zone).start_us
    for _ in range(days):
        begin_us = day_of(begin_us, zone).start_us  # a midnight belongs to the day that it ends
    offset = datetime.fromtimestamp(now_us / US_PER_S, zone).utcoffset()
    return Home(begin_us / US_PER_S, offset.total_seconds() if offset else 0.0)


def home_zone() -> ZoneInfo:
    """The zone that the people of the demo's house live in: the system's."""
    zone, _ = system_zone(os.environ.get("TZ", ""))
    return zone


def configured(folder: Path) -> tuple[Setup, Reload]:
    """As the daemon reads it, now and whenever a file changes. Raises ConfigError."""
    environ = {name: os.environ[name] for name in OF_THE_DEMO if name in os.environ}
    reload = Reload(folder=folder, prepare=partial(prepare_demo, environ, folder))
    setup = reload.first()
    apply(setup.configuration)
    for error in setup.plugin_errors:
        logger.error("plugin: %s", error)
    return setup, reload


def prepare_demo(environ: Mapping[str, str], folder: Path, in_force: Setup | None) -> Setup:
    """What is set up, without a database."""
    setup = prepare(environ, folder, in_force)
    return replace(setup, configuration=setup.configuration.model_copy(update={"database": None}))


def apply(configuration: Configuration) -> None:
    """Start the log that the configuration asks for; not on the console, where the table is."""
    general = configuration.general
    log_file = configuration.files / LOG_FILE if general.log_file else None
    set_up(general.log_level, log_file=log_file, console=False)


def hear_signals(stopping: threading.Event) -> None:
    """Ctrl-C and SIGTERM stop in order; with its terminal closed the demo just ends."""
    hang_up = getattr(signal, "SIGHUP", None)
    before = None if hang_up is None else signal.getsignal(hang_up)
    Signals(stopping).listen()
    if hang_up is not None:
        signal.signal(hang_up, before)


class Demonstration:
    """Fill, reports, and the daemon, one after the other."""

    def __init__(self, setup: Setup, reload: Reload, home: Home) -> None:
        self.daemon = Daemon(setup=setup, reload=reload, applied=apply)
        self._configuration = configuration = setup.configuration
        self._registry = setup.registry
        self._home = home
        self._clock = self.daemon.clock
        self._stopping = self.daemon.stopping
        self._console = Console(highlight=False)
        self._open_reader = partial(JournalReader, self.daemon.journal.path)
        self._folder = shown_path(configuration.files)

    def run(self, duration_s: float | None) -> None:
        """Until Ctrl-C, or for ``duration_s`` of polling. Raises JournalError."""
        self._fill_and_report()
        if not self._stopping.is_set():
            self._poll(duration_s)
        self._say(f"Stopped. The reports and the log are in {self._folder}")

    def _fill_and_report(self) -> None:
        general = self._configuration.general
        journal = Journal(
            self.daemon.journal.path,
            clock=self._clock,
            raw_days=general.raw_days,
            health=self.daemon.health,
        )
        journal.open()
        try:
            self._fill(journal)
            if not self._stopping.is_set():
                self._report(journal)
                self._fill(journal)  # what passed meanwhile
        finally:
            journal.close()

    def _fill(self, journal: Journal) -> None:
        """The polls that are missing up to now."""
        now_us = self._clock.now_us()
        pasts = self._pasts(journal, now_us)
        total = sum(past.count for past in pasts)
        if total == 0:
            return
        missing_us = now_us - min(past.first_us for past in pasts)
        if missing_us < WORTH_TELLING_US:
            fill(journal, self._home, pasts, self._stopping, lambda _: None)
            return
        title = f"Filling {duration_text(missing_us / US_PER_S)} of {len(pasts)} sockets"
        began, stored = time.monotonic(), Counter()
        with progress(self._console, title, total) as advance:
            fill(journal, self._home, pasts, self._stopping, partial(stored.add, advance))
        lasted_s = time.monotonic() - began
        rate = f", {stored.count / lasted_s:,.0f} a second" if lasted_s > 1.0 else ""
        self._say(f"{stored.count:,} points filled in {lasted_s:.1f} s{rate}")

    def _pasts(self, journal: Journal, now_us: int) -> list[Past]:
        pasts = []
        with self._open_reader() as reader:
            for place, name in enumerate(NAMES, 1):
                newest = reader.latest(name)
                begin_us = round(self._home.begin_s * US_PER_S) + place * STAGGER_US
                first_us = newest[0].time_us + STEP_US if newest else begin_us
                count = max(0, now_us - first_us + STEP_US) // STEP_US
                if count:
                    checkpoint = journal.checkpoint(name)
                    pasts.append(Past(name, first_us, count, checkpoint, self._metering(name)))
        return pasts

    def _metering(self, name: str) -> Metering:
        device = self._configuration.devices[name]
        return metering_of(device, self._registry.max_power_w(device.type_name))

    def _report(self, journal: Journal) -> None:
        service = Service("journal", journal)
        service.start()
        job = ReportsJob(
            journal=journal,
            open_reader=self._open_reader,
            configuration=self._configuration,
            health=self.daemon.health,
            clock=self._clock,
        )
        try:
            lines = job.catch_up()
        finally:
            service.stop()
            if not service.join(time.monotonic() + END_S):
                raise JournalError(f"the last commit takes longer than {END_S:g} s; see {LOG_FILE}")
        if lines:
            self._say(f"{lines:,} lines of reports written to {self._folder}")

    def _poll(self, duration_s: float | None) -> None:
        problems = Problems(None if self._console.is_terminal else click.echo)
        logging.getLogger().addHandler(problems)
        ending = "Ctrl-C stops."
        if duration_s is not None:
            ending = f"Stops after {duration_text(duration_s)}, or at Ctrl-C."
            timer = threading.Timer(duration_s, self._stopping.set)
            timer.daemon = True
            timer.start()
        hint = f"{self._page_text()}Reports: {self._folder}   {ending}"
        if not self._console.is_terminal:
            self._say(f"Polling. {hint}")
        view = View(
            open_reader=self._open_reader,
            configuration=lambda: self.daemon.configuration,
            clock=self._clock,
            console=self._console,
            problems=problems,
            hint=hint,
        )
        service = Service("view", view)
        self.daemon.start()
        try:
            service.start()
            while service.alive and not self._stopping.wait(1.0):
                self.daemon.reconcile()
        finally:
            # First the view: a reader that closes the journal last would leave its log behind.
            service.stop()
            service.join(time.monotonic() + END_S)
            self.daemon.stop()
        if service.crashed:
            raise click.ClickException(f"there is nothing left to show, see {LOG_FILE}")

    def _page_text(self) -> str:
        web = self._configuration.web
        return f"Page: {page_address(web)}   " if web.enabled else ""

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)


class Counter:
    """Counts what it passes on."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, advance: Callable[[int], None], count: int) -> None:
        self.count += count
        advance(count)


def shown_path(folder: Path) -> str:
    """From here where it lies below, else whole."""
    try:
        return f"{folder.relative_to(Path.cwd())}{os.sep}"
    except ValueError:
        return f"{folder}{os.sep}"
