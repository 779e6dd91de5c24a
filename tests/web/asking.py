"""The application over a real files folder, asked without a socket, as from any address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextvars import ContextVar
from copy import copy
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import httpx
from fastapi import FastAPI
from starlette.datastructures import State

from source.config.web import Web
from source.health import Health
from source.journal.store import Journal
from source.setup import Setup, prepare
from source.web.app import guard, routed
from source.web.context import Context
from tests.fakes import FakeClock

HERE, ELSEWHERE = "127.0.0.1", "192.168.178.20"
PASSWORD = "correct horse"


_asked: ContextVar[Daemon] = ContextVar("asked")
"""Whose application is asked."""


@cache
def _routed() -> FastAPI:
    """The routes of all daemons: making them takes longer than most of the tests with them."""
    return routed(_context(Path(), FakeClock()))


def _context(folder: Path, clock: FakeClock) -> Context:
    return Context(
        files=folder,
        clock=clock,
        setup=lambda: _asked.get().setup,
        apply=lambda: _asked.get().apply(),
        journal=cast(Journal, None),
        open_reader=cast(Any, None),
        health=Health(),
        socket_health=Health(),
    )


class Daemon:
    """As much of a daemon as the page sees; its files are read again when they are to be."""

    def __init__(self, folder: Path, **environ: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.clock = FakeClock()
        self._prepare = partial(prepare, {"WEB": "on", **environ}, folder)
        self.setup = self._prepare()
        self.app = self.started()

    def started(self) -> FastAPI:
        """The application of a new process over the same files."""
        self.setup = self._prepare()
        self.app = copy(_routed())
        self.app.state, self.app.user_middleware = State(), []
        context = replace(
            _context(self.folder, self.clock), setup=lambda: self.setup, apply=self.apply
        )
        guard(self.app, context)
        return self.app

    def apply(self) -> Setup:
        self.setup = replace(self._prepare(), number=self.setup.number + 1)
        return self.setup

    @property
    def web(self) -> Web:
        return self.setup.configuration.web

    @property
    def stored(self) -> Any:
        return json.loads((self.folder / "web.json").read_text("utf-8"))


class Browser:
    """Keeps cookies and the CSRF token, and says where it comes from, as browsers do."""

    def __init__(
        self,
        daemon: Daemon,
        address: str = HERE,
        host: str = "127.0.0.1:8080",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.daemon, self.address, self.host = daemon, address, host
        self.cookies = httpx.Cookies()
        self.headers = dict(headers or {})
        self.csrf = ""

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """A change, as the page's scripts make it; further headers with _ for -."""
        if not self.csrf:
            self.csrf = self.session()["csrf"]
        own = {"origin": f"http://{self.host}", "x-csrf-token": self.csrf}
        return self.ask(method, f"/api/v1/{path}", body, {**own, **headers})

    def session(self) -> Any:
        answer = self.get("/api/v1/session")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def log_in(self, password: str = PASSWORD) -> httpx.Response:
        answer = self.send("POST", "login", {"password": password})
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf"]
        return answer

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
    ) -> httpx.Response:
        named = {key.replace("_", "-"): text for key, text in (headers or {}).items()}
        return asyncio.run(
            self._ask(method, path, body, {"host": self.host, **self.headers, **named}, content)
        )

    async def _ask(
        self, method: str, path: str, body: object, headers: Mapping[str, str], content: Any
    ) -> httpx.Response:
        _asked.set(self.daemon)
        transport = httpx.ASGITransport(
            self.daemon.app, raise_app_exceptions=False, client=(self.address, 50_000)
        )
        async with httpx.AsyncClient(
            transport=transport, base_url="http://page", cookies=self.cookies
        ) as client:
            wanted = {
                name: text.encode("utf-8") for name, text in headers.items() if text != ""
            }  # an empty text leaves a header out
            answer = await client.request(
                method,
                path,
                headers=wanted,
                json=body if content is None else None,
                content=content,
            )
            for cookie in answer.headers.get_list("set-cookie"):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies.set(name, value.strip('"'))
            return answer


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an error."""
    return answer.status_code, answer.json()["error"]["code"]


def open_to_all(folder: Path, **environ: str) -> Daemon:
    """A daemon that the whole network reaches, with a password from the environment."""
    return Daemon(folder, **{"WEB_HOST": "0.0.0.0", "WEB_PASSWORD": PASSWORD, **environ})
