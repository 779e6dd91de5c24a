"""Command status, without a daemon; beside one see test_run."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from source.journal.schema import JOURNAL_FILE
from source.journal.store import Journal
from source.model import US_PER_S
from source.text import size_text
from tests.cli.command import files_folder, keep, plug, process
from tests.cli.conftest import Cli
from tests.fakes import START_US, TEN_S, FakeClock, failed_point, good_point

REASONS = [*(f"reason {n}" for n in range(4)), "field type conflict " * 6]


def now_us() -> int:
    return time.time_ns() // 1000


def test_without_a_journal_it_says_so(cli: Cli, tmp_path: Path) -> None:
    ran = cli("status", "--files", files_folder(tmp_path, {"Fridge": plug("127.0.0.1:9")}))
    assert (ran.code, ran.out) == (1, "")
    assert (
        ran.err == f"Error: there is no journal yet in {tmp_path}; it begins with the first run\n"
    )


def test_devices_journal_and_daemon_are_told_as_json(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(
        tmp_path,
        {
            "Fridge": plug("127.0.0.1:9"),
            "Gone": plug("127.0.0.1:9"),
            "New": plug("127.0.0.1:9"),
            "Off": plug("127.0.0.1:9", enabled=False),
        },
    )
    gone = [failed_point(now_us() - n * TEN_S, "Gone") for n in (3, 2, 1)]
    keep(files, [good_point(now_us() - US_PER_S, 0.25), *gone])
    ran = cli("status", "--json", "--files", files)
    assert ran.code == 0
    told = ran.json
    assert (told["running"], told["pid"], told["journal"]["points"]) == (False, None, 4)
    assert told["page"] is None
    assert told["journal"]["size_bytes"] == (files / JOURNAL_FILE).stat().st_size
    states = {device["device"]: device["state"] for device in told["devices"]}
    assert states == {"Fridge": "ok", "Gone": "off-line", "New": "waiting"}
    assert told["devices"][0]["power_w"] == 90.0
    assert told["devices"][1]["last_reading"] is None


def test_for_people_a_socket_that_nobody_polls_is_stopped(tmp_path: Path) -> None:
    files = files_folder(tmp_path, {"Fridge": plug("127.0.0.1:9"), "New": plug("127.0.0.1:9")})
    keep(files, [good_point(now_us() - 7200 * US_PER_S)])
    ran = process("status", "--files", files)
    assert (ran.code, ran.err) == (0, "")
    assert "Daemon:  not running" in ran.out
    assert ", 1 point, " in ran.out
    assert "Fridge  stopped      -  0.000 kWh      0.00 €  2 h 0 min ago" in ran.out
    assert ran.out.endswith("never\n")


def test_the_configured_database_is_told_also_before_it_took_a_point(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("IP_ADDRESS", "127.0.0.1"), ("USER_NAME", "u"), ("NAME", "home")):
        monkeypatch.setenv(f"DB_{name}", text)
    files = files_folder(tmp_path)
    keep(files, [good_point(START_US + n * TEN_S) for n in range(5)])
    assert cli("status", "--json", "--files", files).json["sinks"] == [
        {
            "sink": "influxdb:127.0.0.1:8086/home",
            "configured": True,
            "acknowledged_seq": 0,
            "backlog_points": 5,
            "set_aside_points": 0,
            "set_aside_reasons": [],
            "dropped_points": 0,
        }
    ]
    assert "influxdb:127.0.0.1:8086/home, 5 points to go" in cli("status", "--files", files).out


def test_a_database_that_is_no_longer_configured_is_told_as_such(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path)
    journal = Journal(files / JOURNAL_FILE, clock=FakeClock())
    journal.open()
    journal.append(good_point(START_US))
    journal.acknowledge("influxdb:old:8086/home", 1)
    journal.close()
    line = "Copy:    influxdb:old:8086/home, up to date, no longer configured"
    assert line in cli("status", "--files", files).out


def test_points_that_were_set_aside_or_lost_are_told_with_the_reasons(
    cli: Cli, tmp_path: Path
) -> None:
    files = files_folder(tmp_path, journal_max_mb=16)
    journal = Journal(files / JOURNAL_FILE, clock=FakeClock())
    journal.open()
    for seq in range(10):
        journal.append(good_point(START_US + seq, device=f"Socket {seq}"))
    journal.acknowledge("influxdb:old:8086/home", 10)
    journal.close()
    with closing(sqlite3.connect(files / JOURNAL_FILE)) as db, db:
        db.execute("UPDATE cursor SET dropped_points = 12")
        rows = [(seq, f"Socket {seq}", REASONS[min(seq, 4)]) for seq in range(10)]
        db.executemany(
            "INSERT INTO rejected VALUES ('influxdb:old:8086/home', ?, ?, 0, '', ?)", rows
        )
    told = cli("status", "--json", "--files", files).json
    (sink,) = told["sinks"]
    assert told["journal"]["max_bytes"] == 16_000_000
    assert (sink["set_aside_points"], sink["dropped_points"]) == (10, 12)
    assert sink["set_aside_reasons"][0] == {
        "reason": REASONS[4],
        "points": 6,
        "devices": [f"Socket {seq}" for seq in (9, 8, 7, 6, 5, 4)],
    }
    lines = cli("status", "--files", files).out.splitlines()
    assert lines[1].endswith(" kB of 16.0 MB")
    assert lines[2:11] == [
        "Copy:    influxdb:old:8086/home, up to date, no longer configured",
        "         12 points lost for it: the journal was full",
        "         10 points set aside, refused by it:",
        "           6 × field type conflict field type conflict field type conflict field",
        "           type conflict field type conflict field type conflict (Socket 9,",
        "           Socket 8, Socket 7, …)",
        "           1 × reason 0 (Socket 0)",
        "           1 × reason 1 (Socket 1)",
        "           and 2 further reasons, see --json",
    ]


def test_a_daemon_that_waits_for_the_right_time_is_told(cli: Cli, tmp_path: Path) -> None:
    files = files_folder(tmp_path, {"Fridge": plug("127.0.0.1:9")})
    keep(files, [good_point(START_US)])
    with closing(sqlite3.connect(files / JOURNAL_FILE)) as db, db:
        signs = {"heartbeat_us": now_us(), "pid": 7, "clock_wait": 1}
        db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", signs.items())
    told = cli("status", "--json", "--files", files).json
    assert (told["waiting_for_clock"], told["devices"][0]["state"]) == (True, "waiting")
    assert "\n         waiting for the right time, " in cli("status", "--files", files).out


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(61_440, "61 kB"), (288_300_000, "288.3 MB"), (12_345_000_000, "12.35 GB")],
)
def test_a_size_is_told_in_its_own_unit(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text


def test_long_names_are_short_in_the_table_and_whole_in_json(cli: Cli, tmp_path: Path) -> None:
    names = [f"{'n' * 299}{n}" for n in (1, 2)]
    files = files_folder(tmp_path, {name: plug("127.0.0.1:9") for name in names})
    keep(files, [good_point(now_us() - TEN_S, device=name) for name in names])
    rows = cli("status", "--files", files).out.splitlines()[-2:]
    assert all(len(row) < 120 for row in rows)
    assert rows[0].split()[0] != rows[1].split()[0]
    told = cli("status", "--json", "--files", files).json
    assert [device["device"] for device in told["devices"]] == names
