"""The page's own file: passwords as hashes, written whole or not at all."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from source.web.security import passwords, sessions
from source.web.security.identity import digest_of
from source.web.security.store import Store, Stored, StoreError

NOW_S = 1_767_225_600


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    made, token, secret = sessions.new_token(Stored(), "Grafana", "read", NOW_S)
    Store(tmp_path).change(lambda _: made)
    found = Store(tmp_path).read()
    assert found == made
    assert sessions.token_of(found, secret) == token
    assert sessions.token_of(found, secret[:-1]) is None


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_only_the_owner_may_read_it(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        Store(tmp_path).change(lambda stored: stored)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "web.json").stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["web.json"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    before = store.change(lambda stored: stored)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        store.change(lambda stored: stored.model_copy(update={"password": "x"}))
    assert Store(tmp_path).read() == store.read() == before
    assert [one.name for one in tmp_path.iterdir()] == ["web.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"sessions": 1}', "\0", '{"password": {}}'])
def test_a_damaged_file_is_an_error_and_not_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "web.json").write_text(content, "utf-8")
    with pytest.raises(StoreError, match=r"web\.json is damaged"):
        Store(tmp_path).read()
    with pytest.raises(StoreError):
        Store(tmp_path).change(lambda stored: stored)
    assert (tmp_path / "web.json").read_text("utf-8") == content


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    def add(store: Store, name: str) -> None:
        for number in range(10):
            token = f"{name} {number}"
            store.change(
                lambda stored, token=token: sessions.new_token(stored, token, "read", NOW_S)[0]
            )

    threads = [threading.Thread(target=add, args=(Store(tmp_path), n)) for n in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Store(tmp_path).read().tokens) == 40


def test_sessions_have_an_end_in_number_and_time() -> None:
    stored = Stored()
    for number in range(150):
        stored, secret = sessions.new_session(stored, NOW_S + number)
    assert len(stored.sessions) == sessions.MOST_SESSIONS
    assert sessions.session_of(stored, secret, NOW_S + 150) is not None
    later, _ = sessions.new_session(stored, NOW_S + 200 + sessions.LIFE_S)
    assert len(later.sessions) == 1


def test_a_digest_is_no_secret() -> None:
    stored, secret = sessions.new_session(Stored(), NOW_S)
    digest = stored.sessions[0].digest
    assert digest == digest_of(secret)
    assert sessions.session_of(stored, digest, NOW_S) is None


def test_a_password_is_right_in_each_spelling_of_its_letters() -> None:
    stored = passwords.hashed("Küche")
    assert passwords.is_right("Ku\u0308che", stored)
    assert not passwords.is_right("Kuche", stored)
    assert passwords.is_same("Küche", "Ku\u0308che")


def test_each_hash_has_a_salt_of_its_own_and_its_parameters() -> None:
    one, other = passwords.hashed("x"), passwords.hashed("x")
    assert one != other
    assert one.startswith("scrypt$16384$8$5$")


def test_a_hash_of_other_parameters_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 2**10)
    monkeypatch.setattr(passwords, "LANES", 1)
    stored = passwords.hashed("x")
    monkeypatch.undo()
    assert passwords.is_right("x", stored)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "x",
        "scrypt$16384$8$5$AAAA$",
        "scrypt$16384$8$5$AAAA$AAAA",
        "scrypt$0$8$5$AAAA$" + "A" * 44,
        "scrypt$15000$8$5$AAAA$" + "A" * 44,
        "scrypt$1073741824$8$5$AAAA$" + "A" * 44,
        "scrypt$16384$8$-1$AAAA$" + "A" * 44,
        "scrypt$16384$8$5$ä$" + "A" * 44,
        "md5$16384$8$5$AAAA$" + "A" * 44,
    ],
)
def test_what_is_no_hash_is_right_for_nobody(stored: str) -> None:
    assert not passwords.is_right("", stored)
    assert not passwords.is_right("x", stored)


def test_the_file_says_nothing_that_it_need_not(tmp_path: Path) -> None:
    Store(tmp_path).change(lambda stored: sessions.new_session(stored, NOW_S)[0])
    content = json.loads((tmp_path / "web.json").read_text("utf-8"))
    assert set(content["sessions"][0]) == {"digest", "created_s", "seen_s"}
