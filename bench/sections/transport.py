"""What a poll's HTTP costs the client, by library; connections closed by the socket, and kept."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median

import requests
import urllib3

from bench.bare import TIMEOUT_S, bare_poll, cpu_ms
from bench.run import Run
from bench.simulator import simulated
from source.devices.device import Device
from source.devices.http import HttpClient
from source.devices.registry import Registry
from source.devices.shelly import setup

ROUNDS, POLLS = 7, 250
TYPE = "shelly:plug-s"

Poll = Callable[[], object]


def measure(run: Run) -> None:
    """One row for each library and kind of connection: the median over alternating rounds."""
    for keep_alive in (False, True):
        with simulated(1, keep_alive=keep_alive) as row, clients(row.addresses[0]) as polls:
            rounds: dict[str, list[float]] = {name: [] for name in polls}
            for poll in polls.values():
                cpu_ms(poll, POLLS // 10)
            for _ in range(ROUNDS):
                for name, poll in polls.items():
                    rounds[name].append(cpu_ms(poll, POLLS))
        how = "kept" if keep_alive else "closed"
        for name, found in rounds.items():
            note = f"least {min(found):.3f}"
            run.sheet.add(f"{name}, connection {how}", median(found), "ms", note=note)


@contextmanager
def clients(address: str) -> Iterator[dict[str, Poll]]:
    """What polls the socket at ``address`` once, by name."""
    url = f"http://{address}/status"
    client = HttpClient(address, TIMEOUT_S)
    device = Device(
        name="Bench", ip=address, type_name=TYPE, settings={"type": TYPE}, timeout_s=TIMEOUT_S
    )
    registry = Registry()
    setup(registry)
    kept = HTTPConnection(address, timeout=TIMEOUT_S)
    with requests.Session() as session, urllib3.PoolManager() as pool:
        yield {
            "requests": lambda: session.get(url, timeout=TIMEOUT_S).content,
            "urllib3": lambda: pool.request("GET", url, timeout=TIMEOUT_S).data,
            "urllib.request": lambda: _urllib(url),
            "http.client": lambda: _http_client(kept),
            "http.client and json, the bare loop": lambda: bare_poll(address),
            "our HttpClient": lambda: _ours(client),
            "our Device: HTTP, JSON, checks, Reading": registry.reader(TYPE, device),
        }
        kept.close()
        client.close()
        device.close()


def _urllib(url: str) -> bytes:
    """Never keeps a connection."""
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
        body: bytes = answer.read()
        return body


def _http_client(connection: HTTPConnection) -> bytes:
    """Opens a new connection by itself where the socket has closed the one before."""
    connection.request("GET", "/status")
    return connection.getresponse().read()


def _ours(client: HttpClient) -> bytes:
    client.begin()
    return client.get("/status")
