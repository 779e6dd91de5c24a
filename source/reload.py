"""Notices that the files of the configuration have changed, and reads them anew.

In a thread of its own: the user's plugin file may take long to load. What can't be used is told
and changes nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from source.config.devices import DEVICES_FILE
from source.config.general import CONFIG_FILE
from source.config.variables import DOTENV
from source.devices.plugins import PLUGIN_FILE
from source.errors import ConfigError, Problem
from source.setup import Setup

logger = logging.getLogger(__name__)

WATCHED = (CONFIG_FILE, DEVICES_FILE, PLUGIN_FILE, DOTENV)
LOOK_S = 1.0

Marks: TypeAlias = Mapping[str, "tuple[int, ...] | None"]
"""By file name what changes with every write, and when the permission to read it does: times, size
and inode; None where there is none."""


class Reload:
    """Watches a files folder; what is read from it is handed over by ``fresh``."""

    def __init__(self, *, folder: Path, prepare: Callable[[Setup | None], Setup]) -> None:
        """``prepare`` reads all files; given what is in force, it need not run the plugin again."""
        self._folder = folder
        self._prepare = prepare
        self._asked = threading.Event()
        self._looking = threading.Lock()
        self._lock = threading.Lock()
        self._fresh: Setup | None = None
        self._number = 0
        # Before anything is read: no change after that is missed.
        self._known = self._seen = self._marks()
        self._in_force: Setup | None = None
        self._marks_in_force = self._known

    def first(self) -> Setup:
        """What the program starts with. Raises ConfigError."""
        self._in_force = self._prepare(None)
        return self._in_force

    def ask(self) -> None:
        """Read the files as soon as possible, changed or not; returns at once."""
        self._asked.set()

    def apply(self) -> Setup | None:
        """Read in the calling thread what a page has just written.

        Gives what ``fresh`` will give, None where it can't be used. The plugin file is not run
        again unless it has changed.
        """
        with self._looking:
            self._seen = self._marks()
            setup = self._read("the page", self._in_force)
            self._known = self._seen
        return setup

    def fresh(self) -> Setup | None:
        """What was read since the last call; None where nothing was, or nothing usable."""
        with self._lock:
            setup, self._fresh = self._fresh, None
        return setup

    def run(self, stopping: threading.Event) -> None:
        """Look every ``LOOK_S`` seconds until ``stopping`` is set."""
        while not stopping.wait(0.0 if self._asked.is_set() else LOOK_S):
            self.look()

    def look(self) -> None:
        """Read the files where they changed and are at rest, or where somebody asked for it."""
        with self._looking:
            self._look()

    def _look(self) -> None:
        asked = self._asked.is_set()
        self._asked.clear()
        # An editor may write in several steps: a file counts when it stands still for a look.
        before, self._seen = self._seen, self._marks()
        changed = self._seen != self._known
        if asked or (changed and self._seen == before):
            why = "SIGHUP" if asked else _names_of_changed(self._known, self._seen)
            self._read(why, self._in_force if not asked else None)
            self._known = self._seen  # not before: where a bug ends the reading, it is tried again

    def _read(self, why: str, in_force: Setup | None) -> Setup | None:
        """What is read, and handed over; None where it can't be used."""
        try:
            self._refuse_vanished_files()
            setup = replace(self._prepare(in_force), number=self._number + 1)
            self._refuse_broken_plugin(setup)
        except ConfigError as err:
            problems = "".join(f"\n  {problem}" for problem in err.problems)
            logger.error("%s: not applied, what was in force before stays so:%s", why, problems)  # noqa: TRY400 (the text says it all)
            return None
        logger.info("%s: read again", why)
        self._number += 1
        self._in_force, self._marks_in_force = setup, self._seen
        with self._lock:
            self._fresh = setup
        return setup

    def _refuse_vanished_files(self) -> None:
        """Without them there is no socket, and everything has its default: nobody means that."""
        gone = [
            name
            for name in (CONFIG_FILE, DEVICES_FILE)
            if self._marks_in_force[name] is not None and self._seen[name] is None
        ]
        if gone:
            raise ConfigError([Problem(name, "", "", "is gone; put it back") for name in gone])

    def _refuse_broken_plugin(self, setup: Setup) -> None:
        """A plugin file that does not load is told at the start, and no news as long as it is the
        same; a change that breaks it is not applied."""
        known = "" if self._in_force is None else self._in_force.plugin_digest
        if setup.plugin_errors and setup.plugin_digest != known:
            raise ConfigError(
                [Problem(PLUGIN_FILE, "", "", str(error)) for error in setup.plugin_errors]
            )

    def _marks(self) -> Marks:
        return {name: _mark(self._folder / name) for name in WATCHED}


def _mark(path: Path) -> tuple[int, ...] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _names_of_changed(before: Marks, now: Marks) -> str:
    return ", ".join(name for name in WATCHED if before[name] != now[name])
