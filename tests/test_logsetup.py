"""Where the log goes, and what never gets there."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from source import logsetup
from source.logqueue import QueuedHandler
from source.prints import into_log


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    # set_up closes what it finds; the test runner's own handlers must not be found.
    root.handlers = []
    yield
    logsetup.flush()
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level


def written(file: Path) -> str:
    """What stands in a file when all that was logged is written."""
    assert logsetup.flush(5)
    return file.read_text(encoding="utf-8")


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """What was written to standard error, likewise."""
    assert logsetup.flush(5)
    return capsys.readouterr().err


def test_secrets_are_blanked_in_messages_and_tracebacks(tmp_path: Path) -> None:
    file = tmp_path / "main.log"
    logsetup.set_up("info", log_file=file, secrets=["pass", "pass word!"], console=False)
    try:
        raise ValueError("login with pass word! refused")
    except ValueError:
        logging.getLogger("x").exception("user=%s password=%s", "me", "pass word!")
    text = written(file)
    assert "pass word!" not in text
    assert text.count("***") >= 2
    assert "refused" in text


def logged(folder: Path, secret: str, *messages: str) -> list[str]:
    """The lines of the log, without time stamp and level, while ``secret`` is one."""
    file = folder / "main.log"
    logsetup.set_up("info", log_file=file, secrets=[secret], console=False)
    for message in messages:
        logging.getLogger("x").info(message)
    lines = written(file).splitlines()
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
        if number % 1000 == 0:
            written(file)
    written(file)
    sizes = [f.stat().st_size for f in tmp_path.iterdir()]
    assert len(sizes) == 5
    assert max(sizes) <= 1_000_000


def test_a_log_file_that_cannot_be_written_does_not_stop_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "main.log").mkdir()
    logsetup.set_up("info", log_file=tmp_path / "main.log")
    logging.getLogger("x").info("goes on")
    text = told(capsys)
    assert "goes on" in text
    text += told(capsys)  # its thread may be the slower one
    assert f"{tmp_path / 'main.log'} can't be written" in text
    assert "Traceback" not in text


def test_the_level_is_the_configured_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logsetup.set_up("warning", log_file=None)
    logging.getLogger("x").info("not this")
    logging.getLogger("x").warning("but this")
    assert "not this" not in (text := told(capsys))
    assert "but this" in text


def test_another_level_and_other_secrets_count_at_once_and_no_line_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, log = tmp_path / "main.log", logging.getLogger("x")
    logsetup.set_up("warning", log_file=file)
    handlers = logging.getLogger().handlers[:]
    log.info("too low")
    log.warning("first, top-secret")
    logsetup.set_up("info", log_file=file, secrets=["top-secret"])
    log.info("second, top-secret")
    assert logging.getLogger().handlers == handlers
    text = written(file)
    assert [line[29:] for line in text.splitlines()] == ["first, top-secret", "second, ***"]
    assert told(capsys) == text


def test_a_place_that_is_no_longer_wanted_gets_no_more_lines(tmp_path: Path) -> None:
    file = tmp_path / "main.log"
    logsetup.set_up("info", log_file=file, console=False)
    logging.getLogger("x").info("before")
    written(file)
    logsetup.set_up("info", log_file=None, console=False)
    logging.getLogger("x").info("after")
    assert not any(isinstance(one, QueuedHandler) for one in logging.getLogger().handlers)
    assert "after" not in written(file)


def test_handlers_of_others_are_left_alone(tmp_path: Path) -> None:
    other = logging.NullHandler()
    logging.getLogger().addHandler(other)
    logsetup.set_up("info", log_file=tmp_path / "main.log", console=False)
    assert other in logging.getLogger().handlers


def test_whether_the_log_is_seen_on_the_terminal_is_known(tmp_path: Path) -> None:
    logsetup.set_up("info", log_file=tmp_path / "main.log", console=False)
    assert not logsetup.logs_to_console()
    logsetup.set_up("info", log_file=tmp_path / "main.log")
    assert logsetup.logs_to_console()


def test_a_message_that_cannot_be_formatted_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Bad:
        def __str__(self) -> str:
            raise ZeroDivisionError

    file = tmp_path / "main.log"
    logging.getLogger().handlers = []  # the test runner's raise
    logsetup.set_up("info", log_file=file, secrets=["top-secret"], console=False)
    logging.getLogger("x").warning("%d top-secret", "one")
    logging.getLogger("x").warning("%s", Bad())
    logging.getLogger("x").warning(Bad())
    lines = [line[29:] for line in written(file).splitlines()]
    assert len(lines) == 3
    assert lines[0].startswith("a message can't be formatted (TypeError in test_logsetup.py, line ")
    assert lines[0].endswith(": '%d ***'")
    assert "ZeroDivisionError" in lines[1]
    assert "Bad" in lines[2]
    assert capsys.readouterr().err == ""


def test_set_up_again_while_prints_go_to_the_log_the_terminal_stays_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logsetup.set_up("info", log_file=None)
    handlers = logging.getLogger().handlers[:]
    with into_log():
        logsetup.set_up("info", log_file=None)
        print("hello")
        assert logging.getLogger().handlers == handlers
    assert told(capsys).count("MainThread printed: hello") == 1
