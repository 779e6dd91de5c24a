"""What the log says of the configuration: what starts with it, and what a new one changes."""

from __future__ import annotations

import logging
from collections.abc import Collection

from source import __version__
from source.config.devices import DEVICES_FILE
from source.config.general import CONFIG_FILE
from source.config.models import Database
from source.journal.schema import JOURNAL_FILE
from source.setup import Setup, enabled_in
from source.text import counted

logger = logging.getLogger(__name__)

NAMES = 10
"""So many sockets are named in a line of the log."""


def tell_start(setup: Setup) -> None:
    """What runs from now on, and what may not be meant."""
    configuration = setup.configuration
    logger.info("IntelligentSocketDatalogger %s, files in %s", __version__, configuration.files)
    for warning in configuration.warnings:
        logger.warning("%s", warning)
    for what in setup.replaced():
        logger.info("%s", what)
    logger.info("%s", _copy_text(configuration.database))
    sources = [source.name for source in setup.sources()]
    if sources:
        logger.info("market prices: %s", _listed(sources))
    enabled = [device.name for device in enabled_in(configuration)]
    if enabled:
        logger.info("polling %s: %s", counted(len(enabled), "socket"), _listed(enabled))
    else:
        logger.warning(
            "no socket is enabled: add one %sto %s with its type and ip, see the README",
            "on the page, or " if configuration.web.enabled else "",
            configuration.files / DEVICES_FILE,
        )


def tell_change(before: Setup, now: Setup) -> None:
    """What is new with a setup that has just been put in force."""
    for warning in now.configuration.warnings:
        if warning not in before.configuration.warnings:
            logger.warning("%s", warning)
    logger.info("configuration applied: %s", changes(before, now))


def changes(before: Setup, now: Setup) -> str:
    """What is new, in words."""
    was, configuration = before.configuration, now.configuration
    old = {device.name: before.version_of(device) for device in enabled_in(was)}
    new = {device.name: now.version_of(device) for device in enabled_in(configuration)}
    groups = {
        "new": [name for name in new if name not in old],
        "changed": [name for name in new if name in old and old[name] != new[name]],
        "no longer polled": [name for name in old if name not in new],
        "general settings": [CONFIG_FILE] * (was.general != configuration.general),
        "tariff": [CONFIG_FILE] * (was.tariff != configuration.tariff),
        "market prices": _new_sources(before, now),
        "database": ["DB_*"] * (was.database != configuration.database),
    }
    parts = [f"{what}: {_listed(names)}" for what, names in groups.items() if names]
    return "; ".join(parts) or "nothing has changed"


def _new_sources(before: Setup, now: Setup) -> list[str]:
    """The sources of market prices that are asked anew; none where no other way of asking is."""
    if before.version_of_prices() == now.version_of_prices():
        return []
    was = before.sources()
    is_own = before.plugin_digest != now.plugin_digest
    return [
        source.name
        for source in now.sources()
        if source not in was or (is_own and not now.tariffs.is_built_in(source.market.provider))
    ]


def _copy_text(database: Database | None) -> str:
    if database is None:
        return f"no DB_* is set: points stay in the journal {JOURNAL_FILE} alone"
    return (
        f"points are copied to InfluxDB at {database.host}:{database.port},"
        f" database {database.name}"
    )


def _listed(names: Collection[str]) -> str:
    return ", ".join([*names][:NAMES]) + (" …" if len(names) > NAMES else "")
