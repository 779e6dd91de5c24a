"""Command ``web``, for who can't get into the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from source.web.security import passwords, sessions
from source.web.security.store import Store
from tests.cli.conftest import Cli

NOW_S = 1_767_225_600
GOOD = "correct horse"


def given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What comes through the pipe."""
    import io  # noqa: PLC0415

    monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.mark.parametrize("is_before", [True, False])
def test_a_password_is_set_and_every_browser_logged_out(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_before: bool
) -> None:
    store = Store(tmp_path)
    store.change(lambda stored: sessions.new_session(stored, NOW_S)[0])
    given(monkeypatch, f"{GOOD}\n")
    files = ("--files", tmp_path)
    ran = cli(*files, "web", "password") if is_before else cli("web", "password", *files)
    assert (ran.code, ran.out) == (0, "The password is set.\n")
    found = store.read()
    assert found.sessions == ()
    assert found.password is not None
    assert passwords.is_right(GOOD, found.password)
    assert cli("web", "password", "--remove", *files).out == "The password is removed.\n"
    assert store.read().password is None


@pytest.mark.parametrize("text", ["", "\n", "short\n", "x" * 1001 + "\n"])
def test_a_bad_password_changes_nothing(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    given(monkeypatch, text)
    ran = cli("web", "password", "--files", tmp_path)
    assert ran.code == 2
    assert "8 to 1000 characters" in ran.err
    assert not (tmp_path / "web.json").exists()


def test_a_password_in_the_environment_is_told_to_go_first(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "devices.json").write_text("{}", "utf-8")
    monkeypatch.setenv("WEB_PASSWORD", "another one")
    given(monkeypatch, f"{GOOD}\n")
    assert "WEB_PASSWORD is set" in cli("web", "password", "--files", tmp_path).err


def test_tokens_are_listed_and_removed(cli: Cli, tmp_path: Path) -> None:
    assert cli("web", "tokens", "--files", tmp_path).out == "There are no tokens.\n"
    store = Store(tmp_path)
    made, token, secret = sessions.new_token(store.read(), "Gra\x1bfana", "read", NOW_S)
    store.change(lambda _: made)
    ran = cli("web", "tokens", "--files", tmp_path)
    assert token.id in ran.out
    assert "2026-01-01" in ran.out
    assert "\x1b" not in ran.out
    assert secret not in ran.out
    assert json.loads(cli("web", "tokens", "--json", "--files", tmp_path).out)[0]["scope"] == "read"
    assert cli("web", "tokens", "--remove", "x", "--files", tmp_path).code == 2
    cli("web", "tokens", "--remove", token.id, "--files", tmp_path)
    assert store.read().tokens == ()


def test_a_folder_that_is_not_there_is_told(cli: Cli, tmp_path: Path) -> None:
    ran = cli("web", "tokens", "--files", tmp_path / "nowhere")
    assert ran.code == 2
    assert "there is no folder" in ran.err
