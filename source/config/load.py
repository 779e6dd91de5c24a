"""Puts the configuration together; every problem of every file is told at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from source.config.database import read_database
from source.config.devices import DEVICES_FILE, read_devices
from source.config.doubts import note_doubts
from source.config.findings import Findings
from source.config.folder import FILES_VARIABLE, files_folder
from source.config.general import CONFIG_FILE, read_config
from source.config.models import Configuration
from source.config.prices import markets
from source.config.registered import Registered
from source.config.tariffs import BUILT_IN_PROVIDERS
from source.config.variables import DOTENV, layers
from source.config.webreading import with_variables
from source.config.zones import system_zone
from source.errors import ConfigError

__all__ = ["files_folder", "load"]

NO_TEXTS: Mapping[str, bytes] = {}


def load(
    files: Path,
    environ: Mapping[str, str],
    root: Path,
    known_types: Collection[str],
    types_complete: bool = True,
    known_providers: Collection[str] = BUILT_IN_PROVIDERS,
    texts: Mapping[str, bytes] = NO_TEXTS,
) -> Configuration:
    """The configuration from the folder ``files``, ``environ`` and the ``.env`` files.

    ``types_complete`` False: the user's plugin file did not load, so an unknown type of a socket,
    or one that is not in ``known_providers`` of prices, is a warning.
    ``texts`` are read in the place of files of that folder, by name.
    Raises ConfigError with the problems of all of them.
    """
    findings = Findings()
    dotenv = texts.get(DOTENV)
    dotenv_text = None if dotenv is None else dotenv.decode(errors="replace")
    variables = layers(environ, files, root, findings, dotenv_text)
    database = read_database(variables, findings)
    found = markets(variables, known_providers, types_complete, findings)
    if not files.is_dir():
        findings.at(str(files)).problem(
            f"is no folder; create it, or name the right one with --files or {FILES_VARIABLE}"
        )
        raise ConfigError(findings.problems)
    zone, doubt = system_zone(environ.get("TZ", ""))
    general, tariff, page = read_config(
        files / CONFIG_FILE, zone, found, findings, texts.get(CONFIG_FILE)
    )
    web = with_variables(page, variables, findings)
    if doubt and general.timezone is None:
        findings.at("time zone").warn(doubt)
    types = Registered("types", "this socket fails", known_types, types_complete)
    devices = read_devices(
        files / DEVICES_FILE, general, types, found, findings, texts.get(DEVICES_FILE)
    )
    if findings.problems:
        raise ConfigError(findings.problems)
    note_doubts(general, tariff, devices, findings)
    return Configuration(
        files=files,
        general=general,
        devices=devices,
        tariff=tariff,
        database=database,
        web=web,
        warnings=findings.all_warnings(),
    )
