"""Tables for pipes and for terminals."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from source.cli.output import Column, plain_lines, visible
from tests.cli.command import MAIN, clean_environ, files_folder, plug

COLUMNS = (Column("name"), Column("W", right=True), Column("last"))


def test_columns_are_as_wide_as_they_need_to_be() -> None:
    rows = [("Fridge", "90.2", "now"), ("x" * 200, "1", "")]
    assert plain_lines(COLUMNS, rows) == [
        f"{'name':<200}     W  last",
        f"{'Fridge':<200}  90.2  now",
        f"{'x' * 200}     1",
    ]


def test_wide_characters_do_not_shift_the_columns() -> None:
    lines = plain_lines(COLUMNS, [("🍳", "1", "a"), ("Küche", "2", "b"), ("e\u0301", "3", "c")])
    assert lines[1] == "🍳     1  a"
    assert lines[2] == "Küche  2  b"
    assert lines[3] == "e\u0301      3  c"


def test_characters_that_command_a_terminal_are_shown() -> None:
    assert visible("a\x1b[31mb\nc é 🍳") == "a\\x1b[31mb\\nc é 🍳"


def test_on_a_terminal_of_40_columns_nothing_is_cut_off(tmp_path: Path) -> None:
    name = "A name of forty characters and some more"
    files = files_folder(tmp_path, {f"{name} [red]": plug("127.0.0.1:9", enabled=False)})
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, str(MAIN), "check", "--files", str(files)],
        stdout=theirs,
        env=clean_environ(COLUMNS="40", TERM="xterm-256color"),
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # how Linux tells that the other side is closed
        pass
    os.close(ours)
    assert done.wait(20) == 0
    text = shown.decode()
    assert "\x1b[" in text, "colours on a terminal"
    letters = re.sub(r"\x1b\[[0-9;]*m|\s", "", text)
    for part in ("[red]", "shelly:plug-s"[:5], "disabled"[:5]):
        assert part in letters
    assert "…" not in text
