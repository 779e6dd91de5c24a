"""What the page sees of a daemon, over a real journal and a clock that is moved by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI

from source.config.models import Configuration
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, Point
from source.setup import Setup, load_all_plugins
from source.web import errors
from source.web.context import Context
from tests.fakes import FakeClock
from tests.reports.house import configuration, us
from tests.running import running_journal
from tests.sinks.places import until

NOW = "2026-03-18 15:00"
"""A Wednesday."""


class House:
    """A context, and what can be done to what it shows."""

    def __init__(self, folder: Path, journal: Journal, clock: FakeClock) -> None:
        self.folder, self.journal, self.clock = folder, journal, clock
        self.opened = 0
        """How often the journal was read."""
        self.sockets = Health(clock.monotonic)
        registry, tariffs, errors_found = load_all_plugins(folder)
        self._setup = Setup(configuration(folder), registry, errors_found, "", tariffs, {})
        self.context = Context(
            files=folder,
            clock=clock,
            setup=lambda: self._setup,
            apply=lambda: self._setup,
            journal=journal,
            open_reader=self._open,
            health=Health(clock.monotonic),
            socket_health=self.sockets,
        )

    def _open(self) -> JournalReader:
        self.opened += 1
        return JournalReader(self.journal.path)

    def configure(self, configured: Configuration) -> None:
        """Another configuration is in force."""
        self._setup = replace(self._setup, configuration=configured)

    def runs_since(self, text: str) -> None:
        """The daemon polls since then, and gives signs of life."""
        self.note("clock_wait", 0)
        self.note("polling_us", us(text))

    def note(self, key: str, value: int) -> None:
        """What the daemon notes, at once in the journal."""
        self.journal.note(key, value)
        self.journal.configure(commit_interval_s=0.02, raw_days=90, max_bytes=10**9)
        with JournalReader(self.journal.path) as reader:
            until(lambda: reader.meta(key) == value)

    def poll(self, *points: Point) -> None:
        for point in points:
            state = Checkpoint(point.time_us) if point.success else None
            self.journal.append(point, state)
        self.journal.flush()

    def app(self, router: APIRouter) -> FastAPI:
        app = FastAPI()
        app.include_router(router, prefix="/api/v1")
        errors.install(app)
        app.state.context = self.context
        return app


@contextmanager
def looked_at(folder: Path, now: str = NOW) -> Iterator[House]:
    clock = FakeClock(us(now))
    with running_journal(folder, clock) as journal:
        yield House(folder, journal, clock)


def second(text: str) -> float:
    """As the API tells times."""
    return us(text) / US_PER_S


def loaded(content: bytes) -> Any:
    return json.loads(content)


__all__ = ["House", "configuration", "loaded", "looked_at", "partial", "second", "us"]
