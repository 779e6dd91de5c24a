"""The whole program is killed at each step of forwarding: afterwards each point is there once."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from source.faultpoint import VARIABLE
from source.journal.reader import JournalReader
from source.model import Point
from source.simulator.server import SimulatorServer
from tests.cli.command import files_folder, keep, plug, started, until
from tests.fakes import START_US, good_point
from tests.influx_server import InfluxServer
from tests.running import add_plug, all_points, influx_environment, reading
from tests.sinks.forwarding import influx_sink, series
from tests.sinks.places import as_floats, by_key

pytestmark = pytest.mark.influx

STEPS = (
    "forward: read",
    "forward: read:2",
    "forward: written",
    "forward: written:2",
    "forward: set aside",
    "forward: acknowledged",
    "forward: acknowledged:2",
)
LIMIT_S = 20.0
OTHER_TYPE = good_point(START_US, device="Boiler", mode="auto")
REFUSED = [good_point(START_US + n, device="Boiler", mode=1.0) for n in (1, 2)]
BEFORE = [*series(1_500), *REFUSED, *series(1_500, "Küche")]
"""More than one batch."""


@pytest.fixture
def files(tmp_path: Path, sockets: SimulatorServer) -> Path:
    """A folder with two sockets, and with points that the database does not have yet."""
    entries = {f"Plug {n}": plug(add_plug(sockets), update_time=0.2) for n in range(2)}
    general = {"commit_interval_s": 0.1, "raw_days": 3650, "log_file": False}
    folder = files_folder(tmp_path / "files", entries, **general)
    keep(folder, BEFORE)
    return folder


def acknowledged(reader: JournalReader) -> int:
    return max((status.acknowledged_seq for status in reader.sinks()), default=0)


def end_of(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=LIMIT_S)
    return process.returncode


@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_at_any_step_each_point_is_in_the_database_once_and_unchanged(
    files: Path, influx: InfluxServer, fresh: str, step: str
) -> None:
    environ = influx_environment(influx, fresh)
    influx_sink(influx.port, fresh).write([OTHER_TYPE])
    assert end_of(started("--files", files, **environ, **{VARIABLE: step})) == -signal.SIGKILL
    with reading(files) as reader:
        assert acknowledged(reader) < len(BEFORE)

    process = started("--files", files, **environ)
    with reading(files) as reader:
        until(lambda: acknowledged(reader) >= len(BEFORE))
    process.terminate()
    assert end_of(process) == 0
    with reading(files) as reader:
        refused = {seq for status in reader.sinks() for seq, _, _ in reader.rejected(status.sink)}
        assert acknowledged(reader) == reader.last_seq() > len(BEFORE)
    points = all_points(files)
    assert [points[seq - 1] for seq in sorted(refused)] == [stored(p) for p in REFUSED]
    expected = [p for seq, p in enumerate(points, 1) if seq not in refused]
    assert as_floats(influx.points(fresh)) == by_key([OTHER_TYPE, *expected])
    assert points[: len(BEFORE)] == [stored(p) for p in BEFORE]


def stored(point: Point) -> Point:
    """A point as the journal gives it back."""
    return Point(point.device, point.time_us, point.fields, point.span_us)
