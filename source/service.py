"""Threads with an owner: start, stop, crash and restart are one mechanism."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from source.timing import backoff_s

logger = logging.getLogger(__name__)

RESTART_FIRST_S = 1.0
RESTART_LIMIT_S = 300.0
STEADY_S = 60.0
"""A service that ran this long before it crashed starts again with the shortest waiting time."""
ABANDON_S = 30.0
"""So long a successor waits for the end of a service that can be given up."""


class Runnable(Protocol):
    """What a service's thread does."""

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping`` is set; return soon after it is."""
        ...


@runtime_checkable
class Abandonable(Protocol):
    """A runnable that can be given up while its thread still hangs in foreign code."""

    def abandon(self) -> None:
        """From now on it changes nothing, whenever it comes back: its successor is at work."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service that shall run.

    ``version`` is compared by equality: when it changes, the service is stopped and built anew.
    """

    build: Callable[[], Runnable]
    version: object = None


class Service:
    """One thread and the event that ends it."""

    def __init__(self, name: str, runnable: Runnable) -> None:
        self.name = name
        self.runnable = runnable
        self.stopping = threading.Event()
        self.crashed = False
        # daemon: a handler that never returns must not keep the process alive after the stop.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; where the system gives none, that is a crash like any other."""
        try:
            self._thread.start()
        except RuntimeError as err:
            self.crashed = True
            logger.error("%s: %s", self.name, err)  # noqa: TRY400 (the message says it all)

    def stop(self) -> None:
        """Ask the thread to end; returns at once."""
        self.stopping.set()

    def join(self, deadline: float) -> bool:
        """Wait for the end until ``deadline`` (``time.monotonic``); True if it has ended."""
        if self._thread.ident is not None:
            self._thread.join(max(0.0, deadline - time.monotonic()))
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.runnable.run(self.stopping)
        except Exception:  # marked place: the service loop (DESIGN, errors)
            self.crashed = True
            logger.exception("%s ended by an error that is a bug", self.name)


@dataclass(slots=True)
class _Entry:
    service: Service
    version: object
    started: float
    crashes: int = 0
    restart_at: float | None = None


class Supervisor:
    """Makes the running services equal to the wanted ones."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._entries: dict[str, _Entry] = {}
        self._ending: dict[Service, float] = {}
        """Told to stop, and when; until one has ended, or is given up, none of its name is started:
        two meters of one socket would count the same energy twice."""
        self._abandoned: list[Service] = []

    def reconcile(self, wanted: Mapping[str, Wanted]) -> None:
        """Start what is missing, stop what is surplus or changed, restart what died."""
        for name in [name for name in self._entries if self._is_surplus(name, wanted)]:
            service = self._entries.pop(name).service
            service.stop()
            self._ending[service] = self._monotonic()
        self._look_at_ending()
        ending = {service.name for service in self._ending}
        for name, want in wanted.items():
            entry = self._entries.get(name)
            if entry is None:
                if name not in ending:
                    self._entries[name] = self._started(name, want)
            elif not entry.service.alive:
                self._revive(name, want, entry)

    def _look_at_ending(self) -> None:
        late = self._monotonic() - ABANDON_S
        for service, since in list(self._ending.items()):
            if not service.alive:
                del self._ending[service]
            elif since <= late and isinstance(service.runnable, Abandonable):
                service.runnable.abandon()
                del self._ending[service]
                self._abandoned.append(service)
                logger.warning("%s does not come to an end; it is left alone", service.name)
        self._abandoned = [service for service in self._abandoned if service.alive]

    def _is_surplus(self, name: str, wanted: Mapping[str, Wanted]) -> bool:
        want = wanted.get(name)
        version = self._entries[name].version
        return want is None or (want.version is not version and want.version != version)

    def _started(self, name: str, want: Wanted) -> _Entry:
        service = Service(name, want.build())
        service.start()
        return _Entry(service, want.version, self._monotonic())

    def _revive(self, name: str, want: Wanted, entry: _Entry) -> None:
        now = self._monotonic()
        if entry.restart_at is None:
            if now - entry.started > STEADY_S:
                entry.crashes = 0
            delay = backoff_s(entry.crashes, RESTART_FIRST_S, RESTART_LIMIT_S, lambda: 1.0)
            entry.crashes += 1
            entry.restart_at = now + delay
            logger.info("%s is started again in %.0f s", name, delay)
        if now >= entry.restart_at:
            crashes = entry.crashes
            fresh = self._started(name, want)
            fresh.crashes = crashes
            self._entries[name] = fresh

    def running(self) -> dict[str, Runnable]:
        """What runs now, by name."""
        return {n: e.service.runnable for n, e in self._entries.items() if e.service.alive}

    def stop(self, timeout_s: float) -> list[str]:
        """Stop all under one deadline shared by them; gives the names of those still alive."""
        deadline = time.monotonic() + timeout_s
        services = [*(entry.service for entry in self._entries.values()), *self._ending]
        services += self._abandoned
        self._entries.clear()
        for service in services:
            service.stop()
        return [service.name for service in services if not service.join(deadline)]
