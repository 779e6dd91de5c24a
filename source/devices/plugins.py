"""Loads the socket types: the built-in ones, then those of the user's ``device_plugin.py``."""

from __future__ import annotations

import logging
import tokenize
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import cast

from source.devices import shelly
from source.devices.registry import Registry, error_text, place_of
from source.errors import PluginError

logger = logging.getLogger(__name__)

PLUGIN_FILE = "device_plugin.py"


def load_plugins(folder: Path) -> tuple[Registry, list[PluginError]]:
    """All socket types, and what is wrong with the user's: the types that did load are there."""
    registry = Registry()
    shelly.setup(registry)
    path = folder / PLUGIN_FILE
    errors = []
    try:
        if path.exists():
            _set_up(path, registry)
    except PluginError as err:
        errors.append(err)
    for type_name, place in registry.replaced.items():
        logger.info("type %r is the one of %s, in place of the built-in one", type_name, place)
    return registry, [*errors, *registry.problems]


def _set_up(path: Path, registry: Registry) -> None:
    """Run the plugin file and its ``setup(plugins)``."""
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    try:
        # Not imported by name: no byte code is written into the user's folder, and a folder that
        # can't be written is no matter.
        with tokenize.open(path) as file:
            code = compile(file.read(), str(path), "exec")
        exec(code, module.__dict__)  # noqa: S102  (the user's own code, in the user's own folder)
        _setup_of(module)(registry)
    except (Exception, SystemExit) as err:  # marked place: the user's code (DESIGN, errors)
        raise PluginError(f"{place_of(err, str(path))}: {error_text(err)}") from err


def _setup_of(module: ModuleType) -> Callable[[Registry], object]:
    setup = module.__dict__.get("setup")
    if not callable(setup):
        raise PluginError("there is no function setup(plugins) in it")
    return cast("Callable[[Registry], object]", setup)
