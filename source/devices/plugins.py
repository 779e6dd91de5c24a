"""Loads the socket types: the built-in ones, then those of the user's ``device_plugin.py``.

That file may also have providers of prices, which this package knows nothing of: its function
``setup_tariffs`` gets the registry that it fills.
"""

from __future__ import annotations

import sys
import threading
import tokenize
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Protocol

from source.devices import shelly
from source.devices.registry import Registry, error_text, place_of
from source.errors import PluginError

PLUGIN_FILE = "device_plugin.py"
LOAD_LIMIT_S = 20.0
SETUP, SETUP_TARIFFS = "setup", "setup_tariffs"


class Closable(Protocol):
    """A registry that takes no more, since the plugin file took too long."""

    is_closed: bool


def load_plugins(
    folder: Path, limit_s: float = LOAD_LIMIT_S, tariffs: Closable | None = None
) -> tuple[Registry, list[PluginError]]:
    """All socket types, and what is wrong with the user's: the types that did load are there.

    ``tariffs`` takes the user's providers of prices; without it they are not loaded.
    """
    registry = Registry()
    shelly.setup(registry)
    path = folder / PLUGIN_FILE
    errors = _load(path, registry, tariffs, limit_s) if path.exists() else []
    return registry, [*errors, *registry.problems]


def _load(
    path: Path, registry: Registry, tariffs: Closable | None, limit_s: float
) -> list[PluginError]:
    """What goes wrong with the file; a file that never ends does not hold up the start."""
    errors: list[PluginError] = []

    def load() -> None:
        errors.extend(_set_up(path, registry, tariffs))

    thread = threading.Thread(target=load, name="plugin file", daemon=True)
    thread.start()
    thread.join(limit_s)
    if thread.is_alive():
        registry.is_closed = True
        if tariffs is not None:
            tariffs.is_closed = True
        return [PluginError(f"{path.name}: has not loaded within {limit_s:g} s; is there a loop?")]
    return errors


def _set_up(path: Path, registry: Registry, tariffs: Closable | None) -> list[PluginError]:
    """Run the plugin file and its functions; a mistake in one does not concern the other."""
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses and pickle look a class's module up there
    broken = _attempt(lambda: _execute(path, module), path)
    if broken is not None:
        return [broken]
    setup, setup_tariffs = (module.__dict__.get(name) for name in (SETUP, SETUP_TARIFFS))
    if not callable(setup) and not callable(setup_tariffs):
        return [PluginError(f"{path.name}: there is no function {SETUP}(plugins) in it")]
    calls: list[Callable[[], object]] = []
    if callable(setup):
        calls.append(partial(setup, registry))
    if callable(setup_tariffs) and tariffs is not None:
        calls.append(partial(setup_tariffs, tariffs))
    failed = [_attempt(call, path) for call in calls]
    return [error for error in failed if error is not None]


def _execute(path: Path, module: ModuleType) -> None:
    # Not imported by name: no byte code is written into the user's folder, and a folder that can't
    # be written is no matter.
    with tokenize.open(path) as file:
        code = compile(file.read(), str(path), "exec")
    exec(code, module.__dict__)  # noqa: S102  (the user's own code, in the user's own folder)


def _attempt(action: Callable[[], object], path: Path) -> PluginError | None:
    """What went wrong, with file and line."""
    try:
        action()
    except BaseException as err:  # noqa: BLE001 (marked place: the user's code)
        return PluginError(f"{place_of(err, str(path))}: {error_text(err)}")
    return None
