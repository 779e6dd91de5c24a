"""The newest lines of the log, read from the end: however large the files are, in bounded memory.

What stands in the log is foreign text as well; it is given as it is, for readers who show it as
text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from source.logsetup import LOG_FILE
from source.logtargets import LOG_FILES

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
BLOCK = 65_536
MOST_BYTES = 6_000_000
"""Of all files; a log of ours has five of a million."""
MOST_LINE, MOST_FOLLOWING = 8_000, 200
"""Characters of a line, and lines of a traceback, that are given."""
HEAD = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (DEBUG|INFO|WARNING|ERROR|CRITICAL) *(.*)", re.DOTALL
)


@dataclass(slots=True)
class LogLine:
    """A line of the log, with those that belong to it, such as a traceback."""

    time: str
    """As the log has it: by the machine's clock; empty where it begins with something else."""
    level: str
    text: str


@dataclass(slots=True)
class _Budget:
    """How much may still be read."""

    left: int = field(default=MOST_BYTES)


def newest_lines(
    folder: Path, limit: int, level: str | None = None, text: str = ""
) -> list[LogLine]:
    """Up to ``limit`` lines of at least a level with a text in them, the newest last."""
    lowest = 0 if level is None else LEVELS.index(level)
    found: list[LogLine] = []
    for line in _entries(folder):
        is_enough = line.level in LEVELS and LEVELS.index(line.level) >= lowest
        if (is_enough or not lowest) and text.casefold() in line.text.casefold():
            found.append(line)
            if len(found) >= limit:
                break
    return found[::-1]


def _entries(folder: Path) -> Iterator[LogLine]:
    """Newest first."""
    following: list[str] = []
    for raw in _raw_lines(folder):
        head = HEAD.fullmatch(raw)
        if head is None:
            if len(following) < MOST_FOLLOWING:
                following.append(raw)
            continue
        yield LogLine(head[1], head[2], "\n".join([head[3], *following[::-1]]))
        following = []
    if following:
        yield LogLine("", "", "\n".join(following[::-1]))


def _raw_lines(folder: Path) -> Iterator[str]:
    """Of the file and those that it was before, newest first."""
    budget = _Budget()
    for number in range(LOG_FILES):
        path = folder / (f"{LOG_FILE}.{number}" if number else LOG_FILE)
        try:
            yield from _from_end(path, budget)
        except OSError:
            continue


def _from_end(path: Path, budget: _Budget) -> Iterator[str]:
    with path.open("rb") as file:
        place = file.seek(0, 2)
        rest = b""
        while place > 0 and budget.left > 0:
            size = min(BLOCK, place)
            place -= size
            budget.left -= size
            file.seek(place)
            block = file.read(size) + rest
            first, *others = block.split(b"\n")
            yield from (_text(one) for one in reversed(others) if one.strip())
            rest = first[:BLOCK]  # a line without an end
        if rest.strip():
            yield _text(rest)


def _text(line: bytes) -> str:
    return line[: 4 * MOST_LINE].decode(errors="replace").rstrip("\r")[:MOST_LINE]
