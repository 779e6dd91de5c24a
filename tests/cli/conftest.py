"""Fixtures of the command line's tests."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from source.cli.main import main
from source.simulator.load_curve import constant
from source.simulator.plug_s import VirtualPlugS
from source.simulator.server import SimulatorServer
from tests.cli.command import Ran, clean_environ

Cli = Callable[..., Ran]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command in this process, as main.py does."""
    for name in set(os.environ) - set(clean_environ()):
        monkeypatch.delenv(name)

    def run(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer() as server:
        yield server


@pytest.fixture
def lamp(simulator: SimulatorServer) -> str:
    """The address of a Plug S that has taken 100 W for an hour."""
    return simulator.add(VirtualPlugS(constant(100.0), time.time() - 3600))
