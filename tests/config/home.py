"""A folder with configuration files, written and loaded as the daemon does."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from source.config.load import load
from source.config.models import Configuration, DeviceConfig, General
from source.config.tariffs import BUILT_IN_PROVIDERS
from source.errors import ConfigError, Problem

TYPES = ("shelly:plug-s", "shelly:3em")
PLUG: Mapping[str, Any] = {"type": "shelly:plug-s", "ip": "192.168.178.20"}


class Home:
    """The project's root with a files folder below; both files are there and hold ``{}``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = root / "files"
        self.files.mkdir()
        self.environ: dict[str, str] = {"TZ": "Europe/Berlin"}
        self.types_complete = True
        self.providers: Collection[str] = BUILT_IN_PROVIDERS
        self.write("config.json", "{}")
        self.write("devices.json", "{}")

    def write(self, name: str, content: object) -> Home:
        """A file of the files folder: text and bytes as they are, anything else as JSON."""
        if isinstance(content, bytes):
            (self.files / name).write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            (self.files / name).write_text(text, encoding="utf-8")
        return self

    def general(self, **keys: object) -> Home:
        return self.write("config.json", {"general": keys})

    def plug(self, **keys: object) -> Home:
        """One device, ``Fridge``; a key that is to be left out is Ellipsis."""
        entry = {key: value for key, value in {**PLUG, **keys}.items() if value is not ...}
        return self.write("devices.json", {"Fridge": entry})

    def load(self) -> Configuration:
        return load(self.files, self.environ, self.root, TYPES, self.types_complete, self.providers)

    def fridge(self) -> DeviceConfig:
        return self.load().devices["Fridge"]

    def loaded_general(self) -> General:
        return self.load().general

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong; none where it loads."""
        try:
            self.load()
        except ConfigError as err:
            return err.problems
        return ()

    def problem(self) -> Problem:
        """The only thing that is wrong."""
        (one,) = self.problems()
        return one

    def warnings(self) -> tuple[str, ...]:
        return self.load().warnings
