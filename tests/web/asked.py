"""A house's past in a real journal, and the application over it, without the checks of access."""

from __future__ import annotations

from typing import Any, cast

from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from source.config.models import Configuration
from source.devices.registry import Registry
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.setup import Setup
from source.web.api import errors, figures, reports, status
from source.web.context import Context
from tests.fakes import FakeClock


class House:
    """What the endpoints see; its parts can be replaced between two questions."""

    def __init__(self, configuration: Configuration, now_us: int) -> None:
        self.clock = FakeClock(now_us)
        self.health = Health(self.clock.monotonic)
        self.socket_health = Health(self.clock.monotonic)
        self.setup = Setup(configuration, cast(Registry, None))
        self.opened = 0
        self.context = Context(
            files=configuration.files,
            clock=self.clock,
            setup=lambda: self.setup,
            apply=lambda: self.setup,
            journal=cast(Journal, None),
            open_reader=self._reader,
            health=self.health,
            socket_health=self.socket_health,
        )

    def _reader(self) -> JournalReader:
        self.opened += 1
        return JournalReader(self.context.files / "isdl.db")

    def client(self) -> TestClient:
        app = FastAPI()
        app.state.context = self.context
        errors.install(app)
        for area in (figures, reports, status):
            app.include_router(cast(APIRouter, area.router(self.context)), prefix="/api/v1")
        return TestClient(app, base_url="http://127.0.0.1/api/v1")


def got(client: TestClient, path: str, **params: Any) -> Any:
    """The JSON of an answer that is well."""
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


