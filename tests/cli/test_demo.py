"""The demo as a process: what a person with nothing sees first."""

from __future__ import annotations

import json
import math
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from source.cli.demo_folder import MARK_FILE
from source.cli.history import STEP_US, UP_BEFORE_S, Home
from source.config.load import load
from source.errors import JournalError
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.logsetup import LOG_FILE
from source.model import US_PER_S, Point
from source.simulator.house import NAMES
from tests.cli.command import Ran, process, started, until

STOP_LIMIT_S = 5.0
DAYS = 2
RESOLUTION_WH = {"Heat pump": 6 * 0.1}
"""Of the counters; a Plug S counts watt-minutes."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(folder: Path) -> Ran:
    """A first run in an empty folder, whose environment names a database that is not there."""
    return process(
        *("demo", "--days", str(DAYS), "--duration", "3", "--files", folder),
        DB_IP_ADDRESS="127.0.0.1:wrong",
        DB_PORT="none",
    )


@pytest.fixture(scope="module")
def second(first: Ran, folder: Path) -> Ran:
    """Another run in the same folder, after its user has changed the price and added a socket."""
    assert first.code == 0, first.err
    config, devices = (
        json.loads((folder / f"{n}.json").read_text()) for n in ("config", "devices")
    )
    config["general"]["price_kwh"] = 0.5
    devices["Mine"] = {"type": "shelly:plug-s", "ip": "127.0.0.1:9", "enabled": False}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "devices.json").write_text(json.dumps(devices))
    return process("demo", "--days", "9", "--duration", "1", "--files", folder)


def home_of(folder: Path) -> Home:
    content = json.loads((folder / MARK_FILE).read_text())
    return Home(content["begin_s"], content["utc_offset_s"])


def points_of(folder: Path, name: str) -> list[Point]:
    with JournalReader(folder / JOURNAL_FILE) as reader:
        return reader.points(name, 0, 2**62)


def points_in(folder: Path) -> int:
    try:
        with JournalReader(folder / JOURNAL_FILE) as reader:
            return reader.last_seq()
    except JournalError:
        return 0


def sign_of_life(folder: Path) -> int | None:
    with JournalReader(folder / JOURNAL_FILE) as reader:
        return reader.meta("heartbeat_us")


def log_of(folder: Path) -> str:
    log = folder / LOG_FILE
    return log.read_text("utf-8") if log.exists() else ""


def test_it_fills_reports_polls_and_ends_by_itself(first: Ran, folder: Path) -> None:
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith("Filling ")
    assert "100 %" in first.out
    assert f"lines of reports written to {folder}" in first.out
    for name in NAMES:
        assert f"\n{name} " in first.out
    assert first.out.endswith(f"Stopped. The reports and the log are in {folder}/\n")
    assert not (folder / f"{JOURNAL_FILE}-wal").exists(), "closed in order"


def test_every_finished_day_has_its_line_for_every_socket(first: Ran, folder: Path) -> None:
    for name in NAMES:
        lines = (folder / f"{name}_day.txt").read_text("utf-8").splitlines()
        assert len(lines) == 2 + DAYS
        assert all(line.count(" 00:00:00 ") == 2 for line in lines[2:])
        missing = [line.split("|")[5].strip() for line in lines[2:]]
        assert name == "Television" or missing == ["0.0"] * DAYS


def test_its_settings_show_a_tariff_and_what_an_appliance_does(first: Ran, folder: Path) -> None:
    found = load(folder, {"TZ": "Europe/Berlin"}, folder, ("shelly:plug-s", "shelly:3em"))
    assert found.warnings == ()
    assert found.tariff is not None
    old, new = found.tariff.sections
    assert old.start is None
    assert new.start is not None
    assert all(one.windows and one.base_price_month and one.feed_in_kwh for one in (old, new))
    machine = found.devices["Washing machine"]
    assert machine.power_on is not None
    assert machine.run is not None


def switched_on(points: list[Point]) -> Iterator[int]:
    """When the washing machine of the demo begins to wash."""
    is_off = False
    for point in points:
        power_w = float(point.fields.get("power", math.nan))
        if is_off and power_w >= 10:
            yield point.time_us
        is_off = power_w < 2 or (is_off and power_w < 10)


def test_the_washes_are_counted_in_the_reports(first: Ran, folder: Path) -> None:
    lines = (folder / "Washing machine_day.txt").read_text("utf-8").splitlines()
    assert "Power on count" in lines[0]
    with JournalReader(folder / JOURNAL_FILE) as reader:
        days = [one.period for one in reader.reports("Washing machine") if one.kind == "day"]
    begins = list(switched_on(points_of(folder, "Washing machine")))
    counted = [int(line.split("|")[6]) for line in lines[2:]]
    assert counted == [sum(day.start_us < begin <= day.end_us for begin in begins) for day in days]


def test_live_points_follow_the_filled_ones_within_seconds(first: Ran, folder: Path) -> None:
    points = points_of(folder, "Washing machine")
    begin_us = points[0].time_us
    live = [point for point in points if (point.time_us - begin_us) % STEP_US]
    assert live
    assert live == points[-len(live) :]
    assert live[0].time_us - points[-len(live) - 1].time_us < 3 * STEP_US
    assert f"{live[-1].fields['power']:g} W" in log_of(folder)


def test_it_never_uses_the_database_of_the_environment(first: Ran, folder: Path) -> None:
    assert "no DB_* is set" in log_of(folder)


def test_the_next_run_goes_on_where_the_last_one_stopped(second: Ran, folder: Path) -> None:
    assert (second.code, second.err) == (0, "")
    home = home_of(folder)
    for name in NAMES:
        points = points_of(folder, name)
        steps = [after.time_us - before.time_us for before, after in pairwise(points)]
        assert min(steps) > 0
        assert max(steps) < 3 * STEP_US
        assert points[0].time_us // US_PER_S == home.begin_s


@pytest.mark.parametrize("name", NAMES)
def test_the_energy_of_both_runs_together_is_what_really_flowed(
    second: Ran, folder: Path, name: str
) -> None:
    points = points_of(folder, name)
    socket = home_of(folder).socket(name).socket
    good = [point for point in points if point.success]
    begin_s, end_s = (good[place].time_us / US_PER_S for place in (0, -1))
    energy_wh = sum(float(point.fields.get("energy_wh", 0.0)) for point in points)
    # A live point is stamped when its answer is here: some milliseconds after the counter was read.
    late_wh = abs(socket.true_energy_wh(end_s - 0.5, end_s))
    assert energy_wh == pytest.approx(
        socket.true_energy_wh(begin_s, end_s), abs=RESOLUTION_WH.get(name, 1 / 60) + late_wh
    )
    counter_wh = float(good[-1].fields["counter_wh"])
    assert counter_wh > socket.true_energy_wh(begin_s - UP_BEFORE_S + 60, begin_s)


def test_what_the_user_changed_in_the_folder_stays(second: Ran, folder: Path) -> None:
    assert json.loads((folder / "config.json").read_text())["general"]["price_kwh"] == 0.5
    assert list(json.loads((folder / "devices.json").read_text())) == [*NAMES, "Mine"]


@pytest.mark.parametrize("content", ["devices.json", "holiday.jpg", ".env"])
def test_a_folder_that_is_somebody_elses_is_refused_and_not_touched(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / content).write_text("{}")
    ran = process("demo", "--files", tmp_path)

    assert ran.code == 2
    assert f"{tmp_path} was not made by the demo" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == [content]
    assert (tmp_path / content).read_text() == "{}"


@pytest.mark.parametrize("mark", ["", "[]", '{"begin_s": "soon"}'])
def test_a_damaged_mark_is_named(tmp_path: Path, mark: str) -> None:
    (tmp_path / MARK_FILE).write_text(mark)
    ran = process("demo", "--files", tmp_path)

    assert ran.code == 2
    assert str(tmp_path / MARK_FILE) in ran.err


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_is_stopped_in_order_while_it_polls(tmp_path: Path, ending: signal.Signals) -> None:
    demo = started("demo", "--days", "0", "--files", tmp_path)
    try:
        until(lambda: "first reading" in log_of(tmp_path) and sign_of_life(tmp_path))
        other = process("demo", "--files", tmp_path)
        assert other.code == 2
        assert f"process {demo.pid} works in it" in other.err
        began = time.monotonic()
        demo.send_signal(ending)
        out, err = demo.communicate(timeout=STOP_LIMIT_S)
    finally:
        demo.kill()
    assert (demo.returncode, err) == (0, "")
    assert time.monotonic() - began < STOP_LIMIT_S
    assert "Stopped." in out


def test_ctrl_c_stops_the_fill_too_and_what_is_filled_is_whole(tmp_path: Path) -> None:
    demo = started("demo", "--days", "400", "--files", tmp_path)
    try:
        until(lambda: points_in(tmp_path) > 0)
        demo.send_signal(signal.SIGINT)
        out, err = demo.communicate(timeout=STOP_LIMIT_S)
    finally:
        demo.kill()
    assert (demo.returncode, err) == (0, "")
    assert "Stopped." in out
    lasts = {points_of(tmp_path, name)[-1].time_us // US_PER_S for name in NAMES}
    assert len(lasts) == 1
    assert not list(tmp_path.glob("*.txt"))
