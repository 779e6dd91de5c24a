"""The two files as texts: shown without secrets, checked line for line, saved, and put back."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from source.web.api.files import REASONS
from source.web.applying import applied, editor_of
from source.web.texts import catalogue
from tests.web.asking import Browser, Daemon, code, open_to_all

SECRET = "geheim&Wort"
PLUG = {"type": "shelly:plug-s", "ip": "192.168.178.20"}
DEVICES = json.dumps({"Fridge <b>": {**PLUG, "password": SECRET}}, indent=2)


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    (tmp_path / "devices.json").write_text(DEVICES, encoding="utf-8")
    (tmp_path / "config.json").write_text('{"general": {"price_kwh": 0.30}}', encoding="utf-8")
    return Daemon(tmp_path)


@pytest.fixture
def browser(daemon: Daemon) -> Browser:
    return Browser(daemon)


def got(browser: Browser, path: str) -> Any:
    answer = browser.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def sent(browser: Browser, method: str, path: str, **body: object) -> Any:
    answer = browser.send(method, path, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def save(browser: Browser, text: str, name: str = "devices.json", **more: object) -> Any:
    revision = got(browser, f"file?name={name}")["revision"]
    body = {"name": name, "text": text, "revision": revision, **more}
    return browser.send("PUT", "file", body)


def test_both_files_are_listed_whether_they_are_there_or_not(
    browser: Browser, daemon: Daemon
) -> None:
    (daemon.folder / "config.json").unlink()
    config, devices = got(browser, "files")
    assert config == {"name": "config.json", "bytes": 0, "changed_s": None}
    assert (devices["name"], devices["bytes"]) == ("devices.json", len(DEVICES.encode()))
    assert devices["changed_s"] > 0
    assert got(browser, "file?name=config.json")["text"] == ""


def test_no_answer_has_a_secret(browser: Browser, daemon: Daemon) -> None:
    save(browser, DEVICES.replace(SECRET, "new secret"))
    (version,) = got(browser, "file?name=devices.json")["versions"]
    answers = [
        browser.get("/api/v1/file?name=devices.json"),
        browser.get("/api/v1/file/download?name=devices.json"),
        browser.get(f"/api/v1/file/version?name=devices.json&id={version['id']}"),
        browser.send("POST", "file/check", {"name": "devices.json", "text": DEVICES}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert "new secret" not in answer.text
    assert "new secret" in (daemon.folder / "devices.json").read_text()


def test_a_file_is_downloaded_under_its_name(browser: Browser) -> None:
    answer = browser.get("/api/v1/file/download?name=devices.json")
    assert answer.headers["content-disposition"].startswith('attachment; filename="devices.json";')
    assert json.loads(answer.text)["Fridge <b>"] == {**PLUG, "password": "********"}


def test_a_check_tells_every_line_and_saves_nothing(browser: Browser, daemon: Daemon) -> None:
    text = (
        '{\n  "A": {\n    "type": "shelly:plug-s",\n    "ip": "a b",\n    "update_tim": 1\n  }\n}'
    )
    found = sent(browser, "POST", "file/check", name="devices.json", text=text)
    (problem,) = found["problems"]
    assert (problem["file"], problem["key"], problem["value"]) == ("devices.json", "A.ip", '"a b"')
    assert (problem["line"], problem["column"]) == (4, 5)
    assert "without spaces" in problem["allowed"]
    assert '+  "A": {' in found["difference"]
    assert (daemon.folder / "devices.json").read_text() == DEVICES


def test_a_warning_has_its_line(browser: Browser) -> None:
    text = '{\n "A": {\n  "ip": "h",\n  "update_tim": 1},\n "B": {"switch": {},\n "ip": "i"}}'
    found = sent(browser, "POST", "file/check", name="devices.json", text=text)
    assert found["problems"] == []
    lines = {one["text"].split(": ")[1]: one["line"] for one in found["warnings"]}
    assert lines["A.update_tim"] == 4
    assert lines["A.type"] == 2
    assert lines["B.type"] == 5
    (idle,) = (one for one in found["warnings"] if one["text"].startswith("switch:"))
    assert idle["line"] == 5


@pytest.mark.parametrize(
    ("text", "line"),
    [('{\n"A": {"ip": }\n}', 2), ("", 1), ("\n[]", 2), ('{"A": {},\n"A": {}}', 2)],
)
def test_a_text_that_is_no_json_has_a_line(browser: Browser, text: str, line: int) -> None:
    found = sent(browser, "POST", "file/check", name="devices.json", text=text)
    assert line in [one["line"] for one in found["problems"]]


def test_a_text_is_saved_applied_and_the_one_before_kept(browser: Browser, daemon: Daemon) -> None:
    before = got(browser, "file?name=devices.json")
    text = before["text"].replace("178.20", "178.99")
    answer = save(browser, text)
    assert answer.status_code == 200
    assert answer.json()["applied"] is True
    assert answer.json()["revision"] != before["revision"]
    assert daemon.setup.configuration.devices["Fridge <b>"].ip == "192.168.178.99"
    assert daemon.setup.configuration.devices["Fridge <b>"].settings["password"] == SECRET
    after = got(browser, "file?name=devices.json")
    assert after["text"] == text
    (version,) = after["versions"]
    assert (version["bytes"], version["reason"]) == (len(DEVICES.encode()), REASONS["edit"])
    assert version["saved_s"] == daemon.clock.wall_us / 1e6


def test_a_reason_is_told_in_the_language_of_the_reader(daemon: Daemon) -> None:
    browser = Browser(daemon, headers={"accept-language": "de"})
    save(browser, "{}")
    (version,) = got(browser, "file?name=devices.json")["versions"]
    assert version["reason"] == "der Text wurde geändert"
    assert set(REASONS.values()) <= set(catalogue("de"))


def test_a_wrong_text_is_not_saved_and_told_with_its_lines(
    browser: Browser, daemon: Daemon
) -> None:
    answer = save(browser, '{\n  "A": {"type": "no:such",\n "ip": "h"}}')
    assert code(answer) == (422, "invalid")
    (problem,) = answer.json()["error"]["problems"]
    assert (problem["key"], problem["line"]) == ("A.type", 2)
    assert (daemon.folder / "devices.json").read_text() == DEVICES
    assert not (daemon.folder / "versions").exists()


def test_the_second_of_two_editors_is_shown_the_difference(browser: Browser) -> None:
    first = got(browser, "file?name=devices.json")
    assert save(browser, '{"A": {"type": "shelly:3em", "ip": "a"}}').status_code == 200
    answer = browser.send(
        "PUT", "file", {"name": "devices.json", "text": "{}", "revision": first["revision"]}
    )
    assert code(answer) == (409, "conflict")
    told = answer.json()["error"]
    assert told["current"] == '{"A": {"type": "shelly:3em", "ip": "a"}}'
    assert told["yours"] == "{}"
    assert told["difference"].splitlines()[-2:] == ["-" + told["current"], "+{}"]
    assert told["revision"] == got(browser, "file?name=devices.json")["revision"]


def test_a_change_of_the_other_file_is_a_conflict_too(browser: Browser, daemon: Daemon) -> None:
    revision = got(browser, "file?name=devices.json")["revision"]
    (daemon.folder / "config.json").write_text("{}")
    body = {"name": "devices.json", "text": "{}", "revision": revision}
    assert code(browser.send("PUT", "file", body)) == (409, "conflict")


def test_a_version_is_compared_and_put_back(browser: Browser, daemon: Daemon) -> None:
    save(browser, "{}")
    state = got(browser, "file?name=devices.json")
    (version,) = state["versions"]
    shown = got(browser, f"file/version?name=devices.json&id={version['id']}")
    assert json.loads(shown["text"])["Fridge <b>"]["password"] == "********"
    assert '+  "Fridge <b>": {' in shown["difference"]
    done = sent(
        browser,
        "POST",
        "file/restore",
        name="devices.json",
        id=version["id"],
        revision=state["revision"],
    )
    assert done["applied"] is True
    assert (daemon.folder / "devices.json").read_text() == DEVICES


def test_a_version_that_would_be_wrong_now_is_not_put_back(
    browser: Browser, daemon: Daemon
) -> None:
    save(browser, "{}")
    state = got(browser, "file?name=devices.json")
    (version,) = state["versions"]
    kept = daemon.folder / "versions" / f"devices.json.{version['id']}"
    kept.write_text('{\n\n"A": {"type": "no:such", "ip": "h"}}')
    body = {"name": "devices.json", "id": version["id"], "revision": state["revision"]}
    answer = browser.send("POST", "file/restore", body)
    assert code(answer) == (422, "invalid")
    assert answer.json()["error"]["problems"][0]["line"] == 3


@pytest.mark.parametrize("name", ["../config.json", ".env", "web.json", "isdl.db", "", "C:\\x"])
def test_no_other_file_is_given_or_taken(browser: Browser, daemon: Daemon, name: str) -> None:
    (daemon.folder / ".env").write_text("SECRET=1")
    ways = [
        browser.get(f"/api/v1/file?name={quote(name)}"),
        browser.get(f"/api/v1/file/download?name={quote(name)}"),
        browser.get(f"/api/v1/file/version?name={quote(name)}&id=x"),
        browser.send("POST", "file/check", {"name": name, "text": "{}"}),
        browser.send("PUT", "file", {"name": name, "text": "{}", "revision": "x"}),
        browser.send("POST", "file/restore", {"name": name, "id": "x", "revision": "x"}),
    ]
    assert [code(answer) for answer in ways] == [(404, "not_found")] * 6


@pytest.mark.parametrize("version", ["x", "../../.env", "", "20260101T000000.000000Z.edit"])
def test_a_version_that_there_is_not_is_not_found(browser: Browser, version: str) -> None:
    answer = browser.get(f"/api/v1/file/version?name=devices.json&id={quote(version)}")
    assert code(answer) == (404, "not_found")


def test_a_huge_text_is_refused_with_words(browser: Browser) -> None:
    answer = save(browser, '{"A":"' + "x" * 2_000_001 + '"}')
    assert answer.status_code in (413, 422)
    assert answer.json()["error"]["message"]


def test_a_disk_that_is_full_is_told(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, daemon: Daemon
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    answer = save(browser, "{}")
    assert code(answer) == (503, "unavailable")
    assert "No space left" in answer.json()["error"]["message"]
    assert (daemon.folder / "devices.json").read_text() == DEVICES


def test_who_is_not_logged_in_sees_and_changes_nothing(tmp_path: Path) -> None:
    daemon = open_to_all(tmp_path)
    stranger = Browser(daemon, address="192.168.178.66", host="192.168.178.10:8080")
    for path in ("files", "file?name=devices.json", "file/download?name=devices.json"):
        assert stranger.get(f"/api/v1/{path}").status_code == 401
    assert stranger.get("/api/v1/files", host="evil.example").status_code in (401, 403, 421)


# --- applying ---


def test_what_is_refused_is_told_as_not_applied(daemon: Daemon) -> None:
    context = daemon.app.state.context
    (daemon.folder / "device_plugin.py").write_text("x")
    assert applied(context)
    refused = type(context)(**{**fields(context), "apply": lambda: None})
    assert not applied(refused, 0.0)


def test_an_edit_waits_until_it_is_in_force(daemon: Daemon) -> None:
    context = daemon.app.state.context
    now = [daemon.setup]
    wanted = daemon.apply()
    waiting = type(context)(**{**fields(context), "apply": lambda: wanted, "setup": lambda: now[0]})
    assert not applied(waiting, 0.0)
    threading.Timer(0.1, lambda: now.__setitem__(0, wanted)).start()
    assert applied(waiting, 5.0)


def test_all_editors_of_a_page_wait_for_each_other(daemon: Daemon) -> None:
    context = daemon.app.state.context
    one, other = editor_of(context), editor_of(context)
    assert one._lock is other._lock


def fields(context: Any) -> dict[str, Any]:
    return {name: getattr(context, name) for name in context.__dataclass_fields__}


def test_what_is_wrong_is_told_in_the_language_of_who_asks(browser: Browser) -> None:
    text = json.dumps({"Fridge": {**PLUG, "update_time": "often"}, "Lamp": {**PLUG, "relais": 1}})
    for language, words in (("en", "must be a number"), ("de", "muss eine Zahl")):
        browser.cookies.set("language", language)
        found = sent(browser, "POST", "file/check", name="devices.json", text=text)
        assert words in found["problems"][0]["allowed"]
    found = sent(browser, "POST", "file/check", name="devices.json", text='{"A": {')
    assert found["problems"][0]["allowed"].startswith("kein gültiges JSON")


def test_what_may_not_be_meant_is_told_in_the_language_of_who_asks(browser: Browser) -> None:
    text = json.dumps({"generall": {"price_kwh": 0.3}})
    german = []
    for language in ("en", "de"):
        browser.cookies.set("language", language)
        checked = sent(browser, "POST", "file/check", name="config.json", text=text)
        saved = save(browser, text, "config.json").json()
        german.append((checked["warnings"][0]["text"], saved["warnings"][0]))
    assert german[0] != german[1]
    assert german[1][0] == german[1][1]
