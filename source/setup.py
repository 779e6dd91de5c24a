"""What the files folder sets up: the configuration, the socket types and the providers of prices,
and the sockets of both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from source.config.load import files_folder, load
from source.config.models import Configuration, DeviceConfig
from source.devices.device import Device
from source.devices.plugins import PLUGIN_FILE, load_plugins
from source.devices.registry import Registry
from source.errors import HandlerFailed, PluginError
from source.model import Reading
from source.tariffs.providers import built_in
from source.tariffs.registry import TariffRegistry
from source.tariffs.sources import PriceSource, sources_of

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
    tariffs: TariffRegistry = field(default_factory=built_in)
    """Who tells market prices."""
    environ: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The variables that it was read with."""
    number: int = field(default=0, compare=False)
    """How many were read before it."""

    def version_of(self, device: DeviceConfig) -> tuple[DeviceConfig, str]:
        """What a device's polling depends on; equal as long as nothing of it has changed."""
        return device, "" if self.registry.is_built_in(device.type_name) else self.plugin_digest

    def replaced(self) -> list[str]:
        """Which of the user's types and providers stand in for built-in ones, in words."""
        rows = [("type", *row) for row in self.registry.replaced.items()]
        rows += [("provider", *row) for row in self.tariffs.replaced.items()]
        return [
            f"{what} {name!r} is the one of {place}, in place of the built-in one"
            for what, name, place in rows
        ]

    def sources(self) -> tuple[PriceSource, ...]:
        """The market prices that the tariffs in force need."""
        return sources_of(self.configuration)

    def version_of_prices(self) -> tuple[object, ...]:
        """What fetching market prices depends on; equal as long as nothing of it has changed."""
        sources = self.sources()
        is_own = any(not self.tariffs.is_built_in(one.market.provider) for one in sources)
        devices = tuple(self.configuration.devices)
        zone = self.configuration.general.zone
        return sources, devices, zone, self.plugin_digest if is_own else ""


def prepare(environ: Mapping[str, str], files: Path | None, in_force: Setup | None = None) -> Setup:
    """What is set up now.

    ``files`` is the folder named on the command line, None for the configured or usual one. The
    plugin file is not run again where it is still the one of ``in_force``.
    Raises ConfigError with every problem of every file.
    """
    folder = files_folder(environ, files, ROOT)
    digest = _digest(folder / PLUGIN_FILE)
    if in_force is not None and in_force.plugin_digest == digest:
        registry, tariffs = in_force.registry, in_force.tariffs
        errors = in_force.plugin_errors
    else:
        registry, tariffs, errors = load_all_plugins(folder)
    configuration = load(
        folder,
        environ,
        ROOT,
        registry.names(),
        types_complete=not errors,
        known_providers=tariffs.names(),
    )
    return Setup(configuration, registry, errors, digest, tariffs, environ)


def load_all_plugins(folder: Path) -> tuple[Registry, TariffRegistry, tuple[PluginError, ...]]:
    """All socket types and providers of prices, and what is wrong with the user's."""
    tariffs = built_in()
    registry, found = load_plugins(folder, tariffs=tariffs)
    return registry, tariffs, (*found, *tariffs.problems)


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
