"""Where the log goes, and what never gets there."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from source import logsetup


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    # set_up closes what it finds; the test runner's own handlers must not be found.
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level


def test_secrets_are_blanked_in_messages_and_tracebacks(tmp_path: Path) -> None:
    file = tmp_path / "main.log"
    logsetup.set_up("info", log_file=file, secrets=["pass", "pass word!"], console=False)
    try:
        raise ValueError("login with pass word! refused")
    except ValueError:
        logging.getLogger("x").exception("user=%s password=%s", "me", "pass word!")
    text = file.read_text(encoding="utf-8")
    assert "pass word!" not in text
    assert text.count("***") >= 2
    assert "refused" in text


def logged(folder: Path, secret: str, *messages: str) -> list[str]:
    """The lines of the log, without time stamp and level, while ``secret`` is one."""
    file = folder / "main.log"
    logsetup.set_up("info", log_file=file, secrets=[secret], console=False)
    for message in messages:
        logging.getLogger("x").info(message)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert all(STAMP.match(line) for line in lines), lines
    return [STAMP.sub("", line) for line in lines]


STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO     ")


@pytest.mark.parametrize("secret", ["1", "2", "-", ":", "20", "INFO", " INFO     ", "0123456789"])
def test_time_stamp_and_level_stay_whatever_the_password_is(tmp_path: Path, secret: str) -> None:
    assert logged(tmp_path, secret, "polling") == ["polling"]


@pytest.mark.parametrize("secret", ["1", "me", "abc"])
def test_a_password_of_less_than_four_characters_hides_nothing(tmp_path: Path, secret: str) -> None:
    message = "polling 11 sockets: some, abcd, me"
    assert logged(tmp_path, secret, message) == [message]


@pytest.mark.parametrize(
    "message",
    [
        "files in /srv/isdl, journal isdl.db, isdl-files, my.isdl, isdl_old, misdl",
        "no socket is enabled",
    ],
)
@pytest.mark.parametrize("secret", ["isdl", "socket", "files"])
def test_a_short_password_does_not_break_words_and_paths(
    tmp_path: Path, message: str, secret: str
) -> None:
    assert logged(tmp_path, secret, message) == [message]


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("login as 'isdl' refused", "login as '***' refused"),
        ('login as "isdl"', 'login as "***"'),
        ("http://logger:isdl@influxdb:8086/isdl.db", "http://logger:***@influxdb:8086/isdl.db"),
        ("u=logger&p=isdl&q=x", "u=logger&p=***&q=x"),
        ("password=isdl", "password=***"),
        ("password: isdl", "password: ***"),
    ],
)
def test_a_short_password_is_blanked_where_a_value_stands(
    tmp_path: Path, message: str, line: str
) -> None:
    assert logged(tmp_path, "isdl", message) == [line]


def test_a_longer_password_is_blanked_wherever_it_stands(tmp_path: Path) -> None:
    assert logged(tmp_path, "s3cret-word", "xs3cret-wordx s3cret-word.") == ["x***x ***."]


def test_a_password_with_special_characters_is_taken_as_it_is(tmp_path: Path) -> None:
    assert logged(tmp_path, "a.*b", "'a.*b' 'axxb'") == ["'***' 'axxb'"]


def test_the_file_rotates_five_times_one_megabyte(tmp_path: Path) -> None:
    file = tmp_path / "main.log"
    logsetup.set_up("info", log_file=file, console=False)
    for number in range(7000):
        logging.getLogger("x").info("%d %s", number, "x" * 970)
    sizes = [f.stat().st_size for f in tmp_path.iterdir()]
    assert len(sizes) == 5
    assert max(sizes) <= 1_000_000


def test_a_log_file_that_cannot_be_written_does_not_stop_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "main.log").mkdir()
    logsetup.set_up("info", log_file=tmp_path / "main.log")
    logging.getLogger("x").info("goes on")
    text = capsys.readouterr().err
    assert "can't be written" in text
    assert "goes on" in text


def test_the_level_is_the_configured_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logsetup.set_up("warning", log_file=None)
    logging.getLogger("x").info("not this")
    logging.getLogger("x").warning("but this")
    assert "not this" not in (text := capsys.readouterr().err)
    assert "but this" in text
