"""The composition root: what runs, in which order it starts and stops.

A reading's way: a Worker's handler reads the socket, its EnergyMeter makes a point of it, the
Journal commits it, a Forwarder copies it to the sink, and the Reports write what it cost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from source.clockwait import ClockWait
from source.config.models import Configuration, Database, DeviceConfig
from source.config.web import Web
from source.errors import JournalError
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.notices import tell_change, tell_start
from source.polling.metering import metering_of
from source.polling.stuck import StuckHandlers
from source.polling.worker import Worker
from source.reload import Reload
from source.reports.job import ReportsJob
from source.reports.runs_job import RunsJob
from source.service import Runnable, Supervisor, Wanted
from source.setup import Setup, enabled_in, open_device
from source.sinks.forwarder import Forwarder
from source.sinks.protocol import Sink
from source.systemd import Notifier
from source.tariffs.errand import Surroundings
from source.tariffs.fetcher import PriceFetcher
from source.text import counted, duration_text
from source.timing import SOON_S, STAGGER_LIMIT_S, Clock, LeapWatch, SystemClock, stagger_s

logger = logging.getLogger(__name__)

BYTES_PER_MB = 1_000_000
COPY_PAUSE_S = 5.0
"""Between two batches of live points: a request costs the database and us more than its points."""
# Together below the ten seconds after which Docker kills.
STOP_WEB_S = 1.0
STOP_WORK_S, STOP_FLUSH_S, STOP_SINKS_S, STOP_JOURNAL_S = 2.5, 1.5, 2.5, 1.5


class Daemon:
    """The whole job. ``run`` blocks until ``stopping`` is set."""

    def __init__(
        self,
        *,
        setup: Setup,
        reload: Reload | None = None,
        clock: Clock | None = None,
        stopping: threading.Event | None = None,
        notifier: Notifier | None = None,
        applied: Callable[[Configuration], None] = lambda _: None,
    ) -> None:
        """``setup`` stays in force where there is no ``reload``; ``applied`` is told a new one."""
        self.stopping = stopping or threading.Event()
        self.lost = False
        """After the stop: whether something could not be stored."""
        self._setup = setup
        self._reload = reload
        self._applied = applied
        self._notifier = notifier or Notifier()
        self.clock = clock or SystemClock()
        self.health = Health(self.clock.monotonic)
        self._socket_health = Health(self.clock.monotonic)
        general = self.configuration.general
        self.journal = Journal(
            self.configuration.files / JOURNAL_FILE,
            clock=self.clock,
            commit_interval_s=general.commit_interval_s,
            raw_days=general.raw_days,
            max_bytes=general.journal_max_mb * BYTES_PER_MB,
            health=self.health,
        )
        self._clock_wait = ClockWait(self.clock, 0.0, 0)
        self._leaps = LeapWatch(self.clock)
        """One for all lives of the reports: a reload forgets no doubt."""
        self._is_waiting: bool | None = None
        self._storing = Supervisor()
        self._working = Supervisor()
        self._copying = Supervisor()
        self._serving = Supervisor()
        self._stuck = StuckHandlers(self._handler_of)
        self._wanted_storing = {"journal": Wanted(lambda: self.journal)}
        if reload is not None:
            self._wanted_storing["reload"] = Wanted(lambda: reload)
        self._want()

    @property
    def configuration(self) -> Configuration:
        """The one in force."""
        return self._setup.configuration

    def run(self) -> None:
        """Start everything, keep it running, stop it in order. Raises JournalError at the start."""
        self.start()
        try:
            while not self.stopping.wait(1.0):
                self.reconcile()
                self._notifier.status(self._status())
                self._notifier.alive(self._silent_s())
                if self.journal.failure is not None:
                    break  # told already; the stop tells that something is lost
        finally:
            self.stop()

    def start(self) -> None:
        """Open the journal and start every service; leaves nothing running where that fails."""
        self.journal.open()
        try:
            tell_start(self._setup)
            self._clock_wait = self._new_clock_wait()
            self.reconcile()
            self._notifier.ready(self._status())
        except BaseException:
            self.stop()
            raise

    def reconcile(self) -> None:
        """Make what runs equal to what the configuration wants."""
        fresh = None if self._reload is None else self._reload.fresh()
        if fresh is not None:
            with self._notifier.reloading():
                self._apply(fresh)
        is_waiting = not self._clock_wait.is_over()
        self._note(is_waiting=is_waiting)  # first: the journal's first sign of life has it
        self._storing.reconcile(self._wanted_storing)
        self._copying.reconcile(self._wanted_copying)
        self._serving.reconcile(self._wanted_serving)
        if not is_waiting:
            self._working.reconcile(self._wanted_working)
            self._stuck.look(self._workers(), self.clock.monotonic())

    def _note(self, *, is_waiting: bool) -> None:
        """For ``status`` and ``health``: whether nothing is polled yet, or since when it is."""
        if is_waiting is self._is_waiting:
            return
        self._is_waiting = is_waiting
        self.journal.note("clock_wait", int(is_waiting))
        if not is_waiting:
            now_us = self.clock.now_us()
            self.journal.note("polling_us", now_us)
            self.journal.note("changed_us", now_us)

    def _status(self) -> str:
        """For ``systemctl status``."""
        if self._is_waiting:
            return "waiting for the right time"
        return f"polling {counted(len(self._enabled()), 'socket')}"

    def _apply(self, fresh: Setup) -> None:
        """From now on this setup is in force; what it leaves as it was runs on untouched."""
        before, self._setup = self._setup, fresh
        general = self.configuration.general
        self._applied(self.configuration)
        self.journal.note("changed_us", self.clock.now_us())
        self.journal.configure(
            commit_interval_s=general.commit_interval_s,
            raw_days=general.raw_days,
            max_bytes=general.journal_max_mb * BYTES_PER_MB,
        )
        self._want()
        tell_change(before, self._setup)

    def _silent_s(self) -> float:
        """For how long the journal's thread, or that of the reports, has given no sign of life."""
        running = (*self._storing.running().values(), *self._working.running().values())
        signs = [one.alive_at for one in running if isinstance(one, (Journal, ReportsJob))]
        return time.monotonic() - min(signs) if signs else 0.0

    def stop(self) -> None:
        """Stop in the order in which points flow, so that nothing is left uncommitted."""
        began = time.monotonic()
        self._notifier.stopping()
        left = self._serving.stop(STOP_WEB_S)
        left += self._working.stop(STOP_WORK_S)
        try:
            self.journal.flush(STOP_FLUSH_S)
        except JournalError as err:
            logger.warning("journal: %s", err)  # tried once more when it is closed
        left += self._copying.stop(STOP_SINKS_S)
        left += self._storing.stop(STOP_JOURNAL_S)
        self._close_journal(is_free="journal" not in left)
        if left:
            logger.warning("not waited for: %s", ", ".join(left))
        logger.info("stopped after %s", duration_text(time.monotonic() - began))

    def _close_journal(self, *, is_free: bool) -> None:
        if not is_free:
            self.lost = True
            logger.error("journal: its thread did not end; what it holds may be lost")
            return
        try:
            self.journal.close()
        except JournalError as err:
            self.lost = True
            logger.error("journal: %s", err)  # noqa: TRY400 (the message says it all)

    def _new_clock_wait(self) -> ClockWait:
        """The clock can't be right if it is long before a point that is stored."""
        states = (self.journal.checkpoint(device.name) for device in self._enabled())
        newest_us = max((state.time_us for state in states if state is not None), default=0)
        return ClockWait(self.clock, self.configuration.general.clock_wait_s, newest_us)

    # --- what is wanted ---

    def _want(self) -> None:
        self._wanted_copying = self._wanted_sinks()
        self._wanted_serving = self._wanted_web()
        configuration = self.configuration
        reports = (configuration.general, configuration.devices, configuration.tariff)
        self._wanted_working = {
            **self._wanted_workers(),
            "reports": Wanted(self._reports, reports),
            **self._wanted_runs(),
            **self._wanted_prices(),
        }

    def _enabled(self) -> list[DeviceConfig]:
        return enabled_in(self.configuration)

    def _wanted_workers(self) -> dict[str, Wanted]:
        return {
            f"poll:{device.name}": Wanted(
                partial(self._worker, index, device), self._setup.version_of(device)
            )
            for index, device in enumerate(self._enabled())
        }

    def _worker(self, index: int, device: DeviceConfig) -> Worker:
        socket, read = open_device(device, self._setup.registry)
        limit_s = SOON_S if self._setup.number else STAGGER_LIMIT_S  # a saved change is waited for
        now_s = self.clock.monotonic()
        return Worker(
            device=device.name,
            interval_s=device.update_time_s,
            offset_s=stagger_s(index, device.update_time_s, now_s, limit_s),
            read=read,
            timeout_s=device.timeout_s,
            close=socket.close,
            journal=self.journal,
            health=self._socket_health,
            queue_health=self.health,
            clock=self.clock,
            mac=device.mac,
            address=device.ip,
            metering=metering_of(device, self._setup.registry.max_power_w(device.type_name)),
        )

    def _wanted_sinks(self) -> dict[str, Wanted]:
        """The journal knows them before it runs: else points that go at once count for no sink."""
        database = self.configuration.database
        if database is None:
            self.journal.set_sinks([])
            return {}
        self.journal.set_sinks([_influx(database).name])
        return {"forward:influxdb": Wanted(partial(self._forwarder, database), database)}

    def _forwarder(self, database: Database) -> Forwarder:
        return Forwarder(
            sink=_influx(database),
            journal=self.journal,
            health=self.health,
            min_pause_s=COPY_PAUSE_S,
        )

    def _reports(self) -> ReportsJob:
        return ReportsJob(
            journal=self.journal,
            open_reader=partial(JournalReader, self.journal.path),
            configuration=self.configuration,
            health=self.health,
            clock=self.clock,
            leaps=self._leaps,
        )

    def _wanted_runs(self) -> dict[str, Wanted]:
        """The thread that finds the runs of appliances, where a device has a rule for them."""
        devices = [one for one in self.configuration.devices.values() if one.run is not None]
        version = [(one.name, one.run, one.update_time_s) for one in devices]
        return {"runs": Wanted(partial(self._runs, devices), version)} if devices else {}

    def _runs(self, devices: Sequence[DeviceConfig]) -> RunsJob:
        return RunsJob(
            journal=self.journal,
            open_reader=partial(JournalReader, self.journal.path),
            devices=devices,
            health=self.health,
            clock=self.clock,
            leaps=self._leaps,
        )

    def _wanted_prices(self) -> dict[str, Wanted]:
        """The thread that fetches market prices, where a tariff has any."""
        if not self._setup.sources():
            return {}
        return {"prices": Wanted(self._prices, self._setup.version_of_prices())}

    def _prices(self) -> PriceFetcher:
        around = Surroundings(
            registry=self._setup.tariffs,
            journal=self.journal,
            open_reader=partial(JournalReader, self.journal.path),
            devices=tuple(self.configuration.devices),
            folder=self.configuration.files,
            zone=self.configuration.general.zone,
            health=self.health,
            clock=self.clock,
        )
        return PriceFetcher(sources=self._setup.sources(), around=around)

    def _wanted_web(self) -> dict[str, Wanted]:
        web = self.configuration.web
        return {"web": Wanted(partial(self._web, web), web)} if web.enabled else {}

    def _web(self, web: Web) -> Runnable:
        # Imported here: a logger without the page does not pay for its memory.
        from source.web.context import Context  # noqa: PLC0415
        from source.web.server import WebServer  # noqa: PLC0415

        context = Context(
            files=self.configuration.files,
            clock=self.clock,
            setup=lambda: self._setup,
            apply=self._reload.apply if self._reload is not None else lambda: None,
            journal=self.journal,
            open_reader=partial(JournalReader, self.journal.path),
            health=self.health,
            socket_health=self._socket_health,
        )
        return WebServer(context, web)

    def _workers(self) -> list[Worker]:
        return [one for one in self._working.running().values() if isinstance(one, Worker)]

    def _handler_of(self, device: str) -> str:
        type_name = self.configuration.devices[device].type_name
        return f"{type_name!r}, {self._setup.registry.place_of(type_name)}"


def _influx(database: Database) -> Sink:
    # Imported here: a logger without a database does not pay for the client's memory.
    from source.sinks.influx import InfluxSink  # noqa: PLC0415

    return InfluxSink(database)
