"""Where the log goes, and what never gets there."""

from __future__ import annotations

import logging
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
