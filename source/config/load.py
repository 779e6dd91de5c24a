"""Puts the configuration together; every problem of every file is told at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from source.config.database import read_database
from source.config.devices import DEVICES_FILE, Types, read_devices
from source.config.findings import Findings
from source.config.folder import FILES_VARIABLE, files_folder
from source.config.general import CONFIG_FILE, read_general
from source.config.models import Configuration
from source.config.variables import layers
from source.config.zones import system_zone
from source.errors import ConfigError

__all__ = ["files_folder", "load"]


def load(
    files: Path,
    environ: Mapping[str, str],
    root: Path,
    known_types: Collection[str],
    types_complete: bool = True,
) -> Configuration:
    """The configuration from the folder ``files``, ``environ`` and the ``.env`` files.

    ``types_complete`` False: the user's plugin file did not load, so an unknown type is a warning.
    Raises ConfigError with the problems of all of them.
    """
    findings = Findings()
    database = read_database(layers(environ, files, root, findings), findings)
    if not files.is_dir():
        findings.at(str(files)).problem(
            f"is no folder; create it, or name the right one with --files or {FILES_VARIABLE}"
        )
        raise ConfigError(findings.problems)
    zone, doubt = system_zone(environ.get("TZ", ""))
    general = read_general(files / CONFIG_FILE, zone, findings)
    if doubt and general.timezone is None:
        findings.at("time zone").warn(doubt)
    types = Types(known_types, types_complete)
    devices = read_devices(files / DEVICES_FILE, general, types, findings)
    if findings.problems:
        raise ConfigError(findings.problems)
    return Configuration(
        files=files,
        general=general,
        devices=devices,
        database=database,
        warnings=findings.all_warnings(),
    )
