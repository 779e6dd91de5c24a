"""The settings' API over a running daemon: sections, database, retention, preview, lists."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source.config.web import Web
from source.simulator.server import SimulatorServer
from source.web.listening import listening, unusable
from tests.influx_server import ADMIN, ADMIN_PASSWORD, InfluxServer
from tests.running import add_plug, all_points, entry, influx_environment
from tests.sinks.places import until
from tests.web.page import Page, running_page

WINDOWED = {
    "prices": [{"price_kwh": 0.4, "windows": [{"from": "22:00", "to": "06:00", "price_kwh": 0.21}]}]
}


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with running_page(tmp_path, {}) as page:
        yield page


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One for all tests that change nothing."""
    with running_page(tmp_path_factory.mktemp("files"), {}) as page:
        yield page


def config(page: Page) -> Any:
    return json.loads((page.daemon.configuration.files / "config.json").read_text("utf-8"))


def dotenv(page: Page) -> str:
    return (page.daemon.configuration.files / ".env").read_text("utf-8")


def of(server: InfluxServer, **more: object) -> dict[str, object]:
    return {"host": server.host, "port": server.port, "name": "isdl", "user": "logger", **more}


# --- sections ---


def test_sections_are_saved_as_a_whole_and_at_once(page: Page) -> None:
    before = page.get("settings")
    general = {**before["general"], "price_kwh": 0.2999, "timezone": "Europe/Vienna"}
    body = {"revision": before["revision"], "general": general, "tariff": WINDOWED}
    assert page.well("PUT", "settings", body)["applied"]
    after = page.get("settings")
    assert after["general"] == general
    assert after["tariff"] == WINDOWED
    assert str(page.daemon.configuration.general.price_kwh) == "0.2999"
    assert after["defaults"]["timezone"] == "Europe/Vienna"
    assert page.well("PUT", "settings", {"tariff": None})["applied"]
    assert "tariff" not in config(page)


def test_what_is_wrong_is_told_by_its_section(reader: Page) -> None:
    general = {**reader.get("settings")["general"], "price_kwh": -1, "timezone": "Berlin"}
    error = reader.wrong(422, "PUT", "settings", {"general": general, "web": {"port": 99_999}})
    keys = {one["key"] for one in error["problems"]}
    assert keys == {"general.price_kwh", "general.timezone", "web.port"}
    assert "web" not in config(reader)


@pytest.mark.parametrize("host", ["192.0.2.7", "nowhere.invalid"])
def test_the_page_does_not_move_to_where_it_could_not_listen(page: Page, host: str) -> None:
    before = page.get("settings")
    body = {"revision": before["revision"], "web": {"host": host}}
    error = page.wrong(422, "PUT", "settings", body, language="de")
    assert [one["key"] for one in error["problems"]] == ["web.host"]
    assert "die Seite wäre weg" in error["problems"][0]["allowed"]
    assert page.get("settings")["web"] == before["web"]


def test_a_port_that_another_program_has_is_refused_beforehand() -> None:
    with listening("127.0.0.1", 0) as taken, listening("127.0.0.1", 0) as ours:
        now, other = Web(port=ours.getsockname()[1]), taken.getsockname()[1]
        assert [one.key for one in unusable({"port": other}, now, [])] == ["web.port"]
        assert unusable({"port": other}, now, ["port"]) == []
        assert unusable({"port": "x"}, now, []) == []  # told with all that is wrong
        assert unusable({"port": now.port, "host": "0.0.0.0"}, now, []) == []
    assert unusable({"port": other}, now, []) == []


def test_a_page_that_is_out_of_date_changes_nothing(page: Page) -> None:
    old = page.get("settings")["revision"]
    page.well("PUT", "settings", {"tariff": WINDOWED})
    error = page.wrong(409, "PUT", "settings", {"tariff": None, "revision": old})
    assert error["difference"]
    assert config(page)["tariff"] == WINDOWED


def test_a_token_is_written_and_never_shown(page: Page) -> None:
    dynamic = {"provider": "tibber", "token": "geheim", "url": "http://127.0.0.1:1/"}
    tariff = {"price_kwh": 0.3, "dynamic": dynamic}
    page.well("PUT", "settings", {"tariff": tariff})
    shown = page.get("settings")["tariff"]
    assert shown["dynamic"]["token"] == "********"
    page.well("PUT", "settings", {"tariff": {**shown, "price_kwh": 0.31}})
    assert config(page)["tariff"]["dynamic"]["token"] == "geheim"


def test_the_pages_own_address_is_told_where_the_environment_sets_it(reader: Page) -> None:
    assert {"enabled", "port"} <= set(reader.get("settings")["web_from_environment"])


# --- the database's settings ---


def test_a_database_goes_to_a_private_file_and_its_password_stays_there(page: Page) -> None:
    wanted = {"host": "127.0.0.1", "port": 1, "name": "isdl", "user": "me", "password": "a'b #$"}
    page.well("PUT", "settings", {"database": wanted})
    mode = (page.daemon.configuration.files / ".env").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    shown = page.get("settings")["database"]
    assert shown["has_password"]
    assert "password" not in shown
    assert (shown["host"], shown["port"], shown["ssl"]) == ("127.0.0.1", 1, False)
    page.well("PUT", "settings", {"database": {**wanted, "password": "", "port": 2}})
    database = page.daemon.configuration.database
    assert database is not None
    assert database.port == 2
    assert database.password.get_secret_value() == ""
    page.well("PUT", "settings", {"database": None})
    assert page.daemon.configuration.database is None
    assert dotenv(page).strip() == ""


def test_a_password_that_is_left_out_stays(page: Page) -> None:
    wanted = {"host": "127.0.0.1", "name": "isdl", "user": "me", "password": "geheim"}
    page.well("PUT", "settings", {"database": wanted})
    del wanted["password"]
    page.well("PUT", "settings", {"database": {**wanted, "ssl": True}})
    database = page.daemon.configuration.database
    assert database is not None
    assert database.ssl
    assert database.password.get_secret_value() == "geheim"


def test_a_wrong_database_is_told_by_the_pages_keys(page: Page) -> None:
    wanted = {"host": "http://x", "port": 0, "name": "isdl"}
    error = page.wrong(422, "PUT", "settings", {"database": wanted})
    keys = {one["key"] for one in error["problems"]}
    assert keys == {"database.host", "database.port", "database.user"}


def test_what_the_environment_sets_can_not_be_changed_here(tmp_path: Path) -> None:
    environ = {"DB_IP_ADDRESS": "127.0.0.1", "DB_USER_NAME": "me", "DB_NAME": "isdl"}
    with running_page(tmp_path, {}, environ) as page:
        shown = page.get("settings")["database"]
        assert set(shown["from_environment"]) == {"host", "user", "name"}
        same = {"host": "127.0.0.1", "port": 9}
        page.well("PUT", "settings", {"database": same})
        assert page.daemon.configuration.database is not None
        assert page.daemon.configuration.database.port == 9
        error = page.wrong(422, "PUT", "settings", {"database": {"host": "127.0.0.2"}})
        assert "DB_IP_ADDRESS" in error["problems"][0]["allowed"]


# --- the database's test ---


def steps(page: Page, database: object, language: str = "en") -> dict[str, tuple[bool, str]]:
    answer = page.send("POST", "database/test", {"database": database}, language)
    assert answer.status_code == 200, answer.text
    return {one["step"]: (one["ok"], one["text"]) for one in answer.json()["steps"]}


@pytest.mark.influx
def test_a_database_is_tried_step_by_step_and_left_clean(
    reader: Page, influx: InfluxServer, fresh: str
) -> None:
    found = steps(reader, of(influx, name=fresh))
    assert all(ok for ok, _ in found.values()), found
    assert list(found) == ["reachable", "version", "login", "database", "write", "read_back"]
    assert "was missing and is now created" in found["database"][1]
    assert "is there" in steps(reader, of(influx, name=fresh))["database"][1]
    assert influx.query("SHOW MEASUREMENTS", fresh) == [] or "isdl_test" not in str(
        influx.query("SHOW MEASUREMENTS", fresh)
    )


@pytest.mark.influx
def test_logins_and_rights_that_lack_are_told(reader: Page, tmp_path: Path) -> None:
    server = InfluxServer(tmp_path / "influx", auth=True)
    server.start()
    try:
        wrong = steps(reader, of(server, user=ADMIN, password="wrong"))
        assert "User or password is wrong" in wrong["login"][1]
        server.query("CREATE USER writer WITH PASSWORD 'w'")
        plain = of(server, user="writer", password="w")
        assert "may not create it" in steps(reader, plain)["database"][1]
        server.query('CREATE DATABASE "isdl"')
        server.query('GRANT WRITE ON "isdl" TO writer')
        found = steps(reader, plain)
        assert found["write"][0]
        assert not found["read_back"][0]
        assert "not read" in found["read_back"][1]
        good = steps(reader, of(server, user=ADMIN, password=ADMIN_PASSWORD))
        assert all(ok for ok, _ in good.values()), good
    finally:
        server.stop()


def test_a_database_that_is_not_there_is_told_in_both_languages(reader: Page) -> None:
    gone = {"host": "127.0.0.1", "port": 1, "name": "isdl", "user": "me"}
    english, german = steps(reader, gone), steps(reader, gone, "de")
    assert list(english) == ["reachable"]
    assert "refuses the connection at port 1" in english["reachable"][1]
    assert "weist die Verbindung an Port 1 ab" in german["reachable"][1]


def test_something_else_at_the_databases_port_is_told(
    reader: Page, sockets: SimulatorServer
) -> None:
    host, _, port = add_plug(sockets).partition(":")
    found = steps(reader, {"host": host, "port": int(port), "name": "isdl", "user": "me"})
    assert found["reachable"][0]
    assert "no InfluxDB" in found["version"][1]


def test_a_half_filled_database_is_not_tried(reader: Page) -> None:
    error = reader.wrong(422, "POST", "database/test", {"database": {"host": "127.0.0.1"}})
    assert {one["key"] for one in error["problems"]} == {"database.name", "database.user"}


@pytest.mark.influx
def test_the_database_that_is_set_is_tried_where_none_is_sent(
    tmp_path: Path, influx: InfluxServer, fresh: str
) -> None:
    with running_page(tmp_path, {}, influx_environment(influx, fresh)) as page:
        assert page.well("POST", "database/test", {})["ok"]


# --- retention, preview, lists ---


def test_the_journals_size_follows_from_intervals_and_days(
    tmp_path: Path, sockets: SimulatorServer
) -> None:
    with running_page(tmp_path, {"Fridge": entry(add_plug(sockets))}, raw_days=10) as page:
        until(lambda: bool(all_points(page.daemon.configuration.files)))
        found = page.get("settings")["retention"]
        assert found["points_per_day"] == 172_800
        assert found["raw_days"] == 10
        assert found["bytes_now"] > 0
        expected = 1_728_000 * found["bytes_per_point"]
        assert found["bytes_expected"] == pytest.approx(expected, rel=0.01)
        told = page.get("status")["journal"]
        assert told["expected_bytes"] == found["bytes_expected"], "both pages say the same"


def test_a_tariff_is_shown_before_it_is_saved(reader: Page) -> None:
    found = reader.well("POST", "settings/preview", {"tariff": WINDOWED})
    assert len(found["time_s"]) == len(found["import_per_kwh"]) == 192
    assert set(found["import_per_kwh"]) == {0.4, 0.21}
    assert found["import_per_kwh"].count(0.21) == 64
    assert found["end_s"] - found["time_s"][0] == 48 * 3600
    plain = reader.well("POST", "settings/preview", {"general": {"price_kwh": "0,55"}})
    assert set(plain["import_per_kwh"]) == {0.55}


def test_a_tariff_that_is_wrong_is_told_before_it_is_saved(reader: Page) -> None:
    error = reader.wrong(422, "POST", "settings/preview", {"tariff": {"price_kwh": "dear"}})
    assert [one["key"] for one in error["problems"]] == ["tariff.price_kwh"]


def test_market_prices_that_are_not_known_yet_are_assumed(reader: Page) -> None:
    tariff = {"price_kwh": 0.3, "dynamic": {"provider": "awattar"}}
    found = reader.well("POST", "settings/preview", {"tariff": tariff})
    assert set(found["assumed"]) == {1}


def test_zones_and_languages_can_be_chosen_from(reader: Page) -> None:
    zones = {one["value"] for one in reader.get("zones")}
    assert {"Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"} <= zones
    german = {one["value"]: one["label"] for one in reader.get("locales", "de")}
    assert german["de_AT"] == "Deutsch (Österreich)"
    assert {one["value"]: one["label"] for one in reader.get("locales")}[
        "fr_FR"
    ] == "French (France)"
