"""A market's server that answers as energy-charts.info does, or breaks in one of many ways."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import ClassVar

from tests.sinks.scripted_server import ScriptedServer, _Handler, scripted_server

Answer = Callable[[_Handler], None]


@dataclass
class Exchange:
    """Every quarter hour has one price, unless a fault is set."""

    server: ScriptedServer
    fault: Answer | None = None
    served: int = 0
    """How many requests have come to their end, also one that the other side gave up."""
    PRICE: ClassVar[str] = "0.12"

    def __post_init__(self) -> None:
        self.server.script.extend([self._answer] * 100_000)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def _answer(self, handler: _Handler) -> None:
        try:
            (self.fault or self._prices)(handler)
        finally:
            self.served += 1

    def _prices(self, handler: _Handler) -> None:
        parameters = self.server.asked[-1].parameters
        start_s, end_s = (_seconds(parameters[name]) for name in ("start", "end"))
        seconds = list(range(start_s, end_s + 1, 900))
        prices = [float(self.PRICE) * 1000] * len(seconds)
        body = {"unix_seconds": seconds, "price": prices, "unit": "EUR / MWh"}
        handler.answer(200, json.dumps(body), {})


def _seconds(text: str) -> int:
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=timezone.utc)
    return round(moment.timestamp())


@contextmanager
def exchange() -> Iterator[Exchange]:
    with scripted_server() as server:
        yield Exchange(server)


def faults() -> Mapping[str, Answer]:
    """Each by its name."""
    return {
        "connection broken off": lambda handler: handler.reset(lambda _: None),
        "status 500": lambda handler: handler.answer(500, "out of order", {}),
        "drips": _drip,
        "garbage": lambda handler: handler.answer(200, "<html>" * 1000, {}),
        "absurd prices": lambda handler: handler.answer(200, _absurd(), {}),
    }


def _drip(handler: _Handler) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.released.wait(0.05):
        handler.wfile.write(b" ")


def _absurd() -> str:
    """Prices of a day long ago, and one that can't be."""
    return '{"unix_seconds": [0, 900], "price": [1e400, -3], "unit": "EUR / MWh"}'
