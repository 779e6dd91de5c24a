"""What the files folder sets up: the configuration, the socket types, and the sockets of both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from source.config.load import files_folder, load
from source.config.models import Configuration, DeviceConfig
from source.devices.device import Device
from source.devices.plugins import PLUGIN_FILE, load_plugins
from source.devices.registry import Registry
from source.errors import HandlerFailed, PluginError
from source.model import Reading

ROOT = Path(__file__).resolve().parent.parent
"""The folder of main.py."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that is read from files."""

    configuration: Configuration
    registry: Registry
    plugin_errors: tuple[PluginError, ...] = ()
    """What is wrong with the user's plugin file; the types that did load are in the registry."""
    plugin_digest: str = ""
    """Of the plugin file's content; another content may be another handler."""

    def version_of(self, device: DeviceConfig) -> tuple[DeviceConfig, str]:
        """What a device's polling depends on; equal as long as nothing of it has changed."""
        return device, "" if self.registry.is_built_in(device.type_name) else self.plugin_digest


def prepare(environ: Mapping[str, str], files: Path | None, in_force: Setup | None = None) -> Setup:
    """What is set up now.

    ``files`` is the folder named on the command line, None for the configured or usual one. The
    plugin file is not run again where it is still the one of ``in_force``.
    Raises ConfigError with every problem of every file.
    """
    folder = files_folder(environ, files, ROOT)
    digest = _digest(folder / PLUGIN_FILE)
    if in_force is not None and in_force.plugin_digest == digest:
        registry, errors = in_force.registry, in_force.plugin_errors
    else:
        registry, found = load_plugins(folder)
        errors = tuple(found)
    configuration = load(folder, environ, ROOT, registry.types(), types_complete=not errors)
    return Setup(configuration, registry, errors, digest)


def enabled_in(configuration: Configuration) -> list[DeviceConfig]:
    """The devices that are polled, in the order of the file."""
    return [device for device in configuration.devices.values() if device.enabled]


def open_device(device: DeviceConfig, registry: Registry) -> tuple[Device, Callable[[], Reading]]:
    """The socket of a device, and the function that reads it (raising DeviceError only)."""
    socket = Device(
        name=device.name,
        ip=device.ip,
        type_name=device.type_name,
        settings=device.settings,
        timeout_s=device.timeout_s,
    )
    try:
        return socket, registry.reader(device.type_name, socket)
    except PluginError as err:
        return socket, partial(_refuse, str(err))


def _refuse(reason: str) -> Reading:
    raise HandlerFailed(reason)


def _digest(path: Path) -> str:
    """What tells the file's content from another one; the reason where it can't be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
    except OSError as err:
        return str(err)
