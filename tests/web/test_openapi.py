"""The JSON API keeps to its own OpenAPI document, whatever it is asked."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from source.simulator.server import SimulatorServer
from tests.running import add_plug, entry, running_daemon
from tests.sinks.places import until
from tests.web.test_server import environ, free_port, page_of

EXAMPLES = 8
STREAM = "/api/v1/events"
"""It has no end; test_live.py reads it."""


def answer(address: str, token: str = "", **sent: object) -> dict[str, object]:
    """The JSON that a request gives."""
    body = json.dumps(sent).encode() if sent else None
    head = {"Content-Type": "application/json", **({"X-CSRF-Token": token} if token else {})}
    origin = "/".join(address.split("/")[:3])
    request = urllib.request.Request(address, body, {**head, "Origin": origin})
    with urllib.request.urlopen(request, timeout=5) as got:
        found: dict[str, object] = json.load(got)
        return found


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    """The API of a daemon with one socket, with a token that may do all."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/api/v1"
    with SimulatorServer() as sockets:
        devices = {"Plug": entry(add_plug(sockets))}
        with running_daemon(tmp_path_factory.mktemp("files"), devices, environ(port)) as daemon:
            page_of(daemon)
            until(lambda: daemon.journal.checkpoint("Plug") is not None)
            csrf = str(answer(f"{address}/session")["csrf"])
            token = answer(f"{address}/tokens", csrf, name="test", scope="write")["token"]
            head = {"Authorization": f"Bearer {token}"}
            schema = schemathesis.openapi.from_url(f"{address}/openapi.json", headers=head)
            schema.config.update(headers=head)
            yield schema


def test_every_answer_is_one_that_the_document_names(api: schemathesis.BaseSchema) -> None:
    found = [operation.ok() for operation in api.exclude(path=STREAM).get_all_operations()]
    assert len(found) > 30
    for operation in found:
        _try(operation)


def _try(operation: schemathesis.APIOperation) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def asked(case: schemathesis.Case) -> None:
        case.call_and_validate(timeout=20, excluded_checks=[positive_data_acceptance])

    asked()
