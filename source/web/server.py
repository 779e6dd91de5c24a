"""The thread that serves the page."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

logger = logging.getLogger(__name__)

BACKLOG = 64
LOOK_S = 0.1
LEAVE_S = 1
"""How long open connections may go on when it stops."""


class WebServer:
    """Serves an application until it is told to stop."""

    def __init__(self, build: Callable[[], ASGIApp], host: str, port: int) -> None:
        """``build`` makes the application, in the server's own thread."""
        self._build = build
        self._host = host
        self._port = port
        self.port: int | None = None
        """Where it listens; of use where 0 was asked for."""

    def run(self, stopping: threading.Event) -> None:
        """Listen and answer until ``stopping`` is set. Raises OSError where the port is taken."""
        with _listening(self._host, self._port) as listener:
            self.port = listener.getsockname()[1]
            config = uvicorn.Config(
                self._build(),
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=LEAVE_S,
                timeout_keep_alive=30,
                limit_concurrency=200,
                h11_max_incomplete_event_size=32_768,
            )
            asyncio.run(_serve(uvicorn.Server(config), listener, stopping))


async def _serve(
    server: uvicorn.Server, listener: socket.socket, stopping: threading.Event
) -> None:
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    while not stopping.is_set() and not serving.done():
        await asyncio.sleep(LOOK_S)
    server.should_exit = True
    await serving


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)
