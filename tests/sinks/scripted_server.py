"""An HTTP server on 127.0.0.1 that answers as it is told, in place of an InfluxDB."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

INFLUXDB = {"X-Influxdb-Version": "1.8.10", "Content-Type": "application/json"}


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    method: str
    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    body: str


class ScriptedServer(ThreadingHTTPServer):
    """Gives the scripted answers in their order, then 204 to everything."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), _Handler)
        self.port: int = self.server_address[1]
        self.script: deque[Callable[[_Handler], None]] = deque()
        self.asked: list[Asked] = []
        self.looks = 0
        """How often it was asked whether it holds anything."""
        self.is_empty = False
        self.look_status = 200
        self.connections = 0
        self.released = threading.Event()

    def then(self, status: int, body: str = "", **headers: str) -> None:
        """Answer one request with this; ``Retry_After="7"`` is the header Retry-After."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.script.append(lambda handler: handler.answer(status, body, named))

    def then_influxdb(self, status: int, error: str = "", **headers: str) -> None:
        """Answer as InfluxDB does: the error in JSON, its version in a header."""
        body = json.dumps({"error": error} if error else {"results": [{"statement_id": 0}]})
        self.then(status, body, **{**INFLUXDB, **headers})

    def then_hang(self) -> None:
        """Take one request and never answer it."""
        self.script.append(lambda handler: handler.hang())

    def then_reset(self, before: Callable[[Asked], None] = lambda _: None) -> None:
        """Take one request, do something with it, and break the connection off."""
        self.script.append(lambda handler: handler.reset(before))

    def handle_error(self, request: object, client_address: object) -> None:
        """The client went away in mid-answer: that is what some tests are about."""

    def writes(self) -> list[list[str]]:
        """The lines of each write request."""
        return [a.body.splitlines() for a in self.asked if a.path == "/write"]

    def statements(self) -> list[str]:
        return [a.parameters["q"] for a in self.asked if a.path == "/query"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two packets: the second would wait 40 ms for the first one's receipt.
    disable_nagle_algorithm = True
    server: ScriptedServer

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if query.get("q", "").startswith("SHOW MEASUREMENTS"):
            self.look()
            return
        asked = Asked(self.command, url.path, query, dict(self.headers), body)
        self.server.asked.append(asked)
        script = self.server.script
        if script:
            script.popleft()(self)
        else:
            self.answer(204, "", INFLUXDB)

    do_GET = do_POST  # noqa: N815 (the library's name)

    def look(self) -> None:
        """What the database holds, beside the script and the requests it is compared with."""
        self.server.looks += 1
        found = {} if self.server.is_empty else {"series": [{"name": "measurements"}]}
        body = json.dumps({"results": [{"statement_id": 0, **found}]})
        self.answer(self.server.look_status, body, INFLUXDB)

    def answer(self, status: int, body: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def hang(self) -> None:
        self.server.released.wait(60)
        self.close_connection = True

    def reset(self, before: Callable[[Asked], None]) -> None:
        before(self.server.asked[-1])
        # Closing with a linger time of zero sends RST.
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        os.close(self.connection.detach())
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def scripted_server(host: str = "127.0.0.1") -> Iterator[ScriptedServer]:
    server = ScriptedServer(host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
