"""Prepares the container, gives up root and becomes the program.

Started as root: the files folder is handed to PUID:PGID, and from then on this process is that
user. Started with ``--user``: that part is left out. Then a folder without devices.json gets the
default files, and the program replaces this process, so that it is PID 1 and hears SIGTERM.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
DEFAULT_FILES = HERE / "default-files"
MAIN = HERE.parent / "main.py"
LARGEST_ID = 2**32 - 2

# The last one tells that the folder is filled: a start that is cut off is made up by the next.
FILLED_IN_ORDER = ("device_plugin.py", "config.json", "devices.json")


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Never returns: the process becomes the program, or ends with a message."""
    files = Path(environ.get("ISDL_FILES") or HERE.parent / "files")
    if os.geteuid() == 0:
        uid, gid = number(environ, "PUID"), number(environ, "PGID")
        hand_over(files, uid, gid)
        become(uid, gid)
    fill(files)
    command = command_of(arguments)
    try:
        os.execvpe(command[0], command, dict(environ))  # noqa: S606
    except OSError as err:
        sys.exit(f"entrypoint: {command[0]} cannot be started: {err.strerror}")


def number(environ: Mapping[str, str], name: str) -> int:
    """PUID or PGID, 1000 where it is not set."""
    text = environ.get(name, "").strip() or "1000"
    if text.isascii() and text.isdigit() and int(text) <= LARGEST_ID:
        return int(text)
    sys.exit(f"entrypoint: {name} is {text[:40]!r}; a number such as 1000 is needed (see `id`)")


def hand_over(files: Path, uid: int, gid: int) -> None:
    """Make uid:gid the owner of the folder and of what is in it; earlier images ran as root."""
    refusals = [err for path in everything_in(files) if (err := own(path, uid, gid))]
    if refusals:
        first = refusals[0]
        say(f"the owner of {first.filename} stays as it is: {first.strerror}")


def own(path: Path, uid: int, gid: int) -> OSError | None:
    """Set the owner, of a link and not of what it leads to; what was in the way of it."""
    try:
        status = path.lstat()
        if (status.st_uid, status.st_gid) != (uid, gid):
            os.lchown(path, uid, gid)
    except OSError as err:
        return err
    return None


def everything_in(files: Path) -> Iterator[Path]:
    yield files
    for folder, folders, names in os.walk(files):
        for name in (*folders, *names):
            yield Path(folder, name)


def become(uid: int, gid: int) -> None:
    """Give up root for good: groups, then group, then user."""
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as err:
        sys.exit(
            f"entrypoint: cannot become {uid}:{gid} ({err.strerror}); "
            "the container needs the capabilities SETUID and SETGID, or start it with --user"
        )


def fill(files: Path) -> None:
    """Put the default files into a folder without devices.json; what is there stays."""
    try:
        files.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(files / FILLED_IN_ORDER[-1]):
            for name in FILLED_IN_ORDER:
                add(DEFAULT_FILES / name, files / name)
    except OSError as err:
        say(f"{files} is not filled with the default files: {err}")
    if not os.access(files, os.W_OK):
        owner = f"{os.geteuid()}:{os.getegid()}"
        say(f"{files} cannot be written by {owner}; on the host: chown -R {owner} FOLDER")


def add(default: Path, target: Path) -> None:
    if os.path.lexists(target):
        return
    part = target.with_name(f".{target.name}.new")
    shutil.copyfile(default, part)
    part.replace(target)


def command_of(arguments: Sequence[str]) -> list[str]:
    """The command to become: as given, or main.py's where only its arguments are given."""
    if not arguments or arguments[0].startswith("-") or shutil.which(arguments[0]) is None:
        return ["python", str(MAIN), *arguments]
    return list(arguments)


def say(text: str) -> None:
    sys.stderr.write(f"entrypoint: {text}\n")


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
