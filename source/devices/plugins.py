"""Loads the socket types: the built-in ones, then those of the user's ``device_plugin.py``."""

from __future__ import annotations

import sys
import threading
import tokenize
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import cast

from source.devices import shelly
from source.devices.registry import Registry, error_text, place_of
from source.errors import PluginError

PLUGIN_FILE = "device_plugin.py"
LOAD_LIMIT_S = 20.0


def load_plugins(folder: Path, limit_s: float = LOAD_LIMIT_S) -> tuple[Registry, list[PluginError]]:
    """All socket types, and what is wrong with the user's: the types that did load are there."""
    registry = Registry()
    shelly.setup(registry)
    path = folder / PLUGIN_FILE
    errors = _load(path, registry, limit_s) if path.exists() else []
    return registry, [*errors, *registry.problems]


def _load(path: Path, registry: Registry, limit_s: float) -> list[PluginError]:
    """What goes wrong with the file; a file that never ends does not hold up the start."""
    errors: list[PluginError] = []

    def load() -> None:
        try:
            _set_up(path, registry)
        except PluginError as err:
            errors.append(err)

    thread = threading.Thread(target=load, name="plugin file", daemon=True)
    thread.start()
    thread.join(limit_s)
    if thread.is_alive():
        registry.is_closed = True
        return [PluginError(f"{path.name}: has not loaded within {limit_s:g} s; is there a loop?")]
    return errors


def _set_up(path: Path, registry: Registry) -> None:
    """Run the plugin file and its ``setup(plugins)``."""
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses and pickle look a class's module up there
    try:
        # Not imported by name: no byte code is written into the user's folder, and a folder that
        # can't be written is no matter.
        with tokenize.open(path) as file:
            code = compile(file.read(), str(path), "exec")
        exec(code, module.__dict__)  # noqa: S102  (the user's own code, in the user's own folder)
        _setup_of(module)(registry)
    except BaseException as err:  # marked place: the user's code (DESIGN, errors)
        raise PluginError(f"{place_of(err, str(path))}: {error_text(err)}") from err


def _setup_of(module: ModuleType) -> Callable[[Registry], object]:
    setup = module.__dict__.get("setup")
    if not callable(setup):
        raise PluginError("there is no function setup(plugins) in it")
    return cast("Callable[[Registry], object]", setup)
