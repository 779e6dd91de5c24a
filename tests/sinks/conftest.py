"""Fixtures of the sinks' tests: a scripted server, and real InfluxDB servers."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import influx_server
from tests.influx_server import InfluxServer
from tests.sinks.scripted_server import ScriptedServer, scripted_server

CERTIFICATE = Path(__file__).with_name("self_signed.pem")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def https(server: ScriptedServer) -> ScriptedServer:
    """The scripted server with a certificate for 127.0.0.1 that nobody but itself has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


@pytest.fixture(scope="session")
def influx_with_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """A second one that wants a login: user ``logger`` may write to database ``granted`` only."""
    for server in influx_server.running(tmp_path_factory.mktemp("influxdb-login"), auth=True):
        server.query("CREATE DATABASE granted")
        server.query("CREATE USER logger WITH PASSWORD 's3cret-password'")
        server.query("GRANT WRITE ON granted TO logger")
        server.query("CREATE USER \"Jürgen\" WITH PASSWORD 'pä€ß'")
        server.query('GRANT WRITE ON granted TO "Jürgen"')
        yield server
