"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.simulator.server import SimulatorServer
from tests import influx_server
from tests.fakes import FakeClock
from tests.influx_server import InfluxServer, ServerMissing
from tests.running import running_journal


@contextmanager
def _skipped_without_a_server() -> Iterator[None]:
    """A test that needs a server that is not installed is skipped, and fails in CI."""
    try:
        yield
    except ServerMissing as err:
        if os.environ.get("CI", "").lower() == "true":
            raise
        pytest.skip(str(err))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    with _skipped_without_a_server():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    with _skipped_without_a_server():
        return (yield)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def journal(tmp_path: Path, clock: FakeClock) -> Iterator[Journal]:
    """A real journal on disk with its thread running."""
    with running_journal(tmp_path, clock) as journal:
        yield journal


@pytest.fixture
def reader(journal: Journal) -> Iterator[JournalReader]:
    with JournalReader(journal.path) as reader:
        yield reader


@pytest.fixture(scope="session")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """One real server for the whole session; each test uses a database of its own."""
    yield from influx_server.running(tmp_path_factory.mktemp("influxdb"))


@pytest.fixture
def fresh(request: pytest.FixtureRequest, influx: InfluxServer) -> Iterator[str]:
    """The name of a database that does not exist on ``influx`` yet."""
    name = f"db_{request.node.name}"
    yield name
    influx.query(f'DROP DATABASE "{name}"')


@pytest.fixture
def sockets() -> Iterator[SimulatorServer]:
    with SimulatorServer() as server:
        yield server
