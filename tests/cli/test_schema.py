"""The JSON Schemas on standard output."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli


@pytest.mark.parametrize("which", ["config", "devices"])
def test_a_schema_is_printed_as_json(which: str, cli: Cli) -> None:
    ran = cli("schema", which)
    assert ran.code == 0
    assert ran.json["title"] == f"{which}.json"


def test_another_name_is_refused_with_those_that_there_are(cli: Cli) -> None:
    ran = cli("schema", "device")
    assert ran.code == 2
    assert "devices" in ran.err
