"""Market prices in the whole program: fetched while it runs, tried by check, stopped in time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from source.app import Daemon
from source.journal.reader import JournalReader
from source.notices import changes
from source.setup import prepare
from source.tariffs.spot import quarter_at
from tests.cli.conftest import Cli, cli
from tests.running import is_open, running_daemon
from tests.sinks.places import until
from tests.sinks.scripted_server import ScriptedServer, scripted_server
from tests.tariffs.pricing import BERLIN, Exchange, url_of

__all__ = ["cli"]

OWN = "def setup_tariffs(tariffs):\n    tariffs.register('own')(lambda market: [])\n"
SOURCE = "energy-charts:DE-LU"
LOCALLY: Mapping[str, object] = {"timezone": "Europe/Berlin"}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


def midnight(days: int = 0) -> datetime:
    """The beginning of today in Berlin, or of another day."""
    today = datetime.now(BERLIN).date() + timedelta(days=days)
    return datetime.combine(today, datetime.min.time(), BERLIN).astimezone(timezone.utc)


def tariff(server: ScriptedServer) -> dict[str, object]:
    dynamic = {"provider": "energy-charts", "area": "DE-LU", "url": url_of(server)}
    return {"prices": [{"from": "2020-01-01", "price_kwh": 0.3, "dynamic": dynamic}]}


def write_config(folder: Path, tariff: object = None) -> None:
    content: dict[str, object] = {"general": {**LOCALLY, "log_file": False}}
    if tariff is not None:
        content["tariff"] = tariff
    (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")


def prices(folder: Path) -> dict[int, int]:
    with JournalReader(folder / "isdl.db") as reader:
        return reader.prices(SOURCE, quarter_at(midnight()), quarter_at(midnight(1)))


def test_a_tariff_that_comes_while_the_program_runs_has_its_prices_fetched(
    tmp_path: Path, server: ScriptedServer
) -> None:
    Exchange(server, midnight(-3), midnight(2))
    with running_daemon(tmp_path, {}, **LOCALLY) as daemon:
        assert "prices" not in daemon._working.running()
        write_config(tmp_path, tariff(server))
        until(lambda: is_open(tmp_path) and len(prices(tmp_path)) >= 92)
        assert "prices" in daemon._working.running()


@pytest.fixture
def files(tmp_path: Path, server: ScriptedServer) -> Path:
    (tmp_path / "devices.json").write_text("{}", encoding="utf-8")
    write_config(tmp_path, tariff(server))
    return tmp_path


def test_a_server_that_hangs_does_not_hold_up_the_stop(files: Path, server: ScriptedServer) -> None:
    server.then_hang()
    daemon = Daemon(setup=prepare({"WEB": "off"}, files))
    thread = threading.Thread(target=daemon.run)
    thread.start()
    until(lambda: server.asked)
    began = time.monotonic()
    daemon.stopping.set()
    thread.join(10)
    assert time.monotonic() - began < 2.5  # a second of it until the stop is looked for


# --- check ---


def test_check_says_until_when_the_prices_are_known(
    cli: Cli, files: Path, server: ScriptedServer
) -> None:
    Exchange(server, midnight(-3), midnight(1))
    ran = cli("check", "--files", files)
    until_text = midnight(1).astimezone(BERLIN).strftime("%Y-%m-%d %H:%M:%S")
    assert f"{SOURCE}  prices  {url_of(server)}  ok" in ran.out
    assert f"known until {until_text}" in ran.out
    assert ran.code == 0
    assert not (files / "isdl.db").exists(), "nothing is stored"


def test_check_says_what_is_wrong_with_the_prices(
    cli: Cli, files: Path, server: ScriptedServer
) -> None:
    server.then(500)
    ran = cli("check", "--json", "--files", files)
    assert ran.code == 2
    assert ran.json["prices"] == [
        {"source": SOURCE, "result": "failed", "reason": "127.0.0.1 answered 500"}
    ]
    Exchange(server, midnight(-3), midnight() + timedelta(hours=2))
    late = cli("check", "--json", "--files", files)
    assert "has no prices from" in late.json["prices"][0]["reason"]


def test_check_without_the_network_asks_nobody_for_prices(
    cli: Cli, files: Path, server: ScriptedServer
) -> None:
    ran = cli("check", "--no-network", "--files", files)
    assert ran.code == 0
    assert "not tried" in ran.out
    assert server.asked == []


def test_check_does_not_ask_a_provider_whose_prices_no_tariff_takes_any_more(
    cli: Cli, files: Path, server: ScriptedServer
) -> None:
    old = tariff(server)["prices"]
    write_config(files, [*old, {"from": "2021-01-01", "price_kwh": 0.4}])  # type: ignore[misc]
    ran = cli("check", "--json", "--files", files)
    assert ran.code == 0
    assert ran.json["prices"] == [
        {
            "source": SOURCE,
            "result": "ok",
            "reason": "not asked: no tariff takes its prices since 2021-01-01 00:00:00",
        }
    ]
    assert server.asked == []


def test_check_does_not_miss_todays_prices_where_the_tariff_begins_tomorrow(
    cli: Cli, files: Path, server: ScriptedServer
) -> None:
    Exchange(server, midnight(1), midnight(2))
    tomorrow = (datetime.now(BERLIN).date() + timedelta(days=1)).isoformat()
    (price,) = tariff(server)["prices"]  # type: ignore[misc]
    write_config(files, [{**price, "from": tomorrow}])
    ran = cli("check", "--json", "--files", files)
    assert ran.code == 0
    assert ran.json["prices"][0]["reason"] == "answers; its prices begin later"


def test_check_shows_the_server_of_the_prices_alone(
    cli: Cli, files: Path, server: ScriptedServer
) -> None:
    dynamic = {"provider": "energy-charts", "url": f"{url_of(server)}/4711-geheim/api"}
    write_config(files, {"dynamic": dynamic})
    Exchange(server, midnight(-3), midnight(2))
    ran = cli("check", "--files", files)
    assert url_of(server) in ran.out
    assert "geheim" not in f"{ran.out}{ran.err}"


# --- the log ---


def test_the_log_names_what_is_fetched_anew_after_a_change(
    files: Path, server: ScriptedServer
) -> None:
    before = prepare({}, files)
    dynamic = {"provider": "awattar", "url": url_of(server), "token": "4711-geheim"}
    write_config(files, {"dynamic": dynamic})
    now = prepare({}, files, before)
    assert changes(before, now) == "tariff: config.json; market prices: awattar"
    write_config(files, {"dynamic": {"provider": "own"}})
    (files / "device_plugin.py").write_text(OWN, encoding="utf-8")
    own = prepare({}, files)
    (files / "device_plugin.py").write_text(f"{OWN}\n", encoding="utf-8")
    assert changes(own, prepare({}, files, own)) == "market prices: own"
    assert changes(own, own) == "nothing has changed"
