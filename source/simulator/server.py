"""Virtual sockets as real HTTP servers on 127.0.0.1: one thread, one event loop, a port for each.

As a process of its own, for measurements::

    python -m source.simulator.server --count N [--kind plug-s|3em] [--delay-ms D] [--hang K]
        [--keep-alive]

prints one line of JSON, ``{"addresses": ["127.0.0.1:40001", …]}``, when all ports listen, and ends
when its standard input is closed. The first K sockets never answer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TypeVar

from source.openfiles import raise_limit
from source.simulator.fault import Fault
from source.simulator.outlet import HOST, ListeningOutlet
from source.simulator.row import KINDS, row_of_sockets
from source.simulator.socket import VirtualSocket
from source.timing import Clock, SystemClock

__all__ = ["Fault", "SimulatorServer"]

T = TypeVar("T")
STOP_TIMEOUT_S = 5.0


class SimulatorServer:
    """Serves virtual sockets from ``start()`` to ``stop()``; safe to use from any thread."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock: Clock = SystemClock() if clock is None else clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._outlets: dict[str, ListeningOutlet] = {}

    def start(self) -> None:
        if self._loop is not None:
            raise RuntimeError("the simulator is started already")
        self._outlets = {}
        loop = asyncio.SelectorEventLoop()  # the one that takes bare sockets, on every system
        self._thread = threading.Thread(target=loop.run_forever, name="simulator", daemon=True)
        self._loop = loop
        self._thread.start()

    def stop(self) -> None:
        """Close all ports, reset all connections, hung ones too, and end the thread."""
        if self._loop is None or self._thread is None:
            return
        loop, thread = self._loop, self._thread
        self._in_loop(self._close_outlets)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(STOP_TIMEOUT_S)
        loop.close()
        self._loop = self._thread = None

    def __enter__(self) -> SimulatorServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def add(
        self,
        socket: VirtualSocket,
        port: int = 0,
        keep_alive: bool = False,
        *,
        offline: Callable[[float], bool] | None = None,
    ) -> str:
        """Serve one more socket; gives its address, ``127.0.0.1:PORT``.

        ``port`` 0: any free one. Without ``keep_alive`` the connection is closed after each answer,
        as sockets of the first generation do. While ``offline(t_s)`` is true, every connection is
        reset. Raises OSError when the port is taken.
        """

        def listening() -> ListeningOutlet:
            return ListeningOutlet(
                self._running_loop(),
                self._clock,
                socket,
                port,
                keep_alive=keep_alive,
                offline=offline,
            )

        outlet = self._in_loop(listening)
        address = f"{HOST}:{outlet.port}"
        self._outlets[address] = outlet
        return address

    def fault(self, address: str, fault: Fault | None) -> None:
        """Let the socket fail in this way from now on; None: it is well again."""
        outlet = self._outlets[address]
        self._in_loop(lambda: outlet.set_fault(fault))

    def delay(self, address: str, delay_s: float) -> None:
        """Let the socket think about each request for so long."""
        self._outlets[address].delay_s = delay_s

    def requests(self, address: str) -> int:
        """How many whole requests the socket has received, answered or not."""
        return self._outlets[address].requests

    def _close_outlets(self) -> None:
        for outlet in self._outlets.values():
            outlet.close()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("the simulator is not started")
        return self._loop

    def _in_loop(self, action: Callable[[], T]) -> T:
        """Do it in the event loop's thread and wait for the result."""

        async def done() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(done(), self._running_loop()).result(STOP_TIMEOUT_S)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a row of sockets until standard input is closed; the exit code."""
    options = _parser().parse_args(arguments)
    raise_limit()
    clock = SystemClock()
    with SimulatorServer(clock) as server:
        row = row_of_sockets(options.kind, options.count, clock.now_us() / 1e6)
        addresses = [server.add(socket, keep_alive=options.keep_alive) for socket in row]
        for address in addresses:
            server.delay(address, options.delay_ms / 1000.0)
        for address in addresses[: options.hang]:
            server.fault(address, Fault.HANG)
        sys.stdout.write(json.dumps({"addresses": addresses}) + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.buffer.read()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m source.simulator.server")
    parser.add_argument("--count", type=int, required=True, help="how many sockets")
    parser.add_argument("--kind", choices=KINDS, default="plug-s")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="before each answer")
    parser.add_argument("--keep-alive", action="store_true", help="keep connections open")
    parser.add_argument("--hang", type=int, default=0, help="so many of them never answer")
    return parser


if __name__ == "__main__":
    sys.exit(main())
