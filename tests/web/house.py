"""A house's past in a real journal, and the endpoints over it without the checks of access."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import httpx
from fastapi import FastAPI

from source.config.models import Configuration
from source.devices.registry import Registry
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.setup import Setup
from source.web import errors
from source.web.api import figures, reports, status
from source.web.context import Context
from tests.fakes import FakeClock


class House:
    """What the endpoints see of a daemon."""

    def __init__(self, configuration: Configuration, now_us: int) -> None:
        self.clock = FakeClock(now_us)
        self.health = Health(self.clock.monotonic)
        self.socket_health = Health(self.clock.monotonic)
        self.setup = Setup(configuration, cast(Registry, None))
        self.context = Context(
            files=configuration.files,
            clock=self.clock,
            setup=lambda: self.setup,
            apply=lambda: self.setup,
            journal=cast(Journal, None),
            open_reader=lambda: JournalReader(configuration.files / "isdl.db"),
            health=self.health,
            socket_health=self.socket_health,
        )
        self._app = FastAPI()
        self._app.state.context = self.context
        errors.install(self._app)
        for area in (figures, reports, status):
            self._app.include_router(area.router(self.context), prefix="/api/v1")

    def configure(self, configuration: Configuration, **more: Any) -> None:
        """From now on another configuration is in force."""
        self.setup = Setup(configuration, cast(Registry, None), **more)

    def get(
        self, path: str, headers: dict[str, str] | None = None, **params: Any
    ) -> httpx.Response:
        return asyncio.run(self._get(path, headers or {}, params))

    async def _get(
        self, path: str, headers: dict[str, str], params: dict[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
            return await client.get(f"/api/v1/{path}", params=params, headers=headers)


def got(house: House, path: str, **params: Any) -> Any:
    """The JSON of an answer that is well."""
    answer = house.get(path, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an error."""
    return answer.status_code, answer.json()["error"]["code"]
