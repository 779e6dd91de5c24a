"""Edits while things go wrong: threads, kills, full disks, foreign owners, links and mounts."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from source.config import filewriting
from source.errors import ConfigError, EditConflict, EditFailed, IsdlError
from tests.config.edited import SECRET, Files

PLUG = {"type": "shelly:plug-s", "ip": "192.168.178.30"}
DATABASE = {"DB_IP_ADDRESS": "db", "DB_NAME": "n", "DB_USER_NAME": "u"}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def fails(
    monkeypatch: pytest.MonkeyPatch,
    holder: Any,
    name: str,
    number: int,
    of: str = "",
    skip: int = 0,
) -> None:
    """The function fails for paths that end with ``of``, after ``skip`` calls that go well."""
    really: Callable[..., Any] = getattr(holder, name)
    calls = iter(range(1_000_000))

    def instead(*args: Any, **kwargs: Any) -> Any:
        if of and not any(str(arg).endswith(of) for arg in args):
            return really(*args, **kwargs)
        if next(calls) < skip:
            return really(*args, **kwargs)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(holder, name, instead)


def edit(files: Files) -> None:
    files.editor.set_sections({"web": {"port": 81}}, None, DATABASE)


# --- threads ---


def test_of_many_writers_with_the_same_revision_one_writes(files: Files) -> None:
    seen = files.editor.revision()
    begin, results = threading.Barrier(8), []

    def write(number: int) -> None:
        editor = files.another_editor()
        begin.wait()
        try:
            editor.add(f"New {number}", PLUG, seen)
            results.append("written")
        except EditConflict:
            results.append("conflict")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(results) == ["conflict"] * 7 + ["written"]
    assert len(files.load().devices) == 3


def test_no_edit_is_lost_where_everybody_takes_the_file_as_it_is(files: Files) -> None:
    threads = [
        threading.Thread(target=files.another_editor().add, args=(f"New {n}", PLUG, None))
        for n in range(8)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(files.load().devices) == 10


def test_who_reads_meanwhile_never_sees_half_a_file(files: Files) -> None:
    stop, seen = threading.Event(), set()

    def read() -> None:
        while not stop.is_set():
            seen.add(len(json.loads(files.text())["Fridge"]["own"]))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(30):
        files.editor.set_socket("Fridge", {**PLUG, "own": [0] * (n % 2 + 1)}, None)
    stop.set()
    reader.join()
    assert seen <= {1, 2, 3}


# --- the disk ---


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_where_the_disk_takes_no_new_file_nothing_changes(
    files: Files, monkeypatch: pytest.MonkeyPatch, number: int, skip: int
) -> None:
    before = files.snapshot()
    fails(monkeypatch, os, "fsync", number, skip=skip)
    with pytest.raises(EditFailed, match=os.strerror(number)):
        edit(files)
    monkeypatch.undo()
    assert files.snapshot() == before
    edit(files)
    assert files.load().database is not None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("which", ["config.json", ".env"])
def test_where_one_file_can_not_be_put_in_place_both_are_as_before(
    files: Files, monkeypatch: pytest.MonkeyPatch, which: str, number: int
) -> None:
    texts = {name: one for name, one in files.snapshot().items() if "versions" not in name}
    fails(monkeypatch, Path, "replace", number, of=f"/{which}")
    with pytest.raises(EditFailed):
        edit(files)
    monkeypatch.undo()
    after = {name: one for name, one in files.snapshot().items() if "versions" not in name}
    assert after == texts


def test_where_the_version_before_can_not_be_kept_nothing_is_written(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files.snapshot()
    (files.files / "versions").write_text("a file where the folder should be")
    with pytest.raises(EditFailed, match="versions"):
        edit(files)
    (files.files / "versions").unlink()
    assert files.snapshot() == before


def test_what_a_kill_left_there_stops_nobody(files: Files) -> None:
    (files.files / ".config.json.new").write_bytes(b"half a fi")
    edit(files)
    assert files.load().web.port == 81
    assert not list(files.files.glob(".*.new"))


@pytest.mark.parametrize("step", ["prepare", "put"])
def test_a_kill_between_two_steps_leaves_whole_files(
    files: Files, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr("source.config.filestore." + step, die)
    with pytest.raises(Killed):
        edit(files)
    monkeypatch.undo()
    assert files.load().web.port == 8080
    edit(files)
    assert files.load().web.port == 81


# --- owners, links and mounts ---


def test_the_permissions_stay_as_they_were(files: Files) -> None:
    (files.files / "config.json").chmod(0o640)
    edit(files)
    assert (files.files / "config.json").stat().st_mode & 0o777 == 0o640


def test_nobody_else_reads_a_private_file_while_it_is_written(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = files.files / "devices.json", []
    path.chmod(0o600)
    really = Path.chmod

    def instead(path: Path, mode: int, **more: Any) -> None:
        seen.append(path.stat().st_mode & 0o077)
        really(path, mode, **more)

    monkeypatch.setattr(Path, "chmod", instead)
    files.editor.add("A", PLUG, None)
    assert set(seen) == {0}


def test_a_dotenv_that_all_could_read_is_private_afterwards(files: Files) -> None:
    files.write(".env", "# mine\nOTHER=1\n")
    (files.files / ".env").chmod(0o644)
    edit(files)
    assert (files.files / ".env").stat().st_mode & 0o777 == 0o600
    assert files.text(".env").startswith("# mine\nOTHER=1\n")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away")
def test_the_owner_stays_as_it_was(files: Files) -> None:
    os.chown(files.files / "config.json", 1234, 1235)
    edit(files)
    status = (files.files / "config.json").stat()
    assert (status.st_uid, status.st_gid) == (1234, 1235)


def test_a_file_of_somebody_else_is_written_in_place_and_that_is_told(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_mine(_: Path, before: os.stat_result | None) -> None:
        if before is not None:
            raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(filewriting, "_keep_owner", not_mine)
    assert_in_place(files)


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EXDEV])
def test_a_file_that_is_mounted_alone_is_written_in_place_and_that_is_told(
    files: Files, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    fails(monkeypatch, Path, "replace", number, of="/config.json")
    assert_in_place(files)


def assert_in_place(files: Files) -> None:
    path = files.files / "config.json"
    inode = path.stat().st_ino
    edited = files.editor.set_section("web", {"port": 81}, None)
    assert edited.warnings[-1].startswith("config.json was written in place, since")
    assert path.stat().st_ino == inode
    assert files.load().web.port == 81
    shorter = files.editor.set_text("config.json", "{}", edited.revision)
    assert files.text("config.json") == "{}"
    assert shorter.revision == files.editor.revision()
    assert not list(files.files.glob(".*.new"))


def test_where_writing_in_place_fails_the_text_before_is_put_back(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files.text("config.json")
    fails(monkeypatch, Path, "replace", errno.EBUSY, of="/config.json")
    fails(monkeypatch, os, "ftruncate", errno.EIO, skip=0)
    with pytest.raises(EditFailed):
        files.editor.set_section("web", {"port": 81}, None)
    monkeypatch.undo()
    # What is longer than before may stand behind it where not even that can be cut off.
    assert files.text("config.json").startswith(before)


def test_a_folder_that_may_not_be_changed_is_told(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files.snapshot()
    fails(monkeypatch, Path, "mkdir", errno.EROFS)
    with pytest.raises(EditFailed, match="Read-only file system"):
        edit(files)
    assert files.snapshot() == before


def test_a_link_stays_a_link_and_its_target_is_written(files: Files, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = elsewhere / "my.json"
    (files.files / "config.json").rename(target)
    (files.files / "config.json").symlink_to(target)
    edit(files)
    assert (files.files / "config.json").is_symlink()
    assert json.loads(target.read_text())["web"] == {"port": 81}
    assert list(elsewhere.iterdir()) == [target]


def test_a_link_to_nothing_gets_its_file(files: Files, tmp_path: Path) -> None:
    (files.files / "config.json").unlink()
    (files.files / "config.json").symlink_to(tmp_path / "later.json")
    edit(files)
    assert files.load().web.port == 81
    assert (tmp_path / "later.json").is_file()


@pytest.mark.parametrize("name", ["config.json", "devices.json", ".env"])
def test_a_folder_in_the_place_of_a_file_is_told(files: Files, name: str) -> None:
    (files.files / name).unlink(missing_ok=True)
    (files.files / name).mkdir()
    with pytest.raises(EditFailed, match=rf"{name} can't be read: Is a directory"):
        edit(files)


# --- texts ---


def test_a_byte_order_mark_and_windows_line_ends_are_read_and_not_written_again(
    files: Files,
) -> None:
    files.write("devices.json", b"\xef\xbb\xbf" + files.text().replace("\n", "\r\n").encode())
    files.editor.set_socket("Fridge", {**PLUG, "password": "********"}, files.editor.revision())
    raw = (files.files / "devices.json").read_bytes()
    assert raw.startswith(b"{\n")
    assert b"\r" not in raw
    assert json.loads(raw)["Fridge"]["password"] == SECRET


def test_utf_16_is_shown_and_saved_as_utf_8(files: Files) -> None:
    files.write("devices.json", files.text().encode("utf-16"))
    shown = files.editor.text("devices.json")
    assert "Küche" in shown
    files.editor.set_text("devices.json", shown, files.editor.revision())
    assert SECRET in files.text()


def test_a_key_that_stands_there_twice_is_refused_with_words(files: Files) -> None:
    text = '{"A": {"type": "shelly:3em", "ip": "h", "ip": "i"}}'
    with pytest.raises(ConfigError, match=r"A\.ip: stands there twice"):
        files.editor.set_text("devices.json", text, None)


@pytest.mark.parametrize("text", ["[" * 500_000, " " * 2_000_001, '{"A": "' + "x" * 2_000_000])
def test_a_huge_text_is_refused_quickly(files: Files, text: str) -> None:
    before = files.snapshot()
    with pytest.raises(ConfigError):
        files.editor.set_text("devices.json", text, None)
    assert files.snapshot() == before


def test_half_a_character_is_refused(files: Files) -> None:
    with pytest.raises(ConfigError, match="line 2 is not UTF-8"):
        files.editor.set_text("devices.json", '{\n"\ud800": {}}', None)


@pytest.mark.parametrize("name", ["DB_NAME", "TARIFF_TOKEN"])
def test_a_value_that_no_dotenv_can_hold_is_refused(files: Files, name: str) -> None:
    before = files.snapshot()
    with pytest.raises(IsdlError):
        files.editor.set_sections({}, None, {**DATABASE, name: "\ud800"})
    assert files.snapshot() == before
