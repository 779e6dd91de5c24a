"""The JSON API keeps to its own OpenAPI document, whatever it is asked."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from source.config.schema import schema
from source.simulator.server import SimulatorServer
from tests.running import add_plug, entry, running_daemon
from tests.sinks.places import until
from tests.web.asking import Daemon
from tests.web.extraction import SCRIPTS
from tests.web.test_server import environ, free_port, page_of

EXAMPLES = 8
CSV = re.compile(r"""\bcsv\("([a-z/]+)\"""")
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
            document = schemathesis.openapi.from_url(f"{address}/openapi.json", headers=head)
            document.config.update(headers=head)
            yield document


def test_every_answer_is_one_that_the_document_names(api: schemathesis.BaseSchema) -> None:
    found = [operation.ok() for operation in api.exclude(path=STREAM).get_all_operations()]
    assert len(found) > 30
    for operation in found:
        _try(operation)


def test_the_document_says_what_may_stand_in_the_files(tmp_path: Path) -> None:
    found = Daemon(tmp_path).app.openapi()["components"]["schemas"]
    devices, config = schema("devices"), schema("config")
    assert found["DevicesEntry"] == devices["additionalProperties"]
    for key in ("general", "tariff", "web"):
        assert found[key.capitalize() + "Section"] == config["properties"][key]
    of_socket = found["NewSocket"]["properties"]["entry"]
    assert of_socket["$ref"] == "#/components/schemas/DevicesEntry"
    of_general = found["ChangedSettings"]["properties"]["general"]["anyOf"]
    assert {"$ref": "#/components/schemas/GeneralSection"} in of_general
    assert {"type": "null"} in of_general


def test_every_table_that_the_page_offers_as_csv_is_there_as_csv(tmp_path: Path) -> None:
    paths = Daemon(tmp_path).app.openapi()["paths"]
    offered = {name for path in SCRIPTS for name in CSV.findall(path.read_text("utf-8"))}
    assert offered == {"power", "fields", "figures", "years", "reports"}
    for name in offered:
        operation = paths[f"/api/v1/{name}"]["get"]
        assert {"format", "locale"} <= {one["name"] for one in operation["parameters"]}
        assert "text/csv" in operation["responses"]["200"]["content"]


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
