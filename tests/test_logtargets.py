"""The log's file and terminal, whatever happens to them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from source.logtargets import LOG_BYTES, Console, LogFile

ROOT = Path(__file__).resolve().parent.parent


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_file_that_was_deleted_or_moved_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "main.log"
    file = LogFile(path)
    file.write("one\n")
    path.unlink()
    file.write("two\n")
    assert text(path) == "two\n"
    path.rename(tmp_path / "moved")
    file.write("three\n")
    assert (text(path), text(tmp_path / "moved")) == ("three\n", "two\n")
    file.close()


def test_a_folder_in_its_place_is_an_error_until_it_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "main.log"
    file = LogFile(path)
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        file.write("one\n")
    path.rmdir()
    file.write("two\n")
    file.close()
    assert text(path) == "two\n"


def test_a_full_disk_leaves_no_two_lines_in_one(tmp_path: Path) -> None:
    # The system's own limit of a file's size stands for the end of the disk.
    code = """
import resource, signal, sys
from pathlib import Path
from source.logtargets import LogFile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
file = LogFile(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (25, resource.RLIM_INFINITY))
file.write("a line, a line, aha\\n")
for _ in range(2):
    try:
        file.write("cut in the middle\\n")
    except OSError:
        print("full")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
file.write("again\\n")
"""
    path = tmp_path / "main.log"
    ended = subprocess.run(
        [sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.stderr) == ("full\nfull\n", "")
    assert text(path) == "a line, a line, aha\ncut i\nagain\n"


def test_full_files_are_numbered_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "main.log"
    file = LogFile(path)
    for number in range(7):
        file.write(f"{number}" * (LOG_BYTES - 1) + "\n")
    file.close()
    names = sorted(found.name for found in tmp_path.iterdir())
    assert names == ["main.log", "main.log.1", "main.log.2", "main.log.3", "main.log.4"]
    assert [text(tmp_path / name)[0] for name in names] == ["6", "5", "4", "3", "2"]


def test_a_log_that_was_there_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "main.log"
    path.write_text("before\n", encoding="utf-8")
    file = LogFile(path)
    file.write("after\n")
    file.close()
    assert text(path) == "before\nafter\n"


def test_the_terminal_is_written_after_somebody_has_closed_its_stream(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with path.open("w", encoding="ascii") as stream:
        console = Console(stream)
    console.write("3 €\n")
    console.close()
    assert text(path) == "3 \\u20ac\n"


def test_a_non_blocking_pipe_gets_all_lines() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        console = Console(stream)
    child = subprocess.Popen(["wc", "-c"], stdin=reader, stdout=subprocess.PIPE)
    os.close(reader)
    console.write("x" * 500_000)
    console.close()
    assert child.communicate(timeout=20)[0].split() == [b"500000"]


def test_a_pipe_whose_reader_has_gone_is_an_os_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        console = Console(stream)
    with pytest.raises(BrokenPipeError):
        console.write("nobody\n")
    console.close()


def test_neither_place_gets_a_number_that_prints_go_to(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from source.logtargets import Console, LogFile
os.close(0), os.close(1)
file, console = LogFile(Path(sys.argv[1])), Console(sys.stderr)
file.write("log\\n")
os.close(2)
console.write("seen\\n")
os.write(0 if os.path.samefile("/dev/null", "/dev/fd/0") else 1, b"lost")
"""
    path = tmp_path / "main.log"
    ended = subprocess.run(
        [sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "seen\n")
    assert text(path) == "log\n"


def test_the_limit_of_open_files_is_no_reason_to_lose_the_open_log(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "main.log")
    file.write("one\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        file.write("two\n")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    file.close()
    assert text(tmp_path / "main.log") == "one\ntwo\n"
