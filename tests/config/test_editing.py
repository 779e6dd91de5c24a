"""Edits of the files: what they write, what they keep, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from source.errors import ConfigError, EditConflict, EditMissing, EditRefused
from tests.config.edited import SECRET, Files

PLUG = {"type": "shelly:plug-s", "ip": "192.168.178.30"}
KITCHEN = 'Küche / 🍳 "1"'


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_a_socket_is_added_at_the_end_and_all_else_stays_as_it_was_written(files: Files) -> None:
    edited = files.editor.add("Neu", PLUG, files.editor.revision())
    assert edited.revision == files.editor.revision()
    assert (
        files.text()
        == """{
  "$schema": "x",
  "Fridge": {
    "type": "shelly:plug-s",
    "ip": "192.168.178.20",
    "update_time": 10.0,
    "password": "geheim&Wort",
    "own": [
      1,
      0.10,
      {
        "x": null
      }
    ]
  },
  "Küche / 🍳 \\"1\\"": {
    "type": "shelly:3em",
    "ip": "192.168.178.21"
  },
  "Neu": {
    "type": "shelly:plug-s",
    "ip": "192.168.178.30"
  }
}
"""
    )
    assert list(files.load().devices) == ["Fridge", KITCHEN, "Neu"]


def test_a_socket_is_changed_and_renamed_in_its_place(files: Files) -> None:
    entry = {"ip": "10.0.0.1", "type": "shelly:plug-s", "update_time": 10, "further": [0.1]}
    files.editor.set_socket("Fridge", entry, files.editor.revision(), "_ Kühlschrank <b>")
    found = json.loads(files.text())
    assert list(found) == ["$schema", "_ Kühlschrank <b>", KITCHEN]
    assert '"update_time": 10.0' in files.text()
    assert list(found["_ Kühlschrank <b>"]) == ["type", "ip", "update_time", "further"]


def test_a_socket_is_removed(files: Files) -> None:
    files.editor.remove(KITCHEN, None)
    assert list(json.loads(files.text())) == ["$schema", "Fridge"]


def test_no_secret_is_read_and_one_that_comes_back_hidden_stays(files: Files) -> None:
    entry = files.editor.sockets()["Fridge"]
    assert isinstance(entry, dict)
    assert entry["password"] == "********"
    files.editor.set_socket("Fridge", {**entry, "timeout_s": 2}, None, "Freezer")
    assert json.loads(files.text())["Freezer"]["password"] == SECRET


def test_a_new_secret_is_written_and_one_that_is_left_out_goes(files: Files) -> None:
    files.editor.set_socket("Fridge", {**PLUG, "password": "new"}, None)
    assert json.loads(files.text())["Fridge"]["password"] == "new"
    files.editor.set_socket("Fridge", PLUG, None)
    assert "password" not in json.loads(files.text())["Fridge"]


def test_a_copy_has_the_secrets_of_the_socket_that_it_is_one_of(files: Files) -> None:
    entry = {**PLUG, "password": "********"}
    with pytest.raises(ConfigError, match=r"Copy\.password: stands for a secret"):
        files.editor.add("Copy", entry, None)
    files.editor.add("Copy", entry, None, like="Fridge")
    assert json.loads(files.text())["Copy"]["password"] == SECRET


@pytest.mark.parametrize("name", ["Fridge", "$schema"])
def test_a_name_that_is_taken_is_refused(files: Files, name: str) -> None:
    before = files.snapshot()
    with pytest.raises(EditRefused, match="already"):
        files.editor.add(name, PLUG, None)
    with pytest.raises(EditRefused, match="already"):
        files.editor.set_socket(KITCHEN, PLUG, None, name)
    assert files.snapshot() == before


@pytest.mark.parametrize("name", ["Nobody", "$schema", ""])
def test_a_socket_that_is_not_there_is_refused(files: Files, name: str) -> None:
    with pytest.raises(EditMissing):
        files.editor.remove(name, None)
    with pytest.raises(EditMissing):
        files.editor.set_socket(name, PLUG, files.editor.revision())


@pytest.mark.parametrize(
    ("name", "entry", "key"),
    [
        ("A", {**PLUG, "update_time": 0}, "A.update_time"),
        ("A", {"type": "shelly:plug-s"}, "A.ip"),
        ("A", {**PLUG, "type": "unknown"}, "A.type"),
        ("A\n", PLUG, "A\\n"),
        ("", PLUG, ""),
        ("_total", PLUG, "_total"),
        ("FRIDGE", PLUG, "FRIDGE"),
        ("A", {**PLUG, "tariff": {"prices": [{"price_kwh": -1}]}}, "A.tariff.prices.0.price_kwh"),
    ],
)
def test_what_would_be_wrong_is_told_and_not_written(
    files: Files, name: str, entry: dict[str, object], key: str
) -> None:
    before = files.snapshot()
    with pytest.raises(ConfigError) as caught:
        files.editor.add(name, entry, None)
    assert [problem.key for problem in caught.value.problems] == [key]
    assert files.snapshot() == before


def test_sections_and_the_database_are_written_together(files: Files) -> None:
    database = {"DB_IP_ADDRESS": "db", "DB_NAME": "n", "DB_USER_NAME": "u"}
    sections = {"general": {"price_kwh": 0.3, "currency": "CHF"}, "web": {"port": 81}}
    edited = files.editor.set_sections(sections, files.editor.revision(), database)
    assert edited.warnings == ("config.json: mine: is no known section and has no effect",)
    assert '"price_kwh": 0.30,' in files.text("config.json")
    assert '"mine": [\n    1e3\n  ]' in files.text("config.json")
    found = files.load()
    assert (found.web.port, found.general.currency) == (81, "CHF")
    assert found.database is not None
    assert (files.files / ".env").stat().st_mode & 0o777 == 0o600


def test_one_wrong_value_stops_all_of_them(files: Files) -> None:
    before = files.snapshot()
    with pytest.raises(ConfigError, match="DB_NAME"):
        files.editor.set_sections({"web": {"port": 81}}, None, {"DB_PORT": "1"})
    assert files.snapshot() == before


def test_a_section_is_removed_with_null(files: Files) -> None:
    files.editor.set_section("mine", None, None)
    assert json.loads(files.text("config.json")) == {"general": {"price_kwh": 0.3}}


def test_files_that_are_not_there_are_begun(files: Files) -> None:
    for name in ("config.json", "devices.json"):
        (files.files / name).unlink()
    assert (files.editor.sockets(), files.editor.sections()) == ({}, {})
    files.editor.add("A", PLUG, files.editor.revision())
    files.editor.set_section("general", {"price_kwh": 1}, files.editor.revision())
    assert files.load().devices["A"].ip == "192.168.178.30"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_know_is_refused(files: Files, number: float) -> None:
    with pytest.raises(ConfigError, match="JSON does not know"):
        files.editor.add("A", {**PLUG, "own": number}, None)
    with pytest.raises(ConfigError, match="JSON does not know"):
        files.editor.set_section("mine", [number], None)


def test_nobody_else_reads_the_versions_before(files: Files) -> None:
    (files.files / "devices.json").chmod(0o644)
    files.editor.add("A", PLUG, None)
    folder = files.files / "versions"
    (kept,) = folder.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o077 == 0


def test_a_version_put_back_has_the_permissions_of_the_file_of_now(files: Files) -> None:
    (files.files / "devices.json").chmod(0o644)
    files.editor.add("A", PLUG, None)
    (version,) = files.editor.versions("devices.json")
    files.editor.restore("devices.json", version.id, None)
    assert (files.files / "devices.json").stat().st_mode & 0o777 == 0o644


def test_what_is_meant_by_each_of_many_thousand_keys_is_not_looked_for(files: Files) -> None:
    entry = {**PLUG, **{f"update_tim{n}": n for n in range(3_000)}}
    assert 100 < len(files.editor.check("devices.json", json.dumps({"A": entry})).warnings) <= 201


# --- two editors ---


def test_the_second_of_two_editors_is_told_what_differs_and_writes_nothing(files: Files) -> None:
    seen = files.editor.revision()
    files.editor.set_socket("Fridge", {**PLUG, "password": "********"}, seen)
    before = files.snapshot()
    with pytest.raises(EditConflict) as caught:
        files.editor.set_socket("Fridge", {**PLUG, "ip": "10.0.0.9"}, seen)
    err = caught.value
    assert json.loads(err.current)["ip"] == PLUG["ip"]
    assert json.loads(err.yours)["ip"] == "10.0.0.9"
    assert '-  "ip": "192.168.178.30",' in err.difference
    assert err.revision == files.editor.revision() != seen
    assert SECRET not in err.current + err.yours + err.difference
    assert files.snapshot() == before
    files.editor.set_socket("Fridge", {**PLUG, "ip": "10.0.0.9"}, err.revision)


def test_a_socket_that_was_removed_meanwhile_is_a_conflict(files: Files) -> None:
    seen = files.editor.revision()
    files.editor.remove("Fridge", seen)
    with pytest.raises(EditConflict) as caught:
        files.editor.set_socket("Fridge", PLUG, seen)
    assert caught.value.current == ""
    with pytest.raises(EditConflict):
        files.editor.remove("Fridge", seen)


@pytest.mark.parametrize("name", ["config.json", "devices.json", ".env"])
def test_a_change_of_any_file_by_hand_is_another_revision(files: Files, name: str) -> None:
    seen = files.editor.revision()
    files.write(name, "{}" if name != ".env" else "A=1")
    with pytest.raises(EditConflict):
        files.editor.add("A", PLUG, seen)


# --- files that were wrong before ---


def test_what_was_wrong_before_elsewhere_does_not_stop_the_mending_of_something(
    files: Files,
) -> None:
    files.write("devices.json", {"A": {**PLUG, "ip": ""}, "B": {**PLUG, "update_time": 0}})
    edited = files.editor.set_socket("A", PLUG, None)
    (warning,) = edited.warnings
    assert warning.startswith("nothing is applied as long as this is wrong: devices.json: B.update")
    assert files.editor.set_socket("B", PLUG, None).warnings
    assert list(files.load().devices) == ["A", "B"]


def test_what_is_edited_has_to_be_right_even_where_it_was_wrong_before(files: Files) -> None:
    files.write("devices.json", {"A": {**PLUG, "ip": ""}})
    with pytest.raises(ConfigError, match=r"A\.ip"):
        files.editor.set_socket("A", {**PLUG, "ip": ""}, None)
    with pytest.raises(ConfigError, match=r"A\.ip"):
        files.editor.set_text("devices.json", '{"A": {"ip": ""}}', None)


@pytest.mark.parametrize(
    "content", ['{"A": ', "[]", "", b"\xff", '{"A": {}, "A": {}}', '{"A":' + "[" * 9000]
)
def test_a_file_that_is_no_json_is_not_edited_but_replaced(
    files: Files, content: str | bytes
) -> None:
    files.write("devices.json", content)
    before = files.snapshot()
    with pytest.raises(ConfigError):
        files.editor.add("B", PLUG, None)
    assert files.snapshot() == before
    files.editor.text("devices.json")
    files.editor.set_text("devices.json", "{}", None)
    assert files.text() == "{}"


# --- whole texts ---


def test_a_text_is_written_as_it_is_with_its_secrets(files: Files) -> None:
    shown = files.editor.text("devices.json")
    assert SECRET not in shown
    assert shown.count("\n") == files.text().count("\n")
    text = shown.replace("192.168.178.20", "10.0.0.7").replace("\n", "\r\n")
    files.editor.set_text("devices.json", f"\ufeff{text}", files.editor.revision())
    assert files.text() == shown.replace("192.168.178.20", "10.0.0.7").replace("********", SECRET)


def test_a_text_that_changes_nothing_is_not_written(files: Files) -> None:
    shown, revision = files.editor.text("devices.json"), files.editor.revision()
    assert files.editor.set_text("devices.json", shown, revision).revision == revision
    assert files.editor.versions("devices.json") == []


def test_a_check_writes_nothing_and_tells_all(files: Files) -> None:
    before = files.snapshot()
    found = files.editor.check("devices.json", '{"A": {"ip": "", "update_tim": 1}, "B": 1}')
    assert [one.key for one in found.problems] == ["A.ip", "B"]
    good = files.editor.check("devices.json", '{"A": {"type": "shelly:3em", "ip": "h", "tipe": 1}}')
    assert good.problems == ()
    assert len(good.warnings) == 2
    assert files.snapshot() == before


def test_a_difference_shows_no_secret(files: Files) -> None:
    text = files.text().replace(SECRET, "other").replace("update_time", "timeout_s")
    told = files.editor.difference("devices.json", text)
    assert SECRET not in told
    assert "other" not in told
    assert '+  "Fridge": {' in told
    assert files.editor.difference("devices.json", files.text()) == ""


@pytest.mark.parametrize("name", ["../config.json", "device_plugin.py", ".env", "web.json", ""])
def test_no_other_file_is_read_or_written(files: Files, name: str) -> None:
    for edit in (
        lambda: files.editor.text(name),
        lambda: files.editor.set_text(name, "{}", None),
        lambda: files.editor.check(name, "{}"),
        lambda: files.editor.versions(name),
        lambda: files.editor.version_text(name, "x"),
        lambda: files.editor.restore(name, "x", None),
    ):
        with pytest.raises(EditMissing):
            edit()


# --- the versions before ---


def test_the_last_ten_versions_are_kept_the_newest_first(files: Files) -> None:
    for n in range(12):
        files.clock.advance(60)
        files.editor.set_section("general", {"raw_days": n + 1}, None)
    found = files.editor.versions("config.json")
    assert len(found) == 10
    assert [one.reason for one in found] == ["settings"] * 10
    assert found[0].saved_s - found[-1].saved_s == 9 * 60
    assert json.loads(files.editor.version_text("config.json", found[0].id)) == {
        "general": {"raw_days": 11},
        "mine": [1000.0],
    }


def test_versions_stay_in_order_while_the_clock_stands_still_or_goes_back(files: Files) -> None:
    for n in range(5):
        files.clock.advance(-3600 if n == 3 else 0)
        files.editor.set_section("general", {"raw_days": n + 1}, None)
    texts = [
        json.loads(files.editor.version_text("config.json", one.id))["general"]
        for one in files.editor.versions("config.json")
    ]
    assert texts == [{"raw_days": n} for n in (4, 3, 2, 1)] + [{"price_kwh": 0.3}]


def test_a_version_is_put_back_with_its_secrets_and_the_one_of_now_is_kept(files: Files) -> None:
    before = files.text()
    files.editor.set_socket("Fridge", {**PLUG, "password": "new"}, None)
    (version,) = files.editor.versions("devices.json")
    assert SECRET not in files.editor.version_text("devices.json", version.id)
    files.editor.restore("devices.json", version.id, files.editor.revision())
    assert files.text() == before
    assert [one.reason for one in files.editor.versions("devices.json")] == ["restore", "socket"]


@pytest.mark.parametrize("version", ["", "..", "../../.env", "20260101T000000.000000Z.x/../../x"])
def test_a_version_that_is_none_is_refused(files: Files, version: str) -> None:
    with pytest.raises(EditMissing):
        files.editor.restore("devices.json", version, None)
