"""The composition root: what runs, in which order it starts and stops.

A reading's way: a Worker's handler reads the socket, its EnergyMeter makes a point of it, the
Journal commits it, a Forwarder copies it to the sink, and the Reports write what it cost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path

from source import __version__
from source.config.load import files_folder, load
from source.config.models import Configuration, DeviceConfig
from source.devices.device import Device
from source.devices.plugins import load_plugins
from source.devices.registry import Registry
from source.errors import HandlerFailed, JournalError, PluginError
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import Reading
from source.polling.worker import Worker
from source.reports.job import ReportsJob
from source.service import Supervisor, Wanted
from source.sinks.forwarder import Forwarder
from source.sinks.protocol import Sink
from source.text import duration_text
from source.timing import Clock, SystemClock, stagger_s

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
STUCK_AFTER_S = 60.0
COPY_PAUSE_S = 5.0
"""Between two batches of live points: a request costs the database and us more than its points."""
# Together below the ten seconds after which Docker kills.
STOP_WORK_S, STOP_FLUSH_S, STOP_SINKS_S, STOP_JOURNAL_S = 3.0, 1.5, 2.5, 1.5


def prepare(
    environ: Mapping[str, str], files: Path | None
) -> tuple[Configuration, Registry, tuple[PluginError, ...]]:
    """The configuration in force, the socket types there are, and what is wrong with plugins.

    ``files`` is the folder named on the command line, None for the configured or usual one.
    Raises ConfigError with every problem of every file.
    """
    folder = files_folder(environ, files, ROOT)
    registry, plugin_errors = load_plugins(folder)
    configuration = load(folder, environ, ROOT, registry.types(), types_complete=not plugin_errors)
    return configuration, registry, tuple(plugin_errors)


def open_device(device: DeviceConfig, registry: Registry) -> tuple[Device, Callable[[], Reading]]:
    """The socket of a device, and the function that reads it (raising DeviceError only)."""
    socket = Device(
        name=device.name,
        ip=device.ip,
        type_name=device.type_name,
        settings=device.settings,
        timeout_s=device.timeout_s,
    )
    try:
        return socket, registry.reader(device.type_name, socket)
    except PluginError as err:
        return socket, partial(_refuse, str(err))


def _refuse(reason: str) -> Reading:
    raise HandlerFailed(reason)


class Daemon:
    """The whole job. ``run`` blocks until ``stopping`` is set."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        registry: Registry,
        clock: Clock | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self.stopping = stopping or threading.Event()
        self.configuration = configuration
        self.clock = clock or SystemClock()
        self.health = Health(self.clock.monotonic)
        self._socket_health = Health(self.clock.monotonic)
        general = configuration.general
        self.journal = Journal(
            configuration.files / JOURNAL_FILE,
            clock=self.clock,
            commit_interval_s=general.commit_interval_s,
            raw_days=general.raw_days,
            health=self.health,
        )
        self._registry = registry
        self._storing = Supervisor()
        self._working = Supervisor()
        self._copying = Supervisor()
        self._stuck: set[str] = set()
        self._wanted_storing = {"journal": Wanted(lambda: self.journal)}
        self._wanted_copying = self._wanted_sinks()
        self._wanted_working = {**self._wanted_workers(), "reports": Wanted(self._reports)}

    def run(self) -> None:
        """Start everything, keep it running, stop it in order. Raises JournalError at the start."""
        self.start()
        try:
            while not self.stopping.wait(1.0):
                self.reconcile()
        finally:
            self.stop()

    def start(self) -> None:
        """Open the journal and start every service; leaves nothing running where that fails."""
        self.journal.open()
        try:
            self._say_what_starts()
            self.reconcile()
        except BaseException:
            self.stop()
            raise

    def reconcile(self) -> None:
        """Make what runs equal to what the configuration wants."""
        self._storing.reconcile(self._wanted_storing)
        self._copying.reconcile(self._wanted_copying)
        self._working.reconcile(self._wanted_working)
        self._look_for_stuck_handlers()

    def stop(self) -> None:
        """Stop in the order in which points flow, so that nothing is left uncommitted."""
        began = time.monotonic()
        left = self._working.stop(STOP_WORK_S)
        try:
            self.journal.flush(STOP_FLUSH_S)
        except JournalError as err:
            logger.warning("journal: %s", err)
        left += self._copying.stop(STOP_SINKS_S)
        left += self._storing.stop(STOP_JOURNAL_S)
        if "journal" in left:
            logger.error("journal: its thread did not end; what it holds may be lost")
        else:
            self.journal.close()
        if left:
            logger.warning("not waited for: %s", ", ".join(left))
        logger.info("stopped after %s", duration_text(time.monotonic() - began))

    # --- what is wanted ---

    def _enabled(self) -> list[DeviceConfig]:
        return [device for device in self.configuration.devices.values() if device.enabled]

    def _wanted_workers(self) -> dict[str, Wanted]:
        return {
            f"poll:{device.name}": Wanted(partial(self._worker, index, device), device)
            for index, device in enumerate(self._enabled())
        }

    def _worker(self, index: int, device: DeviceConfig) -> Worker:
        socket, read = open_device(device, self._registry)
        return Worker(
            device=device.name,
            interval_s=device.update_time_s,
            offset_s=stagger_s(index, device.update_time_s, self.clock.monotonic()),
            read=read,
            timeout_s=device.timeout_s,
            close=socket.close,
            journal=self.journal,
            health=self._socket_health,
            queue_health=self.health,
            clock=self.clock,
        )

    def _wanted_sinks(self) -> dict[str, Wanted]:
        database = self.configuration.database
        if database is None:
            return {}
        return {"forward:influxdb": Wanted(self._influx_forwarder, database)}

    def _influx_forwarder(self) -> Forwarder:
        # Imported here: a logger without a database does not pay for the client's memory.
        from source.sinks.influx import InfluxSink  # noqa: PLC0415

        database = self.configuration.database
        assert database is not None  # noqa: S101 (only wanted with a database)
        sink: Sink = InfluxSink(database)
        self.journal.set_sinks([sink.name])
        return Forwarder(
            sink=sink, journal=self.journal, health=self.health, min_pause_s=COPY_PAUSE_S
        )

    def _reports(self) -> ReportsJob:
        return ReportsJob(
            journal=self.journal,
            open_reader=partial(JournalReader, self.journal.path),
            configuration=self.configuration,
            health=self.health,
            clock=self.clock,
        )

    # --- what is said ---

    def _say_what_starts(self) -> None:
        configuration = self.configuration
        logger.info("IntelligentSocketDatalogger %s, files in %s", __version__, configuration.files)
        for warning in configuration.warnings:
            logger.warning("%s", warning)
        for name, place in self._registry.replaced.items():
            logger.info("type %r is the one of %s, in place of the built-in one", name, place)
        database = configuration.database
        if database is None:
            logger.info("no DB_* is set: points stay in the journal %s alone", JOURNAL_FILE)
        else:
            where = f"{database.host}:{database.port}, database {database.name}"
            logger.info("points are copied to InfluxDB at %s", where)
        enabled = self._enabled()
        if enabled:
            logger.info("polling %d sockets: %s", len(enabled), _names(enabled))
        else:
            logger.warning(
                "no socket is enabled: add one to %s with its type and ip, see the README",
                configuration.files / "devices.json",
            )

    def _look_for_stuck_handlers(self) -> None:
        """Say once when a handler does not return; its socket alone is affected."""
        now = self.clock.monotonic()
        for worker in self._working.running().values():
            if not isinstance(worker, Worker):
                continue
            since = worker.busy_since
            limit_s = max(STUCK_AFTER_S, 2 * worker.timeout_s)
            stuck = since is not None and now - since > limit_s
            if stuck and worker.device not in self._stuck:
                self._stuck.add(worker.device)
                logger.error(
                    "%s: the handler of its type (%s) has not returned for %.0f s; this socket is"
                    " not polled until it does, all others are",
                    worker.device,
                    self._handler_of(worker.device),
                    limit_s,
                )
            elif not stuck:
                self._stuck.discard(worker.device)

    def _handler_of(self, device: str) -> str:
        type_name = self.configuration.devices[device].type_name
        return f"{type_name!r}, {self._registry.place_of(type_name)}"


def _names(devices: Collection[DeviceConfig], limit: int = 10) -> str:
    names = [device.name for device in devices]
    return ", ".join(names[:limit]) + (" …" if len(names) > limit else "")
