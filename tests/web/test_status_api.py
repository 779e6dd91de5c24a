"""Whether everything runs smoothly, the log, and the diagnostics file."""

from __future__ import annotations

import io
import json
import zipfile
from collections import namedtuple
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from source.config.load import load
from source.config.models import Configuration
from source.config.secrets import secrets_of
from source.config.tariffs import Market, PriceSection, Tariff
from source.errors import PluginError
from source.logtargets import LogFile
from source.model import US_PER_S, Checkpoint
from source.web.logfile import BLOCK, MOST_LINE, newest_lines
from source.web.secretless import Blanking, variable_names
from tests.fakes import START_US, failed_point, good_point
from tests.reports.house import configuration
from tests.running import running_journal
from tests.web.house import House, got

NAME = '<b>Fridge</b> "🔌"'
SECRETS = ("s3cret-of-db", "t0ken-of-tibber", "plug-pass/word", "in-the-url", "nested-secret")


@pytest.fixture
def configured(tmp_path: Path) -> Configuration:
    return configuration(tmp_path, None, **{NAME: {"update_time_s": 10.0, "cost_day": False}})


def polled(house: House, *points: bool) -> House:
    """The newest polls of the socket, the last one now; and a daemon that is alive."""
    now_us = house.clock.now_us()
    with running_journal(house.context.files, house.clock) as journal:
        for place, is_good in enumerate(points):
            time_us = now_us - (len(points) - 1 - place) * 10 * US_PER_S
            if is_good:
                journal.append(good_point(time_us, 1.0, NAME), Checkpoint(time_us))
            else:
                journal.append(failed_point(time_us, NAME))
    return house


def texts(house: House, language: str = "en") -> list[str]:
    found = house.get("status", {"accept-language": language}).json()["findings"]
    return [f"{one['level']} {one['subject']}: {one['text']}" for one in found]


def test_everything_runs_smoothly_in_both_languages(configured: Configuration) -> None:
    house = polled(House(configured, START_US), True)
    found = got(house, "status")
    assert (found["ok"], found["headline"]) == (True, "Everything runs smoothly.")
    assert found["sockets"] == {"ok": 1}
    assert found["journal"]["points_per_day"] == 8640.0
    german = house.get("status", {"accept-language": "de"}).json()
    assert german["headline"] == "Alles läuft rund."


def test_a_dead_socket_is_told_with_its_reason_and_what_to_do(configured: Configuration) -> None:
    house = polled(House(configured, START_US), True, False, False, False)
    house.socket_health.failed(NAME, "connection refused")
    (found,) = got(house, "status")["findings"]
    assert (found["level"], found["subject"]) == ("error", NAME)
    assert found["text"] == (
        "Off-line since Jan 1, 2026, 00:59: It refuses the connection. (connection refused)"
    )
    assert "Wi-Fi" in found["advice"]
    (german,) = house.get("status", {"accept-language": "de"}).json()["findings"]
    assert german["text"] == (
        "Nicht erreichbar seit 01.01.2026, 00:59: Sie lehnt die Verbindung ab. (connection refused)"
    )
    assert "WLAN" in german["advice"]


def test_one_failed_poll_is_a_warning_only(configured: Configuration) -> None:
    house = polled(House(configured, START_US), True, False)
    (found,) = got(house, "status")["findings"]
    assert found["level"] == "warning"
    assert got(house, "status")["headline"] == "It runs; one thing needs a look."


def test_without_sockets_it_says_how_to_get_one(tmp_path: Path) -> None:
    house = House(Configuration(files=tmp_path), START_US)
    polled(house)
    assert texts(house) == ["warning Sockets: No socket is polled."]


def test_a_clock_that_was_set_back_is_doubted(configured: Configuration) -> None:
    house = polled(House(configured, START_US), True)
    house.clock.step_wall(-7200.0)
    assert got(house, "status")["clock"]["doubt"].startswith("The newest reading lies 2 h 0 min")
    assert texts(house)[0].startswith("error Clock: ")


def test_a_wrong_clock_at_the_start_is_told(configured: Configuration) -> None:
    house = House(configured, START_US)
    with running_journal(house.context.files, house.clock) as journal:
        journal.note("clock_wait", 1)
    assert "plainly wrong" in texts(house)[0]


def test_a_nearly_full_journal_is_told(
    configured: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = polled(House(configured, START_US), True)
    monkeypatch.setattr("source.web.journalsize.BYTES_PER_MB", 1)
    assert texts(house)[0].startswith("warning Journal: The journal has ")


def test_a_disk_without_room_is_told(
    configured: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = polled(House(configured, START_US), True)
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(30_000_000))
    assert texts(house) == [
        "error Journal: Only 30.0\xa0MB are free on the disk; the journal grows by 691\xa0kB a day."
    ]
    assert "30,0\xa0MB" in texts(house, "de")[0]


def with_database(folder: Path) -> Configuration:
    environ = {
        "DB_IP_ADDRESS": "127.0.0.1",
        "DB_USER_NAME": "user",
        "DB_NAME": "power",
        "DB_USER_PASSWORD": SECRETS[0],
    }
    return load(folder, environ, folder, ["own:x"])


def test_a_database_that_is_away_is_told_with_its_backlog(tmp_path: Path) -> None:
    devices = {NAME: {"type": "own:x", "ip": "127.0.0.1", "update_time": 10}}
    (tmp_path / "devices.json").write_text(json.dumps(devices), encoding="utf-8")
    house = polled(House(with_database(tmp_path), START_US), True, True)
    sink = "influxdb:127.0.0.1:8086/power"
    house.health.failed(sink, "connection refused")
    house.clock.advance(1.0)
    (found,) = (one for one in got(house, "status")["findings"] if one["subject"] == sink)
    assert found["text"] == "No copy for 1 s; 2 readings wait: connection refused"
    (told,) = got(house, "status")["sinks"]
    assert (told["sink"], told["backlog"], told["configured"]) == (sink, 2, True)
    assert told["last_error"] == "connection refused"


def test_points_set_aside_are_told_with_reason_and_socket(configured: Configuration) -> None:
    house = polled(House(configured, START_US), True, True)
    with running_journal(house.context.files, house.clock) as journal:
        journal.set_sinks(["influxdb:a"])
        journal.acknowledge("influxdb:a", 2)
        journal.set_aside("influxdb:a", [(1, "field type conflict")])
    refused = [one for one in texts(house) if "refused" in one]
    assert refused == [
        f"warning influxdb:a: It refused 1 readings: 1 × field type conflict ({NAME})"
    ]


def test_a_report_that_is_late_is_told(tmp_path: Path) -> None:
    configured = configuration(tmp_path, None, **{NAME: {"update_time_s": 10.0}})
    house = polled(House(configured, START_US), True)
    house.clock.advance(86_400.0 + 3600.0)
    assert any("The daily reports are late" in one for one in texts(house))
    assert got(house, "status")["reports"][0]["late"] == [NAME]


def test_a_report_that_can_not_be_written_is_told(configured: Configuration) -> None:
    house = polled(House(configured, START_US), True)
    house.health.failed(
        "report Fridge_day.txt", "Fridge_day.txt can't be written: Permission denied"
    )
    (found,) = got(house, "status")["findings"]
    assert (found["level"], found["subject"]) == ("error", "report Fridge_day.txt")
    assert "another program" in found["advice"]


def test_missing_market_prices_are_told(configured: Configuration) -> None:
    market = Market(provider="awattar", area="DE")
    tariff = Tariff(sections=(PriceSection(price_kwh=Decimal("0.3"), market=market),))
    house = polled(House(configured.model_copy(update={"tariff": tariff}), START_US), True)
    (found,) = got(house, "status")["findings"]
    assert (found["level"], found["subject"]) == ("warning", market.source)
    assert "fixed price stands in" in found["text"]


def test_plugin_errors_and_warnings_of_the_configuration_are_told(
    configured: Configuration,
) -> None:
    house = polled(House(configured, START_US), True)
    warned = configured.model_copy(update={"warnings": ("config.json: x: is not used",)})
    house.configure(warned, plugin_errors=(PluginError("device_plugin.py, line 3: <oops>"),))
    assert texts(house) == [
        "error device_plugin.py: device_plugin.py, line 3: <oops>",
        "warning Configuration: config.json: x: is not used",
    ]
    assert got(house, "status")["headline"] == "One thing does not work."
    told = "config.json: tarif: is no known section and has no effect; did you mean tariff?"
    house.configure(configured.model_copy(update={"warnings": (told,)}))
    assert texts(house) == [f"warning Configuration: {told}"]
    assert texts(house, "de") == [
        "warning Konfiguration: config.json: tarif: ist kein bekannter Abschnitt und hat keine"
        " Wirkung; ist tariff gemeint?"
    ]


# --- the log ---


def logged(folder: Path, *lines: str) -> None:
    text = "".join(f"{line}\n" for line in lines)
    (folder / "main.log").write_text(text, encoding="utf-8")


def line(level: str, text: str, second: int = 0) -> str:
    return f"2026-01-01 00:00:{second:02} {level:<8} {text}"


def test_the_newest_lines_of_the_log_come_last_with_their_tracebacks(tmp_path: Path) -> None:
    logged(
        tmp_path,
        line("INFO", "begins", 1),
        line("ERROR", "went wrong", 2),
        "Traceback (most recent call last):",
        "ValueError: x",
        line("INFO", "goes on", 3),
    )
    found = newest_lines(tmp_path, 2)
    assert [one.text for one in found] == [
        "went wrong\nTraceback (most recent call last):\nValueError: x",
        "goes on",
    ]
    assert (found[0].time, found[0].level) == ("2026-01-01 00:00:02", "ERROR")


def test_the_log_is_filtered_by_level_and_text(tmp_path: Path) -> None:
    logged(
        tmp_path,
        line("DEBUG", "Fridge a"),
        line("WARNING", "FRIDGE b"),
        line("ERROR", "Oven c"),
        line("CRITICAL", "fridge d"),
    )
    house = House(Configuration(files=tmp_path), START_US)
    found = got(house, "log", level="WARNING", text="fridge")["lines"]
    assert [one["text"] for one in found] == ["FRIDGE b", "fridge d"]
    assert house.get("log", level="LOUD").status_code == 422
    assert house.get("log", limit=100_000).status_code == 422


def test_rotated_files_are_read_on_after_the_present_one(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "main.log")
    for number in range(30):
        log.write(line("INFO", f"{number} {'x' * 99_000}\n"))
    log.close()
    assert len(list(tmp_path.glob("main.log*"))) == 3
    found = newest_lines(tmp_path, 25)
    assert [one.text.split(" ")[0] for one in found] == [str(number) for number in range(5, 30)]


def test_a_huge_file_is_not_read_and_hostile_lines_are_data(tmp_path: Path) -> None:
    with (tmp_path / "main.log").open("wb") as file:
        file.truncate(20_000_000_000)  # a hole: a line of zeros without an end
        file.seek(0, 2)
        file.write(b"\n" + b"\xff\x00<script>" + b"y" * 3 * BLOCK + b"\n")
        file.write(line("INFO", "<img src=x> \x1b[31m", 5).encode() + b"\n")
    found = newest_lines(tmp_path, 100)
    assert found[-1].text == "<img src=x> \x1b[31m"
    assert all(len(part) <= MOST_LINE for one in found for part in one.text.split("\n"))


def test_without_a_log_file_there_are_no_lines(tmp_path: Path) -> None:
    assert newest_lines(tmp_path, 5) == []


# --- diagnostics ---


def test_the_diagnostics_file_has_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, token, plug, in_url, nested = SECRETS
    devices = {
        NAME: {
            "type": "own:x",
            "ip": "127.0.0.1",
            "update_time": 10,
            "password": plug,
            "address": f"http://admin:{in_url}@127.0.0.1/rpc?key=query-secret",
            "login": {"parts": [{"my_token": nested}]},
        }
    }
    (tmp_path / "devices.json").write_text(json.dumps(devices), encoding="utf-8")
    general = {"tariff": {"price_kwh": 0.3, "dynamic": {"provider": "tibber", "token": token}}}
    (tmp_path / "config.json").write_text(json.dumps(general), encoding="utf-8")
    (tmp_path / ".env").write_text(f"DB_USER_PASSWORD={db}\nexport X_Y='{db}'\n", encoding="utf-8")
    monkeypatch.setenv("DB_USER_PASSWORD", db)
    logged(
        tmp_path,
        line("ERROR", f"401 at http://admin:{in_url}@127.0.0.1/rpc?key=query-secret"),
        line("DEBUG", f"sent {db}, {token} and plug-pass%2Fword"),
        line("DEBUG", "Authorization: Bearer header-secret; password=later-secret"),
        nested,
    )
    configured = with_database(tmp_path)
    house = polled(House(configured, START_US), True)
    house.health.failed("influxdb:127.0.0.1:8086/power", f"refused: {db}")
    answer = house.get("diagnostics")
    assert answer.headers["content-disposition"].startswith("attachment")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    content = {name: archive.read(name).decode() for name in archive.namelist()}
    whole = "\n".join(content.values())
    for secret in (*SECRETS, "plug-pass%2Fword", "query-secret", "header-secret", "later-secret"):
        assert secret not in whole, secret
    entry = json.loads(content["devices.json"])[NAME]
    assert (entry["password"], entry["ip"]) == ("********", "127.0.0.1")
    assert "environment: DB_USER_PASSWORD\n" in content["variables.txt"]
    assert ".env: DB_USER_PASSWORD\n.env: X_Y\n" in content["variables.txt"]
    assert "main.log" in content["files.txt"]
    assert json.loads(content["status.json"])["journal"]["points"] == 1
    assert json.loads(content["versions.json"])["program"]


def test_a_file_that_is_no_json_is_not_given_at_all(tmp_path: Path) -> None:
    path = tmp_path / "devices.json"
    path.write_text('{"a": {"password": "torn-secret"', encoding="utf-8")
    assert Blanking(()).json_file(path) == "It is no JSON: JSONDecodeError\n"
    assert Blanking(()).json_file(tmp_path / "nowhere.json") == "There is no such file.\n"


@pytest.mark.parametrize(
    ("text", "blanked"),
    [
        ("http://a:b@c/d?e=f g", "http://********@c/d?******** g"),
        ('{"apiToken": "abc", "x": 1}', '{"apiToken": "********", "x": 1}'),
        ("password=abc; next", "password=********; next"),
        ("my secret: 5", "my secret: ********"),
        ("the password was refused", "the password was refused"),
        ("abc KNOWN def", "abc ******** def"),
    ],
)
def test_what_looks_like_a_secret_is_blanked(text: str, blanked: str) -> None:
    assert Blanking(("KNOWN",)).text(text) == blanked


def test_hostile_lines_do_not_hold_it_up() -> None:
    for text in ("a" * 200_000, "://" * 70_000, "password" * 25_000, "x?" * 100_000):
        Blanking(("s" * 20,)).text(text)


def test_of_variables_only_the_names_are_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# A=1\nB = 2\nexport C=3\nnothing\n", encoding="utf-8")
    assert variable_names(tmp_path / ".env") == ["B", "C"]
    assert variable_names(tmp_path / "none") == []


def test_a_password_of_the_page_is_a_secret_too(configured: Configuration) -> None:

    web = configured.web.model_copy(update={"password": SecretStr("page secret")})
    found = secrets_of(configured.model_copy(update={"web": web}))
    assert found == ["page secret", "page%20secret"]
