"""The thread that serves the page."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from typing import cast

import anyio.to_thread
import uvicorn
from starlette.types import ASGIApp

from source.config.web import Web
from source.web.address import page_address
from source.web.app import build_app
from source.web.connections import (
    MOST_CONNECTIONS,
    BoundedProtocol,
    Connection,
    Connections,
)
from source.web.context import Context
from source.web.listening import listening

logger = logging.getLogger(__name__)

SUBJECT = "web"
THREADS = 8
"""For the answers that read the journal; the rest waits its turn."""
LOOK_S, RETRY_S = 0.1, 5.0
LEAVE_S = 1
"""How long open connections may go on when it stops."""
MOST_HEADER_BYTES = 32_768


class WebServer:
    """Serves the page until it is told to stop; waits for its port where another has it."""

    def __init__(self, context: Context, web: Web) -> None:
        self._context = context
        self._web = web
        self.port: int | None = None
        """Where it listens; of use where 0 was asked for."""

    def run(self, stopping: threading.Event) -> None:
        """Listen and answer until ``stopping`` is set."""
        listener = self._listener(stopping)
        if listener is None:
            return
        with listener:
            self.port = listener.getsockname()[1]
            logger.info("the page is at %s", page_address(self._web, self.port))
            app = build_app(self._context, self.port)
            app.state.stopping = stopping  # open streams end with it
            asyncio.run(_serve(app, listener, stopping))

    def _listener(self, stopping: threading.Event) -> socket.socket | None:
        """The listening socket; None where the stop came first."""
        web = self._web
        while True:
            try:
                listener = listening(web.host, web.port)
            except OSError as err:
                told = f"can't listen on {web.host} port {web.port}: {err.strerror or err}"
                self._context.health.failed(SUBJECT, f"{told}; set WEB_PORT to another one")
            else:
                self._context.health.well(SUBJECT)
                return listener
            if stopping.wait(RETRY_S):
                return None


async def _serve(app: ASGIApp, listener: socket.socket, stopping: threading.Event) -> None:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=BoundedProtocol,
            log_config=None,
            log_level=logging.ERROR,  # what strangers send would fill the log
            access_log=False,
            proxy_headers=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=LEAVE_S,
            timeout_keep_alive=30,
            limit_concurrency=MOST_CONNECTIONS,
            h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        )
    )
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    connections = Connections(time.monotonic)
    every = cast(set[Connection], server.server_state.connections)
    while not stopping.is_set() and not serving.done():
        connections.look(every)
        await asyncio.sleep(LOOK_S)
    server.should_exit = True
    while not serving.done():
        connections.hang_up(every)
        await asyncio.wait([serving], timeout=LOOK_S)
    await serving
