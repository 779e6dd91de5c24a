"""A server between the sink and a real InfluxDB: passes on what it gets, or fails in some way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from itertools import chain, repeat
from typing import TypeAlias

from tests.influx_server import InfluxServer
from tests.sinks.scripted_server import INFLUXDB, ScriptedServer, _Handler

Fault: TypeAlias = "Callable[[Relay, _Handler], None]"


class Relay:
    """Answers as the real server does, once the scripted faults are over."""

    def __init__(self, server: ScriptedServer, influx: InfluxServer) -> None:
        self.server = server
        self.influx = influx
        self.injected = 0

    def begin(self, *faults: Fault | None) -> None:
        """One entry for each request; None passes it on, as all later ones."""
        script: Iterator[Fault | None] = chain(faults, repeat(None, 10_000))
        self.server.script.extend(self._answerer(fault) for fault in script)

    def _answerer(self, fault: Fault | None) -> Callable[[_Handler], None]:
        def answer(handler: _Handler) -> None:
            if fault is None:
                self.pass_on(handler)
            else:
                self.injected += 1
                fault(self, handler)

        return answer

    def pass_on(self, handler: _Handler) -> None:
        status, body, headers = self.store(handler)
        handler.answer(status, body, headers)

    def store(self, handler: _Handler) -> tuple[int, str, dict[str, str]]:
        """Have the real server do it; gives its answer, of which nobody is told yet."""
        connection = HTTPConnection("127.0.0.1", self.influx.port, timeout=10)
        try:
            body = handler.server.asked[-1].body.encode()
            connection.request("POST", handler.path, body)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        kept = {k: v for k, v in response.headers.items() if k.startswith("X-Influxdb")}
        return response.status, text, {**INFLUXDB, **kept}


def says(status: int, body: str = "", headers: Mapping[str, str] | None = None) -> Fault:
    """Refuses, and stores nothing."""
    return lambda relay, handler: handler.answer(status, body, dict(headers or {}))


def influxdb_says(status: int, error: str, **headers: str) -> Fault:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return says(status, f'{{"error":"{error}"}}', {**INFLUXDB, **named})


def sends(raw: bytes, *, stored: bool) -> Fault:
    """Sends so much of an answer, and breaks off; the points may be stored all the same."""

    def fault(relay: Relay, handler: _Handler) -> None:
        if stored:
            relay.store(handler)
        handler.wfile.write(raw)
        handler.wfile.flush()
        handler.reset(lambda asked: None)

    return fault


def hangs(*, stored: bool) -> Fault:
    """Never answers."""

    def fault(relay: Relay, handler: _Handler) -> None:
        if stored:
            relay.store(handler)
        handler.hang()

    return fault


def drips(relay: Relay, handler: _Handler) -> None:
    """Answers a byte at a time, and never comes to an end."""
    handler.wfile.write(b"HTTP/1.1 204 No Content\r\nX-Drip: ")
    while not handler.server.released.wait(0.02):
        handler.wfile.write(b".")


def closes(relay: Relay, handler: _Handler) -> None:
    handler.close_connection = True


def answers_late(relay: Relay, handler: _Handler) -> None:
    """Tells of its success when nobody waits for it any more."""
    status, body, headers = relay.store(handler)
    time.sleep(0.4)
    handler.answer(status, body, headers)
